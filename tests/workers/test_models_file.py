"""`models.toml`: what is switched on becomes lines of the table, what is wrong is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from seawall.errors import ConfigError
from tests.workers.conftest import ROOT
from workers.models_file import UNMEASURED, read_images, read_models

_SHA = "0123456789abcdef" * 4
_ENCODER = f"""
[encoder.tiny]
enabled = true
model = "tiny.onnx"
model_sha256 = "{_SHA}"
tokenizer = "tiny.json"
tokenizer_sha256 = "{_SHA}"
labels = {{ neutral = "", toxic = "harassment" }}
"""
_VENDOR = """
[vendor.them]
enabled = true
url = "https://judge.example/"
labels = { toxic = "harassment" }
key_file = "key"
"""

_IMAGE = f"""
[image.blades]
enabled = true
model = "blades.onnx"
model_sha256 = "{_SHA}"
labels = {{ knife = "violence", nothing = "" }}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "models.toml"
    path.write_text(text, "utf-8")
    return path


def test_the_shipped_file_switches_nothing_on() -> None:
    shipped = ROOT / "detectors" / "models" / "models.toml"
    assert read_models(shipped) == ()
    text = shipped.read_text("utf-8")
    assert read_images(shipped) == ()
    assert text.count("\nenabled = false\n") == 6


def test_the_shipped_entries_are_right_but_for_the_checksums(tmp_path: Path) -> None:
    text = (ROOT / "detectors" / "models" / "models.toml").read_text("utf-8")
    text = text.replace("enabled = false", "enabled = true")
    text = text.replace('sha256 = ""', f'sha256 = "{_SHA}"')
    names = [model.name for model in read_models(written(tmp_path, text))]
    assert names == [
        "encoder:toxic-xlmr",
        "encoder:toxic-xlmr-large",
        "vendor:pointed",
        "vendor:listed",
        "vendor:beside-us",
    ]
    assert [image.name for image in read_images(tmp_path / "models.toml")] == ["weapons"]


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    encoder, vendor = read_models(written(tmp_path, _ENCODER + _VENDOR))
    assert encoder.options["model"] == str(tmp_path / "tiny.onnx")
    assert encoder.options["caps"] == {"": UNMEASURED}
    assert encoder.prefix == "encoder."
    assert vendor.options["key_file"] == str(tmp_path / "key")
    assert vendor.prefix == "vendor."
    assert "enabled" not in vendor.options


def test_a_packages_file_is_no_path(tmp_path: Path) -> None:
    [encoder] = read_models(written(tmp_path, f'{_ENCODER}package = "tiny-weights"\n'))
    assert encoder.options["model"] == "tiny.onnx"
    assert encoder.options["package"] == "tiny-weights"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[encoder.x", "models.toml"),
        ("[encoder.x]\nmodel = 3", "models.toml"),
        ("[encoders.x]\n", "unknown field `encoders`; did you mean 'encoder'?"),
        (_ENCODER + 'treshold = "1"', "treshold"),
        (_ENCODER + "most_token = 9", r"`most_token` .*; did you mean 'most_tokens'\?$"),
        (_VENDOR + 'key_fil = "x"', r"`key_fil` .*; did you mean 'key_file'\?$"),
        (_ENCODER.replace("harassment", "rudeness"), "no category `rudeness`$"),
        (_ENCODER.replace("harassment", "harasment"), "did you mean 'harassment'?"),
        (_ENCODER.replace(_SHA, "none"), "64 hexadecimal"),
        (_ENCODER.replace("tiny]", "Tiny_]"), "lower-case"),
        (_ENCODER + 'scores = "linear"', "sigmoid"),
        (_ENCODER + "batch = 1000", "batch"),
        (_ENCODER + "caps = { en = 2.0 }", "between 0 and 1"),
        (_VENDOR + "timeout_ms = 100000", "timeout_ms"),
        (_VENDOR.replace('toxic = "harassment"', ""), "no labels"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        read_models(written(tmp_path, text))


def test_an_image_classifier_is_read_for_the_worker_that_sees(tmp_path: Path) -> None:
    [image] = read_images(written(tmp_path, _ENCODER + _IMAGE))
    assert image.name == "blades"
    assert image.model == str(tmp_path / "blades.onnx")
    assert list(image.labels) == ["knife", "nothing"]
    assert (image.width, image.layout, image.cap) == (224, "nchw", UNMEASURED)
    assert [model.name for model in read_models(tmp_path / "models.toml")] == ["encoder:tiny"]


def test_an_image_classifier_that_is_off_is_left_out(tmp_path: Path) -> None:
    assert read_images(written(tmp_path, _IMAGE.replace("true", "false"))) == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (_IMAGE.replace(_SHA, "none"), "64 hexadecimal"),
        (_IMAGE.replace("violence", "rudeness"), "no category `rudeness`"),
        (_IMAGE.replace("blades]", "Blades_]"), "lower-case"),
        (_IMAGE + "std = [0.2, 0.0, 0.2]", "std"),
        (_IMAGE + "width = 100000", "width"),
        (_IMAGE + 'layout = "chwn"', "layout"),
        (_IMAGE + "depth = 3", "depth"),
        (_IMAGE + "widht = 3", r"`widht` .*; did you mean 'width'\?$"),
        (_IMAGE.replace('{ knife = "violence", nothing = "" }', "{}"), "labels"),
    ],
)
def test_what_is_wrong_with_an_image_classifier_is_named(
    tmp_path: Path, text: str, says: str
) -> None:
    with pytest.raises(ConfigError, match=says):
        read_images(written(tmp_path, text))


def test_a_file_that_is_absent_or_endless_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_models(tmp_path / "absent.toml")
    with pytest.raises(ConfigError, match="too long"):
        read_models(written(tmp_path, "#" * (2 << 20)))
