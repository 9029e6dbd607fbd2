"""A small process that does what its frames say: `die`, `lie`, `hang up`; else it says it again."""

from __future__ import annotations

import argparse
import os
import socket
import sys

from workers.units import cut, frame


def main() -> None:
    """Serve until the gateway is gone."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--fd", type=int)
    parser.add_argument("--parent", type=int)
    parser.add_argument("--word", default="")
    given = parser.parse_args()
    sock = socket.socket(fileno=given.fd)
    buffer = bytearray()
    while data := sock.recv(1 << 16):
        buffer += data
        for body in cut(buffer):
            match body:
                case b"die":
                    os._exit(3)
                case b"hang up":
                    sock.close()
                    sys.stdin.close()
                    os.read(os.pipe()[0], 1)
                case b"word":
                    sock.sendall(frame(given.word.encode()))
                case _:
                    sock.sendall(frame(body))


if __name__ == "__main__":
    main()
