"""Rows of cases change by version, and notes keep their order."""

from __future__ import annotations

import pytest

from gateway.cases.rows import change, look, make_note, ranked, step
from gateway.record.database import writing
from gateway.refusal import Refused
from seawall.urgency import rank
from tests.gateway.cases.making import AT, Work, actor


def test_a_case_is_written_at_the_version_that_was_read(work: Work) -> None:
    case = work.opened()
    work.claim(actor(), case)
    with pytest.raises(Refused) as caught, writing(work.engine) as connection:
        change(connection, "acme", case, AT, assigned="bob")
    assert (caught.value.status, caught.value.code) == (409, "changed")
    assert work.store.find("acme", case.id).assigned == ""


def test_changed_never_goes_back(work: Work) -> None:
    case = work.opened(now=AT + 100)
    with writing(work.engine) as connection:
        after = change(connection, "acme", look(connection, "acme", case.id), AT, assigned="bob")
    assert (after.changed, after.version) == (AT + 100, 2)
    assert work.store.find("acme", case.id) == after


def test_a_case_that_is_not_there_is_unknown(work: Work) -> None:
    case = work.opened()
    for tenant, id in (("acme", "none"), ("other", case.id)):
        with pytest.raises(Refused) as caught, writing(work.engine) as connection:
            look(connection, tenant, id)
        assert caught.value.status == 404


def test_a_deadline_or_the_priority_says_when_it_is_due(filed: Work) -> None:
    soon, usual = filed.opened(due=AT + 5), filed.opened(priority="p1")
    assert ranked(soon) == rank("medium", 10, 0.5, AT + 5)
    assert ranked(usual) == rank("medium", 10, 0.5, AT + 300)
    assert usual.rank == ranked(usual)


def test_notes_of_one_moment_keep_their_order() -> None:
    ids = [make_note("note", AT).id for _ in range(100)]
    assert ids == sorted(ids)
    assert make_note("note", AT + 1).id > ids[-1]
    assert make_note("note", -5.0).id < ids[0]


def test_a_move_the_table_does_not_know_is_refused(filed: Work) -> None:
    with pytest.raises(Refused) as caught:
        step(filed.opened(), "release")
    assert (caught.value.status, caught.value.code) == (409, "state")


def test_a_remark_changes_nothing(work: Work) -> None:
    case = work.opened()
    note = work.store.remark("acme", case.id, "paged", AT + 1, by="ann", text="once")
    assert work.store.notes("acme", case.id)[-1] == note
    assert work.store.notes("acme", case.id, AT + 0.5) == [note]
    assert work.store.find("acme", case.id) == case
