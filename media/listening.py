"""Decodes a sound track into samples that follow one another, and says where they do not."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from av import FFmpegError, Packet
from av.audio.codeccontext import AudioCodecContext
from numpy.typing import NDArray

from media.clock import Moment
from media.faults import Unreadable
from media.sound import RATE_HZ, Mixer

__all__ = ["Listener", "Run"]

_JUMP_S: Final = 0.15


class Run(NamedTuple):
    """Samples that follow one another; `moment` is that of the first."""

    moment: Moment
    samples: NDArray[np.int16]
    jump: bool
    """Whether time between them and the samples before is missing."""


class Listener:
    """One sound track."""

    def __init__(self, context: AudioCodecContext) -> None:
        """Take the track's decoder, not opened yet."""
        context.thread_count = 1
        self.errors = 0
        """Packets that gave an error."""
        self.refused = ""
        """Why sound was left out last: it is no plausible sound."""
        self._context = context
        self._mixer = Mixer()
        self._next: float | None = None

    def packet(self, packet: Packet[Any] | None, moment: Moment) -> list[Run]:
        """Take a packet (None at the end); return its samples. `moment` is the packet's."""
        runs: list[Run] = []
        try:
            frames = self._context.decode(packet)
        except FFmpegError:
            self.errors += 1
            return []
        for frame in frames:
            late = self._after(moment.t)
            rest = self._mixer.flush() if late else np.empty(0, np.int16)
            if rest.size:
                runs.append(Run(moment._replace(t=self._next or moment.t), rest, jump=False))
            try:
                samples = self._mixer.mix(frame)
            except Unreadable as refusal:
                self.errors += 1
                self.refused = str(refusal)
                continue
            moment = self._place(runs, samples, moment, late)
        return runs

    def end(self, moment: Moment) -> list[Run]:
        """Return what the decoder and the resampler still hold."""
        runs = self.packet(None, moment)
        rest = self._mixer.flush()
        if rest.size:
            self._place(runs, rest, moment, late=False)
        return runs

    def _after(self, t: float) -> bool:
        """Tell whether a frame does not follow what came before it."""
        return self._next is not None and abs(t - self._next) > _JUMP_S

    def _place(
        self, runs: list[Run], samples: NDArray[np.int16], moment: Moment, late: bool
    ) -> Moment:
        """Append samples at their moment; return when what follows them begins."""
        first = moment.t if late or self._next is None else self._next
        at = moment.at + (first - moment.t)
        if samples.size:
            runs.append(Run(Moment(first, at), samples, late))
        lasts = samples.size / RATE_HZ
        self._next = first + lasts
        return moment._replace(t=first + lasts, at=at + lasts)
