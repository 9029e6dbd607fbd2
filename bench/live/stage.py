"""Streams made ready to be sent: their slices in files, what is said in them, what breaks a rule.

Clips are drawn once a run, and played again and again; each stream begins elsewhere in its clip, so
that no two are alike. Of `violation` streams one follows the other, each with a code that a rule
cuts for: every one is a detection.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from bench.live.clips import GOP_S, Clip, Look, drawn, looped, sampled_voice
from bench.live.offline import Offline
from bench.live.sender import Work
from bench.live.soundtrack import Line, Track, recorded, track
from bench.shapes.scenario import Streams

__all__ = ["CUT_RULE", "Act", "Stage"]

Kind = Literal["talk", "screen", "quiet", "violation"]

CLIP_S = 32.0
"""Whole scenes, and whole groups of pictures."""
CUT_S = 14.0
"""So long a stream with a violation lasts at most, and as often another begins."""
CODES_S = (4.1, 4.8, 5.5)
"""When the code is shown: at different distances from the keyframe that follows."""
_STARTS = 8
"""Different beginnings in a clip: further streams share their file with one of these."""
_LOOKS: dict[Kind, Look] = {
    "talk": "calm", "screen": "slides", "quiet": "still", "violation": "calm",
}  # fmt: skip
_DUTIES: dict[Kind, float] = {"talk": 0.6, "screen": 0.6, "quiet": 0.1, "violation": 0.6}
"""For which share of the time somebody speaks."""
CUT_RULE = """
- rule: bench-cut
  category: scam.phishing
  severity: critical
  on: [frame]
  when: qr.any
  then: stream.cut
  veto: none
  sure: true
"""


class Act(msgspec.Struct, frozen=True):
    """One stream: what the generator sends, and what the harness knows of it."""

    group: str
    seat: str
    """Streams that follow one another have the same: as many streams as seats go at once."""
    clip: Kind
    work: Work
    lines: tuple[Line, ...]
    clip_s: float
    start: float
    """Where in its clip it begins."""
    code_s: float | None = None
    """When the violation is shown first, seconds from its beginning."""


class Stage:
    """Draws what is needed, once."""

    def __init__(
        self, folder: Path, seed: int = 7, bitrate: int = 3_000_000, clip_s: float = CLIP_S
    ) -> None:
        """Files go to `folder`. `clip_s` is how long a clip is before it begins anew."""
        self._clip_s = clip_s
        self._folder = folder
        self._seed = seed
        self._bitrate = bitrate
        self._clips: dict[tuple[Kind, float], tuple[Clip, Track]] = {}
        self._files: dict[tuple[Kind, float, float, float], str] = {}
        self._offline: Offline | None = None
        self.known = False
        """Whether it is known what is said: the recordings of the data folder are here."""

    def acts(
        self,
        groups: Sequence[Streams],
        seconds: float,
        pace: Literal["clock", "max"] = "clock",
        tag: str = "",
    ) -> list[Act]:
        """Return every stream of these groups, for so many seconds; names begin with `tag`.

        Draws what is not drawn yet.
        """
        found: list[Act] = []
        for group in groups:
            for number in range(group.count):
                name, after_s = f"{tag}{group.name}-{number}", group.stagger_s * number
                if group.clip == "violation":
                    found += self._violations(group, name, after_s, seconds)
                else:
                    found.append(self._played(group, name, number, after_s, seconds, pace))
        return found

    def clip(self, kind: Kind, code_s: float = 0.0) -> tuple[Clip, Track]:
        """Return a clip and its sound; the violation is shown from `code_s` on."""
        key = (kind, code_s)
        if key not in self._clips:
            seconds = CUT_S if kind == "violation" else self._clip_s
            sound = self._sound(kind, seconds)
            clip = drawn(
                seconds, _LOOKS[kind], self._bitrate, self._seed,
                code_s or None, sound=sound.samples,
            )  # fmt: skip
            self._clips[key] = clip, sound
        return self._clips[key]

    def _played(
        self, group: Streams, name: str, number: int, after_s: float, seconds: float,
        pace: Literal["clock", "max"],
    ) -> Act:  # fmt: skip
        start = (number * 5 % _STARTS) * 2 * GOP_S % self._clip_s
        clip, sound = self.clip(group.clip)
        file = self._file(group.clip, 0.0, start, seconds)
        work = Work(name, file, "mp4", after_s, seconds, pace)
        return Act(group.name, name, group.clip, work, sound.lines, clip.seconds, start)

    def _violations(self, group: Streams, name: str, after_s: float, seconds: float) -> list[Act]:
        found = []
        for turn in range(max(1, int((seconds - after_s) / CUT_S))):
            code_s = CODES_S[turn % len(CODES_S)]
            clip, sound = self.clip("violation", code_s)
            file = self._file("violation", code_s, 0.0, CUT_S)
            work = Work(f"{name}.{turn}", file, "mp4", after_s + turn * CUT_S, CUT_S)
            found.append(
                Act(group.name, name, "violation", work, sound.lines, clip.seconds, 0.0, code_s)
            )
        return found

    def _sound(self, kind: Kind, seconds: float) -> Track:
        voices = recorded()
        self.known = bool(voices)
        self._offline = self._offline or Offline()
        voices = voices or [(sampled_voice(), "")]
        return track(seconds, voices, self._offline.hear, self._seed, _DUTIES[kind])

    def _file(self, kind: Kind, code_s: float, start: float, seconds: float) -> str:
        key = (kind, code_s, start, seconds)
        if key not in self._files:
            clip, _ = self.clip(kind, code_s)
            path = self._folder / f"{len(self._files)}.slices"
            slices = list(looped(clip, seconds, "mp4", start))
            path.write_bytes(msgspec.msgpack.encode(slices))
            self._files[key] = str(path)
        return self._files[key]
