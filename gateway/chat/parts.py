"""Split messages: a user's last few short messages in a room, judged joined.

At most 8 parts of the last 30 s, in this process's memory, never stored. A match counts only when
it needs the message that is judged and at least one other, and is not what another one says by
itself; joined without a space it must also take in the whole of that message, or ordinary words
would glue into false ones. An edit takes the place of what it edits: people read it there.
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
        if not (event.rev or 0 < len(event.text) <= PART_LENGTH):
            return signals
        recent = self._recent_of(event)
        part = Part(event.id, event.text, event.at, tuple(signals.scores))
        at = _take_in(recent, part, event.rev)
        found = _across(recent, at, detect) if at >= 0 and len(recent) > 1 else []
        return signals.joined(found) if found else signals

    def remember(self, event: Message) -> None:
        """Keep a message for later ones to be joined with, without looking at it."""
        if event.rev or 0 < len(event.text) <= PART_LENGTH:
            part = Part(event.id, event.text, event.at)
            _take_in(self._recent_of(event), part, event.rev)

    def _recent_of(self, event: Message) -> deque[Part]:
        """Return the user's parts that are young enough, as the most recently heard user's."""
        key = (event.tenant, event.room, event.user.id)
        recent = self._recent.pop(key, None)
        if recent is None:
            recent = deque(maxlen=PARTS)
            if len(self._recent) >= self._users:
                self._recent.popitem(last=False)
        while recent and event.at - recent[0].at > PART_AGE_S:
            recent.popleft()
        self._recent[key] = recent
        return recent


def _take_in(recent: deque[Part], part: Part, rev: int) -> int:
    """Put a part at its place and return that; -1 for one that is none, or is none any more."""
    known = None
    if rev:
        known = next((at for at, each in enumerate(recent) if each.id == part.id), None)
    is_part = 0 < len(part.text) <= PART_LENGTH
    if known is None:
        if is_part:
            recent.append(part)
        return len(recent) - 1 if is_part else -1
    if not is_part:
        del recent[known]
        return -1
    recent[known] = part  # said just now; what stands behind it is kept as long as it is
    return known


def _across(recent: deque[Part], own: int, detect: Detect) -> list[Signal]:
    """Return what the part at `own` says together with others, as signals of that part."""
    found: dict[str, Signal] = {}
    for glue in (" ", ""):
        starts: list[int] = []
        at = 0
        for part in recent:
            starts.append(at)
            at += len(part.text) + len(glue)
        begins, ends = starts[own], starts[own] + len(recent[own].text)
        for signal in detect(glue.join(part.text for part in recent)).items:
            kept = _needs_parts(signal, begins, ends, glue == "")
            if kept and signal.name not in found:
                assert signal.span is not None
                begin, end = signal.span
                parts = [
                    part
                    for place, (part, start) in enumerate(zip(recent, starts, strict=True))
                    if place != own and start < end and begin < start + len(part.text)
                ]
                if any(signal.name in part.alone for part in parts):
                    continue  # said and answered before: what came behind it is not a part of it
                ids = tuple(part.id for part in parts)
                span = (max(0, begin - begins), max(1, min(end, ends) - begins))
                found[signal.name] = msgspec.structs.replace(signal, span=span, parts=ids)
    return list(found.values())


def _needs_parts(signal: Signal, begins: int, ends: int, glued: bool) -> bool:
    """Tell whether a match takes in the part between, and something before or behind it."""
    if signal.span is None or not signal.name.startswith(_JOINABLE):
        return False
    begin, end = signal.span
    if not (begin < ends and begins < end and (begin < begins or end > ends)):
        return False
    return not glued or (begin <= begins and end >= ends)
