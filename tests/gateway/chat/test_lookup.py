"""First verdicts from the record: asked together, in time, and never in the way."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import msgspec
import pytest

from gateway.chat.lookup import BATCH, IN_FLIGHT, Key, Lookup
from gateway.metrics import Metrics
from gateway.record.chain import Row
from seawall import wire
from seawall.errors import RecordUnavailable

DEADLINE_S = 5.0


class Record:
    """A record in memory that can be slow or gone."""

    def __init__(self, known: Mapping[Key, bytes | Row]) -> None:
        self.known = known
        self.asked: list[list[Key]] = []
        self.gone = False
        self.slow = asyncio.Event()
        self.slow.set()

    async def find(self, keys: list[Key]) -> Mapping[Key, bytes | Row]:
        self.asked.append(keys)
        await self.slow.wait()
        if self.gone:
            raise RecordUnavailable("gone")
        return {key: self.known[key] for key in keys if key in self.known}


class Asked:
    """A lookup with what came back, by key."""

    def __init__(self, record: Record) -> None:
        self.metrics = Metrics()
        self.lookup = Lookup(record, self.metrics, asyncio.get_running_loop().call_soon)
        self.found: dict[Key, bytes | None] = {}

    def ask(self, ref: str, deadline_s: float = DEADLINE_S) -> None:
        key = ("t", ref, 0)

        def done(verdict: bytes | None) -> None:
            assert key not in self.found
            self.found[key] = verdict

        self.lookup.ask(key, deadline_s, done)

    async def all(self, count: int) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while len(self.found) < count:  # noqa: ASYNC110  # a state, not an event
                await asyncio.sleep(0.001)


async def test_the_questions_of_a_pass_go_together() -> None:
    record = Record({("t", "a", 0): b"verdict"})
    asked = Asked(record)
    for ref in "abc":
        asked.ask(ref)
    assert asked.found == {}
    await asked.all(3)
    assert record.asked == [[("t", ref, 0) for ref in "abc"]]
    assert list(asked.found.values()) == [b"verdict", None, None]


async def test_a_row_without_its_evidence_still_answers() -> None:
    row = Row(
        1, "w", 1, 1, 5.0, "verdict", "t", "a", 0, "r", "u", "chat", "block", "[]", "spam-rule",
        "spam", "high", "lexicon", 0.75, "f" * 64, "act", 1.0, 1, "", "", "",
    )  # fmt: skip
    asked = Asked(Record({("t", "a", 0): row}))
    asked.ask("a")
    await asked.all(1)
    line = asked.found["t", "a", 0]
    assert line is not None
    found = msgspec.json.decode(line, type=wire.Verdict)
    assert (found.id, found.action, found.policy) == ("a", "block", "f" * 16)
    assert found.reasons == [wire.Reason("spam-rule", "spam", "high", 0.75, None, "lexicon")]


@pytest.mark.parametrize("trouble", ["slow", "gone"])
async def test_trouble_is_counted_and_judged_afresh(trouble: str) -> None:
    record = Record({("t", "a", 0): b"verdict"})
    if trouble == "slow":
        record.slow.clear()
    record.gone = trouble == "gone"
    asked = Asked(record)
    asked.ask("a", deadline_s=0.01)
    await asked.all(1)
    assert asked.found == {("t", "a", 0): None}
    cause = "timeout" if trouble == "slow" else "journal"
    assert asked.metrics.unchecked == {("first_verdict", cause): 1}


async def test_more_than_may_be_open_is_judged_afresh() -> None:
    record = Record({})
    record.slow.clear()
    asked = Asked(record)
    for number in range(BATCH * (IN_FLIGHT + 1)):
        asked.ask(f"m{number}")
    await asked.all(BATCH)
    assert asked.metrics.unchecked == {("first_verdict", "load"): BATCH}
    record.slow.set()
    await asked.all(BATCH * (IN_FLIGHT + 1))


async def test_closing_answers_everybody() -> None:
    record = Record({})
    record.slow.clear()
    asked = Asked(record)
    asked.ask("a")
    async with asyncio.timeout(DEADLINE_S):
        while not record.asked:  # noqa: ASYNC110
            await asyncio.sleep(0)
    await asked.lookup.close()
    assert asked.found == {("t", "a", 0): None}
