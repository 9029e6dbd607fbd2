"""What a platform tells of a person on the wire is shown to them, and can be erased."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gateway.record.subject import erase, export
from gateway.record.verify import verify
from gateway.record.where import Where
from seawall.alike import alike_report
from tests.gateway.live import Peer, running
from tests.gateway.record.making import eventually, query

NINE, WORDS = "the-ninth-user", ("elm street", "an old grudge", "it was a joke", "i declined")
TABLES = (
    *("evidence", "holds", "labels", "strikes", "commands", "case_lines", "journal", "cases"),
    *("case_members", "case_context", "case_notes", "decision_parts", "decisions"),
)


async def tell(peer: Peer, kind: str, id: str, **fields: Any) -> None:
    await peer.send({"type": kind, "id": id, "at": 1.0, **fields})
    await peer.wait("ack", ref=id)


async def told(where: Where) -> str:
    """Have a gateway hear of somebody in every way; return the id of what they wrote."""
    async with running(where.data.parent) as live, live.peer() as peer:
        said = await peer.chat("blockword", user=NINE)
        target = {"kind": "user", "room": "r1", "id": "u5"}
        act = {"type": "acted", "target": target, "kind": "mute", "by": NINE, "at": 1.0}
        await peer.send(act)
        about = {"room": "r1", "target": NINE, "reason": "lives in elm street", "by": "u1"}
        await tell(peer, "report", "p-about", **about)
        other = {"room": "r1", "target": "u2", "reason": "an old grudge", "by": NINE}
        await tell(peer, "report", "p-by", **other)
        answer = {"outcome": "i declined", "text": "it was a joke"}
        await tell(peer, "answer", "a-known", ref=said["id"], **answer)
        await tell(peer, "answer", "a-unknown", ref="never-said", **answer)
        await eventually(lambda: len(query(where, "SELECT id FROM cases")) == 2)
    return str(said["id"])


def dump(where: Where, *tables: str) -> str:
    return repr([query(where, f"SELECT * FROM {table}") for table in tables])


async def test_nothing_that_was_told_of_a_person_outlives_their_erasure(tmp_path: Path) -> None:
    where = Where(tmp_path / "data")
    said = await told(where)
    journal = dump(where, "journal")
    assert not [word for word in (NINE, *WORDS) if word in journal]

    shown = export(where, "t", NINE)
    rows = {(row["kind"], row["event"]) for row in shown["journal"]}
    assert {("verdict", said), ("report", "p-about"), ("report", "p-by"), ("acted", "")} <= rows
    assert ("answer", "a-known") in rows
    assert ("answer", "a-unknown") not in rows
    assert {row["id"]: row["text"] for row in shown["evidence"]} == {
        said: "blockword",
        "p-about": "lives in elm street",
        "p-by": "an old grudge",
        "a-known": "i declined\nit was a joke",
    }
    assert query(where, "SELECT count(*) FROM evidence") == [(4,)]

    assert erase(where, "t", NINE, "dpo").evidence == 4
    left = dump(where, *TABLES)
    assert not [word for word in (NINE, alike_report(NINE), *WORDS) if word in left]
    assert alike_report("u2") in left
    assert export(where, "t", NINE)["evidence"] == []
    assert verify(where).whole
