"""One loop over live streams: who waits, and for how long."""

from __future__ import annotations

import numpy as np
import pytest

from bench.peers.whisper_loop import RATE_HZ, Heard, played
from bench.speech.clips import Samples


def sound(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE_HZ), np.int16)


def test_a_loop_that_keeps_up_is_late_by_what_a_call_takes() -> None:
    def hear(piece: Samples) -> tuple[Heard, float]:
        return [(len(piece) / RATE_HZ, " word")], 1.0

    lags, texts, pieces = played([sound(12.0)], 5.0, hear)
    assert lags == pytest.approx([1.0, 1.0, 1.0])
    assert texts == ["word word word"]
    assert pieces == 3


def test_a_loop_with_too_many_streams_falls_behind_further_and_further() -> None:
    def hear(piece: Samples) -> tuple[Heard, float]:
        return [(len(piece) / RATE_HZ, " word")], 3.0

    lags, _, _ = played([sound(20.0), sound(20.0)], 5.0, hear)
    assert lags == pytest.approx([3.0, 6.0, 4.0, 7.0, 5.0, 8.0, 6.0, 9.0])


def test_a_segment_within_a_piece_is_as_late_as_it_is_old() -> None:
    def hear(piece: Samples) -> tuple[Heard, float]:
        return [(1.0, " early"), (4.0, " late")], 0.5

    lags, _, _ = played([sound(5.0)], 5.0, hear)
    assert lags == pytest.approx([4.5, 1.5])
