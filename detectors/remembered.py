"""What was worked out about expressions, kept between runs: a large policy costs seconds to read.

Only answers of pure functions are kept, under the digest of the expression, in a file named by the
digest of the code that gave them. It lies in the user's cache folder (`XDG_CACHE_HOME`, else
`~/.cache`, in `seawall/`); without it, or where it cannot be written, everything is worked out.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

__all__ = ["Remembered", "cache_folder"]

T = TypeVar("T")

_MOST_BYTES = 64 << 20
_MOST_ENTRIES = 20_000

_decode = msgspec.msgpack.Decoder(dict[str, msgspec.Raw]).decode


def cache_folder() -> Path:
    """Return where answers are kept."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(base) / "seawall"


class Remembered(Generic[T]):
    """A pure function of an expression that remembers; `kind` is the type of its answers.

    `code` are the files whose change makes all answers void.
    """

    def __init__(
        self, name: str, function: Callable[[str], T], kind: Any, code: Sequence[str]
    ) -> None:  # kind is Any: what msgspec takes for a type
        self._name = name
        self._function = function
        self._decode: Callable[[bytes], T] = msgspec.msgpack.Decoder(kind).decode
        self._code = code
        self._known: dict[str, msgspec.Raw] = {}  # a small policy asks for few of them
        self._used: dict[str, T] = {}
        self._loaded = self._new = False

    def __call__(self, expression: str) -> T:
        """Return the function's answer, remembered or worked out."""
        key = sha256(expression.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        answer = self._used.get(key)
        if answer is None:
            if not self._loaded:
                self._load()
            answer = self._recalled(key)
            if answer is None:
                answer = self._function(expression)
                self._new = True
            self._used[key] = answer
        return answer

    def forget(self) -> None:
        """Let go of everything; what is new is written first."""
        if self._new:
            # A cache: where it cannot be written the next run works it out again.
            with suppress(OSError):
                self._save()
        self._known, self._used = {}, {}
        self._loaded = self._new = False

    def _recalled(self, key: str) -> T | None:
        known = self._known.get(key)
        if known is None:
            return None
        try:
            return self._decode(known)
        except msgspec.DecodeError:  # damaged: it is worked out and written anew
            return None

    def _file(self) -> Path:
        digest = sha256(msgspec.__version__.encode())
        for path in self._code:
            digest.update(Path(path).read_bytes())
        return cache_folder() / f"{self._name}-{digest.hexdigest()[:16]}.msgpack"

    def _load(self) -> None:
        self._loaded = True
        # Absent, unreadable or damaged: then nothing is known.
        with suppress(OSError, msgspec.DecodeError, ValueError):
            file = self._file()
            if file.stat().st_size <= _MOST_BYTES:
                self._known = _decode(file.read_bytes())

    def _save(self) -> None:
        kept: dict[str, T | msgspec.Raw] = {**self._known, **self._used}
        if len(kept) > _MOST_ENTRIES:
            kept = dict(self._used)
        folder = cache_folder()
        folder.mkdir(parents=True, exist_ok=True)
        file = self._file()
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as new:
            new.write(msgspec.msgpack.encode(kept))
        os.replace(new.name, file)
        for old in folder.glob(f"{self._name}-*.msgpack"):
            if old != file:
                old.unlink(missing_ok=True)
