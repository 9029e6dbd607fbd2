"""Which packets of a video are decoded, and which of its frames are looked at; pure.

1. Keyframes, thinned by `min_gap_s`. The others are not decoded: `Chooser.packet` says so before.
2. Who sends the stream places its keyframes. Where none comes for `max_gap_s`, everything since the
   last one is decoded, and everything after it, and a frame is had at least that often.
3. Besides, at a random moment of each `max_gap_s`, a frame of whatever kind: who sends keyframes
   only knows when those of 1 are looked at.
4. A stream under suspicion (`promote`) is decoded in full, a frame each `promoted_s`.
5. Times are the stream's pace as `media.clock` tells it; nobody's clock is asked here.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import Literal

__all__ = ["Chooser", "Rates", "Step", "Why"]

Why = Literal["first", "key", "gap", "random", "scene", "promoted"]


@dataclass(frozen=True, slots=True)
class Rates:
    """How closely a stream is looked at. Times in seconds of the stream."""

    max_gap_s: float = 10.0
    min_gap_s: float = 0.5
    random: bool = True
    promoted_s: float = 0.5
    most_fps: float = 240.0


class Step(Enum):
    """What to do with a packet. Whatever is not decoded is kept, as long as that is bounded."""

    KEEP = "keep"
    """Do not decode it."""
    ALONE = "alone"
    """It is a keyframe: decode it by itself."""
    PEEK = "peek"
    """Decode what is kept and then this, for this one's frame alone."""
    CATCH_UP = "catch up"
    """Decode what is kept and then this; what follows will be decoded, too."""
    ON = "on"
    """Decode it: what came before it was decoded."""
    FRESH = "fresh"
    """It is a keyframe: forget what was decoded, and decode it and what follows."""
    LIMIT = "limit"
    """Too many frames a second: not decoded, and nothing is kept."""


class Chooser:
    """Decides for one video track, packet by packet, frame by frame."""

    def __init__(self, rates: Rates, seed: int = 0) -> None:
        """Take the rates, and what the random moments grow from."""
        self.rates = rates
        self.worst_gap_s = 0.0
        """The longest time between two frames that were looked at, so far."""
        self.promoted = False
        self._random = Random(seed)
        self._looked: float | None = None
        self._plain: float | None = None
        """When a frame was looked at last that was not the random one: that one thins nothing."""
        self._began: float | None = None
        self._on = False
        self._key: float | None = None
        self._gop = 0.0
        self._window = -1
        self._target: float | None = None
        self._recent: deque[float] = deque()

    def packet(self, t: float, key: bool, kept: bool = True, full: bool = False) -> Step:
        """Say what to do with the next packet in decoding order.

        `kept` says that everything since the last keyframe is still there; `full` that no more can
        be kept.
        """
        if self._began is None:
            self._began = t
            self._aim(t)
        fast = self._too_fast(t)
        if key:
            return self._keyframe(t, fast)
        if self._on:
            if fast:
                self._on = False
                return Step.LIMIT
            return Step.ON
        if fast:
            return Step.LIMIT
        return self._between(t, kept, full)

    def frame(self, t: float, key: bool, changed: bool = False, peek: bool = False) -> Why | None:
        """Say why a decoded frame is looked at, or None. `peek`: it is the one looked for."""
        self._aim(t)
        why = self._why(t, key, changed, peek)
        if why is not None:
            self._look(t)
            if why != "random":
                self._plain = t
        return why

    def promote(self, promoted: bool) -> None:
        """Look closer, or as usual again."""
        self.promoted = promoted

    def hurry(self) -> None:
        """Have a frame looked at as soon as one can be: all before it were shown to nobody.

        It takes the place of a random one, so that it need not be a keyframe either.
        """
        self._target = float("-inf")

    def broken(self) -> None:
        """Take note that packets are missing: nothing can be decoded before the next keyframe."""
        self._on = False

    def end(self, t: float) -> None:
        """Take note that nothing comes any more after this moment."""
        since = self._looked if self._looked is not None else self._began
        if since is not None:
            self.worst_gap_s = max(self.worst_gap_s, t - since)

    def _keyframe(self, t: float, fast: bool) -> Step:
        if self._key is not None:
            self._gop = max(t - self._key, 0.0)
        self._key = t
        if self.promoted and not fast:
            step = Step.ON if self._on else Step.FRESH
            self._on = True
            return step
        # A sender whose keyframes came too rarely has to show first that they do not.
        if self._on and not fast and self._gop > self.rates.max_gap_s:
            return Step.ON
        self._on = False
        if fast and not self._spaced(t, 1 / max(self.rates.most_fps, 1.0)):
            return Step.LIMIT
        self._aim(t)
        wanted = self._reached(t) or self._spaced(t, self.rates.min_gap_s)
        return Step.ALONE if wanted else Step.KEEP

    def _between(self, t: float, kept: bool, full: bool) -> Step:
        due = self._since(t) >= self.rates.max_gap_s
        if self.promoted or due or full:
            if kept:
                self._on = True
                return Step.CATCH_UP
            if due:
                # There is nothing to begin at: broken pictures are better than none.
                self._on = True
                return Step.FRESH
            return Step.KEEP
        self._aim(t)
        if kept and self._reached(t):
            return Step.PEEK
        return Step.KEEP

    def _why(self, t: float, key: bool, changed: bool, peek: bool) -> Why | None:
        since = self._since(t)
        if self._looked is None:
            return "first"
        if peek or ((self._on or key) and self._reached(t)):
            self._target = None
            return "random"
        if since >= self.rates.max_gap_s:
            return "key" if key else "gap"
        if self.promoted and since >= self.rates.promoted_s:
            return "promoted"
        if (key or changed) and self._spaced(t, self.rates.min_gap_s):
            return "key" if key else "scene"
        return None

    def _look(self, t: float) -> None:
        since = self._looked if self._looked is not None else self._began
        if since is not None:
            self.worst_gap_s = max(self.worst_gap_s, t - since)
        if self._looked is None or t > self._looked:
            self._looked = t

    def _spaced(self, t: float, least_s: float) -> bool:
        """Tell whether a frame now is far enough from the one before."""
        return self._plain is None or not 0 <= t - self._plain < least_s

    def _since(self, t: float) -> float:
        """Return how long nothing was looked at; for ever where nothing ever was."""
        if self._looked is not None:
            return t - self._looked
        return float("inf") if self._on or self._key is not None else t - (self._began or 0.0)

    def _aim(self, t: float) -> None:
        """Choose the random moment of the window that begins."""
        size = self.rates.max_gap_s
        if not self.rates.random or size <= 0:
            return
        window = int(t // size)
        if window > self._window:
            self._window = window
            self._target = (window + self._random.random()) * size

    def _reached(self, t: float) -> bool:
        """Tell whether the random moment has come, and no frame was looked at for it yet."""
        return self._target is not None and t >= self._target

    def _too_fast(self, t: float) -> bool:
        """Tell whether more frames a second come than are allowed."""
        recent = self._recent
        recent.append(t)
        while recent and (recent[0] < t - 1.0 or len(recent) > int(self.rates.most_fps) + 1):
            recent.popleft()
        return len(recent) > self.rates.most_fps
