"""A cut that waits: people may veto it until its countdown ends; then policy has the word.

Rules:
1. A countdown is a label on the stream (`cut_pending`, until it ends) of the decision that asks for
   the cut, and a case of priority p0; both are durable before the server hears of it.
2. A veto, on whatever gateway, ends the label. The gateway that has the stream looks at the label
   in the record once more before it cuts.
3. After a restart, or when the stream comes to another gateway, the countdown goes on there when
   the stream is opened again. One that ended while nobody had the stream, or after it had ended,
   cuts nothing: its case stays open for people.
4. One countdown a stream at a time, from when it is to be recorded on; what else would be cut
   meanwhile joins it. Where there are more (two gateways had the stream), a veto ends them all.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Protocol

import msgspec

from gateway.log import log
from gateway.record.entry import CaseRow, Entry, LabelRow
from gateway.record.standing import Snapshot
from gateway.state.layers import Layer, layer_name, until_of
from gateway.stream.numbers import Numbers
from gateway.stream.orders import StreamOrders
from gateway.stream.ports import Live, Streams
from seawall.actions import Action, Target
from seawall.alike import alike_stream
from seawall.errors import RecordUnavailable, SeawallError
from seawall.policy.streams import Nobody

__all__ = ["PENDING", "Countdown", "Vetoes", "case_of", "pending_row"]

PENDING = "cut_pending"
QUEUE = "streams"
_NOT_CUT = {
    "ended": "the stream had ended",
    "keep": "nobody vetoed; policy lets it go on",
    "case": "nobody vetoed; policy leaves it to people",
}
_NOBODY: dict[Nobody, str] = {"keep": "keep", "case": "escalate", "cut": "cut"}
"""Policy's word for the end of a countdown, in those of cases."""
_WORDS: dict[str, Nobody] = {"keep": "keep", "case": "case", "cut": "cut"}
_LOOK_S = 1.0

Key = tuple[str, str]


class Countdown(msgspec.Struct):
    """A cut that waits. `nobody` is policy's word for where nobody vetoed: `case` leaves it to
    people and cuts nothing."""

    tenant: str
    stream: str
    room: str
    user: str
    event: str
    rev: int
    rule: str
    category: str
    until: float
    for_s: float | None = None
    nobody: Nobody = "case"
    captured_at: float = 0.0
    ending: bool = False


class Standings(Protocol):
    """Labels as the record has them."""

    async def of_event(self, tenant: str, event: str, rev: int) -> Snapshot:
        """Return the labels of one event. Raises RecordUnavailable."""


class Recording(Protocol):
    """The journal, waited for."""

    async def record(self, entry: Entry, deadline_s: float) -> None:
        """Make an entry durable. Raises RecordUnavailable."""


def pending_row(countdown: Countdown, *, ended: bool = False, by: str = "") -> LabelRow:
    """Return the label of a countdown. What policy says at its end, and for how long to cut, is
    kept in it, for whoever takes the stream over."""
    for_s = "" if countdown.for_s is None else f"{countdown.for_s:g}"
    return LabelRow(
        "stream",
        countdown.room,
        countdown.stream,
        layer_name(PENDING, countdown.event, countdown.rev, ""),
        countdown.until,
        f"{countdown.nobody} {for_s} {countdown.rule}",
        countdown.category,
        by,
        ended,
    )


def case_of(countdown: Countdown, state: str, because: str) -> CaseRow:
    """Return a line in the life of a countdown's case, due when the countdown ends."""
    ref, stream = countdown.event, countdown.stream
    return CaseRow(
        f"veto-{ref}-{countdown.rev}",
        state,
        QUEUE,
        "p0",
        "verdict",
        ref,
        because,
        stream=stream,
        alike=alike_stream(stream, countdown.category),
        due=countdown.until,
        nobody=_NOBODY[countdown.nobody],
    )


class Vetoes:
    """The countdowns of this gateway's streams. Times are seconds since the epoch."""

    def __init__(
        self,
        orders: StreamOrders,
        streams: Streams,
        note: Callable[[Entry], None],
        standings: Standings,
        numbers: Numbers,
        changed: Callable[[str], None] = lambda tenant: None,
        taken_back: Callable[[str, str], None] = lambda tenant, stream: None,
        cut: Callable[[Live, Countdown], None] = lambda live, countdown: None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """`changed` is told whose labels changed, `taken_back` which stream's cut was vetoed, `cut`
        which was ordered."""
        self._orders = orders
        self._streams = streams
        self._note = note
        self._taken_back = taken_back
        self._cut = cut
        self._standings = standings
        self._numbers = numbers
        self._changed = changed
        self._wall = wall
        self._waiting: dict[Key, Countdown] = {}
        self._reserved: set[Key] = set()
        """Streams whose countdown is being recorded."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._looked = 0.0

    def of(self, tenant: str, stream: str) -> Countdown | None:
        """Return a stream's countdown, if it has one here."""
        return self._waiting.get((tenant, stream))

    @property
    def busy(self) -> bool:
        """Whether a countdown is just being ended."""
        return bool(self._tasks)

    def taken(self, tenant: str, stream: str) -> bool:
        """Say whether a stream has a countdown here, or gets one as soon as it is recorded."""
        return (tenant, stream) in self._waiting or (tenant, stream) in self._reserved

    def reserve(self, countdown: Countdown) -> None:
        """Let no other countdown begin while this one is recorded: `begin` or `forgo` follows."""
        self._reserved.add((countdown.tenant, countdown.stream))

    def forgo(self, countdown: Countdown) -> None:
        """Give up a countdown that could not be recorded."""
        self._reserved.discard((countdown.tenant, countdown.stream))

    def begin(self, countdown: Countdown) -> None:
        """Let a countdown run whose label and case are durable."""
        self.forgo(countdown)
        self._numbers.cuts["pending"] += 1
        self._waiting[countdown.tenant, countdown.stream] = countdown

    def opened(self, live: Live) -> None:
        """Take over the countdown of a stream that was opened here."""
        key = (live.tenant, live.stream)
        if key in self._waiting:
            return
        layers = self._orders.labels.layers(live.tenant, "stream", live.room, live.stream)
        now = self._wall()
        for name, layer in layers.items():
            label, _, rest = name.partition(":")
            if label == PENDING and not layer.ended and until_of(layer.until) > now:
                self._waiting[key] = _restored(live, rest, layer)

    async def veto(
        self, tenant: str, stream: str, by: str, reason: str, record: Recording
    ) -> Countdown | None:
        """Let a stream go on; None where nothing waits. Raises RecordUnavailable."""
        known = self._labelled(tenant, stream)
        countdown = self._waiting.get((tenant, stream)) or next(iter(known), None)
        if countdown is None or countdown.ending:
            return None
        mine = (countdown.event, countdown.rev)
        # Nothing may cut it while the veto is recorded, however close the countdown's end is.
        countdown.ending = True
        try:
            for each in (countdown, *(one for one in known if (one.event, one.rev) != mine)):
                await self._end_by_hand(each, by, reason, record)
        finally:
            countdown.ending = False
        self._waiting.pop((tenant, stream), None)
        self._numbers.cuts["vetoed"] += 1
        self._taken_back(tenant, stream)
        self._changed(tenant)
        return countdown

    def sweep(self, now: float) -> None:
        """End countdowns whose time has come, or that people vetoed elsewhere."""
        for key, countdown in list(self._waiting.items()):
            if countdown.ending:
                continue
            if self._vetoed(countdown):
                del self._waiting[key]
                entry = self._entry(countdown, "released", now, "vetoed, or its decision reverted")
                case = case_of(countdown, "decided", "taken back")
                self._note(msgspec.structs.replace(entry, cases=(case,)))
                self._taken_back(*key)
            elif now >= countdown.until:
                countdown.ending = True
                self._spawn(self._end(key, countdown))

    async def close(self) -> None:
        """Give up what is under way; the labels stay."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # -- inside ---------------------------------------------------------------------------------

    async def _end_by_hand(
        self, countdown: Countdown, by: str, reason: str, record: Recording
    ) -> None:
        """Record that somebody vetoed a countdown. Raises RecordUnavailable."""
        now = self._wall()
        row = pending_row(countdown, ended=True, by=by)
        entry = self._entry(countdown, "vetoed", now, reason[:500])
        why = f"vetoed: {reason[:200]}" if reason else "vetoed"
        entry = msgspec.structs.replace(
            entry, by=by, labels=(row,), cases=(case_of(countdown, "decided", why),)
        )
        await record.record(entry, 1.0)
        self._orders.labels.put(countdown.tenant, entry.labels, now)

    async def _end(self, key: Key, countdown: Countdown) -> None:
        """Do what policy says, unless the record knows of a veto."""
        vetoed = False
        try:
            async with asyncio.timeout(_LOOK_S):
                found = await self._standings.of_event(
                    countdown.tenant, countdown.event, countdown.rev
                )
            vetoed = any(
                row.ended and row.label.partition(":")[0] == PENDING for row in found.labels
            )
        except (RecordUnavailable, TimeoutError) as problem:
            fields = {"stream": countdown.stream, "why": str(problem)}
            log.warning("veto not looked up", extra={"fields": fields})
        self._waiting.pop(key, None)
        if not (vetoed or self._vetoed(countdown)):
            self._lapse(countdown, self._wall())

    def _lapse(self, countdown: Countdown, now: float) -> None:
        target = Target("stream", countdown.room, countdown.stream)
        row = pending_row(countdown, ended=True)
        live = self._streams.find(countdown.tenant, countdown.stream)
        if live is None or countdown.nobody != "cut":
            word = "ended" if live is None else countdown.nobody
            entry = self._entry(countdown, "not_cut", now, _NOT_CUT[word])
            # What is left to people stays open; whoever keeps the cases escalates it now. Who hangs
            # up in time is not spared that: what was shown is the same.
            case = case_of(countdown, "resolved", _NOT_CUT[word])
            cases = (case,) if countdown.nobody == "keep" else ()
            self._note(msgspec.structs.replace(entry, labels=(row,), cases=cases))
            self._numbers.cuts[f"not_cut_{word}"] += 1
            self._orders.labels.put(countdown.tenant, (row,), now)
            return
        entry = self._entry(countdown, "cut", now, countdown.rule)
        case = case_of(countdown, "resolved", "nobody vetoed: cut")
        entry = msgspec.structs.replace(entry, labels=(row,), cases=(case,))
        action = Action(target, "cut", countdown.for_s)

        def done(problem: SeawallError | None) -> None:
            if problem is not None:  # it never happened: try again while the stream is there
                countdown.ending = False
                self._waiting[countdown.tenant, countdown.stream] = countdown
            else:
                self._numbers.cuts["lapsed"] += 1
                self._cut(live, countdown)

        self._orders.restrict(entry, (action,), done, countdown.captured_at)

    def _vetoed(self, countdown: Countdown) -> bool:
        layers = self._orders.labels.layers(
            countdown.tenant, "stream", countdown.room, countdown.stream
        )
        layer = layers.get(layer_name(PENDING, countdown.event, countdown.rev, ""))
        return layer is not None and layer.ended

    def _labelled(self, tenant: str, stream: str) -> list[Countdown]:
        """Return the countdowns that labels tell of, whichever gateway's they are."""
        labels, now = self._orders.labels, self._wall()
        found = []
        for room in labels.rooms_of(tenant, stream):
            for name, layer in labels.layers(tenant, "stream", room, stream).items():
                label, _, rest = name.partition(":")
                if label == PENDING and not layer.ended and until_of(layer.until) > now:
                    found.append(_read(tenant, stream, room, "", rest, layer))
        return found

    def _entry(self, countdown: Countdown, action: str, now: float, why: str) -> Entry:
        return Entry(
            "stream", countdown.tenant, countdown.event, now, action, countdown.rev,
            countdown.room, countdown.user, "frame", rule=why, category=countdown.category,
            ref=countdown.stream,
        )  # fmt: skip

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.get_running_loop().create_task(work, name="veto")
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a countdown failed", exc_info=error)


def _restored(live: Live, rest: str, layer: Layer) -> Countdown:
    return _read(live.tenant, live.stream, live.room, live.user.id, rest, layer)


def _read(tenant: str, stream: str, room: str, user: str, rest: str, layer: Layer) -> Countdown:
    """Return what a countdown's label says; `rest` is its name behind the label."""
    rev, _, event = rest.partition(":")
    word, _, more = layer.because.partition(" ")
    for_s, _, rule = more.partition(" ")
    return Countdown(
        tenant, stream, room, user, event, int(rev), rule, layer.category, until_of(layer.until),
        float(for_s) if for_s else None, _WORDS.get(word, "case"),
    )  # fmt: skip
