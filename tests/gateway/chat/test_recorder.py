"""What restricts is durable before it is in force; what came too late is taken back whole."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from gateway.chat.acted import Restored
from gateway.chat.commands import Commands
from gateway.chat.recorder import Done, Recorder
from gateway.log import RestrictionLog
from gateway.metrics import Metrics
from gateway.record.entry import TOO_LATE, Entry, LabelRow, StrikeRow
from gateway.state.labels import Labels
from seawall.actions import Action, Target
from seawall.errors import RecordBusy, RecordUnavailable, Repeated
from seawall.events import Joined, Message, User
from seawall.late import taken_back
from seawall.policy.model import CaseSpec, Effect, Facts, Window
from seawall.taxonomy import Severity
from seawall.verdicts import Change, Finding, Verdict
from seawall.windows import Mode, Spec

USER, ROOM = Target("user", "r", "u"), Target("room", "r")


class Job(msgspec.Struct):
    read: float = 0.0
    decided: float = 0.0


class Desk:
    """A recorder on a journal that answers when it is told to."""

    def __init__(self) -> None:
        self.entries: list[tuple[Entry, Done]] = []
        self.late: list[Callable[[], None]] = []
        self.said: list[str] = []
        self.labels = Labels()
        self.restored = Restored()
        self.changed: list[str] = []
        loop = asyncio.get_running_loop()
        self.metrics = metrics = Metrics()
        self.commands = Commands(60.0, metrics, lambda tenant, command, end: None)
        self.recorder = Recorder(
            self,
            self.labels,
            self.commands,
            lambda tenant, ref, rev: None,
            metrics,
            self._after,
            RestrictionLog(loop.call_soon),
            60.0,
            False,
            self.restored,
            self.changed.append,
        )

    def append(self, entry: Entry, done: Done) -> None:
        self.entries.append((entry, done))

    def _after(self, delay: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        self.late.append(callback)
        return asyncio.get_running_loop().call_later(60.0, lambda: None)

    def record(self, event: Message, verdict: Verdict) -> None:
        def recorded(job: Job, event: Message, verdict: Verdict) -> None:
            self.said.append("recorded")

        def unrecorded(job: Job, event: Message, late: bool) -> None:
            self.said.append("late" if late else "unrecorded")

        def repeated(job: Job, event: Message) -> None:
            self.said.append("repeated")

        self.recorder.record(Job(), event, verdict, 50.0, recorded, unrecorded, repeated)

    def facts(self, at: float) -> Facts:
        return self.labels.facts("t", "r", "u", at)


def message(ref: str = "m1", at: float = 10.0, rev: int = 0) -> Message:
    return Message("t", ref, "r", User("u"), "text", at, at, rev=rev)


def muting(at: float = 10.0, for_s: float = 60.0) -> Verdict:
    why = Finding("threat", "threat", Severity.HIGH, (), "rule")
    mute = Action(USER, "mute", for_s)
    change = Change("user", "r", "u", "mute", at + for_s, "threat", "threat")
    return Verdict(
        "v", "block", actions=(mute,), reasons=(why,), commands=(mute,), changes=(change,),
        strikes=2,
    )  # fmt: skip


async def test_labels_and_strikes_are_durable_before_they_are_in_force() -> None:
    desk = Desk()
    desk.record(message(rev=2), muting())
    entry, done = desk.entries[0]
    label = LabelRow("user", "r", "u", "mute:2:m1", 70.0, "threat", "threat")
    assert (entry.labels, entry.strikes) == ((label,), StrikeRow(2, "threat"))
    assert desk.facts(11.0) == Facts()
    done(None)
    assert set(desk.facts(11.0).user) == {"mute"}
    assert desk.facts(10.0).strikes == 2.0
    assert (desk.said, desk.changed, len(desk.commands)) == (["recorded"], ["t"], 1)


async def test_a_verdict_that_came_too_late_is_taken_back_whole() -> None:
    desk = Desk()
    desk.record(message(), muting())
    desk.late[0]()
    assert desk.said == ["late"]
    desk.entries[0][1](None)  # durable after all
    back, _ = desk.entries[1]
    assert [row.ended for row in back.labels] == [True]
    assert back.labels[0].label == "mute:0:m1"
    assert (back.rule, back.event, back.rev) == (TOO_LATE, "m1", 0)  # its strikes go by that
    assert [end.outcome for end in back.ends] == ["superseded"]
    assert desk.facts(11.0) == Facts()
    assert len(desk.recorder.shield) == 0


async def test_a_message_falls_until_its_verdict_is_taken_back_or_never_was() -> None:
    desk = Desk()
    key = ("t", "m1", 0)
    desk.record(message(), muting())
    assert not desk.recorder.falling
    desk.late[0]()
    assert desk.recorder.falling == {key}
    desk.entries[0][1](None)
    desk.entries[1][1](RecordBusy("too much"))  # the taking back is tried again
    assert desk.recorder.falling == {key}
    desk.late[1]()
    assert desk.entries[2][0] == desk.entries[1][0]
    desk.entries[2][1](None)
    assert not desk.recorder.falling
    desk.record(message(), muting())
    desk.late[2]()
    desk.entries[3][1](RecordUnavailable("gone"))  # it never became durable
    assert (len(desk.entries), desk.recorder.falling) == (4, set())


async def test_a_repeat_does_nothing_and_takes_nothing_back() -> None:
    desk = Desk()
    stands = Repeated("another gateway's verdict stands")
    desk.record(message(), muting())
    desk.entries[0][1](stands)
    desk.record(message("m2"), muting())
    desk.late[1]()
    desk.entries[1][1](stands)
    desk.recorder.find_late(message("m3"), muting())
    desk.entries[2][1](stands)
    desk.recorder.flag(message("m4"), asking())
    desk.entries[3][1](stands)
    assert (desk.said, len(desk.entries), len(desk.commands)) == (["repeated", "late"], 4, 0)
    assert (desk.facts(11.0), len(desk.recorder.shield)) == (Facts(), 0)
    assert not desk.metrics.unchecked  # it was recorded, by another


async def test_what_a_revert_must_know_is_in_the_entry() -> None:
    desk = Desk()
    desk.record(message(), Verdict("v", visibility="self_only"))
    assert desk.entries[0][0].actions == (Action(Target("message", "r", "m1", 0), "self_only"),)


async def test_a_flood_records_a_restriction_once() -> None:
    desk = Desk()
    for n in range(50):
        event = message(f"m{n}")
        verdict = desk.recorder.news(event, muting(), desk.facts(10.0))
        assert bool(verdict.changes) is (n == 0)
        desk.record(event, verdict)
    for _, done in desk.entries:
        done(None)
    assert sum(len(entry.labels) + len(entry.commands) for entry, _ in desk.entries) == 2
    assert len(desk.recorder.shield) == 0


async def test_one_that_could_not_be_recorded_is_raised_by_the_next() -> None:
    desk = Desk()
    desk.record(message(), desk.recorder.news(message(), muting(), Facts()))
    desk.entries[0][1](RecordUnavailable("full"))
    assert desk.recorder.news(message("m2"), muting(), Facts()).changes


async def test_a_message_that_was_put_back_is_not_removed_again() -> None:
    desk = Desk()
    desk.restored.add("t", "m0", 9.0)
    removal = Action(Target("message", "r", "m0"), "remove")
    verdict = Verdict("v", "block", commands=(removal,))
    assert desk.recorder.news(message(), verdict, Facts()).commands == ()
    assert desk.recorder.news(message("m0"), verdict, Facts()).commands == (removal,)


async def test_a_wave_prolongs_what_it_raised_with_a_row_of_its_own() -> None:
    desk = Desk()
    spec = Spec(Mode.DISTINCT_ATTEMPTED, 10, 1_000)
    then = (Effect("room", "shield", 60.0),)
    window = Window("wave", ("room",), spec, "user", frozenset({"chat"}), then=then)
    raised = Change("room", "r", "r", "shield", 70.0, "wave", "flood")
    shield = Action(ROOM, "shield", 60.0)
    joined = Joined("t", "r", User("v"), 10.0)
    desk.recorder.follow(
        joined, Verdict("v", actions=(shield,), commands=(shield,), changes=(raised,))
    )
    desk.entries[0][1](None)
    for n in range(20):
        desk.recorder.wave(message(f"m{n}", 45.0), (window,), (7,), desk.facts(45.0), "v")
    assert len(desk.entries) == 2
    entry, done = desk.entries[1]
    assert (entry.event, entry.action, entry.rule) == ("", "allow", "wave")
    assert entry.labels[0].until == 105.0
    done(None)
    assert desk.facts(46.0).room["shield"].until == 105.0


def asking(action: str = "allow", **more: Any) -> Verdict:
    spec = CaseSpec("abuse", "p2")
    why = Finding("insult", "harassment", Severity.LOW, (), "lexicon", case=spec)
    return Verdict("v", action, reasons=(why,), case=spec, **more)


async def test_a_flag_is_recorded_without_what_it_would_change() -> None:
    desk = Desk()
    change = Change("user", "r", "u", "slow", 70.0, "insult", "harassment")
    desk.recorder.flag(message(), asking(strikes=2, changes=(change,)))
    ((entry, _),) = desk.entries
    assert (entry.action, entry.strikes, entry.labels, entry.commands) == ("allow", None, (), ())
    assert entry.evidence is not None
    assert [case.queue for case in entry.cases] == ["abuse"]
    desk.recorder.flag(message(), Verdict("v"))
    assert len(desk.entries) == 1


async def test_whoever_settles_cases_hears_once_their_lines_are_durable() -> None:
    desk = Desk()
    heard: list[str] = []
    desk.recorder.case_opened = lambda: heard.append("now")
    desk.recorder.flag(message(), asking())
    desk.record(message("m2"), asking("block"))
    desk.record(message("m3"), muting())
    desk.recorder.find_late(message("m4"), asking("remove"))
    desk.recorder.follow(Joined("t", "r", User("v"), 10.0), asking())
    assert heard == []
    desk.entries[0][1](RecordUnavailable("full"))
    assert heard == []
    for _, done in desk.entries[1:]:
        done(None)
    assert len(heard) == 3  # m3 asks nobody


async def test_a_case_is_taken_back_with_the_verdict_that_came_too_late() -> None:
    desk = Desk()
    desk.record(message(), asking("hold", until=40.0))
    desk.late[0]()
    desk.entries[0][1](None)
    (opened,), (closed,) = desk.entries[0][0].cases, desk.entries[1][0].cases
    assert (opened.state, opened.due, opened.nobody) == ("open", 40.0, "deny")
    assert (closed.id, closed.state) == (opened.id, "resolved")


async def test_policys_word_stands_in_the_case_of_a_hold() -> None:
    desk = Desk()
    desk.recorder.hold_word = lambda tenant, room: "approve" if room == "r" else "deny"
    desk.record(message(), asking("hold", until=40.0))
    assert desk.entries[0][0].cases[0].nobody == "approve"


async def test_what_would_have_been_held_is_left_to_people_who_are_asked() -> None:
    desk = Desk()
    why = (Finding("model", "hate", Severity.HIGH, (), "model"),)
    held = taken_back(message(), "allow", Verdict("v", "hold", reasons=why, until=40.0))
    assert held is not None
    desk.recorder.find_late(message(), held)
    (case,) = desk.entries[0][0].cases
    assert (case.queue, case.about, case.due) == ("holds", "verdict", None)


async def test_a_raid_of_joins_asks_no_more_than_people_can_look_at() -> None:
    desk = Desk()
    for number in range(1200):
        desk.recorder.follow(Joined("t", "r", User(f"u{number}"), 10.0), raid())
    assert len(desk.entries) == 1000
    assert desk.metrics.unchecked["case", "full"] == 200


def raid() -> Verdict:
    spec = CaseSpec("raids", "p1")
    why = Finding("joins", "flood", Severity.LOW, (), "window", case=spec)
    return Verdict("v", reasons=(why,), case=spec)
