"""Split messages: a user's last few short messages in a room, judged joined.

At most 8 parts of the last 30 s, in this process's memory, never stored. A match counts only when
it needs the newest message and at least one earlier one, and is not what an earlier one says by
itself; joined without a space it must also take in the whole of the newest, or ordinary words would
glue into false ones.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable

import msgspec

from seawall.events import Message
from seawall.signals import Signal, Signals

__all__ = ["PARTS", "PART_AGE_S", "PART_LENGTH", "Parts"]

PARTS = 8
PART_AGE_S = 30.0
PART_LENGTH = 40
"""Only messages up to this many code points are parts; longer ones carry their meaning alone."""

_JOINABLE = ("lexicon.", "link.", "contact.", "pattern.")

Detect = Callable[[str], Signals]


class Part(msgspec.Struct, frozen=True, gc=False):
    """One short message, as it came."""

    id: str
    text: str
    at: float
    alone: tuple[str, ...] = ()
    """Names of the signals it carries by itself."""


class Parts:
    """Recent short messages by (tenant, room, user), the least recently heard user forgotten."""

    def __init__(self, users: int = 20_000) -> None:
        self._recent: OrderedDict[tuple[str, str, str], deque[Part]] = OrderedDict()
        self._users = users

    def joined(self, event: Message, signals: Signals, detect: Detect) -> Signals:
        """Remember a message and return its signals together with those of its joined parts.

        `detect` is called at most twice, on the joined text.
        """
        if event.rev or len(event.text) > PART_LENGTH or not event.text:
            return signals
        recent = self._recent_of(event)
        found = _across(event, recent, detect) if recent else []
        recent.append(Part(event.id, event.text, event.at, tuple(signals.scores)))
        return signals.joined(found) if found else signals

    def remember(self, event: Message) -> None:
        """Keep a message for later ones to be joined with, without looking at it."""
        if not event.rev and 0 < len(event.text) <= PART_LENGTH:
            self._recent_of(event).append(Part(event.id, event.text, event.at))

    def _recent_of(self, event: Message) -> deque[Part]:
        """Return the user's parts that are young enough, as the most recently heard user's."""
        key = (event.tenant, event.room, event.user.id)
        recent = self._recent.pop(key, None)
        if recent is None:
            recent = deque(maxlen=PARTS - 1)
            if len(self._recent) >= self._users:
                self._recent.popitem(last=False)
        while recent and event.at - recent[0].at > PART_AGE_S:
            recent.popleft()
        self._recent[key] = recent
        return recent


def _across(event: Message, recent: deque[Part], detect: Detect) -> list[Signal]:
    found: dict[str, Signal] = {}
    for glue in (" ", ""):
        starts: list[int] = []
        texts: list[str] = []
        at = 0
        for part in recent:
            starts.append(at)
            texts.append(part.text)
            at += len(part.text) + len(glue)
        newest = at
        joined = glue.join((*texts, event.text))
        for signal in detect(joined).items:
            kept = _needs_parts(signal, newest, len(joined), glue == "")
            if kept and signal.name not in found:
                assert signal.span is not None
                begin, end = signal.span
                parts = [
                    part
                    for part, start in zip(recent, starts, strict=True)
                    if start < end and begin < start + len(part.text)
                ]
                if any(signal.name in part.alone for part in parts):
                    continue  # said and answered before: what came behind it is not a part of it
                ids = tuple(part.id for part in parts)
                span = (0, max(1, end - newest))
                found[signal.name] = msgspec.structs.replace(signal, span=span, parts=ids)
    return list(found.values())


def _needs_parts(signal: Signal, newest: int, end: int, glued: bool) -> bool:
    if signal.span is None or not signal.name.startswith(_JOINABLE):
        return False
    if not signal.span[0] < newest < signal.span[1]:
        return False
    return not glued or signal.span[1] >= end
