"""An operator's classifier: a tiny network made here, fed in every way, and what is refused."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from detectors.models.image import ImageModel
from detectors.pictures import Picture
from detectors.vision.operator import Operator
from seawall.errors import ConfigError, WeightsError
from tests.detectors.vision.drawing import plain

LABELS = {"Red (much)": "graphic", "green": "sexual", "blue": ""}


def network(layout: str = "nchw", *, side: int = 16, scaled: float = 1.0) -> bytes:
    """Make a network whose outputs are the means of the three colours, times something."""
    shape: list[Any] = ["batch", 3, side, side] if layout == "nchw" else ["batch", side, side, 3]
    pixels = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, shape)
    scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", 3])
    nodes = [
        helper.make_node("ReduceMean", ["pixels", "axes"], ["means"], keepdims=0),
        helper.make_node("Mul", ["means", "scale"], ["scores"]),
    ]
    axes = [2, 3] if layout == "nchw" else [1, 2]
    constants = [
        numpy_helper.from_array(np.array(axes), "axes"),
        numpy_helper.from_array(np.array([scaled], np.float32), "scale"),
    ]
    graph = helper.make_graph(nodes, "tiny", [pixels], [scores], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    model.ir_version = 9
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def entry(folder: Path, content: bytes, **changes: Any) -> ImageModel:  # Any: fields of the entry
    path = folder / "tiny.onnx"
    path.write_bytes(content)
    model = ImageModel(
        name="tiny-one",
        model=str(path),
        model_sha256=hashlib.sha256(content).hexdigest(),
        labels=LABELS,
        width=16,
        height=16,
        scores="as-is",
        cap=1.0,
        least=0.05,
    )
    return msgspec.structs.replace(model, **changes)


def said(model: ImageModel, picture: Picture) -> dict[str, float]:
    [seen] = Operator(model).look([picture])
    return {signal.name: round(signal.score, 3) for signal in seen.signals}


def coloured(red: int, green: int, blue: int) -> Picture:
    picture = plain(0, 40, 20)
    picture[:] = (red, green, blue)
    return picture


RED, GREEN = "onnx.tiny_one.red_much", "onnx.tiny_one.green"


@pytest.mark.parametrize("layout", ["nchw", "nhwc"])
def test_every_told_label_is_a_signal_of_its_category(tmp_path: Path, layout: str) -> None:
    model = entry(tmp_path, network(layout), layout=layout)
    [seen] = Operator(model).look([coloured(204, 51, 255)])
    assert [(each.name, each.category, each.detector) for each in seen.signals] == [
        (RED, "graphic", "onnx:tiny-one"),
        (GREEN, "sexual", "onnx:tiny-one"),
    ]
    assert said(model, coloured(204, 51, 255)) == {RED: 0.8, GREEN: 0.2}


def test_blue_first_is_blue_first(tmp_path: Path) -> None:
    model = entry(tmp_path, network(), order="bgr")
    assert said(model, coloured(204, 51, 102)) == {RED: 0.4, GREEN: 0.2}


def test_mean_and_deviation_are_taken_off(tmp_path: Path) -> None:
    model = entry(tmp_path, network(), mean=(0.5, 0.0, 0.0), std=(0.5, 1.0, 1.0))
    assert said(model, coloured(255, 51, 0)) == {RED: 1.0, GREEN: 0.2}


def test_levels_may_stay_0_to_255(tmp_path: Path) -> None:
    model = entry(tmp_path, network(scaled=1 / 255), scale=1.0)
    assert said(model, coloured(204, 51, 0)) == {RED: 0.8, GREEN: 0.2}


@pytest.mark.parametrize(("scores", "red"), [("sigmoid", 0.88), ("softmax", 0.71)])
def test_outputs_become_scores_as_said(tmp_path: Path, scores: str, red: float) -> None:
    model = entry(tmp_path, network(scaled=2.0), scores=scores)
    assert said(model, coloured(255, 51, 51))[RED] == pytest.approx(red, abs=0.01)


def test_nobody_claims_more_than_its_cap_or_whispers_below_least(tmp_path: Path) -> None:
    model = entry(tmp_path, network(), cap=0.5, least=0.3)
    assert said(model, coloured(204, 51, 0)) == {RED: 0.5}


@pytest.mark.parametrize(("fit", "red"), [("stretch", 0.5), ("crop", 1.0), ("pad", 0.25)])
def test_a_picture_is_fitted_as_said(tmp_path: Path, fit: str, red: float) -> None:
    picture = plain(0, 32, 16)
    picture[:, 8:24, 0] = 255
    assert said(entry(tmp_path, network(), fit=fit), picture)[RED] == pytest.approx(red, abs=0.02)


@pytest.mark.parametrize("size", [(1, 1), (1, 2000), (2000, 1), (7, 5)])
@pytest.mark.parametrize("fit", ["stretch", "crop", "pad"])
def test_any_size_is_fitted(tmp_path: Path, fit: str, size: tuple[int, int]) -> None:
    model = entry(tmp_path, network(), fit=fit)
    assert Operator(model).look([plain(255, *size)])


def test_a_file_that_is_not_the_one_that_was_meant_is_refused(tmp_path: Path) -> None:
    model = entry(tmp_path, network())
    Path(model.model).write_bytes(network(scaled=0.5))
    with pytest.raises(WeightsError, match="sha256"):
        Operator(model)


def test_what_is_no_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no network"):
        Operator(entry(tmp_path, b"hello"))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"width": 32}, "takes tensor"),
        ({"layout": "nhwc"}, "takes tensor"),
        ({"labels": {"red": "graphic"}}, "3 numbers for a picture, its entry names 1"),
        ({"input": "image"}, "has the inputs pixels, not `image`"),
        ({"output": "logits"}, "has the outputs scores, not `logits`"),
        ({"std": (1.0, 0.0, 1.0)}, "std"),
        ({"labels": {"a b": "graphic", "a-b": "graphic", "c": ""}}, "two labels"),
        ({"labels": {"18": "graphic", "b": "", "c": ""}}, "no name"),
    ],
)
def test_what_is_not_as_the_entry_says_is_refused_at_the_start(
    tmp_path: Path, changes: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ConfigError, match=problem):
        Operator(entry(tmp_path, network(), **changes))


def test_scores_that_are_none_are_an_error_not_a_score(tmp_path: Path) -> None:
    loud = Operator(entry(tmp_path, network(scaled=5.0)))
    with pytest.raises(ValueError, match="not between 0 and 1"):
        loud.look([coloured(255, 0, 0)])
    broken = Operator(entry(tmp_path, network(scaled=float("nan"))))
    with pytest.raises(ValueError, match="no number"):
        broken.look([coloured(255, 0, 0)])


def test_several_pictures_are_answered_in_their_order(tmp_path: Path) -> None:
    model = Operator(entry(tmp_path, network()))
    seen = model.look([coloured(255, 0, 0), coloured(0, 255, 0)])
    assert [[signal.name for signal in each.signals] for each in seen] == [[RED], [GREEN]]
