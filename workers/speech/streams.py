"""One stream that is listened to: its sound, its voice, its utterances, its language.

Knows no queue, no thread and no socket. What it holds is bounded: the sound of the open utterance
and half a second before it.
"""

from __future__ import annotations

import math
from typing import Protocol

import msgspec

from detectors.audio.fingerprint import Match, Matcher
from detectors.audio.language import Vote
from detectors.audio.vad import BLOCK, FRAME, Memory
from detectors.audio.whisper import Samples
from media.utterances import Cutting, Due, Ended, Span, Utterances, frames_of
from workers.speech.timeline import Timeline
from workers.speech.transcribing import Piece, Text, floats
from workers.streams.units import Hearing, Sound

__all__ = ["Note", "Stream", "Voice"]

_SHORTEST_S, _LONGEST_S = 2.0, 9.0
_DRIFT_S = 0.5
_BYTES = 2


class Voice(Protocol):
    """Looks for a voice: `detectors.audio.vad.Vad`."""

    def listen(self, memory: Memory, samples: Samples) -> list[float]:
        """Return the chance of a voice for each whole frame."""


class Note(msgspec.Struct):
    """What is known of one utterance that is not settled yet."""

    n: int
    start: int
    heard: int
    """Up to this frame it was heard, by whatever model."""
    text: Text | None = None
    """What was heard so far, by the model that hears what is final."""
    written: int = 0
    """Up to this frame that text goes: a small model may have heard more."""
    told: str = ""
    """What was told of it provisionally."""
    piece: Piece | None = None
    """All of it, once it has ended."""
    promotable: bool = False
    """Whether a pass that heard all of its voice is as good as the final one."""
    running: int = 0
    """The last frame of the provisional pass that runs now, 0 for none."""


class Stream:
    """One stream. `first` is what its first utterance is numbered after."""

    def __init__(
        self, handle: int, hearing: Hearing, vad: Voice, matcher: Matcher | None, first: int = 0
    ) -> None:
        longest = min(max(hearing.utterance_s, _SHORTEST_S), _LONGEST_S)
        self.handle = handle
        self.hearing = hearing
        self.vote = Vote(hearing.language)
        self.timeline = Timeline()
        self.notes: dict[int, Note] = {}
        self.closing = False
        self._vad = vad
        self._matcher = matcher
        self._memory = Memory()
        cutting = Cutting(most=frames_of(longest), unvoiced=hearing.music)
        self._utterances = Utterances(cutting, first)
        self._pcm = bytearray()
        self._kept = 0
        """The sample the kept sound begins with."""
        self._listened = 0
        """The sample up to which a voice was looked for."""
        self._new = True
        """Whether nothing of it was due yet."""

    @property
    def fed(self) -> int:
        """How many samples there were."""
        return self._kept + len(self._pcm) // _BYTES

    def add(self, sound: Sound, now: float, hop_s: float) -> tuple[list[Span], list[Match]]:
        """Take sound; return the spans and the recordings it completes.

        Raises ValueError for what is no sound.
        """
        if len(sound.pcm) % _BYTES or not math.isfinite(sound.at):
            raise ValueError("sound of half a sample, or of no time")
        spans: list[Span] = []
        matches: list[Match] = []
        if self.fed and (sound.jump or self._jumped(sound.at)):
            spans = self.flush()
            matches = self._matcher.finish() if self._matcher is not None else []
        if sound.pcm:
            self.timeline.add(self.fed, len(sound.pcm) // _BYTES, sound.at, now)
            self._pcm += sound.pcm
            if self._matcher is not None:
                matches += self._matcher.feed(sound.pcm, sound.at)
            if self.hearing.profile != "off":
                # Who has just come may have been unheard for a while: it is heard twice as soon.
                hop_s = hop_s / 2 if self._new else hop_s
                hop = frames_of(hop_s) if hop_s and self.hearing.profile == "fast" else 0
                spans += self._listen(BLOCK, hop)
                self._new = self._new and not any(isinstance(each, Due | Ended) for each in spans)
        return spans, matches

    def flush(self) -> list[Span]:
        """End what is open: nothing comes, or something else does."""
        if self.hearing.profile == "off":
            return []
        missing = -(self.fed - self._listened) % FRAME
        self._pcm += bytes(missing * _BYTES)
        spans = [*self._listen(FRAME, 0), *self._utterances.flush()]
        self._memory = Memory()
        return spans

    def finish(self) -> list[Match]:
        """Return the recordings the last seconds complete."""
        return self._matcher.finish() if self._matcher is not None else []

    def note(self, n: int, start: int) -> Note:
        """Return the note on an utterance, a new one where there is none."""
        return self.notes.setdefault(n, Note(n, start, start))

    def piece(self, small: bool) -> Piece | None:
        """Return the open utterance as far as it is known; None where there is none."""
        due = self._utterances.so_far()
        if due is None:
            return None
        return self._piece(due.n, due.start, due.end, due.voice, final=False, small=small)

    def whole(self, ended: Ended) -> Piece:
        """Return an utterance that has ended. Call before `forget`."""
        start, end = ended.start, ended.end
        return self._piece(
            ended.n, start, end, ended.voice, final=True, small=False, voiced=ended.voiced
        )

    def times(self, start: int, end: int) -> tuple[float, float]:
        """Return when frames from `start` up to `end` were captured."""
        timeline = self.timeline
        return timeline.captured(start * FRAME), timeline.captured_before(end * FRAME)

    def born(self, frame: int) -> float:
        """Return when the sound up to a frame was born."""
        return self.timeline.born(frame * FRAME)

    def take_off(self) -> tuple[float, float] | None:
        """Return when the sound that is not listened to was captured, and forget it."""
        if not self._pcm:
            return None
        timeline = self.timeline
        span = timeline.captured(self._kept), timeline.captured_before(self.fed)
        self._listened = self.fed
        self._drop(self.fed)
        return span

    def forget(self) -> None:
        """Forget the sound that is settled."""
        self._drop(min(self._utterances.settled * FRAME, self.fed))

    def _drop(self, sample: int) -> None:
        del self._pcm[: (sample - self._kept) * _BYTES]
        self._kept = sample
        self.timeline.forget(sample)

    def _jumped(self, at: float) -> bool:
        return abs(at - self.timeline.captured_before(self.fed)) > _DRIFT_S

    def _listen(self, whole: int, hop: int) -> list[Span]:
        spans: list[Span] = []
        while (count := self.fed - self._listened) >= whole:
            count = min(count // whole * whole, BLOCK)
            samples = floats(self._cut(self._listened, self._listened + count))
            self._listened += count
            spans += self._utterances.feed(self._vad.listen(self._memory, samples), hop)
        return spans

    def _cut(self, start: int, end: int) -> bytes:
        kept = self._kept
        return bytes(self._pcm[(start - kept) * _BYTES : (end - kept) * _BYTES])

    def _piece(
        self, n: int, start: int, end: int, voice: bytes, *,
        final: bool, small: bool, voiced: bool = True,
    ) -> Piece:  # fmt: skip
        pcm = self._cut(start * FRAME, end * FRAME)
        times = self.times(start, end)
        arrived = self.timeline.arrived(end * FRAME)
        return Piece(
            self.handle, n, final, small, start, pcm, voice, self.vote, *times, arrived, voiced
        )
