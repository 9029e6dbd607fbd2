"""What live streams need of this machine, looked at before anything starts.

Nothing heavy is loaded for it: libraries are found, not imported, and lists are opened, not read.
What only reading shows is the workers' to tell; they do without that list. Where `media` is off,
nothing is refused: who turns it on later shall have been told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from detectors.listfiles import CATALOGUE, CATALOGUE_BYTES, HASHES_BYTES, check_file
from gateway.config import Config
from gateway.live import worker_options
from seawall.errors import ConfigError
from seawall.extras import missing
from workers.streams.client import WorkerOptions

__all__ = ["check_libraries", "check_media", "media_problems"]

_EXTRA = "media"
_DECODES = ("av", "cv2", "numpy")
_SEES = ("onnxruntime", "rapidocr", "zxingcpp")
_HEARS = ("ctranslate2", "faster_whisper", "onnxruntime", "tokenizers")


def check_media(config: Config, workers: WorkerOptions) -> None:
    """Refuse settings whose workers could not do their work. Raises ConfigError naming them."""
    check_libraries(sees=workers.vision is not None, hears=workers.speech is not None)
    for check in _checks(config):
        check()


def media_problems(config: Config) -> list[str]:
    """Return all that is wrong with the settings of streams, but for missing libraries."""
    found = []
    checks: tuple[Callable[[], object], ...] = (partial(worker_options, config), *_checks(config))
    for check in checks:
        try:
            check()
        except ConfigError as error:
            found.append(str(error))
    return found


def check_libraries(*, sees: bool = True, hears: bool = True) -> None:
    """Refuse to take streams without the libraries of the extra. Raises ConfigError."""
    needed = (*_DECODES, *(_SEES if sees else ()), *(_HEARS if hears else ()))
    for library in needed:
        if find_spec(library) is None:
            raise ConfigError(f"media: {missing(library, _EXTRA)}")


def _checks(config: Config) -> Iterator[Callable[[], object]]:
    """Yield what looks at the files and folders of the settings; each raises ConfigError."""
    if config.weights:  # without it a folder of ours, that need not be there
        yield partial(_check_weights, Path(config.weights))
    for name, path in sorted(config.hashes.items()):
        yield partial(_check_hashes, name, Path(path))
    if config.catalogue and config.media_hear:
        yield partial(_check_catalogue, Path(config.catalogue))


def _check_weights(folder: Path) -> None:
    if not folder.is_dir():
        raise ConfigError(f"weights: {folder} is no folder")


def _check_hashes(name: str, path: Path) -> None:
    try:
        check_file(path, HASHES_BYTES)
    except ConfigError as error:
        raise ConfigError(f"hashes: {name}: {error}") from error


def _check_catalogue(folder: Path) -> None:
    if not folder.is_dir():
        raise ConfigError(f"catalogue: {folder} is no folder")
    file = folder / CATALOGUE
    try:
        if file.exists():  # an empty catalogue has none
            check_file(file, CATALOGUE_BYTES)
    except (ConfigError, OSError) as error:
        raise ConfigError(f"catalogue: {error}") from error
