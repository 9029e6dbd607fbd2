"""Sound tracks as samples that follow one another."""

from __future__ import annotations

import numpy as np
import pytest

from media.clock import Clock
from media.listening import Listener, Run
from tests.media.clips import Made, made
from tests.media.streams import openings, source

CLIPS = [
    Made("mpegts", "", "aac"),
    Made("webm", "", "libopus"),
    Made("wav", "", "pcm_s16le"),
    Made("mp3", "", "libmp3lame"),
    Made("flac", "", "flac"),
    Made("flv", "", "aac"),
]


def listen(what: Made, lose: range = range(0), spoil: int = -1) -> tuple[list[Run], Listener]:
    runs: list[Run] = []
    clock = Clock()
    opening = next(openings(source(made(what))))
    assert opening.audio is not None
    listener = Listener(opening.audio.codec_context)
    moment = clock.place(0, 0.0, 0.0, 1000.0)
    for n, unit in enumerate(opening.units()):
        moment = clock.place(unit.track, unit.pts, unit.lasts, unit.seen)
        if n not in lose:
            if n == spoil:
                unit.packet.update(b"\xff" * unit.packet.size)
            runs += listener.packet(unit.packet, moment)
    return runs + listener.end(moment), listener


@pytest.mark.parametrize("what", CLIPS)
def test_all_sound_comes_and_follows(what: Made) -> None:
    runs, listener = listen(what)
    total = sum(run.samples.size for run in runs) / 16_000
    assert total == pytest.approx(3.0, abs=0.12)
    assert not any(run.jump for run in runs)
    assert listener.errors == 0
    at = runs[0].moment.t
    for run in runs:
        assert run.moment.t == pytest.approx(at, abs=0.03)
        at += run.samples.size / 16_000
    whole = np.concatenate([run.samples for run in runs]).astype(np.float64)
    spectrum = np.abs(np.fft.rfft(whole))
    assert spectrum.argmax() * 16_000 / len(whole) == pytest.approx(440, abs=3)


def test_missing_sound_is_a_jump() -> None:
    runs, _ = listen(CLIPS[1], lose=range(40, 80))
    (jump,) = [run for run in runs if run.jump]
    before = runs[runs.index(jump) - 1]
    gap = jump.moment.t - before.moment.t - before.samples.size / 16_000
    assert gap == pytest.approx(0.8, abs=0.1)


def test_a_damaged_packet_costs_no_more_than_itself() -> None:
    runs, listener = listen(CLIPS[0], spoil=20)
    assert sum(run.samples.size for run in runs) / 16_000 > 2.7
    assert listener.errors <= 2
