"""The writer process, spoken to over its socket: durable before it says so, gone when we are."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import msgspec
import pytest

from gateway.record.chain import Head
from gateway.record.entry import ENTRY_BYTES, FRAME, LENGTH, Ack, Entry
from gateway.record.spawn import command, environment
from gateway.record.writer import EXIT_CONFIG, EXIT_FAULT
from tests.gateway.record.making import eventually, make_entry, query

WRITER = "a" * 32


class Spoken:
    """A writer process and our end of its socket."""

    def __init__(self, data: Path, parent: int) -> None:
        self.sock, theirs = socket.socketpair()
        self.sock.settimeout(10.0)
        with theirs:
            self.process = subprocess.Popen(
                [
                    *command("gateway.record.writer", "--fd", str(theirs.fileno())),
                    *("--data", str(data), "--writer", WRITER),
                    *("--parent", str(parent)),
                ],
                env=environment(),
                pass_fds=(theirs.fileno(),),
                stderr=subprocess.PIPE,
            )

    def send(self, n: int, entry: Entry | bytes) -> None:
        body = entry if isinstance(entry, bytes) else msgspec.msgpack.encode(entry)
        self.sock.sendall(FRAME.pack(len(body), n) + body)

    def hear(self) -> Ack:
        (length,) = LENGTH.unpack(self._exactly(LENGTH.size))
        return msgspec.msgpack.decode(self._exactly(length), type=Ack)

    def hear_through(self, n: int) -> Ack:
        """Return the acknowledgement that says entry n is in the database."""
        while (ack := self.hear()).n < n or ack.spilled:
            assert not ack.refused
        return ack

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = self.sock.recv(size - len(data))
            assert more, "the writer hung up"
            data += more
        return data

    def status(self) -> int:
        return self.process.wait(10.0)

    def complaint(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.read().decode()

    def close(self) -> None:
        self.sock.close()
        self.process.kill()
        self.process.wait()
        assert self.process.stderr is not None
        self.process.stderr.close()


Speak = Callable[..., Spoken]


@pytest.fixture
def speak(data: Path) -> Iterator[Speak]:
    with ExitStack() as stack:

        def start(folder: Path = data, parent: int | None = None) -> Spoken:
            return stack.enter_context(closing(Spoken(folder, parent or os.getpid())))

        yield start


def test_what_it_acknowledges_is_in_the_database(data: Path, speak: Speak) -> None:
    writer = speak()
    assert writer.hear() == Ack(0, Head())
    writer.send(1, make_entry(1))
    ack = writer.hear_through(1)
    assert query(data, "SELECT seq, hash, n FROM journal") == [(1, ack.head.hash, 1)]
    assert (ack.n, ack.head.seq) == (1, 1)


def test_it_greets_with_what_is_durable_and_writes_nothing_twice(data: Path, speak: Speak) -> None:
    first = speak()
    first.hear()
    for n in (1, 2, 3):
        first.send(n, make_entry(n))
    ended = first.hear_through(3)
    first.close()
    second = speak()
    assert second.hear() == ended
    for n in (2, 3, 4):
        second.send(n, make_entry(n))
    assert second.hear_through(4).head.seq == 4
    assert query(data, "SELECT n FROM journal ORDER BY seq") == [(1,), (2,), (3,), (4,)]


def test_what_cannot_be_read_is_refused_before_anything_later_is_durable(
    data: Path, speak: Speak
) -> None:
    writer = speak()
    writer.hear()
    nan = msgspec.msgpack.encode(make_entry(2, score=float("nan")))
    bad = [b"\xc1", b"", b"\x90", nan]
    frames = [FRAME.pack(len(body), n) + body for n, body in enumerate(bad, 2)]
    good = msgspec.msgpack.encode(make_entry(1))
    writer.sock.sendall(
        FRAME.pack(len(good), 1) + good + b"".join(frames) + FRAME.pack(len(good), 6) + good
    )
    refused: list[int] = []
    while (ack := writer.hear()).n < 6 or ack.spilled:
        refused += ack.refused
        assert not ack.refused or ack.why
    assert refused == [2, 3, 4, 5]
    assert query(data, "SELECT seq, n FROM journal ORDER BY seq") == [(1, 1), (2, 6)]


def test_frames_arrive_in_any_pieces(data: Path, speak: Speak) -> None:
    writer = speak()
    writer.hear()
    body = msgspec.msgpack.encode(make_entry(1))
    for byte in FRAME.pack(len(body), 1) + body:
        writer.sock.sendall(bytes([byte]))
    assert writer.hear_through(1).head.seq == 1


def test_an_entry_that_claims_to_be_huge_ends_it(speak: Speak) -> None:
    writer = speak()
    writer.hear()
    writer.sock.sendall(FRAME.pack(ENTRY_BYTES + 1, 1))
    assert writer.status() == EXIT_FAULT
    assert "claims" in writer.complaint()


def test_when_the_socket_ends_it_commits_what_was_sent_and_goes(data: Path, speak: Speak) -> None:
    writer = speak()
    for n in range(1, 101):
        writer.send(n, make_entry(n))
    writer.sock.close()
    assert (writer.status(), writer.complaint()) == (0, "")
    assert query(data, "SELECT count(*), max(n) FROM journal") == [(100, 100)]


def test_signals_that_drain_a_gateway_do_not_end_it(speak: Speak) -> None:
    writer = speak()
    writer.hear()
    writer.process.send_signal(signal.SIGTERM)
    writer.process.send_signal(signal.SIGINT)
    writer.send(1, make_entry(1))
    assert writer.hear_through(1).n == 1


def test_a_hangup_does_not_end_it_while_its_parent_lives(speak: Speak) -> None:
    writer = speak()
    writer.hear()
    writer.process.send_signal(signal.SIGHUP)  # what comes when the spawning thread ends
    writer.send(1, make_entry(1))
    assert writer.hear_through(1).n == 1


def test_without_its_parent_it_ends_even_when_somebody_holds_the_socket(speak: Speak) -> None:
    writer = speak(parent=1)
    assert writer.status() == -signal.SIGALRM


def test_without_a_database_it_spills_and_says_so(tmp_path: Path, speak: Speak) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    writer = speak(empty)
    assert writer.hear() == Ack(0, Head())
    writer.send(1, make_entry(1))
    ack = writer.hear()
    assert (ack.n, ack.spilled, ack.head) == (1, 1, Head())
    writer.sock.close()
    assert writer.status() == 0
    assert "unable to open" in writer.complaint()
    assert (empty / "spill" / f"{WRITER}.spill").stat().st_size > 0


def test_with_a_secret_others_can_read_it_says_so(data: Path, speak: Speak) -> None:
    (data / "secret.key").write_text("0" * 64)
    (data / "secret.key").chmod(0o644)
    writer = speak()
    assert writer.status() == EXIT_CONFIG
    assert "chmod 600" in writer.complaint()


def test_a_second_writer_of_the_chain_ends_and_the_chain_stays_whole(
    data: Path, speak: Speak
) -> None:
    first = speak()
    first.hear()
    second = speak()
    assert second.status() == EXIT_FAULT
    first.send(1, make_entry(1))
    first.hear_through(1)
    assert "another writer" in second.complaint()
    assert query(data, "SELECT event FROM journal") == [("m1",)]


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state.rpartition(")")[2].split()[0] != "Z"  # where nobody reaps orphans


@pytest.mark.fault
async def test_it_dies_with_a_gateway_that_is_killed(data: Path) -> None:
    """Its journal acknowledges to the last; then nothing of either process is left."""
    code = """
import asyncio, sys
from pathlib import Path
from gateway.record.journal import Journal
from tests.gateway.record.making import make_entry

async def main():
    journal = Journal(Path(sys.argv[1]))
    await journal.start()
    print(journal.pid, flush=True)
    number = 0
    while True:
        number += 1
        await journal.record(make_entry(number), 5.0)
        print(number, flush=True)

asyncio.run(main())
"""
    root = Path(__file__).parents[3]
    gateway = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code, str(data)), cwd=root, stdout=subprocess.PIPE
    )
    assert gateway.stdout is not None
    pid = int(await gateway.stdout.readline())
    for _ in range(50):
        await gateway.stdout.readline()
    gateway.kill()
    said = [int(line) for line in (await gateway.communicate())[0].splitlines()]
    await eventually(lambda: not alive(pid))
    written = {n for (n,) in query(data, "SELECT n FROM journal")}
    assert written >= set(range(1, max(said, default=50) + 1))
