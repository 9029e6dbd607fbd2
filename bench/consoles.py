"""What benches of the console stand on: a gateway process, a moderator's session, raw sockets."""

from __future__ import annotations

import base64
import json
import os
import selectors
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from bench.generator import frame
from bench.procs import LOAD_CORE, python, stop
from bench.workload import make_policy

__all__ = ["TENANT", "Crowd", "Running", "Session", "Wire", "asking", "running", "sign_in"]

TENANT = "bench"
WORD = "grumblewort"
"""A message with this word is let through and asks for somebody."""
_SEAWALL = (sys.executable, "-m", "seawall")
_RULE = {
    "rule": "bench-case",
    "category": "harassment",
    "when": "lexicon.harassment",
    "then": "allow",
    "case": {"queue": "abuse", "priority": "p2", "due": "30m", "nobody": "close"},
}
_TERM = {"term": WORD, "category": "harassment", "severity": "low"}


class Running(msgspec.Struct):
    """A gateway that serves. `key` is a chat server's."""

    process: subprocess.Popen[str]
    data: Path
    port: int
    http: int
    key: str


class Session(msgspec.Struct, frozen=True):
    """A moderator who has signed in."""

    token: str
    csrf: str


@contextmanager
def running(folder: Path, **settings: str) -> Iterator[Running]:
    """Run a gateway with the bench's policy and a rule that opens cases."""
    data, policy = folder / "data", make_policy(folder)
    own = policy / "cases"
    own.mkdir()
    (own / "lexicon.cases.yaml").write_text(json.dumps({"lexicon": "any", "terms": [_TERM]}))
    (own / "rules.yaml").write_text(json.dumps([_RULE]))
    key = _seawall("keys", "new", "--tenant", TENANT, "--name", "bench", data=data)
    settings.setdefault("ping_s", "300")  # a load that waits its turn answers no pings
    names = {f"SEAWALL_{name.upper()}": value for name, value in settings.items()}
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    try:
        process = python(
            "seawall", "serve", "--data", str(data), "--policy", str(policy),
            "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", logs=True,
        )  # fmt: skip
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
    try:
        yield _ready(process, data, key)
    finally:
        stop(process)


def _ready(process: subprocess.Popen[str], data: Path, key: str) -> Running:
    stream = process.stderr
    assert stream is not None
    for line in stream:
        if line.startswith("{") and (said := json.loads(line)).get("event") == "ready":
            break
    else:
        raise RuntimeError(f"the gateway did not start, status {process.wait()}")

    def read_away() -> None:  # or it would block on a full pipe
        for _ in stream:
            pass

    threading.Thread(target=read_away, daemon=True).start()
    for task in Path(f"/proc/{process.pid}/task").iterdir():
        for child in (task / "children").read_text().split():  # its Valkey, the journal's writer
            if (os.cpu_count() or 1) > 1:
                os.sched_setaffinity(int(child), {LOAD_CORE})
    port, http = (int(said[name].rpartition(":")[2]) for name in ("listen", "http"))
    return Running(process, data, port, http, key)


def sign_in(gateway: Running, name: str = "bea", role: str = "lead") -> Session:
    """Make an account and sign in."""
    password = _seawall(
        "moderators", "add", name, "--tenant", TENANT, "--role", role, data=gateway.data
    )
    body = {"tenant": TENANT, "name": name, "password": password.splitlines()[0]}
    request = urllib.request.Request(
        f"http://127.0.0.1:{gateway.http}/v1/session",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        cookie = answer.headers["Set-Cookie"]
        csrf = json.load(answer)["csrf"]
    return Session(cookie.partition(";")[0].partition("=")[2], csrf)


def asking(number: int, user: str, room: str, said: Sequence[str]) -> bytes:
    """Return a message that nobody else has said the like of: a case of its own.

    `said` are invented words, eight for each message.
    """
    text = " ".join((WORD, *said[number * 8 : number * 8 + 8]))
    who = {"id": user, "name": user, "roles": []}
    message = {"type": "chat", "id": f"m{number}", "room": room, "text": text, "user": who}
    return json.dumps({**message, "at": time.time(), "surface": "chat"}).encode()


def _seawall(*words: str, data: Path) -> str:
    done = subprocess.run(
        [*_SEAWALL, *words, "--data", str(data)], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


class Wire:
    """A raw WebSocket: what has arrived of it, as whole text frames."""

    def __init__(self, port: int, path: str, headers: Mapping[str, str]) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.sock.sendall(
            (
                f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
                f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n{more}\r\n"
            ).encode()
        )
        head = b""
        while b"\r\n\r\n" not in head:
            head += self._more()
        if not head.startswith(b"HTTP/1.1 101"):
            raise ConnectionError(head.split(b"\r\n", 1)[0].decode())
        self._rest = head.split(b"\r\n\r\n", 1)[1]

    def send(self, payload: bytes) -> None:
        """Send one text frame."""
        self.sock.sendall(frame(payload))

    def read(self) -> list[bytes]:
        """Wait for something to arrive; return the texts that are whole by then."""
        data = self._rest + self._more()
        found, at, end = [], 0, len(data)
        while end - at >= 2:
            size, start = data[at + 1] & 0x7F, at + 2
            if size >= 126:
                wide = 2 if size == 126 else 8
                size = int.from_bytes(data[start : start + wide], "big")
                start += wide
            if start + size > end:
                break
            kind, payload = data[at] & 0x0F, data[start : start + size]
            if kind == 1:
                found.append(payload)
            elif kind == 9:  # a ping: whoever does not answer is cut off
                self.sock.sendall(b"\x8a" + bytes([0x80 | size]) + b"\0\0\0\0" + payload)
            elif kind == 8:
                raise ConnectionError(f"the gateway said goodbye: {payload[2:].decode()}")
            at = start + size
        self._rest = data[at:]
        return found

    def close(self) -> None:
        """End it."""
        self.sock.close()

    def _more(self) -> bytes:
        data = self.sock.recv(262_144)
        if not data:
            raise ConnectionError("the gateway closed the connection")
        return data


class Crowd:
    """Consoles that watch the queue: raw sockets with a session's cookie."""

    def __init__(self, gateway: Running, session: Session, count: int) -> None:
        headers = {
            "Origin": f"http://127.0.0.1:{gateway.http}",
            "Cookie": f"seawall={session.token}",
        }
        self.wires = [Wire(gateway.port, "/console", headers) for _ in range(count)]
        self.selector = selectors.DefaultSelector()
        for wire in self.wires:
            wire.send(b'{"type":"watch","topic":"queue"}')
            self.selector.register(wire.sock, selectors.EVENT_READ, wire)

    def read(self, seconds: float) -> list[tuple[Wire, bytes]]:
        """Return what arrives within some seconds, as soon as anything does."""
        return [
            (key.data, text) for key, _ in self.selector.select(seconds) for text in key.data.read()
        ]

    def close(self) -> None:
        """Go."""
        self.selector.close()
        for wire in self.wires:
            wire.close()
