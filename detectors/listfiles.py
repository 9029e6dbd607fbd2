"""Files of lists before anybody reads them: where they lie, how large they may be, if they open.

No numeric library is needed here: the gateway looks at its settings with it, the workers read.
"""

from __future__ import annotations

import stat
from pathlib import Path

from seawall.errors import ConfigError

__all__ = ["CATALOGUE", "CATALOGUE_BYTES", "HASHES_BYTES", "check_file"]

CATALOGUE = "catalogue.seawall"
"""The file of fingerprints in a catalogue's folder."""
CATALOGUE_BYTES = 256 << 20
HASHES_BYTES = 512 << 20


def check_file(path: Path, most_bytes: int) -> None:
    """Refuse what cannot be read, is no file or too large, with ConfigError that names it."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise ConfigError(f"{path} is no file")
        if found.st_size > most_bytes:
            raise ConfigError(f"{path} has more than {most_bytes >> 20} MB")
        with path.open("rb"):
            return
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
