"""Who is heard next, and what becomes of it: all streams, one queue, no thread and no clock.

    desk.attach(…), desk.sound(…), desk.detach(…)      # as decoders say
    job = desk.take(now) … desk.done(job, texts, now)  # as threads become idle
    desk.tick(now)                                     # now and then
    desk.out                                           # what the gateway is told, in order

1. Everything is called by one thread. Jobs are values; other threads only work on them.
2. All sound of a stream is settled by exactly one `Listened`, piece by piece, in the end.
3. A provisional pass that heard all of an utterance's voice with the large model is its final one.
4. When waiting grows, passes become rarer (`widening`); then what is too old is said to be late.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from detectors.audio.fingerprint import Match, Matcher
from detectors.prints import Catalogue
from media.utterances import Due, Ended, Quiet, Span
from workers.speech.aligning import Aligning, Kept
from workers.speech.options import SpeechOptions
from workers.speech.queue import Pass, Passes
from workers.speech.streams import Note, Stream, Voice
from workers.speech.telling import final, provisional
from workers.speech.transcribing import Piece, Text, is_silent
from workers.speech.widening import Widening
from workers.streams.reports import FromSpeech, Listened, Matched
from workers.streams.units import Hearing, Sound

__all__ = ["Desk", "Job"]

Job = tuple[Piece, ...] | Aligning
"""Pieces for one model, or an utterance whose words are to be aligned."""
_NUMBERS_A_SECOND = 10
_LEAST_HOP_S = 0.5
_BYTES_A_SECOND = 32_000


class Desk:
    """All streams of the process."""

    def __init__(
        self,
        options: SpeechOptions,
        vad: Voice,
        now: float,
        *,
        small: bool = False,
        catalogue: Catalogue | None = None,
    ) -> None:
        """Take the voice network, and whether there is a small model."""
        self.out: list[FromSpeech] = []
        self.done_counts: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self.widening = Widening(now)
        self.streams: dict[int, Stream] = {}
        self.queue = Passes(options.queued_mb << 20)
        self._options = options
        self._vad = vad
        self._small = small
        self._catalogue = catalogue
        self._busy: set[int] = set()
        self._kept = Kept()

    # -- what decoders say -------------------------------------------------------------------------

    def attach(self, handle: int, hearing: Hearing, now: float) -> None:
        """Begin a stream. One of the same handle that is there already ends first.

        Raises ValueError for a hearing that cannot be.
        """
        if not (0.0 <= hearing.hop_s < math.inf and 0.0 < hearing.utterance_s < math.inf):
            raise ValueError("times that are none")
        if handle in self.streams:
            self._abandon(handle, now)
        matcher = None
        if self._catalogue is not None and hearing.fingerprints:
            matcher = Matcher(self._catalogue)
        # Numbers rise over a stream's connections too: nothing told of an old one is taken for new.
        first = int(now * _NUMBERS_A_SECOND)
        self.streams[handle] = Stream(handle, hearing, self._vad, matcher, first)

    def sound(self, handle: int, sound: Sound, now: float) -> None:
        """Take sound of a stream. Raises ValueError for what is none, or of no open stream."""
        stream = self.streams.get(handle)
        if stream is None or stream.closing:
            raise ValueError("sound of a stream that is not open")
        wanted_s = stream.hearing.hop_s
        hop_s = self.widening.hop_s(max(wanted_s, _LEAST_HOP_S) if wanted_s else 0.0)
        spans, matches = stream.add(sound, now, hop_s)
        self._matched(stream, matches)
        if stream.hearing.profile == "off":
            self._off(stream)
            return
        self._spans(stream, spans, now)
        stream.forget()

    def detach(self, handle: int, now: float) -> None:
        """End a stream: what is open is heard, then it is forgotten."""
        stream = self.streams.get(handle)
        if stream is None or stream.closing:
            return
        self._matched(stream, stream.finish())
        if stream.fed:
            self._spans(stream, stream.flush(), now)
            stream.forget()
        stream.closing = True
        self._leave(stream)

    def align(self, handle: int, n: int, now: float) -> None:
        """Measure when the words of an utterance were spoken, before anything else is done."""
        self.out += self._kept.ask(handle, n, now)

    def crowded(self, handle: int) -> bool:
        """Tell whether so much of a stream waits that no more of it should be read now."""
        return self.queue.held(handle) > self._options.ahead_s * _BYTES_A_SECOND

    # -- what threads do ---------------------------------------------------------------------------

    def take(self, now: float) -> Job | None:
        """Return what is to be done next, None for nothing."""
        aligning = self._kept.take(now)
        if aligning is not None:
            return aligning
        while passes := self.queue.take(now, self._options.batch, self._busy):
            pieces = [piece for each in passes if (piece := self._piece(each)) is not None]
            if pieces:
                return tuple(pieces)
        return None

    def done(self, job: Job, texts: Sequence[Text], now: float) -> None:
        """Take what a thread wrote."""
        if isinstance(job, Aligning):
            return
        for piece, text in zip(job, texts, strict=True):
            self.done_counts["final" if piece.final else "small" if piece.small else "early"] += 1
            self.done_counts["retried"] += text.tries - 1
            if piece.final:
                self._settle(piece, text, now)
            else:
                self._heard_early(piece, text, now)

    def aligned(self, job: Aligning, words: Sequence[tuple[str, float, float]]) -> None:
        """Take when words were spoken, seconds from the beginning of the utterance."""
        self.done_counts["aligned"] += 1
        self.out.append(job.told(words))

    def failed(self, job: Job, now: float) -> None:
        """Take that a thread could not do it."""
        self.lost["error"] += 1
        if isinstance(job, Aligning):
            self.out.append(job.told(()))
            return
        for piece in job:
            if piece.final:
                self._unchecked(piece, "error")
            else:
                self._busy.discard(piece.handle)
                self._ran(piece, now)

    def tick(self, now: float) -> None:
        """Give up what is too old, and see whether passes must be rarer."""
        self.widening.look(self.queue.oldest_s(now), now)
        for each in self.queue.late(now, self._options.late_s):
            self._give_up(each, "late")
        self._kept.forget(now)

    # -- from spans to passes ----------------------------------------------------------------------

    def _spans(self, stream: Stream, spans: Sequence[Span], now: float) -> None:
        for span in spans:
            match span:
                case Quiet(start, end):
                    times = stream.times(start, end)
                    self.out.append(Listened(stream.handle, *times, "none"))
                case Due():
                    self._due(stream, span, now)
                case Ended():
                    self._ended(stream, span, now)

    def _due(self, stream: Stream, due: Due, now: float) -> None:
        note = stream.note(due.n, due.start)
        since, until = stream.born(note.heard), stream.born(due.end)
        small = self._small and stream.hearing.tiers
        small = small and stream.vote.language == "en" and stream.vote.settled
        asked = max(now, until)
        self.queue.offer(Pass(stream.handle, due.n, False, since, until, asked, small))

    def _ended(self, stream: Stream, ended: Ended, now: float) -> None:
        self.queue.forget(stream.handle, ended.n)
        piece = stream.whole(ended)
        if not ended.voiced and is_silent(piece.pcm):
            self.out.append(Listened(stream.handle, piece.at, piece.to, "none"))
            return
        note = stream.note(ended.n, ended.start)
        note.piece = piece
        voiced = ended.start + ended.voice.rfind(1) + 1
        note.promotable = ended.voiced and not ended.cut and voiced > ended.start
        if note.promotable and note.text is not None and note.written >= voiced:
            self._promote(note, now)
        elif not (note.promotable and note.running >= voiced):
            self._offer(stream, note, now)

    def _offer(self, stream: Stream, note: Note, now: float) -> None:
        """Let an utterance that has ended wait to be heard."""
        piece = note.piece
        if piece is None:
            return
        since, until = stream.born(note.heard), stream.born(piece.end)
        asked, size = max(now, until), len(piece.pcm)
        waits = Pass(stream.handle, note.n, True, since, until, asked, size=size)
        if not self.queue.offer(waits):
            self._unchecked(piece, "full")
            self.lost["full"] += 1

    def _piece(self, each: Pass) -> Piece | None:
        stream = self.streams.get(each.handle)
        if stream is None:
            return None
        if each.final:
            return stream.notes[each.n].piece
        piece = stream.piece(each.small)
        if piece is None or piece.n != each.n:
            return None
        self._busy.add(each.handle)
        if not each.small:
            stream.note(piece.n, piece.start).running = piece.end
        return piece

    # -- from texts to what is told ----------------------------------------------------------------

    def _heard_early(self, piece: Piece, text: Text, now: float) -> None:
        self._busy.discard(piece.handle)
        stream, note = self.streams.get(piece.handle), self._note(piece)
        if stream is None or note is None:
            self.done_counts["stale"] += 1
            return
        note.heard = max(note.heard, piece.end)
        if not piece.small:
            note.text, note.written = text, piece.end
        told = provisional(piece, text, now)
        if told is not None and told.text != note.told:
            note.told = told.text
            self.out.append(told)
        self._ran(piece, now)

    def _ran(self, piece: Piece, now: float) -> None:
        """Decide about an utterance that ended while a pass that may be its final one ran."""
        stream, note = self.streams.get(piece.handle), self._note(piece)
        if stream is None or note is None or piece.small:
            return
        ran, note.running = note.running, 0
        if note.piece is None or not note.promotable:
            return
        voiced = note.start + note.piece.voice.rfind(1) + 1
        if ran < voiced:
            return
        if note.text is not None and note.written >= voiced:
            self._promote(note, now)
        else:
            self._offer(stream, note, now)

    def _promote(self, note: Note, now: float) -> None:
        """Settle an utterance with what its last provisional pass wrote, unless that is doubted."""
        piece, text = note.piece, note.text
        if piece is None or text is None:
            return
        if text.shaky or not text.text:
            note.promotable = False
            self._offer(self.streams[piece.handle], note, now)
            return
        self.done_counts["promoted"] += 1
        self._settle(piece, text, now)

    def _settle(self, piece: Piece, text: Text, now: float) -> None:
        stream, note = self.streams.get(piece.handle), self._note(piece)
        if stream is None or note is None:
            self.done_counts["stale"] += 1
            return
        heard = bool(text.text) and not text.shaky
        if text.text or note.told:
            self.out.append(final(piece, text, now))
        self.out.append(Listened(piece.handle, piece.at, piece.to, "speech" if heard else "none"))
        if heard:
            stream.vote = stream.vote.learn(text.guesses, piece.seconds)
            self._kept.keep(piece, text)
        self._close(piece)

    # -- what is not heard -------------------------------------------------------------------------

    def _give_up(self, each: Pass, why: str) -> None:
        stream = self.streams.get(each.handle)
        note = stream.notes.get(each.n) if stream is not None else None
        if note is not None and note.piece is not None:
            self.lost[why] += 1
            self._unchecked(note.piece, why)

    def _unchecked(self, piece: Piece, why: str) -> None:
        if self._note(piece) is not None:
            told = Listened(piece.handle, piece.at, piece.to, "speech", why)
            self.out.append(told)
            self._close(piece)

    def _abandon(self, handle: int, now: float) -> None:
        """Forget a stream at once: another takes its place. What of it was not heard is said."""
        self.detach(handle, now)
        self.queue.forget(handle)
        stream = self.streams.pop(handle, None)
        self._busy.discard(handle)
        for note in list(stream.notes.values()) if stream is not None else ():
            if note.piece is not None:
                piece = note.piece
                self.lost["superseded"] += 1
                self.out.append(Listened(handle, piece.at, piece.to, "speech", "superseded"))

    def _off(self, stream: Stream) -> None:
        span = stream.take_off()
        if span is not None:
            self.out.append(Listened(stream.handle, *span, "speech", "off"))

    # -- small ones --------------------------------------------------------------------------------

    def _note(self, piece: Piece) -> Note | None:
        stream = self.streams.get(piece.handle)
        return stream.notes.get(piece.n) if stream is not None else None

    def _close(self, piece: Piece) -> None:
        stream = self.streams[piece.handle]
        stream.notes.pop(piece.n, None)
        self._leave(stream)

    def _leave(self, stream: Stream) -> None:
        if stream.closing and not stream.notes and self.streams.get(stream.handle) is stream:
            del self.streams[stream.handle]

    def _matched(self, stream: Stream, matches: Sequence[Match]) -> None:
        for each in matches:
            self.done_counts["matched"] += 1
            self.out.append(
                Matched(stream.handle, each.from_, each.to, each.list, each.entry, each.score)
            )
