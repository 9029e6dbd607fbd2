"""Runs of equal window verdicts become one row and one count, whatever the order of events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import example, given, strategies as st

from gateway.chat.runs import RUN_S, Runs, is_run
from gateway.record.entry import Entry
from seawall.actions import Action, Target
from seawall.errors import RecordUnavailable, SeawallError
from seawall.events import Message, User
from seawall.policy.model import CaseSpec, Effect
from seawall.taxonomy import Severity
from seawall.verdicts import Finding, Verdict

Done = Callable[[SeawallError | None], None]
BLOCK = (Effect("message", "block"),)


class Kept:
    """Keeps what is appended; each entry is durable at once unless `down`."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.down = False

    def append(self, entry: Entry, done: Done) -> None:
        """Keep an entry."""
        if self.down:
            raise RecordUnavailable("gone")
        self.entries.append(entry)
        done(None)


def event(ref: str, at: float, user: str = "u") -> Message:
    """Return a message of a user at a time."""
    return Message("t", ref, "r", User(user), "text", at, at)


def over(rule: str = "pace", detector: str = "window") -> Verdict:
    """Return the verdict of a message over a window."""
    return Verdict("p", "block", reasons=(Finding(rule, "flood", Severity.LOW, BLOCK, detector),))


def first(of: Message, verdict: Verdict) -> Entry:
    """Return the entry that opens a run."""
    return Entry(
        "verdict", of.tenant, of.id, of.at, verdict.action, room=of.room, user=of.user.id,
        rule=verdict.reasons[0].rule,
    )  # fmt: skip


def test_what_follows_is_counted_into_one_row() -> None:
    """Given a flood of five, two rows are written: the first, and four more."""
    kept = Kept()
    runs = Runs(kept.append)
    verdict = over()
    assert not runs.join(event("m0", 100.0), verdict)
    runs.opened(event("m0", 100.0), verdict, first(event("m0", 100.0), verdict))
    assert all(runs.join(event(f"m{n}", 100.0 + n), verdict) for n in range(1, 5))
    runs.sweep(100.0 + RUN_S - 0.1)
    assert kept.entries == []
    runs.sweep(100.0 + RUN_S)
    (row,) = kept.entries
    assert (row.count, row.ref, row.event, row.rule, row.user) == (4, "m0", "", "pace", "u")
    assert not runs.join(event("m9", 100.0 + RUN_S), verdict)


def test_a_run_of_one_costs_no_second_row() -> None:
    """A verdict nothing followed has its own row already."""
    kept = Kept()
    runs = Runs(kept.append)
    runs.opened(event("m0", 1.0), over(), first(event("m0", 1.0), over()))
    runs.close()
    assert kept.entries == []
    assert len(runs) == 0


def test_a_clock_set_back_ends_a_run() -> None:
    """Given a clock an hour back, a run of the old time is closed, not kept for an hour."""
    kept = Kept()
    runs = Runs(kept.append)
    verdict = over()
    runs.opened(event("m0", 7200.0), verdict, first(event("m0", 7200.0), verdict))
    assert runs.join(event("m1", 7201.0), verdict)
    runs.sweep(3600.0)
    assert [row.count for row in kept.entries] == [1]


def test_counts_that_cannot_be_recorded_are_counted() -> None:
    """A journal that refuses loses the count, and says how many."""
    kept = Kept()
    runs = Runs(kept.append)
    runs.opened(event("m0", 1.0), over(), first(event("m0", 1.0), over()))
    runs.join(event("m1", 2.0), over())
    kept.down = True
    runs.close()
    assert runs.lost == 1


@pytest.mark.parametrize(
    "verdict",
    [
        Verdict("p", "hold", reasons=over().reasons),
        Verdict("p", "block", reasons=over().reasons, strikes=1),
        Verdict("p", "block", reasons=(*over().reasons, *over("word", "lexicon").reasons)),
        Verdict("p"),
    ],
)
def test_what_is_more_than_a_window_is_no_run(verdict: Verdict) -> None:
    """Holds, strikes and findings about content are each a row of their own."""
    assert not is_run(verdict)


def test_what_is_only_a_window_or_a_restriction_is_one() -> None:
    """Messages over a limit, or of somebody muted, may stand on the row before them."""
    assert is_run(over())
    assert is_run(over("restriction.mute", "restriction"))
    command = Action(Target("user", "r", "u"), "slow", 30.0)
    assert is_run(Verdict("p", "block", reasons=over().reasons, commands=(command,)))


def test_a_case_is_asked_for_once_a_run() -> None:
    """A window with a case has runs of its own: joining one without would lose the case."""
    kept = Kept()
    runs = Runs(kept.append)
    plain, asking = over(), msgspec.structs.replace(over(), case=CaseSpec("raids", "p2"))
    runs.opened(event("m0", 1.0), plain, first(event("m0", 1.0), plain))
    assert not runs.join(event("m1", 2.0), asking)
    runs.opened(event("m1", 2.0), asking, first(event("m1", 2.0), asking))
    assert runs.join(event("m2", 3.0), asking)
    assert runs.join(event("m3", 3.0), plain)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 5), st.sampled_from("xy"))))
@example([("a", wait, "x") for wait in (0.0, 2.0, 4.625183317340369, 4.233757750043404, 0.0)])
def test_every_verdict_is_in_exactly_one_row(steps: list[tuple[str, float, str]]) -> None:
    """Whatever arrives when, rows and their counts add up to the verdicts given."""
    kept = Kept()
    runs = Runs(kept.append)
    now, given_out = 0.0, Counter[tuple[str, str]]()
    for number, (user, wait, rule) in enumerate(steps):
        now += wait
        runs.sweep(now)
        message, verdict = event(f"m{number}", now, user), over(rule)
        given_out[user, rule] += 1
        if not runs.join(message, verdict):
            entry = first(message, verdict)
            kept.append(entry, lambda problem: None)
            runs.opened(message, verdict, entry)
    runs.close()
    rows = Counter[tuple[str, str]]()
    for row in kept.entries:
        rows[row.user, row.rule] += row.count
    assert rows == given_out
    firsts = [row for row in kept.entries if row.event]
    spans = {(row.user, row.rule): 0.0 for row in firsts}
    for row in firsts:  # no run is opened while one is open
        assert row.at >= spans[row.user, row.rule]
        spans[row.user, row.rule] = row.at + RUN_S
