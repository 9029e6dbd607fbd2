"""Each version of a case is told once, whoever made it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from gateway.cases.rows import Change, make_note
from gateway.cases.store import CaseStore
from gateway.cases.telling import Telling, unasked
from gateway.shapes.cases import CaseLine, Note
from tests.gateway.cases.making import AT, Work, actor, make_line


class Ear:
    """Somebody who listens to one gateway."""

    def __init__(self, work: Work) -> None:
        self.store = CaseStore(work.where)
        self.telling = Telling(self.store)
        self.lines: list[tuple[str, int, str]] = []
        self.notes: list[str] = []
        self.telling.heard.append(self._hear)
        self.telling.noted.append(self._note)

    def _hear(self, tenant: str, lines: list[CaseLine]) -> None:
        self.lines += [(tenant, line.version, line.state) for line in lines]

    def _note(self, tenant: str, case: str, note: Note) -> None:
        self.notes.append(note.kind)


@pytest.fixture
def ears(work: Work) -> Iterator[tuple[Ear, Ear]]:
    both = Ear(work), Ear(work)
    yield both
    for ear in both:
        ear.store.close()


async def test_what_another_gateway_did_is_told_once(work: Work, ears: tuple[Ear, Ear]) -> None:
    one, two = ears
    work.opened(now=AT - 1)
    await one.telling.poll(AT)
    await two.telling.poll(AT)
    assert (one.lines, two.lines) == ([], [])  # it was there before they were
    work.put(make_line())
    changes = work.take(AT + 1)
    one.telling.tell(changes)
    for _ in range(3):
        await one.telling.poll(AT + 2)
        await two.telling.poll(AT + 2)
    assert one.lines == two.lines == [("acme", 1, "open")]
    assert one.notes == two.notes == ["opened"]
    work.claim(actor(), changes[0].line, AT + 3)
    await one.telling.poll(AT - 3600)  # a clock that went back finds it all the same
    await two.telling.poll(AT + 4)
    assert one.lines == two.lines == [("acme", 1, "open"), ("acme", 2, "claimed")]
    assert one.notes == two.notes == ["opened", "claimed"]


async def test_what_was_decided_here_is_told_with_its_note(
    work: Work, ears: tuple[Ear, Ear]
) -> None:
    one, _ = ears
    case = work.opened()
    await one.telling.poll(AT + 20)
    done = work.settle("ann", case, now=AT + 21)
    one.telling.changed("acme", [done])
    assert one.lines == [("acme", 2, "decided")]
    await one.telling.poll(AT + 22)
    assert one.lines == [("acme", 2, "decided")]
    assert one.notes[-1:] == ["decided"]
    assert one.notes.count("decided") == 1


async def test_an_older_version_is_not_told_after_a_newer(work: Work) -> None:
    ear = Ear(work)
    case = work.opened()
    ear.telling.tell([Change("acme", replace(case, version=3))])
    ear.telling.tell([Change("acme", replace(case, version=2))])
    assert [version for _, version, _ in ear.lines] == [3]
    ear.store.close()


async def test_a_listener_that_fails_keeps_nobody_from_hearing(work: Work) -> None:
    ear = Ear(work)
    said: list[str] = []

    def fail(tenant: str, lines: list[CaseLine]) -> None:
        raise ValueError(tenant)

    ear.telling.heard.insert(0, fail)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: said.append(str(context["message"])))
    ear.telling.tell([Change("acme", work.opened())])
    assert (len(ear.lines), said) == (1, ["a listener of cases failed"])
    ear.store.close()


def test_what_an_asker_would_choose_is_hidden(filed: Work) -> None:
    case = filed.opened()
    note = make_note("second", AT, by="ann", to="ban", text="well?")
    assert (unasked(note, case, "bob").to, unasked(note, case, "bob").text) == ("", "well?")
    assert unasked(note, case, "ann") == note
    assert unasked(note, filed.settle("bob", case), "bob") == note
    assert unasked(replace(note, kind="handover"), case).to == "ban"
