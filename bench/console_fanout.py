"""Tell one alert to very many consoles, beside `websockets.broadcast` in the same run.

The servers run in processes of their own and are told in turn, round by round, over a pipe; this
process holds the consoles' sockets and notes when each has the line. What counts is the server's
CPU time a broadcast, and when the last console had it, round by round. The floor is a loop of
`send` over bare sockets: what the kernel takes for itself.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import selectors
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from multiprocessing.connection import Connection
from typing import Any

import msgspec

__all__ = ["Told", "measure"]

TOKEN = "t"
LINE_BYTES = 300


class Told(msgspec.Struct, frozen=True):
    """One server's broadcasts: its CPU seconds each, and until the last console had it."""

    cpu_s: list[float]
    last_s: list[float]


class _Server:
    """A server in a process of its own, told over a pipe."""

    def __init__(self, spawn: Any, run: Callable[[Connection], None]) -> None:  # Any: a context
        self.pipe, theirs = spawn.Pipe()
        self._process = spawn.Process(target=run, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()  # or the end of a server that dies would never be heard
        self.port = int(self.pipe.recv())

    def tell(self) -> None:
        self.pipe.send("tell")

    def cpu_s(self) -> float:
        """Return the CPU time of the broadcast, once all of it has left."""
        return float(self.pipe.recv())

    def end(self) -> None:
        with suppress(BrokenPipeError):  # it has ended by itself
            self.pipe.send("end")
        self._process.join(5)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process.close()
        self.pipe.close()


def measure(consoles: int, rounds: int) -> dict[str, Told]:
    """Tell so many consoles of each server in turn; two rounds more warm up and are not told.

    The caller has allowed so many open files (`allow_many_sockets`); the servers inherit that.
    Raises OSError, RuntimeError or EOFError where one of them fails.
    """
    spawn = multiprocessing.get_context("spawn")
    servers: dict[str, _Server] = {}
    try:
        for name, run in _SERVERS:
            servers[name] = _Server(spawn, run)
        with ExitStack() as stack:
            return _measure(stack, servers, consoles, rounds)
    finally:
        for server in servers.values():
            server.end()


def _measure(
    stack: ExitStack, servers: dict[str, _Server], consoles: int, rounds: int
) -> dict[str, Told]:
    sockets = {
        name: stack.enter_context(closing(_Consoles(server.port, consoles)))
        for name, server in servers.items()
    }
    found = {name: Told([], []) for name in servers}
    for turn in range(rounds + 2):
        for name, server in servers.items():
            begun = time.perf_counter()
            server.tell()
            sockets[name].wait()
            last_s = time.perf_counter() - begun
            cpu_s = server.cpu_s()
            if turn > 1:
                found[name].last_s.append(last_s)
                found[name].cpu_s.append(cpu_s)
    return found


class _Consoles:
    """Sockets that have shaken hands, in this process."""

    def __init__(self, port: int, count: int) -> None:
        self._selector = selectors.DefaultSelector()
        self._count = count
        for _ in range(count):
            sock = socket.create_connection(("127.0.0.1", port))
            sock.sendall(
                (
                    f"GET /console HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
                    f"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                    f"Origin: http://127.0.0.1:{port}\r\nCookie: seawall={TOKEN}\r\n"
                    "Sec-WebSocket-Version: 13\r\n\r\n"
                ).encode()
            )
            head = b""
            while b"\r\n\r\n" not in head:
                head += sock.recv(4096)
            if b" 101 " not in head.split(b"\r\n", 1)[0]:
                raise RuntimeError(head.decode())
            body = b'{"type":"watch","topic":"pages"}'
            mask = b"\0\0\0\0"
            sock.sendall(b"\x81" + bytes([0x80 | len(body)]) + mask + body)
            sock.setblocking(False)
            self._selector.register(sock, selectors.EVENT_READ)
        time.sleep(1.0)  # greetings arrive
        self._drain()

    def wait(self) -> None:
        """Wait until every socket has had a line."""
        had: set[int] = set()
        while len(had) < self._count:
            for key, _ in self._selector.select(5.0):
                if key.fileobj.recv(65536):  # type: ignore[union-attr]  # a socket
                    had.add(key.fd)

    def close(self) -> None:
        """Hang up."""
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]  # a socket
        self._selector.close()

    def _drain(self) -> None:
        while found := self._selector.select(0.2):
            for key, _ in found:
                key.fileobj.recv(65536)  # type: ignore[union-attr]  # a socket


def _serve_ours(pipe: Connection) -> None:
    import uvloop

    uvloop.run(_ours(pipe))


def _serve_websockets(pipe: Connection) -> None:
    import uvloop

    uvloop.run(_theirs(pipe))


def _serve_floor(pipe: Connection) -> None:
    server = socket.create_server(("127.0.0.1", 0), backlog=4096)
    pipe.send(server.getsockname()[1])
    sockets: list[socket.socket] = []
    server.setblocking(False)
    line = b"\x81\x7e\x01\x2c" + b"x" * LINE_BYTES
    while True:
        while not pipe.poll(0.001):
            with suppress(BlockingIOError):
                sockets.append(server.accept()[0])
                sockets[-1].setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sockets[-1].setblocking(True)
                sockets[-1].recv(4096)
                sockets[-1].sendall(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
        if pipe.recv() == "end":
            return
        begun = time.process_time()
        for sock in sockets:
            sock.send(line)
        pipe.send(time.process_time() - begun)


_SERVERS: tuple[tuple[str, Callable[[Connection], None]], ...] = (
    ("seawall", _serve_ours),
    ("websockets", _serve_websockets),
    ("floor", _serve_floor),
)


async def _ours(pipe: Connection) -> None:
    from gateway.console.handshake import ConsoleDoor
    from gateway.console.hub import Hub
    from gateway.edge.listener import listen
    from gateway.refusal import unknown
    from gateway.roles import DEFAULT_MATRIX, Actor, Rights
    from gateway.shapes.cases import CaseLine
    from gateway.shapes.live import Bye

    actor = Actor(
        "acme", "ann", "mod-1", ("moderator",), Rights(frozenset(DEFAULT_MATRIX["moderator"]))
    )

    async def find(actor: Actor, case: str) -> CaseLine:
        raise unknown("case")  # there are none: pages are told of, not cases

    async def audit(actor: Actor, what: str, target: str) -> None:
        """Rooms are watched by nobody here, so there is nothing to write down."""

    hub = Hub("bench", "0", lambda token: actor, find, audit)
    port = 0
    server = await listen(
        "127.0.0.1",
        0,
        lambda key: None,
        lambda key: None,  # type: ignore[arg-type,return-value]  # no key ever comes
        60.0,
        False,
        admit=ConsoleDoor(hub, frozenset(), lambda: port).admit,
    )
    port = server.sockets[0].getsockname()[1]
    alert = Bye("x" * (LINE_BYTES - 40))
    await _told(pipe, port, lambda: hub.tell("acme", "pages", alert))
    server.close()


async def _theirs(pipe: Connection) -> None:
    from websockets.asyncio.server import ServerConnection, broadcast, serve

    line = "x" * LINE_BYTES
    there: set[ServerConnection] = set()

    async def hold(connection: ServerConnection) -> None:
        there.add(connection)
        await connection.wait_closed()

    async with serve(hold, "127.0.0.1", 0, compression=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        await _told(pipe, port, lambda: broadcast(there, line))


async def _told(pipe: Connection, port: int, tell: Callable[[], None]) -> None:
    """Broadcast whenever asked; say what each took of this process's CPU."""
    loop = asyncio.get_running_loop()
    asked: asyncio.Queue[str] = asyncio.Queue()
    loop.add_reader(pipe.fileno(), lambda: asked.put_nowait(pipe.recv()))
    pipe.send(port)
    while await asked.get() != "end":
        begun = time.process_time()
        tell()
        await asyncio.sleep(0)
        pipe.send(time.process_time() - begun)
    loop.remove_reader(pipe.fileno())
