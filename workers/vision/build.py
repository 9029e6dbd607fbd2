"""The detectors of a vision worker, made from what its gateway wants."""

from __future__ import annotations

import msgspec

from detectors.models.device import Compute, for_onnx
from detectors.pictures import PictureDetector
from detectors.vision.codes import Codes
from detectors.vision.nudity import Nudity
from detectors.vision.ocr import Ocr
from detectors.vision.operator import Operator
from detectors.vision.pdq import KnownList, Pdq
from detectors.vision.safety import Safety
from seawall.errors import ConfigError
from seawall.taxonomy import CATEGORY_NAMES
from workers.vision.options import HashFile, VisionOptions

__all__ = ["Built", "build"]

_MOST_SAID = 500


class Built(msgspec.Struct, frozen=True):
    """The detectors by how they are asked: always, where there is time, and for text."""

    light: tuple[PictureDetector, ...]
    heavy: tuple[PictureDetector, ...]
    text: PictureDetector | None
    known: Pdq | None
    compute: Compute

    @property
    def versions(self) -> dict[str, str]:
        """The version of each detector by its name."""
        readers = () if self.text is None else (self.text,)
        return {each.name: each.version for each in (*self.light, *self.heavy, *readers)}

    @property
    def weak(self) -> dict[str, str]:
        """What is wrong with the lists of hashes, by the signal that misses something for it."""
        problems = {} if self.known is None else self.known.problems
        return {f"hash.{name}": why[:_MOST_SAID] for name, why in problems.items()}


def build(options: VisionOptions) -> Built:
    """Load everything. Raises SeawallError that says what is missing or wrong.

    A list of hashes that cannot be read is done without, as `weak` says, until its file changes.
    """
    _check(options)
    compute = for_onnx(options.device)
    wanted, weights = options.detectors, options.weights
    known = Pdq([_list(each) for each in options.hashes]) if "pdq" in wanted else None
    light: list[PictureDetector] = []
    if known is not None and options.hashes:
        light.append(known)
    if "codes" in wanted:
        light.append(Codes())
    heavy: list[PictureDetector] = []
    if "nudity" in wanted:
        heavy.append(Nudity(compute, weights, options.least))
    if "safety" in wanted:
        heavy.append(Safety(compute, weights, options.least))
    heavy += [Operator(image, compute) for image in options.images]
    text = Ocr(compute, weights, options.ocr_lines) if "ocr" in wanted else None
    return Built(tuple(light), tuple(heavy), text, known, compute)


def _list(file: HashFile) -> KnownList:
    return KnownList(file.name, file.path, file.category or None, file.threshold)


def _check(options: VisionOptions) -> None:
    names = [*(each.name for each in options.hashes), *(each.name for each in options.images)]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ConfigError(f"two detectors are called {', '.join(sorted(twice))}")
    for file in options.hashes:
        if file.category and file.category not in CATEGORY_NAMES:
            raise ConfigError(f"the hash list {file.name} is of no category `{file.category}`")
