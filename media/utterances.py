"""Voice probabilities to utterances: when one begins, when it ends, when to hear it early.

1. Time is counted in frames of 32 ms, from the first one fed. Nothing here reads a clock.
2. Every frame ends up in exactly one `Quiet` or `Ended`, in order and without gaps.
3. How frames are grouped when they are fed changes nothing.
4. An utterance begins a little before its first voiced frame, ends a little after its last one,
   and never holds more than `most` frames: then it is cut where the voice was faintest lately.
5. An open utterance is due every so often, and sooner at a breath: where that is its end, what was
   heard then is all of it.
6. Voice that lasts less than `few` frames is no utterance: it is quiet.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

__all__ = ["FRAME_S", "Cutting", "Due", "Ended", "Quiet", "Span", "Utterances", "frames_of"]

FRAME_S = 0.032
"""How long a frame is: 512 samples at 16 kHz."""
_EARLIER = 3
"""At a breath an utterance is due after this part of the time between two passes."""


def frames_of(seconds: float) -> int:
    """Return how many frames last so long, at least one."""
    return max(1, round(seconds / FRAME_S))


class Cutting(msgspec.Struct, frozen=True):
    """How utterances are cut. Probabilities 0 to 1, everything else in frames."""

    on: float = 0.5
    """From here on a frame begins a voice."""
    off: float = 0.35
    """Below this a frame is none any more."""
    few: int = 6
    """So many voiced frames make an utterance (0.2 s: a short word)."""
    few_after_cut: int = 3
    """The same, for what follows a cut at once: it is the rest of a sentence."""
    lead: int = 8
    tail: int = 6
    """What belongs to an utterance before its first voiced frame, and after its last."""
    hang: int = 13
    """So many frames without voice end it (0.4 s)."""
    breath: int = 7
    """After so many frames without voice an open utterance is due, in case this is its end."""
    most: int = 250
    """The most frames of an utterance (8 s)."""
    look: int = 31
    """The last frames among which the faintest is looked for when it must be cut (1 s)."""
    settle: int = 32
    """Quiet is told in pieces of so many frames."""
    unvoiced: bool = False
    """Whether what holds no voice becomes utterances too, `most` frames each (song)."""


class Quiet(msgspec.Struct, frozen=True):
    """No speech was found from frame `start` up to `end`."""

    start: int
    end: int


class Due(msgspec.Struct, frozen=True):
    """Utterance `n`, still open, is to be heard as far as it is known: up to `end`."""

    n: int
    start: int
    end: int
    voice: bytes
    """One byte a frame, 1 where there was voice."""


class Ended(msgspec.Struct, frozen=True):
    """Utterance `n` is complete. `cut` says that speech went on, `voiced` whether there was any."""

    n: int
    start: int
    end: int
    voice: bytes
    voiced: bool = True
    cut: bool = False


Span = Quiet | Due | Ended


class Utterances:
    """The utterances of one stream."""

    def __init__(self, cutting: Cutting, after: int = 0) -> None:
        """Take how to cut; the first is numbered `after` + 1.

        Raises ValueError where the parts are longer than the whole.
        """
        most = cutting.most
        if most <= cutting.lead + cutting.few + cutting.look + cutting.tail:
            raise ValueError("an utterance must be longer than its lead, look and tail")
        if cutting.tail > cutting.hang:
            raise ValueError("the tail cannot be longer than the silence that ends an utterance")
        self._cutting = cutting
        self._base = 0
        """The first frame that is in no span yet; the lists begin there."""
        self._chances: list[float] = []
        self._voice = bytearray()
        self._n = after
        self._begun = -1
        """The first voiced frame of what may be, or is, an utterance; -1 for none."""
        self._voiced = 0
        self._last = 0
        """One past its last voiced frame."""
        self._open = False
        self._start = 0
        self._asked = 0
        """Up to where the open utterance was due."""
        self._cut_at = -1

    @property
    def now(self) -> int:
        """How many frames were fed."""
        return self._base + len(self._chances)

    @property
    def settled(self) -> int:
        """The first frame that is in no span yet: what lies before is needed no more."""
        return self._base

    @property
    def open(self) -> int:
        """The number of the open utterance, -1 while there is none."""
        return self._n if self._open else -1

    def so_far(self) -> Due | None:
        """Return the open utterance as far as it is known."""
        return self._due() if self._open else None

    def feed(self, chances: Iterable[float], hop: int = 0) -> list[Span]:
        """Take frames; return what became of frames so far. `hop` 0: nothing is due early."""
        spans: list[Span] = []
        for chance in chances:
            self._take(chance, hop, spans)
        return spans

    def flush(self) -> list[Span]:
        """End what is open: the stream is over, or time is missing from it."""
        spans: list[Span] = []
        if self._open:
            self._end(min(self._last + self._cutting.tail, self.now), spans)
        self._begun = -1
        rest = self.now
        if self._cutting.unvoiced and rest - self._base >= self._cutting.settle:
            self._unvoiced(rest, spans)
        elif rest > self._base:
            spans.append(Quiet(self._base, rest))
            self._drop(rest)
        self._cut_at = -1
        return spans

    def _take(self, chance: float, hop: int, spans: list[Span]) -> None:
        cutting, at = self._cutting, self.now
        voiced = chance >= (cutting.on if self._begun < 0 else cutting.off)
        self._chances.append(chance)
        self._voice.append(voiced)
        if voiced:
            if self._begun < 0:
                self._begun, self._voiced = at, 0
            self._voiced += 1
            self._last = at + 1
            if not self._open and self._voiced >= self._needed():
                self._begin(spans)
        elif self._begun >= 0 and not self._open and at + 1 - self._last >= cutting.hang:
            self._begun = -1
        if self._open:
            self._grown(at + 1, hop, spans)
        elif self._begun < 0:
            self._quieter(at + 1, spans)

    def _needed(self) -> int:
        after_cut = self._cut_at >= 0 and self._begun - self._cut_at <= self._cutting.lead
        return self._cutting.few_after_cut if after_cut else self._cutting.few

    def _begin(self, spans: list[Span]) -> None:
        start = max(self._base, self._begun - self._cutting.lead)
        if start > self._base:
            if self._cutting.unvoiced and start - self._base >= self._cutting.settle:
                self._unvoiced(start, spans)
            else:
                spans.append(Quiet(self._base, start))
                self._drop(start)
        self._open, self._start, self._asked = True, start, self._begun
        self._n += 1

    def _grown(self, now: int, hop: int, spans: list[Span]) -> None:
        cutting = self._cutting
        if now - self._last >= cutting.hang:
            self._end(self._last + cutting.tail, spans)
        elif now - self._start >= cutting.most:
            self._cut(now, hop, spans)
        elif hop and self._last > self._asked:
            breath = now - self._last == cutting.breath
            if now - self._asked >= (max(1, hop // _EARLIER) if breath else hop):
                self._asked = now
                spans.append(self._due())

    def _due(self) -> Due:
        return Due(self._n, self._start, self.now, bytes(self._voice))

    def _end(self, end: int, spans: list[Span], *, cut: bool = False) -> None:
        voice = bytes(self._voice[: end - self._base])
        spans.append(Ended(self._n, self._start, end, voice, True, cut))
        self._open, self._begun = False, -1
        self._drop(end)

    def _cut(self, now: int, hop: int, spans: list[Span]) -> None:
        """End at the faintest of the last frames; what follows is taken anew."""
        chances, base = self._chances, self._base
        first = now - self._cutting.look - base
        windows = range(first, now - base - 1)
        faintest = min(windows, key=lambda at: (sum(chances[at - 1 : at + 2]), chances[at], -at))
        rest = chances[faintest + 1 :]
        end = base + faintest + 1
        del chances[faintest + 1 :], self._voice[faintest + 1 :]
        self._end(end, spans, cut=True)
        self._cut_at = end
        for chance in rest:
            self._take(chance, hop, spans)

    def _quieter(self, now: int, spans: list[Span]) -> None:
        cutting = self._cutting
        if cutting.unvoiced:
            if now - self._base >= cutting.most:
                self._unvoiced(now, spans)
        elif now - cutting.lead - self._base >= cutting.settle:
            spans.append(Quiet(self._base, now - cutting.lead))
            self._drop(now - cutting.lead)

    def _unvoiced(self, end: int, spans: list[Span]) -> None:
        """End what holds no voice; it may have waited for a voice that came to nothing."""
        while self._base < end:
            upto = min(end, self._base + self._cutting.most)
            self._n += 1
            voice = bytes(upto - self._base)
            spans.append(Ended(self._n, self._base, upto, voice, voiced=False))
            self._drop(upto)

    def _drop(self, upto: int) -> None:
        count = upto - self._base
        del self._chances[:count], self._voice[:count]
        self._base = upto
