"""Promise: the load generator counts verdicts, and nothing else as one."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from bench.generator import Target, closed_loop

_UNASKED = (
    '{"type":"command","id":"c1","kind":"mute"}',
    '{"type":"hold","id":"m1","rev":0}',
    '{"type":"error","ref":null,"rev":null,"code":"bad_json","message":""}',
)


def _said(line: str) -> bytes:
    data = line.encode()
    return b"\x81\x7e" + struct.pack(">H", len(data)) + data


def _serve(sock: socket.socket) -> None:
    """Answer each message of one connection: even ones by a verdict, odd ones by a refusal."""
    while b"\r\n\r\n" not in sock.recv(4096):
        pass
    sock.sendall(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
    buffer = b""
    while data := sock.recv(65_536):
        buffer += data
        while len(buffer) > 2 and len(buffer) >= (size := 6 + (buffer[1] & 0x7F)):
            name = json.loads(buffer[6:size])["id"]
            buffer = buffer[size:]
            for line in _UNASKED:
                sock.sendall(_said(line))
            if int(name[1:]) % 2:
                sock.sendall(_said(f'{{"type":"error","ref":"{name}","code":"overloaded"}}'))
            else:
                sock.sendall(_said(f'{{"type":"verdict","id":"{name}","action":"block"}}'))


@contextmanager
def _server() -> Iterator[Target]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threads: list[threading.Thread] = []

        def accept() -> None:
            while True:
                try:
                    sock, _ = listening.accept()
                except OSError:
                    return
                thread = threading.Thread(target=_quietly, args=(sock,))
                thread.start()
                threads.append(thread)

        accepting = threading.Thread(target=accept)
        accepting.start()
        yield Target(listening.getsockname()[1], "/")
        listening.shutdown(socket.SHUT_RDWR)
    accepting.join()
    for thread in threads:
        thread.join()


def _quietly(sock: socket.socket) -> None:
    with sock:
        try:
            _serve(sock)
        except OSError:
            return  # the generator has gone


def _message(number: int) -> bytes:
    return b'{"type":"chat","id":"m%d"}' % number


def test_a_closed_loop_counts_verdicts_and_refusals_apart() -> None:
    with _server() as target:
        run = closed_loop(target, _message, 2, 1, 0.2)
    assert run.replies > 0
    assert run.refused > 0
    assert run.blocked == run.replies
    assert run.unchecked == 0
