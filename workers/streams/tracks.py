"""The tracks of one stream, through all its openings: packets in, frames and sound handed on.

It counts what was seen and says what was missed, and why.
"""

from __future__ import annotations

from math import inf
from typing import Final

from media.choose import Chooser
from media.clock import Clock, Moment
from media.demux import Opening, Unit
from media.listening import Listener
from media.source import Source
from media.watching import Look, Watcher
from workers.streams.awaited import Awaited
from workers.streams.inlet import Inlet
from workers.streams.missing import Tally, Unit as Kind
from workers.streams.showing import Showing
from workers.streams.sounding import Sounding
from workers.streams.units import Opened, Sampling, Track

__all__ = ["Tracks"]

_FRAME_S: Final = 0.04
_KINDS: Final[dict[str, Kind]] = {"video": "frames", "audio": "speech"}
_MOST_CHANGES: Final = 64
"""A stream that changes its size more often is told of no more."""


class Tracks:
    """One stream's pictures and sound."""

    def __init__(
        self,
        sampling: Sampling,
        chooser: Chooser,
        clock: Clock,
        tally: Tally,
        inlet: Inlet,
        showing: Showing,
        sounding: Sounding | None,
        late_s: float,
    ) -> None:
        """Take where everything goes; without `sounding` no sound is decoded."""
        self.seen = self.decoded = self.errors = 0
        self.audio_s = 0.0
        self.video_begin, self.video_end, self.video_paced = inf, -inf, -inf
        self.begun = 0.0
        """When the first packet was captured."""
        self.empty = True
        """Whether nothing that can be decoded came so far."""
        self._sampling, self._chooser, self._clock = sampling, chooser, clock
        self._tally, self._inlet, self._late_s = tally, inlet, late_s
        self._showing, self._sounding = showing, sounding
        self._watcher: Watcher | None = None
        self._listener: Listener | None = None
        self._video = self._audio = -1
        self._last: dict[int, Moment] = {}
        self._gaps: dict[int, int] = {}
        self._late = self._late_sound = self._keyed = False
        self._awaited = Awaited(tally, {})
        self._timed = True
        self._paced = 0.0
        self._first_seen: float | None = None
        self._size = (0, 0)
        self._name = ""
        self._told: list[Track] = []
        self._changes = 0
        self._blind: dict[Kind, float] = {}
        """Of what there are tracks, but none that can be decoded, and up to when that was said."""

    def open(self, opening: Opening, source: Source, timed: bool) -> None:
        """Begin with the tracks of an opening, and tell which they are."""
        self._clock.renew()
        self._timed = timed
        video, audio = opening.video, opening.audio
        self._video = video.index if video is not None else -1
        self._audio = audio.index if audio is not None else -1
        self._gaps = {self._video: source.gaps, self._audio: source.gaps}
        self._last.clear()
        self._watcher = self._listener = None
        self._keyed = False
        tracks, awaited = [], dict[int, Kind]()
        if video is not None:
            context = video.codec_context
            awaited[self._video] = "frames"
            self._watcher = Watcher(context, self._chooser, self._sampling.most_pixels)
            rate = float(video.average_rate or video.guessed_rate or 0)
            self._size = context.width, context.height
            self._showing.painter.aspect = context.sample_aspect_ratio
            tracks.append(Track("video", context.name, *self._size, rate))
        if audio is not None:
            sound = audio.codec_context
            if self._sounding is not None:
                awaited[self._audio] = "speech"
                self._listener = Listener(sound)
            tracks.append(
                Track("audio", sound.name, rate=float(sound.sample_rate), channels=sound.channels)
            )
        family = source.openings.family
        self._tell(tracks, family.name if family is not None else opening.name)
        self._awaited = Awaited(self._tally, awaited)
        for kinds, cause in ((opening.left_out, "limit"), (opening.unknown, "unsupported")):
            for kind in set(kinds) & _KINDS.keys():
                self._tally.miss(_KINDS[kind], source.at, source.at, cause)
        there = {each.kind for each in tracks}
        unknown = (set(opening.unknown) & _KINDS.keys()) - there
        self._blind = {_KINDS[kind]: source.at for kind in sorted(unknown)}
        if source.openings.torn:
            source.openings.torn = False
            self.cut(source.at)

    def unit(self, unit: Unit, age_s: float) -> None:
        """Take a packet. `age_s` is how long its bytes have been here."""
        moment = self._place(unit)
        if not self.begun:
            self.begun = moment.at
        before = self._last.get(unit.track, moment)
        self._last[unit.track] = moment
        gap = unit.gaps != self._gaps.get(unit.track, unit.gaps)
        self._gaps[unit.track] = unit.gaps
        self._awaited.came(unit.track, moment)
        for kind, since in self._blind.items():  # for as long as something else comes of it
            if moment.at > since:
                self._tally.miss(kind, since, moment.at, "unsupported")
                self._blind[kind] = moment.at
        if unit.torn:
            self._torn(unit, moment)
        if unit.track == self._video and self._watcher is not None:
            if gap:
                self._tally.miss("frames", before.at, moment.at, "gap")
                self._watcher.broken()
            self._picture(self._watcher, unit, moment, age_s)
            self._unkeyed(self._watcher, unit, moment)
        elif unit.track == self._audio:
            if gap:
                self._tally.miss("speech", before.at, moment.at, "gap")
            if self._listener is None:
                self.empty = False
            else:
                self._sound(self._listener, unit, moment, age_s)

    def close(self) -> None:
        """Give out what the decoders of this opening still hold."""
        watcher, listener = self._watcher, self._listener
        self._awaited.close(self._clock.at(self._clock.high))
        if watcher is not None:
            errors = watcher.errors
            self._show(watcher.end())
            if watcher.errors != errors and (shown := self._last.get(self._video)) is not None:
                self.errors += watcher.errors - errors
                self._tally.miss("frames", shown.at, shown.at, "damaged")
            self.seen += watcher.seen
            self.decoded += watcher.decoded
        if listener is not None and self._sounding is not None:
            last = self._last.get(self._audio)
            if last is not None:
                for run in listener.end(last):
                    self._sounding.sound(run)
            self._sounding.flush()
            self.audio_s = self._sounding.audio_s
        self._watcher = self._listener = None

    def miss_all(self, from_: float, to: float, cause: str) -> None:
        """Say that neither pictures nor sound of a stretch can be examined."""
        self._tally.miss("frames", from_, to, cause)
        self._tally.miss("speech", from_, to, cause)

    def cut(self, at: float) -> None:
        """Say that something of each track is missing at a moment."""
        for track in self._told:
            self._tally.miss(_KINDS[track.kind], at, at, "damaged")

    def _torn(self, unit: Unit, moment: Moment) -> None:
        """Say that a part of a packet is missing; what is left of it is decoded all the same."""
        self.errors += 1
        kind: Kind = "frames" if unit.track == self._video else "speech"
        self._tally.miss(kind, moment.at, moment.at + (unit.lasts or _FRAME_S), "damaged")

    def _unkeyed(self, watcher: Watcher, unit: Unit, moment: Moment) -> None:
        """Say that nothing can be decoded yet: what it is built upon was before our time."""
        if self._keyed:
            return
        self._keyed = unit.packet.is_keyframe or watcher.decoded > 0
        if not self._keyed:
            self._tally.miss("frames", moment.at, moment.at + (unit.lasts or _FRAME_S), "gap")

    def _place(self, unit: Unit) -> Moment:
        pts = unit.pts
        if not self._timed:
            # Nothing in it says when it was: the capture clock does, at least a frame apart.
            if self._first_seen is None:
                self._first_seen = unit.seen
            self._paced = max(self._paced + (unit.lasts or _FRAME_S), unit.seen - self._first_seen)
            pts = self._paced
        return self._clock.place(unit.track, pts, unit.lasts, unit.seen)

    def _picture(self, watcher: Watcher, unit: Unit, moment: Moment, age_s: float) -> None:
        lasts = unit.lasts or _FRAME_S
        self.video_begin = min(self.video_begin, moment.t)
        self.video_end = max(self.video_end, moment.t + lasts)
        self.video_paced = max(self.video_paced, moment.pace + lasts)
        if self._late or age_s > self._late_s:
            if not (unit.packet.is_keyframe and age_s < self._late_s / 2):
                if not self._late:
                    watcher.broken()
                self._late = True
                self.empty = False
                self._tally.miss("frames", moment.at, moment.at + lasts, "late")
                return
            self._late = False
        errors, limited, decoded = watcher.errors, watcher.limited, watcher.decoded
        looks = watcher.packet(unit.packet, moment)
        self._show(looks)
        if watcher.errors != errors:
            self.errors += watcher.errors - errors
            width, height = self._size
            large = width * height > self._sampling.most_pixels
            cause = "limit" if large else "damaged"
            due = unit.packet.is_keyframe and not looks
            self._tally.miss("frames", moment.at, moment.at + lasts, cause, due)
        if watcher.limited is not limited:
            self._tally.miss("frames", moment.at, moment.at + lasts, "limit")
        if watcher.decoded != decoded:
            self.empty = False

    def _show(self, looks: list[Look]) -> None:
        for look in looks:
            self.empty = False
            size = look.frame.width, look.frame.height
            if size != self._size and self._told:
                self._size = size
                first = self._told[0]
                changed = Track(first.kind, first.codec, *size, first.rate)
                self._tell([changed, *self._told[1:]], self._name)
            cause = self._showing.show(look)
            if cause:
                at = look.moment.at
                self._tally.miss("frames", at, at, cause, due=True)

    def _sound(self, listener: Listener, unit: Unit, moment: Moment, age_s: float) -> None:
        lasts = unit.lasts or _FRAME_S
        self._late_sound = age_s > (self._late_s / 2 if self._late_sound else self._late_s)
        if self._late_sound:
            self.empty = False
            self._tally.miss("speech", moment.at, moment.at + lasts, "late")
            return
        errors, refused = listener.errors, listener.refused
        for run in listener.packet(unit.packet, moment):
            self.empty = False
            if self._sounding is not None:
                self._sounding.sound(run)
        if listener.errors != errors:
            self.errors += listener.errors - errors
            cause = "limit" if listener.refused and listener.refused != refused else "damaged"
            self._tally.miss("speech", moment.at, moment.at + lasts, cause)

    def _tell(self, tracks: list[Track], name: str) -> None:
        self._told, self._name = tracks, name
        self._changes += 1
        if self._changes <= _MOST_CHANGES:
            self._inlet.say(Opened(tracks, name))
