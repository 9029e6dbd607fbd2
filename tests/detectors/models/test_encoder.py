"""An encoder: a tiny network and tokenizer made here, and files that are not what they say."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from detectors.models.encoder import Encoder
from detectors.models.unit import Unit
from seawall.errors import ConfigError, WeightsError

_WORDS = {"[PAD]": 0, "[UNK]": 1, "hello": 2, "bother": 3, "coins": 4}


def _network(outputs: int = 2) -> bytes:
    """Make a network: the sum over a text's words of what each word says for each output."""
    table = np.zeros((len(_WORDS), outputs), np.float32)
    table[:, :] = -1.0
    table[0] = 0.0
    table[3, 0] = 4.0
    table[4, -1] = 4.0
    ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "length"])
    mask = helper.make_tensor_value_info("attention_mask", TensorProto.INT64, ["batch", "length"])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", outputs])
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["said"]),
        helper.make_node("Cast", ["attention_mask"], ["counts"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["counts", "last"], ["wide"]),
        helper.make_node("Mul", ["said", "wide"], ["heard"]),
        helper.make_node("ReduceSum", ["heard", "middle"], ["logits"], keepdims=0),
    ]
    constants = [
        numpy_helper.from_array(table, "table"),
        numpy_helper.from_array(np.array([2]), "last"),
        numpy_helper.from_array(np.array([1]), "middle"),
    ]
    graph = helper.make_graph(nodes, "tiny", [ids, mask], [logits], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _tokenizer() -> bytes:
    return json.dumps(
        {
            "version": "1.0",
            "added_tokens": [],
            "normalizer": {"type": "Lowercase"},
            "pre_tokenizer": {"type": "Whitespace"},
            "model": {"type": "WordLevel", "vocab": _WORDS, "unk_token": "[UNK]"},
        }
    ).encode()


def entry(folder: Path, **changes: Any) -> dict[str, Any]:
    """Write both files and return what `models.toml` would say of them."""
    network = changes.pop("network", _network())
    words = changes.pop("words", _tokenizer())
    (folder / "tiny.onnx").write_bytes(network)
    (folder / "tiny.json").write_bytes(words)
    return {
        "name": "encoder:tiny",
        "model": str(folder / "tiny.onnx"),
        "model_sha256": hashlib.sha256(network).hexdigest(),
        "tokenizer": str(folder / "tiny.json"),
        "tokenizer_sha256": hashlib.sha256(words).hexdigest(),
        "labels": {"rude": "harassment", "spam": "spam"},
        "caps": {"": 1.0},
        "pad": 0,
        **changes,
    }


def names(encoder: Encoder, text: str, lang: str = "") -> dict[str, float]:
    [found] = encoder.judge([Unit(0, text, lang)])
    return {signal.name: signal.score for signal in found}


def test_outputs_become_signals_of_our_categories(tmp_path: Path) -> None:
    encoder = Encoder(**entry(tmp_path, least=0.5))
    assert names(encoder, "Bother BOTHER") == {"encoder.harassment": pytest.approx(0.9997)}
    assert list(names(encoder, "coins")) == ["encoder.spam"]
    assert names(encoder, "hello") == {}
    assert len(encoder.version) == 16


def test_a_text_is_judged_alike_in_whatever_batch_it_comes(tmp_path: Path) -> None:
    encoder = Encoder(**entry(tmp_path, least=0.0))
    texts = ["bother", "hello coins hello coins", "", "\x00", "ž" * 300]
    together = encoder.judge([Unit(at, text) for at, text in enumerate(texts)])
    alone = [encoder.judge([Unit(0, text)])[0] for text in texts]
    assert together == alone
    assert encoder.judge([]) == []


def test_of_a_long_text_the_beginning_counts(tmp_path: Path) -> None:
    encoder = Encoder(**entry(tmp_path, most_tokens=8, least=0.5))
    assert names(encoder, "hello " * 100_000 + "bother") == {}
    assert "encoder.harassment" in names(encoder, "bother " * 100_000)


def test_labels_that_exclude_each_other_share_one_whole(tmp_path: Path) -> None:
    labels = {"neutral": "", "rude": "harassment"}
    encoder = Encoder(**entry(tmp_path, labels=labels, scores="softmax", least=0.0))
    assert list(names(encoder, "hello").values()) == [pytest.approx(0.5, abs=0.01)]


def test_a_score_never_exceeds_what_was_measured_in_the_language(tmp_path: Path) -> None:
    encoder = Encoder(**entry(tmp_path, caps={"en": 0.9, "": 0.4}, least=0.5))
    assert names(encoder, "bother", "en") == {"encoder.harassment": 0.9}
    assert names(encoder, "bother", "fr") == {"encoder.harassment": 0.4}


@pytest.mark.parametrize("wrong", ["model_sha256", "tokenizer_sha256"])
def test_a_file_with_another_checksum_is_refused(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(WeightsError, match="sha256"):
        Encoder(**entry(tmp_path, **{wrong: "0" * 64}))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"network": b"no network"}, "no ONNX model"),
        ({"network": b""}, "no ONNX model"),
        ({"words": b"{}"}, "no tokenizer.json"),
        ({"words": b"\xff\xfe"}, "no tokenizer.json"),
        ({"network": _network(3)}, "2 labels"),
        ({"labels": {"rude": "rudeness", "b": ""}}, "no category"),
        ({"model": "absent.onnx"}, "cannot be read"),
        ({"package": "no-such-package"}, "not installed"),
        ({"package": "msgspec"}, "carries no"),
    ],
)
def test_what_does_not_fit_together_is_refused_at_the_start(
    tmp_path: Path, changes: dict[str, Any], says: str
) -> None:
    with pytest.raises((ConfigError, WeightsError), match=says):
        Encoder(**entry(tmp_path, **changes))
