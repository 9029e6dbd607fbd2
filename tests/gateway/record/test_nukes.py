"""The table of nukes, in either database: one ends a nuke, hits add up, the journal tells."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace
from sqlalchemy import insert

from gateway.record import schema_cases
from gateway.record.database import open_engine, writing
from gateway.record.entry import Entry, LabelRow
from gateway.record.journal import Journal
from gateway.record.nukes import NukeRow, Nukes
from gateway.record.where import Where

NOW = time.time()
ROW = NukeRow(
    "t", "nk1", "r1", "buy coins", "mute", 60.0, NOW, NOW - 600, NOW + 600, 100, 5, "lea", "raid",
    None, "", NOW,
)  # fmt: skip


@pytest.fixture
async def table(where: Where) -> AsyncIterator[Nukes]:
    it = Nukes(where)
    yield it
    it.close()


async def test_a_nuke_is_found_by_its_tenant_only(table: Nukes) -> None:
    await table.add(ROW)
    assert await table.find("t", "nk1") == ROW
    assert await table.find("other", "nk1") is None
    assert await table.all("other", 10) == []


async def test_live_are_those_that_act_on_what_comes(table: Nukes) -> None:
    await table.add(ROW)
    await table.add(replace(ROW, id="over", until=NOW - 1))
    await table.add(replace(ROW, id="ended", ended=NOW, ended_by="max"))
    assert [row.id for row in await table.live(NOW)] == ["nk1"]
    assert await table.live(NOW + 601) == []
    assert {row.id for row in await table.all("t", 10)} == {"nk1", "over", "ended"}


async def test_one_ends_it(table: Nukes) -> None:
    await table.add(ROW)
    ended = await asyncio.gather(*(table.end("t", "nk1", by, NOW + 1) for by in ("lea", "max")))
    assert sorted(ended) == [False, True]
    row = await table.find("t", "nk1")
    assert row is not None
    assert row.ended == NOW + 1
    assert row.ended_by == ("lea" if ended[0] else "max")
    await table.add(replace(ROW, id="over", until=NOW - 1))
    assert not await table.end("t", "over", "lea", NOW), "its time was over already"


async def test_hits_of_all_gateways_add_up(table: Nukes) -> None:
    await table.add(ROW)
    await asyncio.gather(*(table.count({("t", "nk1"): n, ("t", "gone"): 1}) for n in (1, 2, 3)))
    row = await table.find("t", "nk1")
    assert row is not None
    assert row.hits == 11


async def test_the_journal_tells_what_it_did(where: Where, table: Nukes) -> None:
    """Verdicts it led and nobody reverted, and labels it set under another rule's lead."""
    journal = Journal(where)
    await journal.start()
    try:
        rule, label = "nuke.nk1", LabelRow("user", "r1", "u1", "mute:0:m3", None, "nuke.nk1")
        for entry in (
            Entry("verdict", "t", "m1", NOW, "block", rule=rule),
            Entry("verdict", "t", "m2", NOW, "block", 3, rule=rule),
            Entry("verdict", "t", "m3", NOW, "block", rule="block-spam", labels=(label,)),
            Entry("verdict", "t", "m4", NOW, "block", rule="nuke.other"),
            Entry("verdict", "other", "m5", NOW, "block", rule=rule),
            Entry("revert", "t", "m1", NOW + 1, "revert"),
        ):
            await journal.record(entry, 5.0)
    finally:
        await journal.stop()
    assert [(each.event, each.rev) for each in await table.caught(ROW, rule, 10)] == [("m2", 3)]
    assert [each.id for each in await table.labels("t", rule, 10)] == ["u1"]
    later = replace(ROW, at=NOW + 2000)  # the chain's head was published long before
    assert len(await table.caught(later, rule, 10)) == 0, "what is before its time is not read"


async def test_what_is_to_be_undone_is_found_after_a_restart(where: Where, table: Nukes) -> None:
    await table.add(ROW)
    await table.add(replace(ROW, id="nk2"))
    made = {
        "tenant": "t", "case": "", "at": NOW, "by": "lea", "choice": "nuke.mute", "reason": "",
        "for_s": None, "parts": 0, "done": 0, "failed": 0, "undone_by": "max", "undone": NOW,
        "undo_reason": "oops", "node": "", "leased": 0.0,
    }  # fmt: skip
    engine = open_engine(where)
    with writing(engine) as connection:
        for id, state in (("nk1", "undoing"), ("nk2", "applied")):
            values = {**made, "id": id, "state": state}
            connection.execute(insert(schema_cases.decisions).values(values))
    engine.dispose()
    assert await table.undone(NOW) == [(ROW, "max", "oops")]
