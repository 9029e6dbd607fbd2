"""The writer process: commits whatever has arrived, acknowledges it, and asks for nothing else.

    python -m gateway.record.writer --fd 7 --database seawall.db --writer 5f… --parent 4242

1. It is clocked by itself: while one commit waits for the disk the next batch gathers in the
   socket, so a commit's size follows the load and nobody waits for a timer.
2. It crashes rather than repairs. On any trouble with the database it exits; the gateway starts
   it again and sends again what was not acknowledged.
3. It dies with its gateway: the socket ends, and what was read is still committed. Should the
   socket be held open by somebody else, the parent-death signal gives it three seconds.
4. Signals that mean "the gateway drains" are not for it: it ends when the socket does.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from gateway.record.entry import ENTRY_BYTES, FRAME, LENGTH, Ack, Entry
from gateway.record.ledger import Ledger
from gateway.record.secret import Pseudonyms, load_secret
from gateway.record.storage import SqliteStore, Store
from seawall.errors import ConfigError, OurFault, RecordUnavailable

__all__ = ["EXIT_CONFIG", "EXIT_FAULT", "EXIT_UNAVAILABLE", "Writer", "main"]

EXIT_CONFIG, EXIT_FAULT, EXIT_UNAVAILABLE = 2, 3, 4
_READ_BYTES = 1 << 20
_BATCH = 1024
"""Most entries of one commit, so that none takes long."""
_IDLE_S = 60.0
_PURGE = 100
_LAST_WORDS_S = 3
_PR_SET_PDEATHSIG = 1

_DECODE = msgspec.msgpack.Decoder(Entry).decode
_ENCODE = msgspec.msgpack.Encoder().encode


class Writer:
    """Reads entries from a socket until it ends and puts them into a store."""

    def __init__(self, sock: socket.socket, store: Store, ledger: Ledger) -> None:
        self._sock = sock
        self._store = store
        self._ledger = ledger
        self._buffer = bytearray()
        self._deaf = False
        self._purge_at = time.monotonic()

    def run(self) -> None:
        """Serve until the other side is gone. Raises OurFault and RecordUnavailable."""
        self._sock.settimeout(_IDLE_S)
        self._acknowledge()
        while True:
            try:
                arrived = self._sock.recv(_READ_BYTES)
            except TimeoutError:
                self._purge()
                continue
            except ConnectionResetError:
                return  # it ended with acknowledgements unread; all that it sent has been read
            if not arrived:
                return
            self._buffer += arrived
            frames = list(self._frames())
            for start in range(0, len(frames), _BATCH):
                self._record(frames[start : start + _BATCH])
            self._purge()

    def _frames(self) -> Iterator[tuple[int, bytes]]:
        """Take the whole frames out of what arrived."""
        buffer, start = self._buffer, 0
        while len(buffer) - start >= FRAME.size:
            length, n = FRAME.unpack_from(buffer, start)
            if length > ENTRY_BYTES:
                raise OurFault(f"entry {n} claims {length} bytes")
            begin = start + FRAME.size
            if len(buffer) - begin < length:
                break
            yield n, bytes(buffer[begin : begin + length])
            start = begin + length
        del buffer[:start]

    def _record(self, frames: list[tuple[int, bytes]]) -> None:
        entries: list[tuple[int, Entry]] = []
        for n, frame in frames:
            try:
                entries.append((n, _DECODE(frame)))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                # Told before anything later is durable: a later acknowledgement covers this n.
                self._acknowledge((n,), str(error))
        batch = self._ledger.batch(entries)
        if batch.journal:
            self._store.commit(batch)
            self._ledger.settled(batch)
        self._acknowledge()

    def _acknowledge(self, refused: tuple[int, ...] = (), why: str = "") -> None:
        if self._deaf:
            return
        body = _ENCODE(Ack(self._ledger.n, self._ledger.head, refused, why[:200]))
        try:
            self._sock.sendall(LENGTH.pack(len(body)) + body)
        except (BrokenPipeError, ConnectionResetError):
            self._deaf = True  # it is gone, but what it sent before may still lie in the socket
        except TimeoutError as error:
            raise RecordUnavailable("the gateway reads no acknowledgements") from error

    def _purge(self) -> None:
        now = time.monotonic()
        if now >= self._purge_at:
            deleted = self._store.purge(time.time(), _PURGE)
            self._purge_at = now + (1.0 if deleted == _PURGE else _IDLE_S)


def _die_with(parent: int) -> None:
    """Arrange that this process outlives its parent by seconds at most."""

    def orphaned(_signum: int, _frame: object) -> None:
        # The signal also comes when the thread that spawned us ends: then we have a parent still.
        if os.getppid() != parent:
            signal.alarm(_LAST_WORDS_S)

    signal.signal(signal.SIGHUP, orphaned)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGHUP)
    orphaned(0, None)  # it may have died before the line above


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--database", type=Path, required=True)
    parser.add_argument("--writer", required=True)
    parser.add_argument("--parent", type=int, required=True)
    return parser.parse_args()


def _complain(options: argparse.Namespace, error: Exception) -> None:
    line = {"level": "error", "event": "writer", "writer": options.writer, "error": str(error)}
    sys.stderr.write(f"{msgspec.json.encode(line).decode()}\n")


def main() -> int:
    """Run the writer; exit 0 when the gateway is gone, else say why on stderr."""
    options = _options()
    _die_with(options.parent)
    sock = socket.socket(fileno=options.fd)
    try:
        store = SqliteStore(options.database)
        head, n = store.last(options.writer)
        pseudonyms = Pseudonyms(load_secret(options.database.parent))
        Writer(sock, store, Ledger(options.writer, head, n, pseudonyms)).run()
        store.close()
    except ConfigError as error:
        _complain(options, error)
        return EXIT_CONFIG
    except RecordUnavailable as error:
        _complain(options, error)
        return EXIT_UNAVAILABLE
    except OurFault as error:
        _complain(options, error)
        return EXIT_FAULT
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
