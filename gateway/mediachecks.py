"""What live streams need of this machine, looked at before anything starts.

Nothing heavy is loaded for it: libraries are found, not imported, and lists are opened, not read.
What only reading shows is the workers' to tell; they do without that list.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from detectors.listfiles import CATALOGUE, CATALOGUE_BYTES, HASHES_BYTES, check_file
from gateway.config import Config
from seawall.errors import ConfigError
from seawall.extras import missing
from workers.streams.client import WorkerOptions

__all__ = ["check_libraries", "check_media"]

_EXTRA = "media"
_DECODES = ("av", "cv2", "numpy")
_SEES = ("onnxruntime", "rapidocr", "zxingcpp")
_HEARS = ("ctranslate2", "faster_whisper", "onnxruntime", "tokenizers")


def check_media(config: Config, workers: WorkerOptions) -> None:
    """Refuse settings whose workers could not do their work. Raises ConfigError naming them."""
    check_libraries(sees=workers.vision is not None, hears=workers.speech is not None)
    for name, path in sorted(config.hashes.items()):
        try:
            check_file(Path(path), HASHES_BYTES)
        except ConfigError as error:
            raise ConfigError(f"hashes: {name}: {error}") from error
    if config.catalogue and config.media_hear:
        _check_catalogue(Path(config.catalogue))


def check_libraries(*, sees: bool = True, hears: bool = True) -> None:
    """Refuse to take streams without the libraries of the extra. Raises ConfigError."""
    needed = (*_DECODES, *(_SEES if sees else ()), *(_HEARS if hears else ()))
    for library in needed:
        if find_spec(library) is None:
            raise ConfigError(f"media: {missing(library, _EXTRA)}")


def _check_catalogue(folder: Path) -> None:
    if not folder.is_dir():
        raise ConfigError(f"catalogue: {folder} is no folder")
    file = folder / CATALOGUE
    try:
        if file.exists():  # an empty catalogue has none
            check_file(file, CATALOGUE_BYTES)
    except (ConfigError, OSError) as error:
        raise ConfigError(f"catalogue: {error}") from error
