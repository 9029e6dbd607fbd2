"""Decoded sound as the speech models want it: 16 kHz, one channel, 16 bits.

1. Of several sound tracks the first is heard (`media.demux` says which one that is).
2. What is no plausible sound (a rate below 4 kHz or above 192 kHz, dozens of channels) is refused.
3. Two channels that cancel one another would be silence once mixed, and are not to a listener with
   two ears: then the louder one is heard alone.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from av import AudioFrame, AudioResampler, FFmpegError
from numpy.typing import NDArray

from media.faults import Unreadable

__all__ = ["RATE_HZ", "Mixer"]

RATE_HZ: Final = 16_000
_RATES: Final = range(4_000, 192_001)
_MOST_CHANNELS: Final = 16
_CANCELLED: Final = 0.05
"""A mix whose power is below this share of its channels' has cancelled itself."""

_Shape = tuple[str, str, int]


class Mixer:
    """Turns the frames of one sound track into samples, whatever they change to in between."""

    def __init__(self) -> None:
        self._shape: _Shape | None = None
        self._resampler: AudioResampler | None = None

    def mix(self, frame: AudioFrame) -> NDArray[np.int16]:
        """Return a frame's samples, with what the resampler still held. Raises Unreadable."""
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if frame.sample_rate not in _RATES or not 0 < frame.layout.nb_channels <= _MOST_CHANNELS:
            what = f"{frame.sample_rate} Hz on {frame.layout.nb_channels} channels"
            raise Unreadable("limit", f"sound of {what} is not decoded")
        rest: list[NDArray[np.int16]] = []
        if shape != self._shape:
            rest = [self.flush()]
            self._shape = shape
            self._resampler = AudioResampler(format="s16", layout=_layout(frame), rate=RATE_HZ)
        assert self._resampler is not None  # made above, the first time
        frame.pts = None  # jumps are told by the clock; the resampler must not fill or cut
        try:
            rest += [_mono(out) for out in self._resampler.resample(frame)]
        except (FFmpegError, ValueError) as error:
            self._shape = None
            raise Unreadable("unsupported", f"sound cannot be converted: {error}") from error
        return np.concatenate(rest) if rest else np.empty(0, np.int16)

    def flush(self) -> NDArray[np.int16]:
        """Return what is still in the resampler: nothing joins on to it."""
        if self._resampler is None or self._shape is None:
            return np.empty(0, np.int16)
        try:
            rest = [_mono(out) for out in self._resampler.resample(None)]
        except (FFmpegError, ValueError):
            rest = []  # a tail of a few milliseconds, of a resampler that is thrown away
        self._shape = self._resampler = None
        return np.concatenate(rest) if rest else np.empty(0, np.int16)


def _layout(frame: AudioFrame) -> str:
    """Return what to resample to: two channels are mixed here, where their sum can be looked at."""
    return "stereo" if frame.layout.nb_channels == 2 else "mono"


def _mono(frame: AudioFrame) -> NDArray[np.int16]:
    """Mix a resampled frame down."""
    flat = frame.to_ndarray().astype(np.int16, copy=False)
    samples = flat.reshape(-1, frame.layout.nb_channels)
    if samples.shape[1] == 1:
        return samples[:, 0]
    both = samples.astype(np.float32)
    mixed = both.mean(axis=1)
    power = (both * both).mean(axis=0)
    if float((mixed * mixed).mean()) < _CANCELLED * float(power.max()):
        return samples[:, int(power.argmax())]
    whole: NDArray[np.int16] = mixed.astype(np.int16)
    return whole
