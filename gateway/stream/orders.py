"""What is ordered about a stream: recorded, then remembered as labels, then sent as commands.

Rules:
1. A restriction nobody recorded never happened: the entry is durable before anything leaves.
2. What lasts (`blur mute_audio mute_video cut`) is a label on the stream, of its decision or of the
   person who set it; so it outlives this process, holds on every gateway, ends by itself, and is
   taken back exactly. A `warn` is said once.
3. What changes nothing is not ordered again: a label that lasts at least half of the time asked
   for, or one that is on its way to the record.
4. Whoever opens a stream anew, or comes again after a break, is told once more what is in force:
   its server may know nothing of it, or another connection may have said `done` meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from secrets import token_hex
from typing import Protocol

import msgspec

from gateway.chat.acted import STREAM_LABELS
from gateway.record.entry import CommandRow, Entry, LabelRow
from gateway.state.labels import Labels
from gateway.state.layers import layer_name, until_of
from gateway.stream.ports import Live
from seawall.actions import Action, Target
from seawall.errors import OurFault, RecordUnavailable, SeawallError

__all__ = ["WARN_S", "Cut", "Enacting", "Numbering", "StreamOrders"]

RECORD_S = 1.0
WARN_S = 10.0
"""A stream is warned at most so often."""
_STREAMS = 10_000
_SHOWN = ("blur", "mute_audio", "mute_video")
"""What its server does to a stream that goes on; one that was cut may not be opened."""
_REST_S = 1.0
"""What ends sooner is not ordered again."""
_AGAIN_S = 5.0
"""A stream is told anew at most so often: a broken line asks twice, and may flap."""

Done = Callable[[SeawallError | None], None]
StreamKey = tuple[str, str]


class Enacting(Protocol):
    """Who makes an entry durable, then lets it happen: `gateway.chat.recorder.Recorder`."""

    def enact(self, entry: Entry, done: Done) -> None:
        """Record, put in force, send; `done` hears None, or why nothing happened."""


class Numbering(Protocol):
    """Where commands get their numbers."""

    def prepare(
        self, tenant: str, actions: Iterable[Action], because: str, now: float
    ) -> tuple[CommandRow, ...]:
        """Make the rows to record."""


class Cut(msgspec.Struct, frozen=True):
    """A cut that was ordered. `captured_at` is the offending frame's, by our clock; 0: none."""

    tenant: str
    target: Target
    event: str
    rev: int
    command: str
    ordered_at: float
    captured_at: float = 0.0


class StreamOrders:
    """Orders of one gateway process."""

    def __init__(
        self, recorder: Enacting, commands: Numbering, labels: Labels, cut: Callable[[Cut], None]
    ) -> None:
        """`cut` is told of every cut that is recorded and sent."""
        self.labels = labels
        self._recorder = recorder
        self._commands = commands
        self._cut = cut
        self._coming: dict[tuple[StreamKey, str], float] = {}
        self._warned: dict[StreamKey, float] = {}
        self._told: dict[StreamKey, float] = {}

    def news(self, tenant: str, actions: Iterable[Action], now: float) -> tuple[Action, ...]:
        """Return the actions without those on streams that would change nothing."""
        return tuple(
            action
            for action in actions
            if action.target.kind != "stream" or self._is_news(tenant, action, now)
        )

    def restrict(
        self,
        entry: Entry,
        actions: tuple[Action, ...],
        done: Done,
        captured_at: float = 0.0,
        lasts: bool = True,
    ) -> None:
        """Have an entry order actions: those that last become labels of its decision, or person.

        `done` hears None once all is recorded, in force and sent. With `lasts` False the labels are
        there already.
        """
        rows = self._commands.prepare(entry.tenant, actions, entry.rule or entry.by, entry.at)
        entry = msgspec.structs.replace(
            entry,
            actions=(*entry.actions, *actions),
            commands=(*entry.commands, *rows),
            labels=(*entry.labels, *(_lasting(entry, actions) if lasts else ())),
        )
        marks = [(_key(entry.tenant, each), each.kind) for each in actions]
        self._coming.update(dict.fromkeys(marks, entry.at))

        def settled(problem: SeawallError | None) -> None:
            for mark in marks:
                self._coming.pop(mark, None)
            if problem is None:
                self._ordered(entry, rows, captured_at)
            done(problem)

        self._recorder.enact(entry, settled)

    def again(self, live: Live, now: float) -> None:
        """Order once more what is in force on a stream and can be seen or heard of it."""
        key = (live.tenant, live.stream)
        if 0 <= now - self._told.get(key, -_AGAIN_S) < _AGAIN_S:
            return
        _mark(self._told, key, now)
        standing = self.labels.of_stream(live.tenant, live.stream, now)
        target = Target("stream", live.room, live.stream)
        for kind in _SHOWN:
            label = standing.get(kind)
            rest_s = None if label is None or label.until is None else label.until - now
            if label is None or (rest_s is not None and rest_s < _REST_S):
                continue
            entry = Entry(
                "stream", live.tenant, f"again-{token_hex(8)}", now, f"{kind}_again", 1,
                live.room, live.user.id, "frame", rule=label.because, category=label.category,
                ref=live.stream,
            )  # fmt: skip
            action = Action(target, kind, rest_s)
            self.restrict(entry, (action,), lambda problem: None, lasts=False)

    async def ordered(self, entry: Entry, actions: tuple[Action, ...]) -> None:
        """Do as `restrict` and wait a second for it at most. Raises RecordUnavailable."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def done(problem: SeawallError | None) -> None:
            if future.done():
                return
            if problem is None:
                future.set_result(None)
            elif isinstance(problem, OurFault):
                future.set_exception(problem)
            else:
                future.set_exception(RecordUnavailable(str(problem)))

        self.restrict(entry, actions, done)
        try:
            async with asyncio.timeout(RECORD_S):
                await future
        except TimeoutError as error:
            raise RecordUnavailable(f"not durable within {RECORD_S} s") from error

    def refusal(self, tenant: str, stream: str, now: float) -> str | None:
        """Return why a stream may not be sent, as its server is told; None when it may."""
        label = self.labels.of_stream(tenant, stream, now).get("cut")
        if label is None:
            return None
        ends = "until reversed" if label.until is None else f"for {label.until - now:.0f} s more"
        return f"the stream was cut ({label.because or 'a person'}), {ends}"

    def _ordered(self, entry: Entry, rows: tuple[CommandRow, ...], captured_at: float) -> None:
        for row in rows:
            action = row.action
            if action.target.kind != "stream":
                continue
            if action.kind == "warn":
                _mark(self._warned, _key(entry.tenant, action), entry.at)
            elif action.kind == "cut" and action.for_s != 0:
                place = (entry.tenant, action.target, entry.event, entry.rev)
                self._cut(Cut(*place, row.id, entry.at, captured_at))

    def _is_news(self, tenant: str, action: Action, now: float) -> bool:
        key = _key(tenant, action)
        if (key, action.kind) in self._coming:
            return False
        if action.kind == "warn":
            return not 0 <= now - self._warned.get(key, -WARN_S) < WARN_S
        standing = self.labels.of_stream(tenant, key[1], now)
        label = standing.get(action.kind)
        if label is None:
            return "cut" not in standing
        wanted = now + (float("inf") if action.for_s is None else action.for_s / 2)
        return until_of(label.until) < wanted


def _key(tenant: str, action: Action) -> StreamKey:
    return tenant, action.target.id or ""


def _mark(marks: dict[StreamKey, float], key: StreamKey, at: float) -> None:
    """Remember when something was last said of a stream, of so many streams."""
    marks.pop(key, None)
    marks[key] = at
    if len(marks) > _STREAMS:
        del marks[next(iter(marks))]


def _lasting(entry: Entry, actions: Iterable[Action]) -> tuple[LabelRow, ...]:
    """Return the labels of what lasts on streams."""
    return tuple(
        LabelRow(
            "stream",
            action.target.room or "",
            action.target.id or "",
            layer_name(action.kind, entry.event, entry.rev, entry.by),
            None if action.for_s is None else entry.at + action.for_s,
            entry.rule,
            entry.category,
            entry.by,
        )
        for action in actions
        if action.target.kind == "stream" and action.kind in STREAM_LABELS and action.for_s != 0
    )
