"""Encoders, vendors and image classifiers as an operator names them in `models.toml`.

Encoders and vendors become lines of the table of text models; image classifiers go as they are to
the worker that sees.

Each is off until `enabled = true`. A path is relative to the file. What only the model can check
(checksums, labels, what its answers look like) its worker checks at the start.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from detectors.models.image import ImageModel
from seawall.errors import ConfigError
from seawall.policy.problems import closest
from seawall.taxonomy import CATEGORY_NAMES
from workers.table import Model
from workers.units import Option

__all__ = [
    "UNMEASURED",
    "EncoderEntry",
    "ModelsFile",
    "VendorEntry",
    "read_images",
    "read_models",
]

UNMEASURED = 0.8
"""How sure a model may be in a language in which nobody has measured it."""

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_MOST_BYTES = 1 << 20
_UNKNOWN = re.compile(r"unknown field `([^`]*)`(?: - at `\$\.(\w+))?")  # in msgspec's words


class EncoderEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An ONNX sequence classifier on this machine, its tokenizer, and what its labels mean.

    `labels` are its outputs in order; each names the category it speaks for, "" for none. `scores`
    says how outputs become scores. `caps` bound the score by language ("" for every other one):
    above what was measured nobody may claim. `source`, `revision` and `licence` are for people.
    """

    enabled: bool = False
    model: str
    model_sha256: str
    tokenizer: str
    tokenizer_sha256: str
    labels: dict[str, str]
    package: str = ""
    scores: str = "sigmoid"
    caps: dict[str, float] = msgspec.field(default_factory=lambda: {"": UNMEASURED})
    least: float = 0.1
    most_tokens: int = 128
    pad: int = 1
    batch: int = 16
    units: int = 128
    patience_s: float = 10.0
    memory_mb: int = 3072
    source: str = ""
    revision: str = ""
    licence: str = ""


class VendorEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A judge behind HTTP: what to send, where in its answer the scores are, what they mean.

    `request` is JSON in which the strings "$text", "$lang" and "$surface" are replaced. `labels`
    map the vendor's labels to categories: a key that begins with "/" is a JSON pointer to a score,
    any other a label found at `answers`, an object of labels or a list of items in each of which
    `label` and `score` are pointers. A score is divided by `most`. The key comes from the
    environment or a file.
    """

    enabled: bool = False
    url: str
    request: str = '{"text": "$text"}'
    labels: dict[str, str]
    answers: str = ""
    label: str = "/label"
    score: str = "/score"
    most: float = 1.0
    caps: dict[str, float] = msgspec.field(default_factory=lambda: {"": UNMEASURED})
    least: float = 0.1
    headers: dict[str, str] = {}
    key_env: str = ""
    key_file: str = ""
    key_header: str = "Authorization"
    key_prefix: str = "Bearer "
    timeout_ms: int = 1000
    concurrency: int = 8
    most_bytes: int = 65_536
    allow_private: bool = False
    ca_file: str = ""
    units: int = 128
    source: str = ""


class ModelsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file: encoders, vendors and image classifiers by name."""

    encoder: dict[str, EncoderEntry] = {}
    vendor: dict[str, VendorEntry] = {}
    image: dict[str, ImageModel] = {}


_FIELDS: dict[str | None, tuple[str, ...]] = {
    None: ModelsFile.__struct_fields__,
    "encoder": EncoderEntry.__struct_fields__,
    "vendor": VendorEntry.__struct_fields__,
    "image": ImageModel.__struct_fields__,
}


def read_models(path: Path) -> tuple[Model, ...]:
    """Return the text models a file switches on. Raises ConfigError naming what is wrong."""
    listed = _read(path)
    try:
        encoders = [_encoder(name, each, path) for name, each in listed.encoder.items()]
        vendors = [_vendor(name, each, path) for name, each in listed.vendor.items()]
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    return tuple(model for model in (*encoders, *vendors) if model is not None)


def read_images(path: Path) -> tuple[ImageModel, ...]:
    """Return the image classifiers a file switches on. Raises ConfigError naming what is wrong."""
    listed = _read(path)
    try:
        images = [_image(name, each, path) for name, each in listed.image.items()]
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    return tuple(image for image in images if image.enabled)


def _read(path: Path) -> ModelsFile:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ConfigError(f"{path} is too long to be a list of models")
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), ModelsFile)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(f"{path}: {error}{_field_meant(str(error))}") from error


def _field_meant(problem: str) -> str:
    found = _UNKNOWN.search(problem)
    return _meant(found[1], _FIELDS.get(found[2], ())) if found else ""


def _meant(word: str, known: Iterable[str]) -> str:
    near = closest(word, known)
    return f"; did you mean {near!r}?" if near else ""


def _encoder(name: str, entry: EncoderEntry, path: Path) -> Model | None:
    where = f"encoder.{name}"
    _check(where, name, entry.labels, entry.caps)
    if entry.scores not in ("sigmoid", "softmax"):
        raise ConfigError(f"{where}: scores is `sigmoid` or `softmax`, not `{entry.scores}`")
    if entry.enabled:
        _check_digests(where, entry.model_sha256, entry.tokenizer_sha256)
    if not 8 <= entry.most_tokens <= 512 or not 1 <= entry.batch <= 64:
        raise ConfigError(f"{where}: most_tokens is 8 to 512, batch 1 to 64")
    if not entry.enabled:
        return None
    options: dict[str, Option] = {
        "name": f"encoder:{name}",
        "model": entry.model if entry.package else str(path.parent / entry.model),
        "model_sha256": entry.model_sha256,
        "tokenizer": entry.tokenizer if entry.package else str(path.parent / entry.tokenizer),
        "tokenizer_sha256": entry.tokenizer_sha256,
        "package": entry.package,
        "labels": dict(entry.labels),
        "scores": entry.scores,
        "caps": dict(entry.caps),
        "least": entry.least,
        "most_tokens": entry.most_tokens,
        "pad": entry.pad,
    }
    return Model(
        f"encoder:{name}",
        "detectors.models.encoder:Encoder",
        "encoder.",
        options,
        batch=entry.batch,
        units=entry.units,
        patience_s=entry.patience_s,
        start_s=60.0,
        memory_mb=entry.memory_mb,
    )


def _vendor(name: str, entry: VendorEntry, path: Path) -> Model | None:
    where = f"vendor.{name}"
    _check(where, name, entry.labels, entry.caps)
    if not 10 <= entry.timeout_ms <= 10_000 or not 1 <= entry.concurrency <= 64:
        raise ConfigError(f"{where}: timeout_ms is 10 to 10000, concurrency 1 to 64")
    if not entry.enabled:
        return None
    options: dict[str, Option] = msgspec.to_builtins(entry)
    for left_out in ("enabled", "units", "source"):
        del options[left_out]
    for file in ("key_file", "ca_file"):
        value = options[file]
        options[file] = str(path.parent / str(value)) if value else ""
    return Model(
        f"vendor:{name}",
        "detectors.models.remote:Remote",
        "vendor.",
        {"name": f"vendor:{name}", **options},
        batch=entry.concurrency,
        units=entry.units,
        patience_s=entry.timeout_ms / 1000 * 2 + 2.0,
        memory_mb=512,
    )


def _image(name: str, entry: ImageModel, path: Path) -> ImageModel:
    where = f"image.{name}"
    _check(where, name, entry.labels, {})
    if entry.enabled:
        _check_digests(where, entry.model_sha256)
    if not all(spread > 0 for spread in entry.std):
        raise ConfigError(f"{where}: std is above 0")
    return msgspec.structs.replace(entry, name=name, model=str(path.parent / entry.model))


def _check_digests(where: str, *digests: str) -> None:
    if not all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in digests):
        raise ConfigError(f"{where}: a sha256 is 64 hexadecimal digits")


def _check(where: str, name: str, labels: dict[str, str], caps: dict[str, float]) -> None:
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{where}: a name is lower-case letters, digits and hyphens")
    if not labels:
        raise ConfigError(f"{where}: no labels")
    for label, category in labels.items():
        if category and category not in CATEGORY_NAMES:
            near = _meant(category, CATEGORY_NAMES)
            raise ConfigError(f"{where}: label {label} is of no category `{category}`{near}")
    for language, cap in caps.items():
        if not 0.0 <= cap <= 1.0:
            raise ConfigError(f"{where}: the cap of `{language}` is not between 0 and 1")
