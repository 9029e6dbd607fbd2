"""A voice is found where there is one, however the sound is cut."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.audio.vad import BLOCK, FRAME, Memory, Vad
from seawall.errors import WeightsError
from tests.detectors.audio.sounds import models, noise, silence, spoken, tone


def chances(size: int) -> list[float]:
    sound, memory, found = spoken()[: 64 * FRAME], Memory(), []
    for at in range(0, len(sound), size):
        found += models().vad.listen(memory, sound[at : at + size])
    return found


def test_how_the_sound_is_cut_changes_nothing() -> None:
    assert chances(FRAME) == pytest.approx(chances(BLOCK), abs=1e-4)
    assert chances(64 * FRAME) == pytest.approx(chances(BLOCK), abs=1e-4)


def test_a_voice_is_found_after_the_silence_before_it() -> None:
    found = chances(BLOCK)
    assert max(found[:24]) < 0.3
    assert sum(chance > 0.5 for chance in found) > 20


@pytest.mark.parametrize("sound", [silence(2.048), noise(2.048), tone(2.048)])
def test_silence_noise_and_tones_hold_no_voice(sound: np.ndarray[tuple[int], np.dtype[np.float32]],
                                               ) -> None:  # fmt: skip
    whole = sound[: len(sound) // FRAME * FRAME]
    found = models().vad.listen(Memory(), whole)
    assert sum(chance > 0.5 for chance in found) < 6


def test_the_sound_that_was_given_stays_as_it_was() -> None:
    sound = spoken()[:BLOCK].copy()
    models().vad.listen(Memory(), sound)
    assert np.array_equal(sound, spoken()[:BLOCK])


def test_what_are_no_whole_frames_is_refused() -> None:
    with pytest.raises(ValueError, match="whole frames"):
        models().vad.listen(Memory(), silence(0.01))
    assert models().vad.listen(Memory(), silence(0.0)) == []


def test_another_network_is_refused() -> None:
    onnx = pytest.importorskip("onnx")
    value = onnx.helper.make_tensor_value_info("other", 1, [1])
    node = onnx.helper.make_node("Identity", ["other"], ["out"])
    out = onnx.helper.make_tensor_value_info("out", 1, [1])
    graph = onnx.helper.make_graph([node], "graph", [value], [out])
    opset = onnx.helper.make_opsetid("", 17)
    made = onnx.helper.make_model(graph, opset_imports=[opset], ir_version=8)
    with pytest.raises(WeightsError, match="other inputs"):
        Vad(made.SerializeToString())
