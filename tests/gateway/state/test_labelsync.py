"""Labels follow the record: loaded at start, polled, woken, and caught up after a break."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

import msgspec
import pytest

from gateway.record.standing import Snapshot, StandingLabel
from gateway.state.labels import Labels
from gateway.state.labelsync import BACK_S, FAR_BACK_S, FAR_EVERY, LabelSync
from seawall.errors import RecordUnavailable

NOW = 10_000.0


def muted(user: str, set_at: float = 0.0) -> StandingLabel:
    return StandingLabel(
        "t", "user", "r", user, "mute:0:m1", None, "rule", "threat", "", "m1", 0, set_at, False,
        set_at,
    )  # fmt: skip


class Rows:
    """A record in memory that answers as the real one does, and can be gone."""

    def __init__(self) -> None:
        self.rows: list[StandingLabel] = []
        self.asked: list[float | None] = []
        self.gone = False

    async def load(self, now: float) -> Snapshot:
        self._ask(None)
        return Snapshot([row for row in self.rows if not row.ended], [])

    async def changed_since(self, at: float) -> Snapshot:
        self._ask(at)
        return Snapshot([row for row in self.rows if row.changed >= at], [])

    def _ask(self, since: float | None) -> None:
        if self.gone:
            raise RecordUnavailable("gone")
        self.asked.append(since)


def made(every_s: float = 1.0) -> tuple[Labels, Rows, LabelSync]:
    labels, rows = Labels(), Rows()
    return labels, rows, LabelSync(labels, rows, every_s, lambda: NOW)


def who(labels: Labels) -> set[str]:
    return {place for _, _, place, _ in labels.in_force(NOW)}


async def eventually(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 5.0
    while not holds():
        assert time.monotonic() < until, "it did not come true in time"
        await asyncio.sleep(0.002)


async def test_a_start_loads_everything_and_a_poll_what_changed_lately() -> None:
    labels, rows, sync = made()
    rows.rows = [muted("old")]
    await sync.load()
    assert who(labels) == {"r/old"}
    rows.rows += [muted("just now", NOW - 10.0), muted("long ago", NOW - 60.0)]
    await sync.poll()
    assert who(labels) == {"r/old", "r/just now"}
    assert rows.asked == [None, NOW - BACK_S]


async def test_now_and_then_it_looks_far_back_for_a_clock_set_wrong() -> None:
    labels, rows, sync = made()
    rows.rows = [muted("an hour off", NOW - 3600.0)]
    for _ in range(FAR_EVERY):
        assert who(labels) == set()
        await sync.poll()
    assert who(labels) == {"r/an hour off"}
    assert rows.asked[-1] == NOW - FAR_BACK_S


async def test_after_the_record_was_gone_everything_is_read_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    labels, rows, sync = made()
    rows.gone = True
    for _ in range(3):
        await sync.poll()
    assert sync.behind
    assert len(caplog.records) == 1
    rows.rows = [muted("meanwhile")]
    rows.gone = False
    await sync.poll()
    assert not sync.behind
    assert who(labels) == {"r/meanwhile"}
    rows.gone = True
    with pytest.raises(RecordUnavailable):
        await sync.load()


class Moved:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


async def followed() -> tuple[Labels, Rows, LabelSync, Moved]:
    """Give one that has loaded, and polled once."""
    labels, rows, clock = Labels(), Rows(), Moved()
    sync = LabelSync(labels, rows, 1.0, clock)
    await sync.load()
    await sync.poll()
    return labels, rows, sync, clock


@pytest.mark.parametrize("stood_s", [20.0, 400.0, 90_000.0])
async def test_one_that_stood_still_misses_nothing(stood_s: float) -> None:
    labels, rows, sync, clock = await followed()
    rows.rows = [muted("meanwhile", NOW + 1.0)]
    clock.now += stood_s
    await sync.poll()
    assert who(labels) == {"r/meanwhile"}


@pytest.mark.parametrize("gone_s", [5.0, 400.0, 90_000.0])
async def test_what_was_taken_back_while_the_record_was_away_is_heard(gone_s: float) -> None:
    labels, rows, sync, clock = await followed()
    rows.rows = [muted("ann", NOW)]
    await sync.poll()
    assert who(labels) == {"r/ann"}
    rows.gone = True
    await sync.poll()
    ended = msgspec.structs.replace(rows.rows[0], ended=True, set_at=NOW + 2.0, changed=NOW + 2.0)
    rows.rows = [ended]
    clock.now += gone_s
    await sync.poll()
    rows.gone = False
    await sync.poll()
    assert who(labels) == set()


async def test_after_a_clock_was_set_forward_and_back_everything_is_read_again() -> None:
    labels, rows, sync, clock = await followed()
    rows.rows = [msgspec.structs.replace(muted("ann", NOW - 9000.0), until=NOW + 60.0)]
    await sync.load()
    clock.now += 3600.0
    await sync.poll()
    labels.sweep(clock.now)
    assert who(labels) == set()
    clock.now -= 3599.0
    await sync.poll()
    assert who(labels) == {"r/ann"}


async def test_each_poll_looks_back_from_the_one_before() -> None:
    _, rows, sync, clock = await followed()
    for step in (1.0, 1.0, 14.0):
        before, clock.now = clock.now, clock.now + step
        await sync.poll()
        assert rows.asked[-1] == before - BACK_S
    assert rows.asked.count(None) == 1


async def test_it_polls_by_itself_and_at_once_when_woken() -> None:
    labels, rows, sync = made(every_s=0.005)
    task = asyncio.create_task(sync.run())
    await eventually(lambda: sync.polls >= 3)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    labels, rows, sync = made(every_s=3600.0)
    task = asyncio.create_task(sync.run())
    rows.rows = [muted("news", NOW)]
    sync.wake("t")
    await eventually(lambda: who(labels) == {"r/news"})
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_a_long_list_is_taken_in_without_holding_up_messages() -> None:
    labels, rows, sync = made()
    rows.rows = [muted(f"u{n}") for n in range(2_000)]
    turns = 0
    task = asyncio.create_task(sync.load())
    while not task.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns >= 10
    assert len(who(labels)) == 2_000


async def test_more_restrictions_than_expected_are_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    labels, rows = Labels(bound=1), Rows()
    sync = LabelSync(labels, rows, 1.0, lambda: NOW)
    rows.rows = [muted("a", NOW), muted("b", NOW)]
    for _ in range(3):
        await sync.poll()
    assert [record.message for record in caplog.records] == [
        "more restrictions in force than expected"
    ]
    assert who(labels) == {"r/a", "r/b"}
