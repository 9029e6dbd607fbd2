"""The detectors of a vision worker, made from what its gateway wants.

Networks are opened beside each other: nobody sees until the last of them is there. A spare, which
nobody waits for, opens one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

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
_OPENERS = 4
"""More at once would take memory for a moment that nobody counted with."""


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


def build(options: VisionOptions, *, in_turn: bool = False) -> Built:
    """Load everything. Raises SeawallError that says what is missing or wrong.

    A list of hashes that cannot be read is done without, as `weak` says, until its file changes.
    """
    _check(options)
    compute = for_onnx(options.device)
    wanted, weights = options.detectors, options.weights
    with ThreadPoolExecutor(1 if in_turn else _OPENERS) as openers:
        # Reading text has three networks, the most to open: it begins first.
        text = openers.submit(Ocr, compute, weights, options.ocr_lines) if "ocr" in wanted else None
        heavy = [openers.submit(make) for make in _heavy(options, compute)]
        known = Pdq([_list(each) for each in options.hashes]) if "pdq" in wanted else None
        light: list[PictureDetector] = []
        if known is not None and options.hashes:
            light.append(known)
        if "codes" in wanted:
            light.append(Codes())
        models = tuple(each.result() for each in heavy)
        reader = None if text is None else text.result()
    return Built(tuple(light), models, reader, known, compute)


def _heavy(options: VisionOptions, compute: Compute) -> Iterator[Callable[[], PictureDetector]]:
    """Yield what makes each image model, in the order in which they look."""
    wanted = options.detectors
    if "nudity" in wanted:
        yield partial(Nudity, compute, options.weights, options.least)
    if "safety" in wanted:
        yield partial(Safety, compute, options.weights, options.least)
    yield from (partial(Operator, image, compute) for image in options.images)


def _list(file: HashFile) -> KnownList:
    return KnownList(file.name, file.path, file.category or None, file.threshold)


def _check(options: VisionOptions) -> None:
    names = [*(each.name for each in options.hashes), *(each.name for each in options.images)]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ConfigError(f"two detectors are called {', '.join(sorted(twice))}")
    for file in options.hashes:
        if file.category and file.category not in CATEGORY_NAMES:
            raise ConfigError(f"the hash list {file.name} is of no category `{file.category}`")
