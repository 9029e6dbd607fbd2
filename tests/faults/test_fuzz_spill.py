"""Promise: a damaged spill never keeps a writer from working, and costs what is damaged alone.

Every frame whose bytes are whole is in the record afterwards, once, in a whole chain; the rest lies
aside in `.damaged`, raw.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from itertools import count, pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, strategies as st

from bench.faults.victim import Victim
from gateway.record.backlog import Backlog
from gateway.record.committer import Committer
from gateway.record.filestore import SqliteStore
from gateway.record.leftovers import Leftovers
from gateway.record.seal import Seal
from gateway.record.secret import Pseudonyms, load_secret
from gateway.record.spill import FOLDER, Spill
from gateway.record.verify import verify
from gateway.record.where import Where
from tests.faults.outside import BACK_S, Witness, within
from tests.gateway.live import write_policy
from tests.gateway.record.making import make_entry, query
from tests.gateway.records import fresh_record

DEAD, NEXT = "d" * 32, "e" * 32
ENTRIES = 9


class Left:
    """A data folder in which a dead writer left a spill of nine entries."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self._copies = count(1)
        fresh_record(data)
        spill = Spill(data, DEAD, Seal(load_secret(data)), 1 << 22)
        ends = [0]
        for n in range(1, ENTRIES + 1):
            entry = msgspec.msgpack.encode(make_entry(n))
            spill.append([(n, entry)])
            ends.append(spill.end)
        spill.close(done=False)
        self.content = spill.path.read_bytes()
        self.frames = [self.content[start:end] for start, end in pairwise(ends)]

    def with_spill(self, content: bytes) -> Path:
        """Return a copy of the folder in which the spill has another content."""
        copy = self.data.parent / f"copy-{next(self._copies)}"
        shutil.copytree(self.data, copy)
        (copy / FOLDER / f"{DEAD}.spill").write_bytes(content)
        return copy

    def readable(self, content: bytes) -> list[str]:
        """Return the events of all frames whose bytes are there: in order, each once."""
        places = [
            (match.start(), n)
            for n, frame in enumerate(self.frames, 1)
            for match in re.finditer(re.escape(frame), content)
        ]
        found: list[int] = []
        for _, n in sorted(places):
            if not found or n > found[-1]:
                found.append(n)
        return [f"m{n}" for n in found]


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Left:
    return Left(tmp_path_factory.mktemp("left") / "data")


@st.composite
def damaged(draw: st.DrawFn, size: int) -> list[tuple[str, int, int]]:
    """Draw what becomes of the file: kind, place, and how much or which."""
    kinds = ["flip", "cut", "drop", "zero", "again", "put"]
    one = st.tuples(st.sampled_from(kinds), st.integers(0, size - 1), st.integers(0, 600))
    return draw(st.lists(one, min_size=1, max_size=4))


def damage(content: bytes, frames: list[bytes], what: list[tuple[str, int, int]]) -> bytes:
    """Do it."""
    data = bytearray(content)
    for kind, at, much in what:
        match kind:
            case "flip" if at < len(data):
                data[at] ^= 1 << much % 8
            case "cut":
                del data[at:]
            case "drop":
                del data[at : at + much]
            case "zero":
                data[at : at + much] = bytes(len(data[at : at + much]))
            case "again":  # whole frames, written twice
                first = at % len(frames)
                data += b"".join(frames[first : first + 1 + much % 4])
            case _:
                data[at:at] = content[much : much + 90]
    return bytes(data)


def replay(data: Path) -> None:
    """Work as the next writer does until nothing is left of the dead one's spill."""
    secret = load_secret(data)
    seal, store = Seal(secret), SqliteStore(data / "seawall.db")
    backlog = Backlog(lambda: Spill(data, NEXT, seal, 1 << 20), 1.0, lambda: None)
    told: list[tuple[str, str]] = []
    committer = Committer(
        store,
        backlog,
        Leftovers(data, NEXT, seal, lambda *what: told.append(what), store.publish),
        NEXT,
        Pseudonyms(secret),
        seal,
        publish=store.publish,
        heads_s=1e9,
        tell=lambda *what: told.append(what),
        idle_s=0.0,
    )
    file = data / FOLDER / f"{DEAD}.spill"
    for _ in range(4):
        if not file.exists():
            break
        assert committer.try_step() == 0.0, told
    store.close()
    assert not file.exists(), "it was to be done with in a few steps"


@given(st.data())
def test_what_can_be_read_is_kept(left: Left, data: st.DataObject) -> None:
    content = damage(left.content, left.frames, data.draw(damaged(len(left.content))))
    folder = left.with_spill(content)
    replay(folder)
    events = [event for (event,) in query(folder, "SELECT event FROM journal ORDER BY seq")]
    readable = left.readable(content)
    assert events == readable
    assert verify(folder).whole
    aside = folder / FOLDER / f"{DEAD}.damaged"
    if sum(len(left.frames[int(event[1:]) - 1]) for event in readable) == len(content):
        assert not aside.exists()
    shutil.rmtree(folder)


@pytest.mark.e2e
@pytest.mark.fault
@pytest.mark.parametrize(
    "what",
    [
        [("flip", 30, 3), ("flip", 700, 1)],
        [("drop", 500, 300), ("again", 2, 3)],
        [("zero", 0, 600), ("cut", 1500, 0)],
    ],
)
async def test_a_gateway_starts_beside_any_spill(
    left: Left, tmp_path: Path, what: list[tuple[str, int, int]]
) -> None:
    """With whole processes: it serves at once, replays what can be read, and tells the rest."""
    content = damage(left.content, left.frames, what)
    victim = Victim(tmp_path, write_policy(tmp_path / "policy"), redis="local")
    shutil.copytree(left.with_spill(content), victim.data)
    key = victim.key("t")
    with victim:
        witness = Witness(victim, key)
        assert (await witness.verdicts("blockword"))[0]["action"] == "block"

        async def replayed() -> bool:
            return not (victim.data / FOLDER / f"{DEAD}.spill").exists()

        await within(BACK_S, replayed)
        assert (await witness.ready())[0] == 200
        assert not victim.events("journal writer died with exit status 3")
        assert await asyncio.to_thread(victim.stop) == 0
    events = [
        event
        for (event,) in query(
            victim.data, "SELECT event FROM journal WHERE writer = ? ORDER BY seq", DEAD
        )
    ]
    assert events == left.readable(content)
    assert (await asyncio.to_thread(verify, Where.of_path(victim.data))).whole
