"""Real Valkey nodes on loopback TCP for the tests of clusters and sentinels."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import hiredis

from gateway.state.lane import pack
from gateway.state.slots import SLOTS
from gateway.state.valkey import find_binary

__all__ = ["Nodes", "Server", "cluster_of", "free_ports", "lone_nodes", "serving", "wait_until"]

TETHER = Path(__file__).parents[3] / "gateway" / "state" / "tether.py"


def free_ports(many: int) -> list[int]:
    """Return ports nobody listens on now."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(many)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


class Server:
    """A server process and a blocking connection to it; it dies with this process."""

    def __init__(self, port: int, arguments: Sequence[str] | None) -> None:
        self.port = port
        self.bus = 0
        self._arguments = (str(find_binary()), *(arguments or ()))
        self._socket: socket.socket | None = None
        self._reader = hiredis.Reader()
        self._process: subprocess.Popen[bytes] | None = None
        if arguments is not None:
            self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    @classmethod
    def at(cls, port: int) -> Server:
        """Talk to one that somebody else has started."""
        server = cls(port, None)
        server.wait()
        return server

    def start(self) -> None:
        """Start it, again if need be, and wait until it talks."""
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(TETHER), str(os.getpid()), *self._arguments],
            stdout=subprocess.DEVNULL,
        )
        self.wait()

    def wait(self) -> None:
        """Wait until it talks."""
        deadline = time.monotonic() + 5.0
        while True:
            try:
                self.ask("PING")
            except OSError:
                assert time.monotonic() < deadline, "it did not start"
                time.sleep(0.005)
            else:
                return

    def ask(self, *words: str | bytes | int) -> object:
        """Send a command and return its reply, which may be an error."""
        try:
            if self._socket is None:
                self._socket = socket.create_connection(("127.0.0.1", self.port), 5.0)
                self._reader = hiredis.Reader()
            self._socket.sendall(pack(words))
            while (reply := self._reader.gets()) is False:
                if not (heard := self._socket.recv(1 << 16)):
                    raise ConnectionResetError
                self._reader.feed(heard)
        except OSError:
            self.hang_up()
            raise
        return reply

    def do(self, *words: str | bytes | int) -> object:
        """Send a command that must succeed."""
        reply = self.ask(*words)
        assert not isinstance(reply, hiredis.ReplyError), (words, reply)
        return reply

    def hang_up(self) -> None:
        """Close our connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """Kill it and wait for its end."""
        self.hang_up()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextmanager
def serving(arguments: Sequence[str] = (), port: int | None = None) -> Iterator[Server]:
    """Run one server on a port of loopback."""
    port = free_ports(1)[0] if port is None else port
    common = ("--port", str(port), "--bind", "127.0.0.1", "--save", "", "--loglevel", "warning")
    server = Server(port, (*common, *arguments))
    try:
        yield server
    finally:
        server.kill()


class Nodes(list[Server]):
    """The nodes of a cluster, primaries first."""

    @property
    def url(self) -> str:
        return "redis+cluster://" + ",".join(f"127.0.0.1:{node.port}" for node in self)

    def id_of(self, node: Server) -> str:
        """Return the id a node has in the cluster."""
        reply = node.do("CLUSTER", "MYID")
        assert isinstance(reply, bytes)
        return reply.decode()

    def owner_of(self, slot: int) -> Server:
        """Return the node that owns a slot by the map of the first node."""
        rows = self[0].do("CLUSTER", "SLOTS")
        assert isinstance(rows, list)
        port = next(row[2][1] for row in rows if row[0] <= slot <= row[1])
        return next(node for node in self if node.port == port)

    def all_say(self, words: str) -> bool:
        """Say whether CLUSTER INFO of every node has these words."""
        return all(words.encode() in _bytes(node.do("CLUSTER", "INFO")) for node in self)

    def meet(self, node: Server) -> None:
        """Introduce a node to the first one."""
        self[0].do("CLUSTER", "MEET", "127.0.0.1", node.port, node.bus)

    def know(self, node: Server) -> bool:
        """Say whether all nodes know this one, and it all of them."""
        id_ = self.id_of(node).encode()
        return all(
            id_ in _bytes(other.do("CLUSTER", "NODES"))
            and self.id_of(other).encode() in _bytes(node.do("CLUSTER", "NODES"))
            for other in self
        )

    def begin_to_move(self, slot: int, source: Server, target: Server) -> None:
        """Mark a slot as being on its way."""
        target.do("CLUSTER", "SETSLOT", slot, "IMPORTING", self.id_of(source))
        source.do("CLUSTER", "SETSLOT", slot, "MIGRATING", self.id_of(target))

    def move_key(self, key: str, source: Server, target: Server) -> None:
        """Carry one key over."""
        source.do("MIGRATE", "127.0.0.1", target.port, key, 0, 5_000)

    def finish_moving(self, slot: int, source: Server, target: Server) -> None:
        """Carry over what is left and hand the slot over."""
        while keys := source.do("CLUSTER", "GETKEYSINSLOT", slot, 100):
            assert isinstance(keys, list)
            source.do("MIGRATE", "127.0.0.1", target.port, "", 0, 5_000, "KEYS", *keys)
        for node in (target, source):
            node.do("CLUSTER", "SETSLOT", slot, "NODE", self.id_of(target))


def _bytes(reply: object) -> bytes:
    assert isinstance(reply, bytes)
    return reply


def wait_until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for other processes."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "in vain"
        time.sleep(0.01)


@contextmanager
def lone_nodes(folder: Path, many: int) -> Iterator[Nodes]:
    """Run nodes that may be in a cluster and are in none."""
    ports = free_ports(2 * many)
    settings = {
        "cluster-enabled": "yes",
        "cluster-node-timeout": "400",
        "cluster-require-full-coverage": "no",
        "cluster-replica-validity-factor": "0",
        "cluster-allow-replica-migration": "no",
        "repl-diskless-sync-delay": "0",
        "dir": str(folder),
    }
    common = [word for name, value in settings.items() for word in (f"--{name}", value)]
    with ExitStack() as stack:
        nodes = Nodes()
        for port, bus in zip(ports[:many], ports[many:], strict=True):
            own = ("--cluster-port", str(bus), "--cluster-config-file", f"nodes-{port}.conf")
            nodes.append(stack.enter_context(serving((*common, *own), port)))
            nodes[-1].bus = bus
        yield nodes


@contextmanager
def cluster_of(folder: Path, primaries: int = 3, replicas: int = 0) -> Iterator[Nodes]:
    """Run a cluster; replicas follow the first primary."""
    many = primaries + replicas
    with lone_nodes(folder, many) as nodes:
        for number, node in enumerate(nodes):
            node.do("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            if number < primaries:
                first, last = (SLOTS * at // primaries for at in (number, number + 1))
                node.do("CLUSTER", "ADDSLOTSRANGE", first, last - 1)
            if number:
                nodes.meet(node)
        wait_until(lambda: nodes.all_say(f"cluster_known_nodes:{many}"))
        wait_until(lambda: nodes.all_say("cluster_state:ok"))
        for node in nodes[primaries:]:
            node.do("CLUSTER", "REPLICATE", nodes.id_of(nodes[0]))
            wait_until(partial(_is_in_sync, node))
        wait_until(lambda: _standing_by(nodes[0]) == replicas)
        yield nodes


def _is_in_sync(node: Server) -> bool:
    return b"master_link_status:up" in _bytes(node.do("INFO", "replication"))


def _standing_by(node: Server) -> int:
    rows = node.do("CLUSTER", "SLOTS")
    assert isinstance(rows, list)
    return len(rows[0]) - 3
