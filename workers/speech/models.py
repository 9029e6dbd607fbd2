"""The networks of the process that listens, loaded and warmed once."""

from __future__ import annotations

import ctypes
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import numpy as np

from detectors.audio.fingerprint import open_catalogue
from detectors.audio.vad import BLOCK, Memory, Vad
from detectors.audio.whisper import Ask, Whisper
from detectors.models.device import Compute, for_ctranslate2
from detectors.models.registry import load, version
from detectors.prints import Catalogue
from seawall.errors import ConfigError, WeightsError
from workers.speech.options import SpeechOptions

__all__ = ["Models", "load_models"]

_WARM_S = 1
_WARM = 100
"""Frames of context: a first call runs every network, and need not take long for it."""
_MOST_SAID = 500


class Models(msgspec.Struct, frozen=True):
    """What hears. `small` and `catalogue` are None where none was asked for."""

    vad: Vad
    large: Whisper
    small: Whisper | None
    catalogue: Catalogue | None
    device: str
    versions: dict[str, str]
    weak: dict[str, str] = {}
    """What it does without, and why."""


def load_models(options: SpeechOptions, *, in_turn: bool = False) -> Models:
    """Load everything and run it once, beside each other. Costs 1.4 s of processor time, 0.8 s of
    which nothing can shorten but fewer bytes. Raises WeightsError and ConfigError.

    Loaded `in_turn` it takes 80 MB less meanwhile, and one core. A catalogue that cannot be read is
    done without: `weak` says so.
    """  # fmt: skip
    compute = for_ctranslate2(options.device)
    names = [options.vad, options.model, options.small]
    with ThreadPoolExecutor(1 if in_turn else len(names)) as openers:
        whispers = [
            openers.submit(_whisper, name, options, compute)
            for name in (options.model, options.small)
            if name
        ]
        vad = _vad(options)
        catalogue, weak = _catalogue(options.catalogue)
        large, *rest = (each.result() for each in whispers)
    _give_back()
    versions = {name: version(name) for name in names if name}
    small = rest[0] if rest else None
    return Models(vad, large, small, catalogue, compute.device, versions, weak)


def _whisper(name: str, options: SpeechOptions, compute: Compute) -> Whisper:
    whisper = Whisper(load(name, options.weights), compute, options.threads)
    whisper.hear([Ask(np.zeros(16_000 * _WARM_S, np.float32))], _WARM)
    return whisper


def _vad(options: SpeechOptions) -> Vad:
    voice = load(options.vad, options.weights)
    if len(voice) != 1:
        raise WeightsError(f"{options.vad} is no voice network: it has {len(voice)} files")
    vad = Vad(*voice.values())
    vad.listen(Memory(), np.zeros(BLOCK, np.float32))
    return vad


def _catalogue(folder: str) -> tuple[Catalogue | None, dict[str, str]]:
    if not folder:
        return None, {}
    try:
        return open_catalogue(Path(folder)), {}
    except ConfigError as error:
        return None, {"catalogue": f"no recording is looked for: {error}"[:_MOST_SAID]}


def _give_back() -> None:
    """Give what loading left free back to the system: 80 MB that nobody needs again."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
