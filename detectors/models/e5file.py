"""The weights of a small multilingual sentence encoder, read from the file a package carries.

The file (`E5S1`) holds a vocabulary, a normalisation table and tensors; weights of the matrices are
4-bit in blocks of 32 with one half-precision scale each. Nothing of the package is imported: its
own C tokenizer writes past its buffer on characters whose normal form is long, and what a chat
sends must not reach such code. The file is taken only when its SHA-256 is the expected one.
"""

from __future__ import annotations

import mmap
import struct
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.models.pieces import Pieces
from seawall.errors import WeightsError

__all__ = ["BLOCK", "E5File", "Floats", "unpack"]

Floats = npt.NDArray[np.float32]

BLOCK = 32
_BLOCK_TYPE = np.dtype([("scale", "<f2"), ("nibbles", "u1", (BLOCK // 2,))])


def unpack(blocks: npt.NDArray[Any]) -> Floats:
    """Return 4-bit blocks as numbers; their last axis grows to 32 for each block."""
    nibbles = blocks["nibbles"]
    both = np.concatenate([nibbles & 0x0F, nibbles >> 4], axis=-1).astype(np.float32)
    both -= 8.0
    both *= blocks["scale"].astype(np.float32)[..., None]
    out: Floats = both.reshape(*blocks.shape[:-1], -1)
    return out


class E5File:
    """An open file: sizes, pieces and tensors. The big table of words stays packed on disk."""

    def __init__(self, path: Path) -> None:
        """Read the head of the file. Raises WeightsError when it is not one of these."""
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._at = 0
        if self._map[:4] != b"E5S1":
            raise WeightsError(f"{path.name} is no encoder of this kind")
        try:
            self._read_head()
        except (struct.error, ValueError, IndexError) as error:
            raise WeightsError(f"{path.name} is damaged: {error}") from error

    def _take(self, form: str) -> tuple[Any, ...]:  # what struct gives
        values = struct.unpack_from(form, self._map, self._at)
        self._at += struct.calcsize(form)
        return values

    def _array(self, kind: str, count: int) -> npt.NDArray[Any]:
        found: npt.NDArray[Any] = np.frombuffer(self._map, kind, count, self._at)
        self._at += found.nbytes
        return found

    def _read_head(self) -> None:
        self._take("<4sI")
        self.width, self.layers, self.heads, self.inner = self._take("<4i")
        self.words, self.positions, _ = self._take("<3i")
        self.epsilon, block = self._take("<fi")
        if block != BLOCK or self.width % self.heads or self.width % BLOCK:
            raise ValueError("sizes that do not fit")
        count, self.begin, self.end, _, unknown = self._take("<5i")
        (size,) = self._take("<Q")
        offsets = self._array("<u4", count + 1).tolist()
        scores = self._array("<f4", count).tolist()
        blob = self._map[self._at : self._at + size]
        self._at += size
        cuts = pairwise(offsets)
        pieces = [blob[first:last].decode("utf-8", "replace") for first, last in cuts]
        self.pieces = Pieces(pieces, scores, unknown, self._replaced())
        (tensors,) = self._take("<i")
        self._places = dict(self._place() for _ in range(tensors))

    def _replaced(self) -> dict[int, str]:
        count, size = self._take("<iI")
        end = self._at + size
        table: dict[int, str] = {}
        for _ in range(count):
            point, length = self._take("<IB")
            table[point] = "".join(map(chr, self._take(f"<{length}I")))
        self._at = end
        return table

    def _place(self) -> tuple[str, int]:
        (length,) = self._take("<H")
        name = self._map[self._at : self._at + length].decode()
        self._at += length
        _, _, offset, size = self._take("<BIQQ")
        if offset + size > len(self._map):
            raise ValueError(f"{name} is cut")
        return name, offset

    def vector(self, name: str, size: int) -> Floats:
        """Return a tensor of plain numbers."""
        return np.frombuffer(self._map, "<f4", size, self._offset(name)).copy()

    def matrix(self, name: str, rows: int, columns: int) -> npt.NDArray[Any]:
        """Return a matrix as it is packed: blocks, `columns / 32` a row."""
        count = rows * columns // BLOCK
        found = np.frombuffer(self._map, _BLOCK_TYPE, count, self._offset(name))
        return found.reshape(rows, columns // BLOCK)

    def _offset(self, name: str) -> int:
        try:
            return self._places[name]
        except KeyError:
            raise WeightsError(f"the encoder's file lacks {name}") from None
