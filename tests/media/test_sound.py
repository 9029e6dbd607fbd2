"""Sound at 16 kHz on one channel, whatever it was."""

from __future__ import annotations

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from media.faults import Unreadable
from media.sound import Mixer
from tests.media.clips import tone


def frames(
    samples: NDArray[np.int16], rate: int, layout: str, format_: str = "s16"
) -> list[av.AudioFrame]:
    found = []
    for at in range(0, len(samples), 1024):
        part = samples[at : at + 1024]
        frame = av.AudioFrame.from_ndarray(part.reshape(1, -1).copy(), format="s16", layout=layout)
        frame.sample_rate = rate
        if format_ != "s16":
            (frame,) = av.AudioResampler(format=format_, layout=layout, rate=rate).resample(frame)
        found.append(frame)
    return found


def mixed(mixer: Mixer, parts: list[av.AudioFrame]) -> NDArray[np.int16]:
    return np.concatenate([*(mixer.mix(part) for part in parts), mixer.flush()])


def loudest(samples: NDArray[np.int16]) -> float:
    """Return the loudest pitch, in hertz."""
    spectrum = np.abs(np.fft.rfft(samples.astype(np.float64)))
    return float(spectrum.argmax() * 16_000 / len(samples))


@pytest.mark.parametrize("rate", [4_000, 8_000, 16_000, 22_050, 44_100, 48_000, 96_000, 192_000])
@pytest.mark.parametrize("layout", ["mono", "stereo"])
def test_rates_and_channels_keep_pitch_and_length(rate: int, layout: str) -> None:
    samples = tone(1.0, rate, channels=1 + (layout == "stereo"))
    out = mixed(Mixer(), frames(samples, rate, layout))
    assert len(out) == pytest.approx(16_000, abs=40)
    assert loudest(out) == pytest.approx(440, abs=3)
    assert 10_000 < np.abs(out).max() < 13_500


@pytest.mark.parametrize(("layout", "channels"), [("5.1", 6), ("quad", 4), ("7.1", 8)])
@pytest.mark.parametrize("format_", ["s16", "fltp"])
def test_many_channels_become_one(layout: str, channels: int, format_: str) -> None:
    out = mixed(Mixer(), frames(tone(0.5, 48_000, channels=channels), 48_000, layout, format_))
    assert loudest(out) == pytest.approx(440, abs=4)


@pytest.mark.parametrize("rate", [1, 100, 3_999, 192_001, 768_000])
def test_absurd_rates_are_refused(rate: int) -> None:
    (frame,) = frames(tone(1.0, 1000), rate, "mono")
    with pytest.raises(Unreadable) as refused:
        Mixer().mix(frame)
    assert refused.value.cause == "limit"


def test_channels_that_cancel_one_another_are_heard() -> None:
    samples = tone(0.5, 48_000, channels=2)
    samples[:, 1] *= -1
    out = mixed(Mixer(), frames(samples, 48_000, "stereo"))
    assert np.abs(out).max() > 10_000


def test_a_change_in_the_middle_loses_nothing() -> None:
    mixer = Mixer()
    out = [mixer.mix(part) for part in frames(tone(0.5, 48_000), 48_000, "mono")]
    out += [mixer.mix(part) for part in frames(tone(0.5, 22_050, channels=2), 22_050, "stereo")]
    out.append(mixer.flush())
    whole = np.concatenate(out)
    assert len(whole) == pytest.approx(16_000, abs=60)
    assert loudest(whole) == pytest.approx(440, abs=4)
