"""Whatever people, lines and the clock do: no case is decided twice, no line is lost or doubled."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from gateway.cases.claims import holder
from gateway.cases.rows import Change
from gateway.record.database import reading
from gateway.record.schema_cases import case_members, case_notes
from gateway.refusal import Refused
from gateway.shapes.cases import CaseLine
from seawall.cases import ENDED
from tests.gateway.cases.making import AT, Work, actor, make_line

PEOPLE = {name: actor(name) for name in ("ann", "bob")} | {"lea": actor("lea", "lead")}
people = st.sampled_from(sorted(PEOPLE))
steps = st.sampled_from([0.0, 1.0, 45.0, 130.0, 700.0])


class Life(RuleBasedStateMachine):
    """Two gateways on one record, people who do anything in any order, and a clock that jumps."""

    fresh: Path

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        data = copytree(self.fresh, Path(self._folder.name) / "data")
        self.works = (Work(data), Work(data))
        self.now = AT
        self.lines: dict[str, bool] = {}
        """The id of each line that opens, and whether it was said to have ended."""
        self.decided: dict[str, str] = {}
        """The decision that stands, by case."""
        self.made = 0
        self.versions: dict[str, int] = {}

    def teardown(self) -> None:
        for work in self.works:
            work.close()
        self._folder.cleanup()

    @property
    def work(self) -> Work:
        self.made += 1
        return self.works[self.made % 2]

    def attempt(self, move: Callable[[], object]) -> None:
        """Do it, or be refused: nothing else may come of it."""
        with suppress(Refused):
            move()

    def some(self, data: st.DataObject) -> CaseLine:
        return data.draw(st.sampled_from(self.works[0].every()))

    # -- what happens ------------------------------------------------------------------------------

    @rule(
        alike=st.sampled_from(["", "raid", "flood"]),
        due=st.sampled_from([None, 50.0, 200.0]),
        nobody=st.sampled_from(["close", "escalate", "approve"]),
        early=st.booleans(),
    )
    def open(self, alike: str, due: float | None, nobody: str, early: bool) -> None:
        at = None if due is None else self.now + due
        line = make_line(alike=alike, at=self.now, due=at, nobody=nobody)
        ended = line | {"state": "resolved"}
        self.work.put(*([ended] if early else []), line)
        self.lines[line["id"]] = early

    @precondition(lambda self: not all(self.lines.values()))
    @rule(data=st.data(), state=st.sampled_from(["resolved", "decided"]))
    def end_line(self, data: st.DataObject, state: str) -> None:
        waiting = sorted(id for id, ended in self.lines.items() if not ended)
        id = data.draw(st.sampled_from(waiting))
        self.work.put(make_line(id=id, state=state, at=self.now))
        self.lines[id] = True

    @rule()
    def take(self) -> None:
        self.work.take(self.now)

    @rule(step=steps, back=st.booleans())
    def pass_time(self, step: float, back: bool) -> None:
        self.now += -min(step, 60.0) if back else step
        before = {case.id: case for case in self.works[0].every()}
        changes: list[Change] = self.work.store.stall(self.now) + self.work.store.expire(self.now)
        changes += self.work.store.stall(self.now) + self.work.store.expire(self.now)
        ends = [change.line.id for change in changes if change.line.state == "expired"]
        assert len(ends) == len(set(ends))
        assert not [case for case in ends if before[case].state in ENDED]

    @precondition(lambda self: self.works[0].every())
    @rule(data=st.data(), who=people)
    def decide(self, data: st.DataObject, who: str) -> None:
        case = self.some(data)
        self.made += 1
        decision = f"d{self.made}"
        done: CaseLine | None = None
        refused: Refused | None = None
        try:
            done = self.work.settle(who, case, decision, self.now)
        except Refused as problem:
            refused = problem
        if done is not None:
            assert case.state not in ENDED
            assert holder(case, self.now) in ("", who)
            assert case.id not in self.decided
            assert done.decided_by == who
            self.decided[case.id] = decision
        else:
            assert refused is not None
            assert (refused.status, refused.shown) == (409, case)

    @precondition(lambda self: self.decided)
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        id = data.draw(st.sampled_from(sorted(self.decided)))
        self.work.reopen(self.works[0].store.find("acme", id), self.now)
        del self.decided[id]

    @precondition(lambda self: self.works[0].every())
    @rule(data=st.data(), who=people, to=people, move=st.integers(0, 5))
    def move(self, data: st.DataObject, who: str, to: str, move: int) -> None:
        case, person, work = self.some(data), PEOPLE[who], self.work
        moves: tuple[Callable[[], object], ...] = (
            lambda: work.claim(person, case, self.now),
            lambda: work.release(person, case, self.now),
            lambda: work.hand_over(person, case, to, self.now),
            lambda: work.assign(person, case, None if to == who else to, self.now),
            lambda: work.escalate(person, case, None, self.now),
            lambda: work.ask(person, case, self.now),
        )
        self.attempt(moves[move])

    # -- what always holds -------------------------------------------------------------------------

    @invariant()
    def everybody_is_where_they_belong(self) -> None:
        for case in self.works[0].every():
            assert (case.state == "claimed") == bool(case.claimed_by)
            assert (case.claim_until is not None) == bool(case.claimed_by)
            assert (case.state == "decided") == (self.decided.get(case.id) == case.decision != "")
            assert (case.decided is not None) == (case.state in ENDED)
            assert case.asked_by != case.claimed_by or not case.asked_by
            assert case.version >= self.versions.get(case.id, 1)
            self.versions[case.id] = case.version

    @invariant()
    def each_line_is_in_one_case(self) -> None:
        work = self.works[1]
        taken = {id: case for (id, state), case in work.taken().items() if state == "open"}
        m = case_members.c
        with reading(work.engine) as connection:
            members = connection.execute(select(m.line, m.case)).all()
        assert sorted(map(tuple, members)) == sorted(each for each in taken.items() if each[1])
        assert len(members) == len({line for line, _ in members})
        counts: dict[str, int] = {}
        for _, case in members:
            counts[case] = counts.get(case, 0) + 1
        assert counts == {case.id: case.members for case in work.every()}

    @invariant()
    def each_end_has_its_note(self) -> None:
        n = case_notes.c
        query = select(n.case, n.kind, func.count()).group_by(n.case, n.kind)
        with reading(self.works[0].engine) as connection:
            notes = {(case, kind): number for case, kind, number in connection.execute(query)}
        for case in self.works[0].every():
            ends = sum(notes.get((case.id, kind), 0) for kind in ENDED)
            assert ends == notes.get((case.id, "undone"), 0) + (case.state in ENDED)


def test_no_case_is_decided_twice_and_no_line_is_lost(migrated: Path) -> None:
    Life.fresh = migrated
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
