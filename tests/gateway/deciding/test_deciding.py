"""A case is decided once, wholly or not at all, and undone exactly."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from gateway.cases import moves
from gateway.chat.acted import acted
from gateway.record.entry import LabelRow
from gateway.refusal import Refused
from gateway.shapes.cases import DecideBody, DecisionShown, Preview
from gateway.shapes.rooms import ActBody
from seawall import wire
from seawall.actions import Target
from tests.gateway.deciding.gates import TENANT, Gate, person, states

ANN, BOB = person("ann"), person("bob")


async def confirmed(gate: Gate, case: str, choice: str, for_s: float | None = None) -> DecideBody:
    """Look at the preview of a choice, and confirm it."""
    seen = await gate.deciding.preview(ANN, case, choice, for_s)
    return DecideBody(choice, for_s, "they did", seen.token)


async def refused(work: Any) -> Refused:  # a coroutine of any result
    with pytest.raises(Refused) as problem:
        await work
    return problem.value


async def test_a_flagged_message_is_removed_its_author_muted_and_all_of_it_undone(
    gate: Gate,
) -> None:
    gate.judged("m1", action="allow")
    line = gate.case()
    told = len(gate.told)
    done = await gate.deciding.decide(ANN, line.id, DecideBody("remove_mute", None, "they did"))
    assert done.fresh
    assert (done.decision.state, done.decision.done, done.decision.failed) == ("applied", 2, 0)
    assert gate.since(told) == [("remove", "m1", None), ("mute", "u", 600.0)]
    assert gate.force() == {"mute": gate.clock.now + 600.0}
    assert gate.find(line).decided_by == "ann"
    assert [each.state for each in gate.told_of] == ["decided"]
    told = len(gate.told)
    gate.clock.now += 5.0
    back = await gate.deciding.undo(BOB, done.decision.id, "a mistake")
    assert (back.decision.state, back.decision.undone_by) == ("undone", "bob")
    assert states(back) == ["undone", "undone"]
    assert sorted(gate.since(told)) == [("mute", "u", 0.0), ("restore", "m1", None)]
    assert gate.force() == {}
    assert gate.find(line).state == "open"
    again = await gate.deciding.undo(ANN, done.decision.id, "me too")
    assert (again.fresh, again.decision.undone_by) == (False, "bob")


async def test_no_command_names_a_person_and_the_journal_does(gate: Gate) -> None:
    gate.judged("m1", action="allow")
    await gate.deciding.decide(ANN, gate.case().id, DecideBody("remove_mute"))
    entries = [each for each in gate.book.entries if each.kind == "moderator"]
    assert [each.by for each in entries] == ["moderator:ann"] * 2
    assert {row.because for each in entries for row in each.commands} == {"rule"}
    assert all(each.evidence is None for each in entries)


async def test_the_second_person_is_told_who_was_first_and_the_same_one_hears_it_again(
    gate: Gate,
) -> None:
    gate.judged("m1", action="allow")
    line = gate.case()
    first = await gate.deciding.decide(ANN, line.id, DecideBody("dismiss"))
    again = await gate.deciding.decide(ANN, line.id, DecideBody("dismiss"))
    assert (again.fresh, again.decision.id) == (False, first.decision.id)
    late = await refused(gate.deciding.decide(BOB, line.id, DecideBody("remove")))
    assert (late.status, late.code) == (409, "already_decided")
    assert "ann was first" in late.message
    assert isinstance(late.shown, DecisionShown)
    assert late.shown.decision.id == first.decision.id
    assert gate.told == []


async def test_of_two_gateways_at_once_one_decides(gates: Callable[..., Gate]) -> None:
    one, two = gates(), gates()
    one.judged("m1", action="allow")
    line = one.case()
    said = await asyncio.gather(
        one.deciding.decide(ANN, line.id, DecideBody("remove")),
        two.deciding.decide(BOB, line.id, DecideBody("dismiss")),
        return_exceptions=True,
    )
    (problem,) = [each for each in said if isinstance(each, BaseException)]
    assert isinstance(problem, Refused)
    assert problem.code == "already_decided"
    assert len([each for each in said if isinstance(each, DecisionShown) and each.fresh]) == 1


async def test_a_claim_of_somebody_else_an_escalation_and_a_seal_are_respected(gate: Gate) -> None:
    gate.judged("m1", action="allow")
    line = gate.case()
    gate.cases.move(
        BOB, line.id, "cases.claim", lambda at, it: moves.claim(at, BOB, it, gate.clock.now, None)
    )
    first = await refused(gate.deciding.decide(ANN, line.id, DecideBody("remove")))
    assert (first.status, first.code) == (409, "claimed")
    plain = person("eve", "moderator")
    gate.judged("m2", user="v", action="allow", category="minor_safety")
    sealed = gate.case()
    assert (
        await refused(gate.deciding.decide(plain, sealed.id, DecideBody("remove")))
    ).status == 403
    reader = person("rea", "analyst")
    gate.judged("m3", user="w", action="allow")
    assert (
        await refused(gate.deciding.decide(reader, gate.case().id, DecideBody("dismiss")))
    ).code == "forbidden"


async def test_a_second_opinion_says_whether_both_agreed(gate: Gate) -> None:
    for number, (choice, says) in enumerate(
        [("remove", "remove: both agreed"), ("dismiss", "dismiss: ann would have chosen remove")]
    ):
        gate.judged(f"m{number}", user=f"u{number}", action="allow")
        line = gate.case()
        gate.cases.move(
            ANN,
            line.id,
            "cases.claim",
            lambda at, it: moves.ask(at, ANN, it, gate.clock.now, "well?", "remove"),
        )
        asker = await refused(gate.deciding.decide(ANN, line.id, DecideBody("remove")))
        assert asker.code == "second"
        await gate.deciding.decide(BOB, line.id, DecideBody(choice))
        notes = gate.cases.notes(TENANT, line.id)
        assert [note.text for note in notes if note.kind == "opinion"] == [says]


async def test_an_incident_needs_its_preview_and_one_that_has_grown_a_new_one(gate: Gate) -> None:
    for number in range(3):
        gate.judged(f"m{number}", f"u{number}", "allow", alike="raid")
    line = gate.case()
    needed = await refused(gate.deciding.decide(ANN, line.id, DecideBody("remove_mute")))
    assert (needed.status, needed.code) == (409, "preview_needed")
    assert isinstance(needed.shown, Preview)
    assert (needed.shown.users, needed.shown.messages, needed.shown.rooms) == (3, 3, 1)
    body = await confirmed(gate, line.id, "remove_mute")
    gate.judged("m9", "u9", "allow", alike="raid")
    gate.case()
    stale = await refused(gate.deciding.decide(ANN, line.id, body))
    assert (stale.status, stale.code) == (409, "preview_stale")
    assert isinstance(stale.shown, Preview)
    assert stale.shown.users == 4
    other = await refused(
        gate.deciding.decide(BOB, line.id, DecideBody("remove_mute", preview=stale.shown.token))
    )
    assert other.code == "preview_other"
    body = DecideBody("remove_mute", preview=stale.shown.token)
    gate.clock.now += 301.0
    assert (await refused(gate.deciding.decide(ANN, line.id, body))).code == "preview_expired"
    assert gate.told == []
    assert gate.find(line).state == "open"


async def test_the_house_is_left_out_of_incidents(gates: Callable[..., Gate]) -> None:
    gate = gates(exempt=lambda tenant, room, user: user == "u1")
    gate.labels.about(TENANT, wire.Room("r", owners=["u2"]))
    for number in range(4):
        gate.judged(f"m{number}", f"u{number}", "allow", alike="raid")
    line = gate.case()
    seen = await gate.deciding.preview(ANN, line.id, "ban", None)
    assert (seen.users, seen.exempt) == (2, 2)
    gate.judged("m9", "u1", "allow")
    alone = gate.case()
    seen = await gate.deciding.preview(ANN, alone.id, "ban", None)
    assert (seen.users, seen.exempt) == (1, 0)


async def test_a_ban_of_one_is_confirmed_and_what_is_not_offered_is_refused(gate: Gate) -> None:
    gate.judged("m1", action="allow")
    line = gate.case()
    assert (await refused(gate.deciding.decide(ANN, line.id, DecideBody("ban")))).status == 409
    assert (await refused(gate.deciding.decide(ANN, line.id, DecideBody("approve")))).status == 422
    body = DecideBody("dismiss", 60.0)
    assert (await refused(gate.deciding.decide(ANN, line.id, body))).status == 422
    assert (await refused(gate.deciding.decide(ANN, "k404", DecideBody("ban")))).status == 404
    other = person("ann", tenant="other")
    assert (await refused(gate.deciding.decide(other, line.id, DecideBody("ban")))).status == 404
    done = await gate.deciding.decide(ANN, line.id, await confirmed(gate, line.id, "ban"))
    assert gate.force() == {"ban": None}
    await gate.deciding.undo(ANN, done.decision.id)
    assert gate.force() == {}


async def test_undo_leaves_the_mute_of_another_person_and_of_a_machine_alone(gate: Gate) -> None:
    gate.judged("m1", action="allow", mute=60.0)
    gate.judged("m2", action="allow", mute=3600.0, alike="m1")
    line = gate.case()
    by_bob = await gate.deciding.act(BOB, "r", ActBody("user", "u", "mute", 1800.0))
    before = gate.force()
    body = await confirmed(gate, line.id, "mute_day")
    done = await gate.deciding.decide(ANN, line.id, body)
    assert gate.force() == {"mute": gate.clock.now + 86_400.0}
    told = len(gate.told)
    await gate.deciding.undo(ANN, done.decision.id)
    assert gate.force() == before
    assert gate.since(told) == [("mute", "u", 3600.0)]
    await gate.reverts.revert(TENANT, "m2", 0, "moderator:x", "", gate.clock.now)
    assert gate.force() == {"mute": gate.clock.now + 1800.0}
    await gate.deciding.undo(BOB, by_bob.decision.id)
    assert gate.force() == {"mute": gate.clock.now + 60.0}


async def test_what_the_platform_did_since_is_never_touched(gate: Gate) -> None:
    done = await gate.deciding.act(ANN, "r", ActBody("user", "u", "mute", 60.0))
    entry = acted(
        gate.labels, TENANT, wire.Acted(Target("user", "r", "u"), "mute", "ola", 1.0),
        gate.clock.now + 1.0,
    )  # fmt: skip
    assert entry is not None
    await gate.book.record(entry, 1.0)
    gate.labels.put(TENANT, entry.labels, entry.at)
    gate.clock.now += 2.0
    told = len(gate.told)
    await gate.deciding.undo(ANN, done.decision.id)
    assert gate.since(told) == []
    assert gate.force() == {"mute": None}


async def test_a_verdict_is_reverted_and_the_revert_undone(gate: Gate) -> None:
    gate.judged("m1", mute=60.0, strikes=2)
    line = gate.case()
    before = gate.force()
    done = await gate.deciding.decide(ANN, line.id, DecideBody("revert"))
    assert states(done) == ["done"]
    assert gate.force() == {}
    told = len(gate.told)
    gate.clock.now += 1.0
    back = await gate.deciding.undo(ANN, done.decision.id)
    assert states(back) == ["undone"]
    assert gate.force() == before
    assert gate.since(told) == [("remove", "m1", None), ("mute", "u", 59.0)]
    again = await gate.deciding.decide(BOB, line.id, DecideBody("revert"))
    assert (again.fresh, states(again)) == (True, ["done"])
    assert gate.force() == {}


async def test_a_hold_is_denied_and_undoing_that_shows_the_message(gate: Gate) -> None:
    gate.judged("m1", action="hold", held=True)
    line = gate.case()
    done = await gate.deciding.decide(ANN, line.id, DecideBody("deny_mute"))
    assert states(done) == ["done", "done"]
    assert gate.force() == {"mute": gate.clock.now + 600.0}
    held = await gate.table.find(TENANT, "m1", 0)
    assert held is not None
    assert (held.outcome, held.by) == ("denied", "moderator:ann")
    told = len(gate.told)
    back = await gate.deciding.undo(ANN, done.decision.id)
    assert states(back) == ["undone", "undone"]
    assert "restore instead" in back.items[0].why
    assert ("restore", "m1", None) in gate.since(told)
    assert gate.force() == {}


async def test_a_hold_that_somebody_else_ended_fails_and_the_rest_is_done(gate: Gate) -> None:
    gate.judged("m1", action="hold", held=True)
    line = gate.case()
    await gate.holds.decide(TENANT, "m1", 0, "approved", "moderator:bob", gate.clock.now)
    done = await gate.deciding.decide(ANN, line.id, DecideBody("deny_mute"))
    assert states(done) == ["failed", "done"]
    assert "moderator:bob was first" in done.items[0].why
    assert (done.decision.done, done.decision.failed) == (1, 1)


async def test_streams_are_cut_vetoed_and_blurred(gate: Gate) -> None:
    gate.judged("f1", action="allow", stream="s1")
    line = gate.case()
    offered = gate.deciding.choices(ANN, line, [])
    assert [each.id for each in offered][:2] == ["cut", "stream_warn"]
    done = await gate.deciding.decide(ANN, line.id, DecideBody("blur", 60.0))
    assert (states(done), gate.stage.done) == (["done"], [("s1", "blur", 60.0)])
    gate.judged("f2", action="allow", stream="s2")
    plain = person("pat", "moderator")
    hands_off = person(
        "una", rights=plain.rights.__class__(plain.rights.everywhere - {"streams.act"})
    )
    line = gate.case()
    assert (
        await refused(gate.deciding.decide(hands_off, line.id, DecideBody("blur")))
    ).status == 403


async def test_a_veto_is_one_key_however_many_events_the_case_has(gate: Gate) -> None:
    for event in ("f1", "f2"):
        gate.judged(event, action="allow", stream="s1", alike="f1")
    line = gate.case()
    until = gate.clock.now + 8.0
    waits = LabelRow("stream", "r", "s1", "cut_pending", until, "rule", "scam.phishing")
    gate.labels.put(TENANT, (waits,), gate.clock.now)
    gate.stage.waits.add("s1")
    first, *others = gate.deciding.choices(ANN, line, [])
    assert (first.id, first.key, first.confirm) == ("veto", "v", False)
    assert all(each.confirm for each in others if each.effects)
    done = await gate.deciding.decide(ANN, line.id, DecideBody("veto"))
    assert (states(done), gate.stage.waits) == (["done"], set())


async def test_what_is_done_by_hand_is_a_decision_of_one_part(gate: Gate) -> None:
    done = await gate.deciding.act(ANN, "r", ActBody("message", "m1", "remove", rev=0))
    assert (done.decision.case, done.decision.choice, states(done)) == ("", "remove", ["done"])
    assert gate.since(0) == [("remove", "m1", None)]
    back = await gate.deciding.undo(ANN, done.decision.id)
    assert (states(back), gate.since(1)) == (["undone"], [("restore", "m1", None)])
    for wish in (
        ActBody("message", "m1", "ban"),
        ActBody("user", "u", "remove"),
        ActBody("user", "u", "warn", lift=True),
    ):
        assert (await refused(gate.deciding.act(ANN, "r", wish))).status == 422
    reader = person("rea", "analyst")
    assert (
        await refused(gate.deciding.act(reader, "r", ActBody("user", "u", "ban")))
    ).status == 403


async def test_a_lift_ends_what_anybody_set_and_its_undo_sets_just_that_again(gate: Gate) -> None:
    gate.judged("m1", action="allow", mute=3600.0)
    await gate.deciding.act(BOB, "r", ActBody("user", "u", "mute", 7200.0))
    before = gate.force()
    gate.clock.now += 1.0
    lifted = await gate.deciding.act(ANN, "r", ActBody("user", "u", "mute", lift=True))
    assert gate.force() == {}
    gate.clock.now += 1.0
    told = len(gate.told)
    await gate.deciding.undo(ANN, lifted.decision.id)
    assert gate.force() == before
    assert [kind for kind, _, _ in gate.since(told)] == ["mute", "mute"][: len(gate.told) - told]
    await gate.reverts.revert(TENANT, "m1", 0, "x", "", gate.clock.now)
    assert gate.force() == before  # bob's lasts longer
    fresh = await gate.decisions.find(TENANT, "m1", 0)
    assert fresh is not None
    assert fresh.labels == ()


async def test_undoing_a_removal_leaves_away_what_others_removed(gate: Gate) -> None:
    first = await gate.deciding.act(ANN, "r", ActBody("message", "m1", "remove", rev=0))
    second = await gate.deciding.act(BOB, "r", ActBody("message", "m1", "remove", rev=0))
    told = len(gate.told)
    await gate.deciding.undo(ANN, first.decision.id)
    assert gate.since(told) == []
    back = await gate.deciding.act(ANN, "r", ActBody("message", "m1", "restore", rev=0))
    told = len(gate.told)
    await gate.deciding.undo(ANN, back.decision.id)
    assert gate.since(told) == [("remove", "m1", None)]
    told = len(gate.told)
    await gate.deciding.undo(BOB, second.decision.id)
    assert gate.since(told) == [("restore", "m1", None)]
