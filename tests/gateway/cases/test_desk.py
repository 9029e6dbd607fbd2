"""The desk does by itself what lines and the clock ask for, and says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from gateway.cases.desk import CaseDesk
from gateway.cases.store import CaseStore
from gateway.metrics import Metrics
from gateway.refusal import Refused
from gateway.roles import Actor, Permission, Rights
from gateway.shapes.cases import CaseLine, Note
from tests.gateway.cases.making import AT, Work, actor, make_line
from tests.gateway.record.making import eventually

ANN, LEA = actor("ann"), actor("lea", "lead")


class Waking:
    """What was published, and who listens."""

    def __init__(self) -> None:
        self.published: list[tuple[str, str]] = []

    def publish(self, topic: str, payload: str = "") -> None:
        self.published.append((topic, payload))

    def on(self, topic: str, heard: object) -> None:
        assert topic == "cases"


class Site:
    """One gateway's desk, what it told, and its clock."""

    def __init__(self, work: Work) -> None:
        self.now = AT
        self.metrics = Metrics()
        self.waking = Waking()
        self.people = {"ann": ANN, "lea": LEA, "ana": actor("ana", "analyst")}
        self.desk = CaseDesk(
            *(CaseStore(work.where), self.metrics, self.waking), self.person, lambda: self.now
        )
        self.lines: list[CaseLine] = []
        self.notes: list[Note] = []
        self.desk.heard.append(lambda _tenant, lines: self.lines.extend(lines))
        self.desk.noted.append(lambda _tenant, _case, note: self.notes.append(note))

    async def person(self, tenant: str, name: str) -> Actor | None:
        return self.people.get(name)


@pytest.fixture
async def site(work: Work) -> AsyncIterator[Site]:
    it = Site(work)
    yield it
    it.desk.store.close()


async def test_it_runs_by_itself(work: Work, site: Site) -> None:
    task = asyncio.create_task(site.desk.run())
    work.put(make_line(due=AT + 60, nobody="close"), make_line(alike="x"), make_line(alike="x"))
    site.desk.poke()
    await eventually(lambda: len(site.lines) == 2)
    assert ("cases", "acme") in site.waking.published
    case = next(line for line in site.lines if line.due is None)
    await site.desk.claim(ANN, case.id)
    site.now = AT + 130
    site.desk.poke()
    await eventually(lambda: len(site.lines) == 5)
    assert [line.state for line in site.lines] == ["open", "open", "claimed", "open", "expired"]
    assert {note.kind for note in site.notes} == {
        *("opened", "joined", "claimed", "stalled", "expired")
    }
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_a_move_is_told_and_answered(work: Work, site: Site) -> None:
    case = work.opened()
    desk = site.desk
    moved = [
        await desk.claim(ANN, case.id, 1),
        await desk.note(ANN, case.id, "hm"),
        await desk.hand_over(ANN, case.id, "lea", "yours"),
        await desk.release(LEA, case.id),
        await desk.assign(LEA, case.id, "ann"),
        await desk.second(ANN, case.id, "well?", "ban"),
        await desk.escalate(LEA, case.id, "serious", "abuse"),
    ]
    assert site.lines == moved
    assert [line.version for line in moved] == [2, 3, 4, 5, 6, 7, 8]
    assert await desk.find(LEA, case.id) == moved[-1]
    notes = await desk.notes("acme", case.id)
    kinds = [note.kind for note in notes]
    assert kinds == [
        *("opened", "claimed", "note", "handover", "released", "assigned", "second", "escalated")
    ]
    assert [note.to for note in notes if note.kind == "second"] == [""]
    assert [n.to for n in await desk.notes("acme", case.id, "ann") if n.kind == "second"] == ["ban"]
    assert [note.to for note in site.notes if note.kind == "second"] == [""]
    (member,), _ = await desk.members("acme", case.id, None, 10)
    assert (member.kept, member.text) == (False, None)


async def test_a_case_is_given_only_to_who_may_work_on_it(work: Work, site: Site) -> None:
    case = work.opened()
    await site.desk.claim(LEA, case.id)
    with pytest.raises(Refused, match="nobody here") as caught:
        await site.desk.hand_over(LEA, case.id, "zoe")
    assert caught.value.status == 404
    for move in (site.desk.hand_over, site.desk.assign):
        with pytest.raises(Refused, match="ana may not") as caught:
            await move(LEA, case.id, "ana")
        assert caught.value.status == 409


async def test_people_see_the_pages_of_their_queues(work: Work, site: Site) -> None:
    work.put(*(make_line(queue=queue) for queue in ("abuse", "fraud", "media")))
    work.take()

    async def queues(who: Actor, queue: str | None = None) -> list[str]:
        page = await site.desk.page(who, queue=queue)
        return sorted(case.queue for case in page.items)

    none: frozenset[Permission] = frozenset()
    reads: Rights = Rights(frozenset(), {"media": frozenset({"cases.read"})})
    bars: Rights = Rights(frozenset({"cases.read"}), {"media": frozenset()})
    assert await queues(ANN) == ["abuse", "fraud", "media"]
    assert await queues(ANN, "fraud") == ["fraud"]
    assert await queues(actor(queues=frozenset({"abuse", "media"}))) == ["abuse", "media"]
    assert await queues(actor(queues=frozenset({"abuse"})), "media") == []
    assert await queues(actor(rights=reads)) == ["media"]
    assert await queues(actor(rights=bars)) == ["abuse", "fraud"]
    assert await queues(actor(rights=bars, queues=frozenset({"media", "fraud"}))) == ["fraud"]
    assert await queues(actor(rights=Rights(none))) == []
    assert [line.queue for line in (await site.desk.queues(actor(rights=bars))).items] == [
        *("abuse", "fraud")
    ]
    case = (await site.desk.page(ANN, queue="media")).items[0]
    with pytest.raises(Refused) as caught:
        await site.desk.find(actor(rights=bars), case.id)
    assert caught.value.status == 403


async def test_sealed_cases_are_shown_to_leads(work: Work, site: Site) -> None:
    work.opened(category="minor_safety")
    assert (await site.desk.page(ANN)).items == []
    assert len((await site.desk.page(LEA)).items) == 1


async def test_a_database_that_is_gone_is_said_once(filed: Work) -> None:
    site = Site(filed)
    file = filed.where.file
    assert file is not None
    filed.put(make_line(due=AT + 60, nobody="close"))
    away = file.rename(file.with_suffix(".away"))
    assert not await site.desk.attempt(AT)
    assert not await site.desk.attempt(AT + 90)
    assert site.metrics.degraded["cases"]()
    away.rename(file)
    assert await site.desk.attempt(AT + 1)
    assert not site.metrics.degraded["cases"]()
    assert [line.state for line in site.lines] == ["open"]
    site.desk.store.close()


async def test_two_desks_do_everything_once(work: Work) -> None:
    sites = [Site(work), Site(work)]
    tasks = [asyncio.create_task(site.desk.run()) for site in sites]
    await asyncio.gather(*(site.desk.attempt(AT) for site in sites))
    work.put(*(make_line(alike=f"raid {n % 5}", at=AT + n / 100) for n in range(300)))
    work.put(*(make_line(due=AT + 1, nobody="close") for n in range(20)))
    for site in sites:
        site.desk.poke()
    await eventually(lambda: "" not in work.taken().values())
    for site in sites:
        site.now = AT + 5
        site.desk.poke()

    def quiet() -> bool:
        return all(sum(line.state == "expired" for line in site.lines) == 20 for site in sites)

    await eventually(quiet)
    assert sorted(case.members for case in work.every(state="open")) == [60] * 5
    for site in sites:
        told = [(line.id, line.version) for line in site.lines]
        assert len(told) == len(set(told))
        assert len({case for case, _ in told}) == 25
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    for site in sites:
        site.desk.store.close()
