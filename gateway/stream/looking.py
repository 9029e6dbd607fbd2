"""What one frame says: signals of detectors, and the text that is read in it, as one text.

A frame's codes and its pictures are judged together, its read text apart: it comes later. Each text
stands on a line of its own, so that what is spread over lines is found too.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from typing import Final

from detectors.catalog import CATALOG
from seawall.policy.streams import Promotion
from seawall.signals import Signal
from workers.streams.reports import Saw, Text
from workers.streams.units import Chosen
from workers.units import Said, signal

__all__ = ["SCENE_S", "TEXT", "Scenes", "Seen", "image_signals", "text_of"]

TEXT = 16_384
"""Code points of one frame's text that are judged; no honest frame has more."""
SCENE_S: Final = 10.0
"""Another scene alone is a reason to look closer for so long: it is no suspicion yet."""
_LINES = 4_096
_DETECTORS: Final = {
    name: entry.name for entry in CATALOG if entry.modality == "vision" for name in entry.signals
}


def image_signals(said: Iterable[Said]) -> list[Signal]:
    """Return a frame's signals; each names the detector that says it."""
    return [signal(each, _detector(each.name)) for each in said]


def _detector(name: str) -> str:
    family, _, rest = name.partition(".")
    known = _DETECTORS.get(name) or _DETECTORS.get(f"{family}.") or family
    return f"onnx.{rest.partition('.')[0]}" if known == "onnx" else known


def text_of(saw: Saw) -> str:
    """Return all that is to be read in a frame, a line each."""
    return "\n".join(each.text[:_LINES] for each in saw.texts if each.text)[:TEXT]


class Seen:
    """Texts and codes that one stream showed lately: what is new is a reason to look closer."""

    def __init__(self, keep_s: float = 60.0, most: int = 256) -> None:
        self._at: dict[str, float] = {}
        self._keep_s = keep_s
        self._most = most

    def news(self, texts: Iterable[Text], now: float) -> Promotion | None:
        """Return why to look closer: `qr` (any code), `text`, or None for nothing new."""
        found: Promotion | None = None
        for each in texts:
            key = f"{each.kind} {each.text[:200]}"
            before = self._at.pop(key, None)
            self._at[key] = now
            if before is None or not 0 <= now - before < self._keep_s:
                found = "qr" if each.kind != "ocr" else (found or "text")
        while len(self._at) > self._most:
            del self._at[next(iter(self._at))]
        return found


class Scenes:
    """The scenes of one stream: another one after a long while is a reason to look closer.

    A stream that changes all the time gives none: what it shows is looked at as it comes.
    """

    def __init__(self, still_s: float = 60.0) -> None:
        """`still_s` is how long a scene must have lasted."""
        self._since: float | None = None
        self._still_s = still_s

    def news(self, chosen: Chosen) -> bool:
        """Tell whether a frame is the first of another scene, after a long one."""
        since, at = self._since, chosen.at
        if since is None or not isfinite(at) or at < since:
            self._since = at if isfinite(at) else since
            return False
        if not chosen.changed:
            return False
        self._since = at
        return at - since >= self._still_s
