"""An operator's own image classifier, as an `[image.NAME]` of `models.toml` describes it.

It is data only, read by whoever starts the worker and sent to it; the worker loads the network
with `detectors.vision.operator`. No numeric library is needed to read this file.

    [image.weapons]
    enabled = true
    model = "weapons.onnx"          # beside the file, or a path
    model_sha256 = "64 hexadecimal digits"
    labels = { gun = "illegal_goods", blade = "violence", nothing = "" }
    width = 224
    height = 224

A label that names a category becomes the signal `onnx.NAME.LABEL`; "" is never told.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

__all__ = ["MOST_LABELS", "ImageModel"]

MOST_LABELS = 256

_Side = Annotated[int, msgspec.Meta(ge=16, le=2048)]
_Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]


class ImageModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One ONNX classifier of pictures: what it takes, and what its outputs mean.

    Pixels 0 to 255 are made `(pixel * scale - mean) / std`, for red, green and blue. `input` and
    `output` name tensors; "" takes the network's first. `labels` are the outputs in their order,
    each with the category it speaks for, "" for none.
    """

    name: str = ""
    """The NAME of `[image.NAME]`: lower-case letters, digits and hyphens."""
    enabled: bool = False
    model: str
    """Path of the network; after reading, an absolute one."""
    model_sha256: str
    labels: Annotated[dict[str, str], msgspec.Meta(min_length=1, max_length=MOST_LABELS)]
    width: _Side = 224
    height: _Side = 224
    layout: Literal["nchw", "nhwc"] = "nchw"
    order: Literal["rgb", "bgr"] = "rgb"
    fit: Literal["stretch", "crop", "pad"] = "stretch"
    """How a picture gets the network's shape: bent, its middle, or with black edges."""
    scale: float = 1 / 255
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    input: str = ""
    output: str = ""
    scores: Literal["softmax", "sigmoid", "as-is"] = "softmax"
    """How outputs become scores; `as-is` where they are 0 to 1 already."""
    cap: _Share = 0.8
    """The highest score it may claim: above what somebody measured nobody may."""
    least: _Share = 0.1
    """Scores below this are not told."""
    source: str = ""
    revision: str = ""
    licence: str = ""
