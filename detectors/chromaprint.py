"""Chromaprint through its C library: sound in, 32-bit words of its fingerprint out as they come.

The library is optional (Debian: libchromaprint1, LGPL); where it is absent `missing()` says so, and
nothing else here may be called. It is given samples, never files.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from functools import cache

import numpy as np
import numpy.typing as npt

from seawall.errors import ConfigError

__all__ = ["DELAY_S", "RATE", "WORD_S", "Printer", "Words", "missing"]

Words = npt.NDArray[np.uint32]

RATE = 16_000
"""Samples a second it is fed with: mono, 16 bits, the machine's byte order."""
WORD_S = 1365 / 11_025
"""Seconds from one word to the next: a third of a 4096-sample frame at 11025 Hz."""
DELAY_S = 2.6
"""How much sound one word is made of, and so how late it comes."""

_NAMES = ("libchromaprint.so.1", "libchromaprint.1.dylib")
_TEST2 = 1  # the library's default algorithm, which never changed
_MOST = 16_000 * 60


@cache
def _library() -> ctypes.CDLL | None:
    for name in _NAMES:
        try:
            found = ctypes.CDLL(name)
        except OSError:
            continue
        _declare(found)
        return found
    return None


def _declare(library: ctypes.CDLL) -> None:
    handle, integer = ctypes.c_void_p, ctypes.c_int
    words = ctypes.POINTER(ctypes.POINTER(ctypes.c_uint32))
    for name, gives, *takes in (
        ("new", handle, integer),
        ("free", None, handle),
        ("start", integer, handle, integer, integer),
        ("feed", integer, handle, ctypes.c_char_p, integer),
        ("finish", integer, handle),
        ("get_raw_fingerprint", integer, handle, words, ctypes.POINTER(integer)),
        ("clear_fingerprint", integer, handle),
        ("dealloc", None, handle),
    ):
        function = getattr(library, f"chromaprint_{name}")
        function.restype, function.argtypes = gives, takes


def missing() -> str:
    """Say why there are no fingerprints on this machine; "" when there are."""
    if _library() is None:
        return "libchromaprint is not installed (Debian: libchromaprint1)"
    return ""


class Printer:
    """Fingerprints one endless piece of sound. Raises ConfigError without the library."""

    def __init__(self) -> None:
        library = _library()
        if library is None:
            raise ConfigError(missing())
        self._library = library
        self._context = library.chromaprint_new(_TEST2)
        if not self._context or not library.chromaprint_start(self._context, RATE, 1):
            raise ConfigError("libchromaprint could not be started")

    def __del__(self) -> None:
        if context := getattr(self, "_context", None):
            self._library.chromaprint_free(context)

    def feed(self, pcm: bytes) -> Words:
        """Take sound (16 bits, mono, `RATE`); return the words it completes, often none."""
        for piece in _pieces(pcm):
            if not self._library.chromaprint_feed(self._context, piece, len(piece) // 2):
                raise ConfigError("libchromaprint refused sound")
        return self._taken()

    def finish(self) -> Words:
        """Return the words of what is left; nothing may be fed after."""
        self._library.chromaprint_finish(self._context)
        return self._taken()

    def _taken(self) -> Words:
        words, size = ctypes.POINTER(ctypes.c_uint32)(), ctypes.c_int()
        given = self._library.chromaprint_get_raw_fingerprint(
            self._context, ctypes.byref(words), ctypes.byref(size)
        )
        if not given:
            raise ConfigError("libchromaprint gave no fingerprint")
        try:
            found = np.array(words[: size.value], np.uint32)
        finally:
            self._library.chromaprint_dealloc(words)
        if size.value and not self._library.chromaprint_clear_fingerprint(self._context):
            raise ConfigError("libchromaprint kept its fingerprint")
        return found


def _pieces(pcm: bytes) -> Iterator[bytes]:
    """Cut what is long, so that no length overflows the library's int."""
    for start in range(0, len(pcm) - len(pcm) % 2, 2 * _MOST):
        yield pcm[start : start + 2 * _MOST]
