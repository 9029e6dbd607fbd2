"""Any sequence classifier in ONNX, with its tokenizer: what `models.toml` names, on our labels.

Both files are believed only with the SHA-256 that stands beside their names. The network runs on
one thread, over batches padded to their longest text; of a long text the beginning counts.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from detectors.models.files import find, read_checked
from detectors.models.labels import Labels
from detectors.models.unit import Unit
from seawall.errors import ConfigError
from seawall.signals import Signal

__all__ = ["Encoder"]

_MOST_BYTES = 4 << 30
_MOST_TOKENIZER_BYTES = 64 << 20
_CHARS_PER_TOKEN = 8
_INPUTS = {"input_ids", "attention_mask", "token_type_ids"}

Floats = npt.NDArray[np.float32]


class Encoder:
    """One classifier. Raises ConfigError when it cannot be what its entry says."""

    def __init__(
        self,
        name: str,
        model: str,
        model_sha256: str,
        tokenizer: str,
        tokenizer_sha256: str,
        labels: Mapping[str, str],
        scores: str = "sigmoid",
        package: str = "",
        caps: Mapping[str, float] | None = None,
        least: float = 0.1,
        most_tokens: int = 128,
        pad: int = 1,
    ) -> None:
        """Load the files at these paths, or those of these names in an installed package."""
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        self.name = name
        self._outputs = list(labels)
        self._labels = Labels(name, "encoder.", labels, caps or {}, least)
        self._softmax = scores == "softmax"
        self._most_chars = most_tokens * _CHARS_PER_TOKEN
        place = (lambda file: find(package, file)) if package else Path
        network = read_checked(place(model), model_sha256, _MOST_BYTES)
        words = read_checked(place(tokenizer), tokenizer_sha256, _MOST_TOKENIZER_BYTES)
        self.version = hashlib.sha256(f"{model_sha256}{tokenizer_sha256}".encode()).hexdigest()[:16]
        self._tokenizer = _tokenizer(words, most_tokens, pad)
        self._session = _session(network)
        self._inputs = {each.name for each in self._session.get_inputs()}
        if not {"input_ids"} <= self._inputs <= _INPUTS:
            raise ConfigError(f"{name} asks for other inputs: {', '.join(sorted(self._inputs))}")
        self._probe()

    def judge(self, units: Sequence[Unit]) -> list[list[Signal]]:
        """Score a batch of texts."""
        if not units:
            return []
        scores = self._scores([unit.text[: self._most_chars] for unit in units])
        return [
            self._labels.signals(zip(self._outputs, row, strict=True), unit.lang)
            for unit, row in zip(units, scores.tolist(), strict=True)
        ]

    def _scores(self, texts: Sequence[str]) -> Floats:
        encoded = self._tokenizer.encode_batch(list(texts))
        given = {
            "input_ids": np.array([each.ids for each in encoded], np.int64),
            "attention_mask": np.array([each.attention_mask for each in encoded], np.int64),
            "token_type_ids": np.array([each.type_ids for each in encoded], np.int64),
        }
        feed = {key: value for key, value in given.items() if key in self._inputs}
        logits = np.asarray(self._session.run(None, feed)[0], np.float32)
        if logits.shape != (len(texts), len(self._outputs)):
            raise ConfigError(
                f"{self.name} answers with the shape {logits.shape}, "
                f"its entry names {len(self._outputs)} labels"
            )
        if self._softmax:
            powers = np.exp(logits - logits.max(axis=1, keepdims=True))
            return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -60, 60))), np.float32)

    def _probe(self) -> None:
        """See at the start, not at the first message, that the parts fit together."""
        try:
            self._scores(["hello", "hello hello"])
        except ConfigError:
            raise
        except Exception as error:  # the runtime's errors have no common root worth naming
            kind = type(error).__name__
            raise ConfigError(f"{self.name} cannot judge a plain text ({kind})") from error


def _tokenizer(content: bytes, most_tokens: int, pad: int) -> Tokenizer:
    try:
        tokenizer = Tokenizer.from_str(content.decode("utf-8"))
    except Exception as error:  # the library raises bare Exception for a file it cannot read
        raise ConfigError("the tokenizer's file is no tokenizer.json") from error
    tokenizer.enable_truncation(most_tokens)
    tokenizer.enable_padding(pad_id=pad)
    return tokenizer


def _session(network: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # as above
        raise ConfigError("the network's file is no ONNX model that can be run here") from error
