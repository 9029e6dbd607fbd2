"""What the detectors say of frames, made the messages that go to the gateway.

1. Hashes and codes look at every frame, the image models at those they are let look at.
2. A frame at which a detector raises is `error`. What the others found of it is said all the same,
   with `unchecked`; where they found nothing, it is lost.
3. A batch that fails is tried again frame by frame, so that one frame costs only itself.
4. Of a stream under suspicion (`closer`) every frame is looked at, every second one of those that
   come twice a second with the greatest care, and every second text: care costs three to four times
   as much, and what is small and hidden stands there for longer than that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic

from detectors.pictures import Found, Picture, PictureDetector, Seen
from seawall.signals import Signal
from workers.streams.reports import Lost, Saw, Text
from workers.units import said
from workers.vision.frames import FRAME, OCR, Frame
from workers.vision.stills import still
from workers.vision.turns import Turns

__all__ = ["Looking", "Told"]

Told = Saw | Lost
_MOST_SIGNALS = 64
_MOST_TEXTS = 64
_CARE_S = 0.9
"""A second, less what frames of half a second come early."""
_READ_CARE_S = 9.0
"""Two readings of five seconds, likewise."""
_LIMIT, _LOAD, _ERROR = "limit", "load", "error"


class Looking:
    """The detectors of one thread: those that always look, and the models that may be left out."""

    def __init__(
        self,
        light: Sequence[PictureDetector],
        heavy: Sequence[PictureDetector],
        still_from: float,
        still_width: int,
        failed: Callable[[str], None],
    ) -> None:
        """`failed` is told which detector raised what, without the frame's content."""
        self._light = tuple(light)
        self._heavy = tuple(heavy)
        self._still_from = still_from
        self._still_width = still_width
        self._failed = failed
        self._care = Turns(_CARE_S)
        self._read_care = Turns(_READ_CARE_S)
        self.light_s = 0.0
        """What a frame of the last batch cost without the models, in seconds."""
        self.heavy_s: float | None = None
        """What the models cost besides, for a frame they looked at; None where they did not."""

    @property
    def most(self) -> int:
        """How many frames are looked at together."""
        return max((each.most for each in self._heavy), default=1)

    def look(
        self,
        frames: Sequence[Frame],
        pictures: Sequence[Picture],
        heavy: Sequence[bool],
        taken: float,
    ) -> list[Told]:
        """Look at some frames; `heavy` says at which the image models look, too.

        `taken` is when they were taken from the queue, monotonic.
        """
        began = monotonic()
        sights = [
            _Sight(frame, picture, frame.closer and self._care.take(frame.handle, frame.at))
            for frame, picture in zip(frames, pictures, strict=True)
        ]
        for detector in self._light:
            self._ask(detector, sights)
        between = monotonic()
        chosen = [sight for sight, looks in zip(sights, heavy, strict=True) if looks]
        for detector in self._heavy:
            self._ask(detector, chosen)
        self.light_s = (between - began) / max(1, len(sights))
        self.heavy_s = (monotonic() - between) / len(chosen) if chosen else None
        if self._heavy:
            for sight, looks in zip(sights, heavy, strict=True):
                if not looks:
                    sight.unchecked = _LOAD
        return [self._answer(sight, taken) for sight in sights]

    def _ask(self, detector: PictureDetector, sights: Sequence[_Sight]) -> None:
        for start in range(0, len(sights), detector.most):
            part = sights[start : start + detector.most]
            began = monotonic()
            if not self._asked(detector, part):
                for sight in part:
                    sight.failed |= len(part) == 1 or not self._asked(detector, [sight])
            took = (monotonic() - began) * 1000 / len(part)
            for sight in part:
                sight.ms[detector.name] = round(took, 3)

    def _asked(self, detector: PictureDetector, sights: Sequence[_Sight]) -> bool:
        """Ask once for all; False where the detector raises."""
        closer = any(sight.closer for sight in sights)
        try:
            seen = detector.look([sight.picture for sight in sights], closer)
            if len(seen) != len(sights):
                raise ValueError(f"{len(seen)} answers to {len(sights)} pictures")
        except Exception as error:  # somebody else's code on somebody else's picture
            self._failed(f"{detector.name}: {type(error).__name__}")
            return False
        for sight, each in zip(sights, seen, strict=True):
            sight.add(each)
        return True

    def _answer(self, sight: _Sight, taken: float) -> Told:
        frame = sight.frame
        if sight.failed:
            if not (sight.signals or sight.texts):
                return frame.lost(FRAME, _ERROR)
            sight.unchecked = _ERROR
        sight.ms["queue"] = round(max(0.0, taken - frame.came) * 1000, 3)
        worst = max((signal.score for signal in sight.signals), default=0.0)
        picture = b""
        if worst >= self._still_from:
            picture = self._still(sight.picture)
        return Saw(
            frame.handle,
            frame.n,
            frame.at,
            "frame",
            [said(signal) for signal in sight.signals[:_MOST_SIGNALS]],
            [_text(text) for text in sight.texts[:_MOST_TEXTS]],
            picture,
            sight.ms,
            sight.unchecked,
        )

    def _still(self, picture: Picture) -> bytes:
        try:
            return still(picture, self._still_width)
        except ValueError as error:
            self._failed(f"still: {error}")
            return b""

    def read(self, detector: PictureDetector, frame: Frame, picture: Picture) -> Told:
        """Read the text of one frame."""
        began = monotonic()
        closer = frame.closer and self._read_care.take(frame.handle, frame.at)
        sight = _Sight(frame, picture, closer)
        if not self._asked(detector, [sight]):
            return frame.lost(OCR, _ERROR)
        ended = monotonic()
        ms = {"queue": round((began - frame.came) * 1000, 3),
              detector.name: round((ended - began) * 1000, 3)}  # fmt: skip
        signals = [said(signal) for signal in sight.signals[:_MOST_SIGNALS]]
        texts = [_text(text) for text in sight.texts[:_MOST_TEXTS]]
        handle, n, at = frame.handle, frame.n, frame.at
        return Saw(handle, n, at, "ocr", signals, texts, b"", ms, sight.unchecked)


class _Sight:
    """What is known of one frame so far."""

    __slots__ = ("closer", "failed", "frame", "ms", "picture", "signals", "texts", "unchecked")

    def __init__(self, frame: Frame, picture: Picture, closer: bool) -> None:
        self.frame = frame
        self.closer = closer
        self.picture = picture
        self.signals: list[Signal] = []
        self.texts: list[Found] = []
        self.ms: dict[str, float] = {}
        self.failed = False
        self.unchecked = ""

    def add(self, seen: Seen) -> None:
        self.signals += seen.signals
        self.texts += seen.texts
        if seen.partly or len(self.texts) > _MOST_TEXTS or len(self.signals) > _MOST_SIGNALS:
            self.unchecked = _LIMIT


def _text(found: Found) -> Text:
    left, top, right, bottom = (round(min(1.0, max(0.0, side)), 4) for side in found.box)
    score = min(1.0, max(0.0, found.score))
    return Text(found.kind, found.text[:4096], (left, top, right, bottom), score)
