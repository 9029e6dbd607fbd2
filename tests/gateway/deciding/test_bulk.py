"""Many cases at once: each is decided by itself, what cannot be is named, nothing unseen is hit."""

from __future__ import annotations

import pytest

from gateway.refusal import Refused
from gateway.shapes.cases import BulkBody, BulkPreview, BulkPreviewBody, DecideBody
from tests.gateway.deciding.gates import Gate, person

ANN = person("ann")


async def test_many_cases_are_decided_each_by_a_decision_of_its_own(gate: Gate) -> None:
    cases = []
    for number in range(3):
        gate.judged(f"m{number}", f"u{number}", "allow")
        cases.append(gate.case().id)
    gate.judged("h1", "u9", "hold", held=True)
    held = gate.case().id
    await gate.deciding.decide(ANN, cases[2], DecideBody("dismiss"))
    asked = [*cases, held, "k404"]
    seen = await gate.deciding.preview_bulk(ANN, BulkPreviewBody(asked, "remove"))
    assert (seen.cases, set(seen.skipped)) == (2, {cases[2], held, "k404"})
    assert "ann was first" in seen.skipped[cases[2]]
    assert (seen.preview.messages, seen.preview.refused) == (2, "")
    done = await gate.deciding.decide_bulk(ANN, BulkBody(asked, "remove", seen.token))
    assert [each.decision.case for each in done] == cases[:2]
    assert len({each.decision.id for each in done}) == 2
    assert sorted(gate.since(0)) == [("remove", "m0", None), ("remove", "m1", None)]
    await gate.deciding.undo(ANN, done[0].decision.id)
    assert gate.since(2) == [("restore", "m0", None)]


async def test_what_was_not_seen_is_not_hit(gate: Gate) -> None:
    for number in range(2):
        gate.judged(f"m{number}", f"u{number}", "allow", alike="raid")
    case = gate.case().id
    seen = await gate.deciding.preview_bulk(ANN, BulkPreviewBody([case], "remove"))
    gate.judged("m9", "u9", "allow", alike="raid")
    gate.case()
    with pytest.raises(Refused) as problem:
        await gate.deciding.decide_bulk(ANN, BulkBody([case], "remove", seen.token))
    assert problem.value.code == "preview_stale"
    assert isinstance(problem.value.shown, BulkPreview)
    assert problem.value.shown.preview.messages == 3
    assert gate.told == []


async def test_only_who_may_decides_in_bulk(gate: Gate) -> None:
    gate.judged("m1", action="allow")
    case = gate.case().id
    plain = person("pat", "moderator")
    seen = await gate.deciding.preview_bulk(plain, BulkPreviewBody([case], "remove"))
    assert (seen.cases, list(seen.skipped)) == (0, [case])
    assert await gate.deciding.decide_bulk(plain, BulkBody([case], "remove", seen.token)) == []
