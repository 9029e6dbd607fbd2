"""Lines of the record become cases, each once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select

from gateway.cases.drafts import MOST
from gateway.cases.store import CaseStore
from gateway.cases.taking import NOBODY
from gateway.record.database import reading
from gateway.record.schema_cases import case_members
from tests.gateway.cases.making import AT, Work, make_line


def test_a_line_opens_a_case(work: Work) -> None:
    line = make_line(because="why", name="Ann", due=AT + 60, nobody="close", alike="")
    work.put(line)
    (change,) = work.take(AT + 1)
    case = change.line
    assert (change.tenant, case.state, case.members, case.users) == ("acme", "open", 1, 1)
    assert (case.opened, case.latest, case.changed, case.version) == (AT, AT, AT + 1, 1)
    assert (case.due, case.nobody, case.because, case.name) == (AT + 60, "close", "why", "Ann")
    assert [note.kind for note in change.notes] == ["opened"]
    assert work.store.find("acme", case.id) == case
    ((member,), more) = work.store.members("acme", case.id, None, 10)
    assert (member.event, member.user, member.ended, more) == (line["event"], line["user"], 0, None)
    assert work.taken() == {(line["id"], "open"): case.id}
    assert work.take() == []


def test_alikes_become_one_incident_with_the_worst_of_each(work: Work) -> None:
    first = make_line(alike="raid", at=AT, viewers=5, due=AT + 900, nobody="close")
    work.put(first, make_line(alike="raid", at=AT + 1, user=first["user"], score=0.9))
    (change,) = work.take()
    before = change.line
    assert (before.members, before.users, before.score) == (2, 1, 0.9)
    work.put(
        make_line(alike="raid", at=AT + 599, severity="critical", priority="p1", viewers=99),
        make_line(alike="raid", at=AT + 600, due=AT + 700, nobody="escalate", user=first["user"]),
    )
    (change,) = work.take(AT + 601)
    after = change.line
    assert after.id == before.id
    assert after.version == before.version + 1
    assert (after.members, after.users, after.latest) == (4, 2, AT + 600)
    assert (after.severity, after.priority, after.viewers) == ("critical", "p1", 99)
    assert (after.score, after.due, after.nobody) == (0.9, AT + 700, "escalate")
    assert after.rank < before.rank
    assert work.store.find("acme", after.id) == after
    assert work.kinds(after) == ["opened", "joined"]


def test_ten_minutes_later_or_elsewhere_is_another_case(work: Work) -> None:
    work.put(make_line(alike="raid", at=AT))
    work.take()
    work.put(
        make_line(alike="raid", at=AT + 601),
        make_line(alike="raid", at=AT, tenant="other"),
        make_line(alike="", at=AT),
        make_line(alike="", at=AT),
    )
    assert len(work.take()) == 4
    assert len(work.every()) == 4
    assert len(work.every("other")) == 1


def test_what_is_decided_takes_no_alikes(work: Work) -> None:
    case = work.opened(alike="raid")
    work.settle("ann", case)
    later = work.opened(alike="raid", at=AT + 1)
    assert later.id != case.id
    assert work.store.find("acme", case.id).members == 1


def test_danger_to_minors_is_sealed_and_apart(work: Work) -> None:
    work.put(
        make_line(alike="x", user="a", category="minor_safety"),
        make_line(alike="x", user="b", category="minor_safety"),
        make_line(alike="x", user="a", category="minor_safety"),
        make_line(alike="x", user="a"),
    )
    work.take()
    found = sorted((case.sealed, case.user, case.members) for case in work.every())
    assert found == [(False, "a", 1), (True, "a", 2), (True, "b", 1)]


def test_a_case_is_resolved_with_its_last_member(work: Work) -> None:
    first, second = make_line(alike="raid"), make_line(alike="raid")
    work.put(first, second)
    work.take()
    work.put(first | {"state": "resolved", "at": AT + 1, "because": "released"})
    assert work.take() == []
    (case,) = work.every()
    assert (case.state, work.store.members("acme", case.id, None, 9)[0][0].ended) == ("open", False)
    work.put(second | {"state": "decided", "at": AT + 2, "because": "approved by bob"})
    (change,) = work.take(AT + 3)
    assert (change.line.state, change.line.decided, change.line.id) == ("resolved", AT + 3, case.id)
    assert not work.is_open(case)
    assert [(note.kind, note.text) for note in change.notes] == [("resolved", "approved by bob")]
    assert set(work.taken().values()) == {case.id}


def test_a_line_may_end_before_it_comes(work: Work) -> None:
    late, soon = make_line(alike="raid"), make_line(alike="raid", at=AT + 5)
    work.put(late | {"state": "resolved"})
    assert work.take() == []
    assert work.taken() == {(late["id"], "resolved"): NOBODY}
    work.put(late)
    (change,) = work.take()
    assert change.line.state == "resolved"
    assert [note.kind for note in change.notes] == ["opened", "resolved"]
    work.put(soon, soon | {"state": "resolved", "at": AT})
    (change,) = work.take()
    assert (change.line.state, change.line.members) == ("resolved", 1)
    assert len(work.every(state="ended")) == 2


def test_an_ended_case_is_changed_by_nothing(work: Work) -> None:
    line = make_line()
    work.put(line)
    work.take()
    (case,) = work.every()
    decided = work.settle("ann", case)
    work.put(line | {"state": "resolved"})
    assert work.take() == []
    assert work.store.find("acme", case.id) == decided


def test_more_events_than_are_kept_are_counted(filed: Work) -> None:
    lines = [make_line(alike="raid", at=AT + n / 100) for n in range(MOST + 100)]
    filed.put(*lines)
    filed.take()
    (case,) = filed.every()
    assert (case.members, case.users) == (MOST + 100, MOST)
    with reading(filed.engine) as connection:
        assert connection.execute(select(func.count()).select_from(case_members)).scalar() == MOST
    assert "more are counted" in filed.store.notes("acme", case.id)[-1].text
    filed.put(*(line | {"state": "resolved"} for line in lines[:-1]))
    assert filed.take() == []  # one of those that are not kept needs somebody
    filed.put(lines[-1] | {"state": "resolved"})
    (change,) = filed.take()
    assert change.line.state == "resolved"


def test_a_raid_of_three_hundred_is_one_case_with_few_notes(work: Work) -> None:
    work.put(*(make_line(alike="raid", at=AT + n / 10) for n in range(300)))
    assert len({change.line.id for change in work.take()}) == 1
    (case,) = work.every()
    assert (case.members, case.users) == (300, 300)
    assert set(work.kinds(case)) == {"opened", "joined"}
    assert len(work.kinds(case)) <= 4


def test_two_gateways_take_each_line_once(work: Work) -> None:
    other = CaseStore(work.where)
    work.put(*(make_line(alike=f"raid {n % 3}", at=AT + n / 100) for n in range(1200)))

    def take(store: CaseStore) -> int:
        taken = 0
        for _ in range(40):
            taken += len(store.take(AT).changes)
        return taken

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(take, [work.store, other, work.store, other]))
    other.close()
    assert sorted(case.members for case in work.every()) == [400, 400, 400]
    assert "" not in work.taken().values()
