"""The writer process: makes durable whatever has arrived, and acknowledges it.

    python -m gateway.record.writer --fd 7 --data seawall-data --writer 5f… --parent 4242

1. It is clocked by itself: while one commit waits for the disk the next batch gathers, so a
   commit's size follows the load and nobody waits for a timer.
2. The main thread talks to the gateway and, where the database is too slow or gone, to the spill;
   the database thread commits (`committer`). `backlog` is what is between them. No trouble with
   the database ends this process.
3. It dies with its gateway: the socket ends, and what was read is still made durable. Should the
   socket be held open by somebody else, the parent-death signal gives it three seconds.
4. Signals that mean "the gateway drains" are not for it: it ends when the socket does.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from gateway.record.backlog import Backlog, Pending, Progress
from gateway.record.chain import Head
from gateway.record.committer import Committer
from gateway.record.entry import ENTRY_BYTES, FRAME, LENGTH, Ack, Entry
from gateway.record.headfile import Published, note_head
from gateway.record.leftovers import Leftovers
from gateway.record.seal import Seal
from gateway.record.secret import Pseudonyms, load_secret
from gateway.record.spill import Spill, spill_files
from gateway.record.storage import Store, open_store
from gateway.record.where import Where
from seawall.errors import ConfigError, OurFault, RecordUnavailable

__all__ = ["EXIT_CONFIG", "EXIT_FAULT", "EXIT_UNAVAILABLE", "Writer", "main"]

EXIT_CONFIG, EXIT_FAULT, EXIT_UNAVAILABLE = 2, 3, 4
_READ_BYTES = 1 << 20
_SEND_S = 60.0
_GREETING_S = 0.5
_FINISH_S = 2.5
_JOIN_S = 1.0
_LAST_WORDS_S = 3
_SWITCH_S = 0.0005
_REFUSED = 1024
_PR_SET_PDEATHSIG = 1

_DECODE = msgspec.msgpack.Decoder(Entry).decode
_ENCODE = msgspec.msgpack.Encoder().encode


class Bell:
    """What one thread rings for the other to wake from `poll`."""

    def __init__(self) -> None:
        self._ours, self._theirs = socket.socketpair()
        self._ours.setblocking(False)
        self._theirs.setblocking(False)
        self._rung = False

    def fileno(self) -> int:
        """Return what to poll."""
        return self._ours.fileno()

    def ring(self) -> None:
        """Wake the other thread."""
        if not self._rung:
            self._rung = True
            self._theirs.send(b"!")

    def hear(self) -> None:
        """Take the ringing in: what was rung for can be looked at from now on."""
        try:
            self._ours.recv(64)
        except BlockingIOError:
            return
        self._rung = False  # only now: a ring in between must not leave us without its byte

    def close(self) -> None:
        """Close both ends."""
        self._ours.close()
        self._theirs.close()


class Voice:
    """Our end of the socket, as far as acknowledgements go. Both threads may speak."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._turn = threading.Lock()
        self._deaf = False
        self._told: tuple[int, Head, int, bool] | None = None

    def tell(self, progress: Progress) -> None:
        """Say what is durable, unless it was said. Raises RecordUnavailable if nobody listens."""
        with self._turn:
            told = (progress.n, progress.head, progress.spilled, progress.refusing)
            if self._told != told:
                self._send(progress, (), "", progress.refusing)

    def refuse(self, to: Progress, refused: tuple[int, ...], why: str, full: bool) -> None:
        """Say what will never be durable. Raises RecordUnavailable if nobody listens."""
        with self._turn:
            for start in range(0, len(refused), _REFUSED):
                self._send(to, refused[start : start + _REFUSED], why, full)

    def repeated(self, to: Progress) -> None:
        """Say what repeats, before it is said to be durable. Raises as `tell` does."""
        with self._turn:
            for start in range(0, len(to.repeats), _REFUSED):
                repeats = to.repeats[start : start + _REFUSED]
                self._send(to._replace(n=0), (), "", to.refusing, repeats)

    def _send(
        self,
        to: Progress,
        refused: tuple[int, ...],
        why: str,
        full: bool,
        repeats: tuple[int, ...] = (),
    ) -> None:
        if self._deaf:
            return
        body = _ENCODE(Ack(to.n, to.head, refused, why[:200], to.spilled, full, repeats, to.lost))
        self._told = (to.n, to.head, to.spilled, full)
        try:
            self._sock.sendall(LENGTH.pack(len(body)) + body)
        except (BrokenPipeError, ConnectionResetError):
            self._deaf = True  # it is gone, but what it sent before may still lie in the socket
        except TimeoutError as error:
            raise RecordUnavailable("the gateway reads no acknowledgements") from error


class Writer:
    """The main thread: reads entries from a socket until it ends, and says what is durable."""

    def __init__(
        self,
        sock: socket.socket,
        voice: Voice,
        backlog: Backlog,
        committer: Committer,
        bell: Bell,
    ) -> None:
        self._sock = sock
        self._voice = voice
        self._backlog = backlog
        self._committer = committer
        self._bell = bell
        self._buffer = bytearray()
        self._poll = select.poll()
        self._poll.register(bell.fileno(), select.POLLIN)

    def run(self) -> None:
        """Serve until the other side is gone. Raises OurFault and RecordUnavailable."""
        self._wait(_GREETING_S)  # for what the database knows
        self._proceed()
        self._poll.register(self._sock.fileno(), select.POLLIN)
        while self._read():
            self._proceed()
        self._poll.unregister(self._sock.fileno())
        self._finish()

    def _read(self) -> bool:
        """Wait for entries, for the database or for a deadline; False when the socket has ended."""
        ready = self._wait(self._backlog.due_s(time.monotonic()))
        if self._sock.fileno() not in ready:
            return True
        try:
            arrived = self._sock.recv(_READ_BYTES)
        except ConnectionResetError:
            return False  # it ended with acknowledgements unread; all that it sent has been read
        self._buffer += arrived
        since = time.monotonic()
        entries = []
        for n, frame in self._frames():
            try:
                entries.append(Pending(n, frame, _DECODE(frame), since))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                # Told before anything later is durable: a later acknowledgement covers this n.
                self._voice.refuse(self._proceed(), (n,), str(error), full=False)
        if entries:
            self._backlog.arrived(entries)
        return bool(arrived)

    def _wait(self, seconds: float | None) -> set[int]:
        milliseconds = None if seconds is None else max(0.0, seconds) * 1000
        ready = {handle for handle, _ in self._poll.poll(milliseconds)}
        if self._bell.fileno() in ready:
            self._bell.hear()
        if self._committer.fault is not None:
            raise self._committer.fault
        return ready

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

    def _proceed(self) -> Progress:
        """Move the backlog on and tell what has changed."""
        progress = self._backlog.progress(time.monotonic())
        self._voice.repeated(progress)
        self._voice.refuse(progress, progress.refused, progress.why, progress.full)
        self._voice.tell(progress)
        spill = self._backlog.spill
        if spill is not None and spill.reports:
            say("error", "spill damaged", spill.reports.pop(0))
        return progress

    def _finish(self) -> None:
        """See that all that was read is durable, and if it can be had soon, in the database."""
        until = time.monotonic() + _FINISH_S
        while (now := time.monotonic()) < until:
            self._proceed()
            backlog = self._backlog
            if not backlog.unsettled and (not backlog.spilled or backlog.failing):
                return
            due = backlog.due_s(now)
            self._wait(min(until - now, 0.1 if due is None else due))


def say(level: str, event: str, what: str) -> None:
    """Write a line of the log: stderr is the gateway's."""
    at = round(time.time(), 3)
    line = {"at": at, "level": level, "event": event, "process": "writer", "what": what}
    # A log on the same full disk must not end us; then there is nowhere left to say it.
    with suppress(OSError):
        sys.stderr.write(f"{msgspec.json.encode(line).decode()}\n")
        sys.stderr.flush()


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
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--writer", required=True)
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--wait-ms", type=float, default=15.0)
    parser.add_argument("--spill-mb", type=float, default=1024.0)
    parser.add_argument("--heads-s", type=float, default=60.0)
    return parser.parse_args()


def _serve(options: argparse.Namespace, sock: socket.socket) -> None:
    data: Path = options.data
    secret = load_secret(data)
    seal, store, bell = Seal(secret), open_store(Where.inherited(data)), Bell()
    seal.prepare()

    def publish(writer: str, head: Head, at: float) -> None:
        _publish(store, data, Published(writer, head.seq, head.hash.hex(), at))

    def tell(event: str, what: str) -> None:
        say("error" if what else "info", event, what)

    sock.settimeout(_SEND_S)
    voice = Voice(sock)
    backlog = _backlog(options, seal, bell, voice)
    committer = Committer(
        store,
        backlog,
        Leftovers(data, options.writer, seal, tell, publish),
        options.writer,
        Pseudonyms(secret),
        seal,
        publish=publish,
        heads_s=options.heads_s,
        tell=tell,
    )
    thread = threading.Thread(target=committer.run, name="database", daemon=True)
    thread.start()
    try:
        Writer(sock, voice, backlog, committer, bell).run()
    finally:
        backlog.stop()
        thread.join(_JOIN_S)
        if not thread.is_alive() and (spill := backlog.spill) is not None:
            spill.close(done=not backlog.spilled)


def _backlog(options: argparse.Namespace, seal: Seal, bell: Bell, voice: Voice) -> Backlog:
    """Open what an earlier life of this chain may have left. Raises OurFault, RecordUnavailable."""
    data, writer = options.data, options.writer
    taken = sum(path.stat().st_size for path in spill_files(data) if path.stem != writer)
    limit = int(options.spill_mb * (1 << 20)) - taken

    def spill() -> Spill:
        try:
            return Spill(data, writer, seal, limit)
        except OSError as error:
            raise RecordUnavailable(f"the spill cannot be opened: {error.strerror}") from error

    try:
        old = spill()
    except RecordUnavailable as error:
        if any(path.stem == writer for path in spill_files(data)):
            raise  # what is in there comes before anything new
        say("error", "no spill", str(error))
        old = None
    return Backlog(spill, options.wait_ms / 1000, bell.ring, old, answer=voice.tell)


def _publish(store: Store, data: Path, published: Published) -> None:
    if published.seq:
        store.publish(published.writer, published.head(), published.at)
        try:
            note_head(data, published)
        except OSError as error:
            say("error", "heads.jsonl cannot be written", str(error.strerror))


def main() -> int:
    """Run the writer; exit 0 when the gateway is gone, else say why on stderr."""
    options = _options()
    _die_with(options.parent)
    sys.setswitchinterval(_SWITCH_S)  # a long batch being chained must not delay an answer
    sock = socket.socket(fileno=options.fd)
    try:
        _serve(options, sock)
    except ConfigError as error:
        say("error", "writer", str(error))
        return EXIT_CONFIG
    except RecordUnavailable as error:
        say("error", "writer", str(error))
        return EXIT_UNAVAILABLE
    except OurFault as error:
        say("error", "writer", str(error))
        return EXIT_FAULT
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
