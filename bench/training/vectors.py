"""Vectors of all texts there are to learn from, computed once and kept in a folder.

A text costs about 15 ms, so that the whole corpus takes a quarter of an hour; parts are kept as
they are done, by the SHA-256 of the text, and a run that was broken off goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detectors.models.sentences import SHA256, Sentences

__all__ = ["vectors"]

_PART: Final = 512
_BATCH: Final = 16


def vectors(texts: Sequence[str], folder: Path) -> NDArray[np.float32]:
    """Return one vector a text, in their order; those not kept in `folder` are computed."""
    folder = folder / SHA256[:16]
    folder.mkdir(parents=True, exist_ok=True)
    keys = [sha256(text.encode(errors="replace")).digest() for text in texts]
    known: dict[bytes, NDArray[np.float16]] = {}
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as part:
            names = part["keys"].tobytes()
            for at, vector in enumerate(part["vectors"]):
                known[names[32 * at : 32 * at + 32]] = vector
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    _compute(missing, folder, known)
    return np.stack([known[key] for key in keys]).astype(np.float32)


def _compute(
    missing: dict[bytes, str], folder: Path, known: dict[bytes, NDArray[np.float16]]
) -> None:
    if not missing:
        return
    encoder = Sentences()
    todo = sorted(missing, key=lambda key: (len(missing[key]), key))  # alike in length, fast
    for start in range(0, len(todo), _PART):
        part = todo[start : start + _PART]
        found = np.concatenate(
            [
                encoder.embed([missing[key] for key in part[at : at + _BATCH]])
                for at in range(0, len(part), _BATCH)
            ]
        ).astype(np.float16)
        name = sha256(b"".join(part)).hexdigest()[:16]
        keys = np.frombuffer(b"".join(part), np.uint8)
        np.savez(folder / f"{name}.npz", keys=keys, vectors=found)
        known.update(zip(part, found, strict=True))
        print(f"{start + len(part)} of {len(todo)} texts embedded", flush=True)
