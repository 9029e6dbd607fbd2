"""The sentence encoder: the same vectors as its makers' engine, whatever comes beside a text."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

from detectors.models.e5file import E5File
from detectors.models.files import find
from detectors.models.sentences import FILE, PACKAGE, Sentences
from seawall.errors import WeightsError

TEXTS = (
    "hello world",
    "ok",
    "   spaces   here  ",
    "ﬁne ① ㌔ ｆｕｌｌ width",
    "ты пойдёшь с нами завтра?",
    "请加我的微信联系",
    "نص عربي قصير",
    "한국어 문장입니다",
    "free coins for the first hundred people, connect your wallet here: example.com",
)


pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(90),
]  # here the library takes all cores, in a worker one


@pytest.fixture(scope="module")
def encoder(absent: Callable[[str, str], NoReturn]) -> Sentences:
    if importlib.util.find_spec(PACKAGE) is None:
        absent(PACKAGE, "not installed")
    return Sentences()


def test_vectors_are_those_of_the_makers_own_engine(encoder: Sentences) -> None:
    engine = importlib.import_module(PACKAGE).E5()
    ours = encoder.embed(TEXTS)
    theirs = np.stack([engine.query(text) for text in TEXTS])
    assert (ours * theirs).sum(axis=1).min() > 0.9995
    counts = [engine.token_count(text, True) for text in TEXTS]
    assert [len(encoder.pieces(text)) for text in TEXTS] == counts


def test_a_vector_does_not_depend_on_the_batch(encoder: Sentences) -> None:
    together = encoder.embed(TEXTS)
    alone = np.concatenate([encoder.embed([text]) for text in TEXTS])
    assert np.allclose(together, alone, atol=1e-4)
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)
    assert encoder.embed([]).shape == (0, encoder.width)


@pytest.mark.parametrize(
    "text", ["", "\x00", "\ud800", "ﷺ" * 4000, "😀" * 8000, "a\u0301" * 9000, "x" * 65_536]
)
def test_hostile_texts_are_bounded_and_harm_nothing(encoder: Sentences, text: str) -> None:
    assert len(encoder.pieces(text)) <= 162
    [vector] = encoder.embed([text])
    assert np.isfinite(vector).all()


def test_likeness_crosses_languages(encoder: Sentences) -> None:
    one, same, other = encoder.embed(
        ["you are an idiot", "du bist ein Idiot", "der Zug kommt um acht Uhr an"]
    )
    assert one @ same > one @ other


def test_a_file_of_another_kind_is_refused(tmp_path: Path, encoder: Sentences) -> None:
    path = tmp_path / "weights.bin"
    path.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(WeightsError, match="no encoder"):
        Sentences(path)
    whole = find(PACKAGE, FILE).read_bytes()
    for kept in (4, 40, 5_000, 5_000_000):
        path.write_bytes(whole[:kept])
        with pytest.raises(WeightsError):
            E5File(path)
    path.write_bytes(whole[:-1_000_000])
    with pytest.raises(WeightsError):
        Sentences(path)
