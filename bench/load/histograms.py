"""Latencies as HdrHistograms: three significant digits from a microsecond to ten minutes.

Values are counted with numpy, into the buckets of the HdrHistogram format, because a call for each
would cost the generator more than its message; `hdrh` reads and writes what is kept.
"""

from __future__ import annotations

import io

import numpy as np
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogWriter
from numpy.typing import NDArray

from bench.shapes.result import Quantiles

__all__ = ["HIGHEST_US", "Timings", "log_text"]

HIGHEST_US = 600_000_000
DIGITS = 3
_HALF_BITS = 10
"""Buckets have 2,048 places, of which the upper half is new: three digits (HdrHistogram format)."""
_HALF = 1 << _HALF_BITS
_PLACES = HdrHistogram(1, HIGHEST_US, DIGITS).counts_len


class Timings:
    """A distribution of durations."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: NDArray[np.int64] = np.zeros(_PLACES, dtype=np.int64)

    @property
    def count(self) -> int:
        """How many durations there are."""
        return int(self._counts.sum())

    def add(self, seconds: NDArray[np.float64]) -> None:
        """Count durations. What is below zero counts as zero, what is over ten minutes as ten."""
        microseconds = np.clip(np.rint(seconds * 1e6), 0, HIGHEST_US).astype(np.int64)
        self._counts += np.bincount(_places(microseconds), minlength=_PLACES)

    def merge(self, other: Timings) -> None:
        """Count what another one counted."""
        self._counts += other._counts

    def at(self, share: float) -> float:
        """Return the duration that `share` of all do not exceed, in milliseconds; 0 for none."""
        total = self.count
        if not total:
            return 0.0
        wanted = max(1, int(share * total + 0.5))
        place = int(np.searchsorted(np.cumsum(self._counts), wanted))
        return _highest(place) / 1000

    def quantiles(self, whole: bool = True) -> Quantiles:
        """Return the distribution's figures, in milliseconds; with its whole log, or without."""
        total = self.count
        if not total:
            return Quantiles(0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        filled = np.flatnonzero(self._counts)
        middles = np.array([(_lowest(place) + _highest(place)) / 2 for place in filled.tolist()])
        return Quantiles(
            count=total,
            p50=self.at(0.5),
            p90=self.at(0.9),
            p99=self.at(0.99),
            p999=self.at(0.999),
            max=_highest(int(filled[-1])) / 1000,
            mean=float(middles @ self._counts[filled]) / total / 1000,
            log=self.encode() if whole else "",
        )

    def encode(self) -> str:
        """Return the HdrHistogram V2 compressed form, base64."""
        encoded: bytes = self._hdr().encode()
        return encoded.decode()

    @classmethod
    def decode(cls, text: str) -> Timings:
        """Read what `encode` wrote, or any V2 form of these bounds; empty text is none at all."""
        found = cls()
        if text:
            histogram = HdrHistogram(1, HIGHEST_US, DIGITS)
            histogram.decode_and_add(text.encode())
            found._counts = np.array(histogram.counts, dtype=np.int64)
        return found

    def _hdr(self) -> HdrHistogram:
        histogram = HdrHistogram(1, HIGHEST_US, DIGITS)
        for place in np.flatnonzero(self._counts).tolist():
            histogram.record_value(_lowest(place), int(self._counts[place]))
        return histogram


def log_text(tagged: dict[str, Timings], began: float, seconds: float) -> str:
    """Return an HdrHistogram log (format 1.2) with one tagged interval for each distribution.

    `began` is seconds since the epoch; values are microseconds.
    """
    text = io.StringIO()
    writer = HistogramLogWriter(text)
    writer.output_log_format_version()
    writer.output_base_time(0)
    writer.output_legend()
    for tag, timings in tagged.items():
        text.write(f"Tag={tag},")
        writer.output_interval_histogram(timings._hdr(), began, began + seconds, 1_000_000.0)
    return text.getvalue()


def _places(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the index in the format's counts of each value in microseconds."""
    _, exponent = np.frexp(np.maximum(values, 1).astype(np.float64))
    bucket = np.maximum(exponent.astype(np.int64) - _HALF_BITS - 1, 0)
    found: NDArray[np.int64] = (bucket << _HALF_BITS) + (values >> bucket)
    return found


def _lowest(place: int) -> int:
    bucket = max(0, (place >> _HALF_BITS) - 1)
    return (place - (bucket << _HALF_BITS)) << bucket


def _highest(place: int) -> int:
    bucket = max(0, (place >> _HALF_BITS) - 1)
    return _lowest(place) + (1 << bucket) - 1
