"""Detectors made from options: only those wanted, and a clear word on what cannot be."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from seawall.errors import ConfigError
from tests.detectors.vision.test_operator import entry, network
from workers.vision.build import build
from workers.vision.options import DETECTORS, HashFile, VisionOptions


def test_only_what_is_wanted_is_built(tmp_path: Path) -> None:
    built = build(VisionOptions(detectors=("codes", "pdq")))
    assert set(built.versions) == {"codes"}  # there is no list for pdq to look into
    assert built.text is None
    path = tmp_path / "list.txt"
    path.write_text("0f" * 32)
    built = build(
        VisionOptions(detectors=("pdq",), hashes=(HashFile("bad", str(path), "extremism"),))
    )
    assert set(built.versions) == {"pdq"}


def test_an_operators_classifier_is_built_beside_them(tmp_path: Path) -> None:
    model = entry(tmp_path, network())
    built = build(VisionOptions(detectors=(), images=(model,), device="cpu"))
    assert set(built.versions) == {"onnx:tiny-one"}
    with pytest.raises(ConfigError, match="tiny-one"):
        build(VisionOptions(detectors=(), images=(model, model)))


def test_a_category_nobody_knows_is_refused(tmp_path: Path) -> None:
    lists = (HashFile("bad", str(tmp_path / "list.txt"), "nonsense"),)
    with pytest.raises(ConfigError, match="nonsense"):
        build(VisionOptions(detectors=("pdq",), hashes=lists))


def test_options_travel_and_are_checked() -> None:
    options = VisionOptions(hashes=(HashFile("known", "known.csv"),), ocr_every_s=1.0)
    coded = msgspec.msgpack.encode(options)
    assert msgspec.msgpack.decode(coded, type=VisionOptions) == options
    assert options.detectors == DETECTORS
    for wrong in (
        {"detectors": ["faces"]},
        {"device": "tpu"},
        {"hashes": [{"name": "A B", "path": ""}]},
    ):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(wrong, VisionOptions)
