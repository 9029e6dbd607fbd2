"""What a stream's decoder announced and nobody has answered yet."""

from __future__ import annotations

from seawall.spans import Span, added, bounded, length, without
from workers.streams.reports import Listened, Lost
from workers.streams.units import Chosen, Heard

__all__ = ["Pending"]

MOST_FRAMES = 1024
"""So many frames may lack an answer; the oldest beyond that is given up, `full`."""
_ROUND_S = 0.05
"""Less than this is no sound that somebody missed: a time that was rounded."""
_SPANS = 64
"""Answers come in any order: the pause behind an utterance is settled long before the utterance."""


class Pending:
    """Frames and sound of one stream that a worker has and did not answer for."""

    __slots__ = ("_answered", "_early", "_frames", "_handle", "_heard", "_newest")

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._frames: dict[int, tuple[float, float]] = {}
        self._early: set[int] = set()
        self._newest = -1
        self._heard: list[Span] = []
        self._answered: list[Span] = []
        """Sound that was answered for lately: an answer may come before the announcement."""

    @property
    def frames(self) -> int:
        """How many frames lack an answer."""
        return len(self._frames)

    @property
    def settled(self) -> bool:
        """Whether everything was answered for."""
        return not self._frames and all(to - start <= _ROUND_S for start, to in self._heard)

    @property
    def unheard_s(self) -> float:
        """How much sound lacks an answer, in seconds."""
        return length(self._heard)

    def chosen(self, frame: Chosen, now: float) -> Lost | None:
        """Note a frame; return the one that is given up for it. `now` is monotonic."""
        self._newest = max(self._newest, frame.n)
        if frame.n in self._early:
            self._early.discard(frame.n)
            return None
        self._frames[frame.n] = (frame.at, now)
        if len(self._frames) <= MOST_FRAMES:
            return None
        n = next(iter(self._frames))
        return Lost(self._handle, n, self._frames.pop(n)[0], "frame", "full")

    def answered(self, n: int) -> None:
        """Note that a frame was seen, or lost; its announcement may come later."""
        if self._frames.pop(n, None) is None and n > self._newest:
            self._early.add(n)
            if len(self._early) > MOST_FRAMES:
                self._early.discard(min(self._early))

    def late(self, before: float) -> list[Lost]:
        """Give up the frames that were announced before this moment."""
        lost: list[Lost] = []
        for n, (at, since) in self._frames.items():
            if since >= before:
                break
            lost.append(Lost(self._handle, n, at, "frame", "late"))
        for each in lost:
            del self._frames[each.n]
        return lost

    def heard(self, sound: Heard) -> None:
        """Note sound. Its answer may have come before."""
        fresh = without([(sound.from_, sound.to)], self._answered)
        for span in fresh:
            self._heard = bounded(added(self._heard, span), _SPANS)

    def listened(self, start: float, end: float) -> None:
        """Note that sound is settled."""
        left = without(self._heard, [(start, end)])
        whole = [span for span in left if span[1] - span[0] > _ROUND_S]
        self._heard = whole if len(left) > _SPANS // 2 else left
        self._answered = added(self._answered, (start, end))[-_SPANS:]

    def unseen(self, cause: str) -> list[Lost]:
        """Give up every frame: whoever had them is gone."""
        lost = [Lost(self._handle, n, at, "frame", cause) for n, (at, _) in self._frames.items()]
        self._frames.clear()
        return lost

    def unheard(self, cause: str) -> list[Listened]:
        """Give up the sound: whoever had it is gone."""
        given_up, self._heard = self._heard, []
        return [
            Listened(self._handle, start, end, "none", cause if end - start > _ROUND_S else "")
            for start, end in given_up
        ]
