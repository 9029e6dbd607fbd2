"""Decodes of a video track what `media.choose` wants, and gives the frames that are looked at.

A keyframe is decoded by itself: the decoder is drained for it, since the pictures that would push
it out are never decoded. Packets since the last keyframe are kept (bounded), for the moment a frame
between is wanted.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from av import FFmpegError, Packet, VideoFrame
from av.codec.context import ThreadType
from av.video.codeccontext import VideoCodecContext

from media.alike import Luma, difference, luma
from media.choose import Chooser, Step, Why
from media.clock import Moment
from media.intact import Intact

__all__ = ["Look", "Watcher"]

_KEPT_BYTES: Final = 24 << 20
_KEPT: Final = 4096
_SCENE: Final = 0.1
_MOST_MOMENTS: Final = 512
_OUTPUT_CORRUPT: Final = 1 << 3  # AV_CODEC_FLAG_OUTPUT_CORRUPT: broken pictures beat none


class Look(NamedTuple):
    """A frame to look at, when it was, and why this one."""

    frame: VideoFrame
    moment: Moment
    why: Why
    small: Luma
    changed: bool = False
    """Whether it shows another scene than the one before that was looked at."""


class Watcher:
    """One video track."""

    def __init__(self, context: VideoCodecContext, chooser: Chooser, most_pixels: int) -> None:
        """Take the track's decoder, not opened yet."""
        self.chooser = chooser
        self.seen = self.decoded = self.errors = 0
        """Packets, frames that came out, and packets that gave an error or are torn or missing."""
        self.limited: Moment | None = None
        """The last packet that was left out because too many came."""
        context.thread_count = 1
        context.thread_type = ThreadType.NONE
        context.options = {**context.options, "max_pixels": str(most_pixels)}
        context.flags |= _OUTPUT_CORRUPT
        self._context = context
        self._intact = Intact(context.name, context.extradata)
        self._kept: list[tuple[Packet[Any], Moment]] = []
        self._kept_bytes = 0
        self._whole = False
        self._moments: dict[int | None, Moment] = {}
        self._last = Moment(0.0, 0.0)
        self._small: Luma | None = None

    def packet(self, packet: Packet[Any], moment: Moment) -> list[Look]:
        """Take the next packet in decoding order; return the frames to look at."""
        self.seen += 1
        self.errors += self._intact.broken(memoryview(packet))
        full = len(self._kept) >= _KEPT or self._kept_bytes + packet.size > _KEPT_BYTES
        step = self.chooser.packet(moment.pace, packet.is_keyframe, self._whole, full)
        kept = self._keep(packet, moment, step, full)
        match step:
            case Step.KEEP:
                return []
            case Step.LIMIT:
                self.limited = moment
                return []
            case Step.ALONE:
                frames = self._drain() if self._moments else []
                return [*self._looks(frames), *self._looks(self._alone(packet, moment))]
            case Step.PEEK:
                return self._peek(kept, packet, moment)
            case Step.CATCH_UP:
                self._reset()
                return [*self._through(kept), *self._looks(self._decode(packet, moment))]
            case Step.FRESH:
                self._reset()
                return self._looks(self._decode(packet, moment))
            case Step.ON:
                return self._looks(self._decode(packet, moment))

    def broken(self) -> None:
        """Take note that packets are missing."""
        self._intact.forget()
        self._whole = False
        self._forget()
        self._reset()
        self.chooser.broken()

    def end(self) -> list[Look]:
        """Return what the decoder still holds: nothing more comes."""
        return self._looks(self._drain() if self._moments else [])

    def _keep(
        self, packet: Packet[Any], moment: Moment, step: Step, full: bool
    ) -> list[tuple[Packet[Any], Moment]]:
        """Remember a packet for later; return those before it."""
        kept = self._kept
        if packet.is_keyframe:
            self._forget()
            self._whole = True
        elif full or step is Step.LIMIT:
            self._whole = False
            self._forget()
        if self._whole:
            self._kept.append((packet, moment))
            self._kept_bytes += packet.size
        return kept if kept is not self._kept else kept[:-1]

    def _forget(self) -> None:
        self._kept, self._kept_bytes = [], 0

    def _alone(self, packet: Packet[Any], moment: Moment) -> list[tuple[VideoFrame, Moment]]:
        frames = self._decode(packet, moment)
        return frames or self._drain()

    def _peek(
        self, kept: list[tuple[Packet[Any], Moment]], packet: Packet[Any], moment: Moment
    ) -> list[Look]:
        """Decode up to a packet for its frame alone, leaving out what nothing is built upon."""
        self._reset()
        self._context.skip_frame = "NONREF"
        for before, then in kept:
            self._decode(before, then)
        self._context.skip_frame = "DEFAULT"
        frames = self._decode(packet, moment) + self._drain()
        wanted = [pair for pair in frames if pair[0].pts == packet.pts] or frames[-1:]
        return self._looks(wanted, peek=True)

    def _through(self, kept: Iterable[tuple[Packet[Any], Moment]]) -> list[Look]:
        """Decode what was kept; of its frames only the last may be looked at."""
        frames: list[tuple[VideoFrame, Moment]] = []
        for packet, moment in kept:
            frames = self._decode(packet, moment) or frames
        return self._looks(frames[-1:])

    def _decode(self, packet: Packet[Any], moment: Moment) -> list[tuple[VideoFrame, Moment]]:
        if len(self._moments) < _MOST_MOMENTS:
            self._moments[packet.pts] = moment
        try:
            return self._placed(self._context.decode(packet), moment)
        except FFmpegError:
            self.errors += 1
            return []

    def _drain(self) -> list[tuple[VideoFrame, Moment]]:
        """Take out what the decoder holds; it starts anew after that."""
        try:
            return self._placed(self._context.decode(None), self._last)
        except FFmpegError:
            self.errors += 1
            return []
        finally:
            self._reset()

    def _reset(self) -> None:
        self._moments.clear()
        if self._context.is_open:
            self._context.flush_buffers()

    def _placed(self, frames: list[VideoFrame], moment: Moment) -> list[tuple[VideoFrame, Moment]]:
        self.decoded += len(frames)
        placed = []
        for frame in frames:
            self.errors += frame.is_corrupt
            self._last = self._moments.pop(frame.pts, moment)
            placed.append((frame, self._last))
        return placed

    def _looks(self, frames: Iterable[tuple[VideoFrame, Moment]], peek: bool = False) -> list[Look]:
        looks = []
        for frame, moment in frames:
            small = luma(frame)
            changed = self._small is not None and difference(small, self._small) > _SCENE
            why = self.chooser.frame(moment.pace, frame.key_frame, changed, peek)
            if why is not None:
                self._small = small
                looks.append(Look(frame, moment, why, small, changed))
        return looks
