"""The gateway's hold on a worker that sees or hears, with a test at the other end of its socket."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from workers.streams.inference import Inference, InferenceLimits
from workers.streams.pipe import Pipe
from workers.streams.reports import Align, FromVision, Lost, Ready, Saw, Stats
from workers.units import cut

LIMITS = InferenceLimits(start_s=60.0, patience_s=5.0)
DECODE = msgspec.msgpack.Decoder(FromVision).decode
SAW = Saw(7, 1, 100.0, "frame", [])
LOST = Lost(7, 2, 101.0, "frame", "late")


class Options(msgspec.Struct, frozen=True):
    """What the worker is told first."""

    word: str = "hello"


class Held:
    """A worker played by the test."""

    def __init__(self, folder: Path) -> None:
        self.heard: list[Saw | Lost] = []
        self.downs = 0
        self.path = folder / "door"
        self.worker = Inference[Saw | Lost](
            "vision", "no.such.module", str(self.path), Options(), LIMITS, DECODE,
            self.heard.append, self._down,
        )  # fmt: skip
        ours, self.theirs = socket.socketpair()
        self.theirs.settimeout(5)
        self.pipe = Pipe(ours, self.worker.arrived, lambda _: None)
        self.worker.prepare()
        self.worker.began(self.pipe)

    def _down(self) -> None:
        self.downs += 1

    def say(self, what: msgspec.Struct) -> None:
        self.worker.arrived(msgspec.msgpack.encode(what))

    def told(self) -> list[bytes]:
        return cut(bytearray(self.theirs.recv(1 << 16)))

    def close(self) -> None:
        self.pipe.close()
        self.theirs.close()


@pytest.fixture
async def held(tmp_path: Path) -> AsyncIterator[Held]:
    made = Held(tmp_path)
    yield made
    made.close()


async def test_it_is_told_what_to_be_and_heard_once_it_is_ready(held: Held) -> None:
    worker = held.worker
    assert held.told() == [msgspec.msgpack.encode(Options())]
    assert worker.problem == "is starting"
    assert not worker.say(Align(7, 1))
    held.say(SAW)
    assert held.heard == [], "of streams it speaks once it is ready"
    held.say(Ready({"nudity": "0123456789abcdef"}, "cpu"))
    assert (worker.ready, worker.problem, worker.greeting.device) == (True, "", "cpu")
    assert worker.child.settled.is_set()
    held.say(SAW)
    held.say(LOST)
    held.say(Stats(depth={"frames": 3}))
    assert held.heard == [SAW, LOST]
    assert worker.stats.depth == {"frames": 3}
    assert worker.say(Align(7, 1))
    assert held.told() == [msgspec.msgpack.encode(Align(7, 1))]


async def test_one_that_ended_is_asked_nothing_and_its_door_is_taken_away(held: Held) -> None:
    held.say(Ready())
    held.say(Stats(done={"frame": 9}))
    held.path.touch()
    assert held.downs == 1, "what was announced to the one before is settled when one is ready"
    held.worker.ended()
    assert (held.worker.ready, held.downs, held.worker.stats) == (False, 2, Stats())
    assert not held.worker.say(Align(7, 1))
    held.worker.prepare()
    assert not held.path.exists()
    held.worker.prepare()


async def test_one_that_is_unable_says_why_and_is_never_ready(held: Held) -> None:
    held.say(Ready(problem="no weights for nudity"))
    assert (held.worker.ready, held.worker.unable) == (False, "no weights for nudity")
    again, theirs = socket.socketpair()
    pipe = Pipe(again, held.worker.arrived, lambda _: None)
    held.worker.began(pipe)
    assert held.worker.unable == "", "the next one may be able"
    pipe.close()
    theirs.close()


async def test_what_it_does_without_is_told_while_it_works(held: Held) -> None:
    held.say(Ready())
    held.say(Stats(weak={"hash.b": "gone", "hash.a": "line 2"}))
    assert (held.worker.problem, held.worker.weak) == ("", "hash.a: line 2; hash.b: gone")
    held.say(Stats())
    assert held.worker.weak == ""
    held.say(Stats(weak={"hash.b": "gone"}))
    held.worker.ended()
    assert held.worker.weak == ""


async def test_one_that_is_silent_is_overdue(held: Held) -> None:
    worker, now = held.worker, asyncio.get_running_loop().time()
    assert worker.overdue(now + 59.0) == ""
    assert worker.overdue(now + 61.0) == "did not start within 60 s"
    held.say(Ready())
    assert worker.overdue(now + 4.0) == ""
    assert worker.overdue(now + 6.0) == "said nothing within 5 s"


async def test_what_cannot_be_is_a_lie(held: Held) -> None:
    with pytest.raises(ValueError, match=r"."):
        held.worker.arrived(b"\xc1garbage")
    held.say(Ready())
    with pytest.raises(ValueError, match="twice"):
        held.say(Ready())


async def test_no_spare_is_kept_on_a_gpu_nor_beside_one_that_has_just_begun(held: Held) -> None:
    worker, now = held.worker, asyncio.get_running_loop().time()
    assert not worker.look(now + 99.0), "nobody works yet"
    held.say(Ready(device="cuda"))
    assert not worker.look(now + 99.0)
    worker.ended()
    held.worker.began(held.pipe)
    held.say(Ready())
    assert not worker.look(now + 1.0)
    assert not worker.spare.wanted
    assert worker.ends == {"vision": {}}
