"""The classifier: signals in order, scores no neighbour changes, nothing raised by any text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from detectors.models.features import MOST
from detectors.models.linear import SHIPPED, SPOKEN_FROM, Linear
from detectors.models.unit import TextModel, Unit
from detectors.models.weights import HEADS, load_weights, pack_weights
from seawall.errors import WeightsError
from seawall.taxonomy import CATEGORY_NAMES
from tests.detectors.models.synthetic import header, small, table, write

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=80)


@pytest.fixture(scope="module")
def shipped() -> Linear:
    return Linear()


def units(*texts: str, lang: str = "") -> list[Unit]:
    return [Unit(at, text, lang) for at, text in enumerate(texts)]


def test_it_is_a_text_model(shipped: Linear) -> None:
    model: TextModel = shipped
    assert model.name == "linear"
    assert model.version == load_weights(SHIPPED).version
    assert len(model.version) == 16


def test_the_shipped_weights_are_of_the_present_fold(shipped: Linear) -> None:
    assert not shipped.stale, "texts fold otherwise since training: run python -m bench.train_text"


def test_weights_of_another_fold_say_so(tmp_path: Path) -> None:
    old = write(tmp_path, pack_weights(header(fold="0" * 16), table()))
    assert Linear(str(old)).stale
    assert not Linear(str(small(tmp_path))).stale


def test_a_bad_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError):
        Linear(str(write(tmp_path, b"nothing")))


def test_a_known_word_is_scored_and_others_are_not(tmp_path: Path) -> None:
    model = Linear(str(small(tmp_path)))
    told, silent = model.judge(units("you wretch", "good evening", lang="en"))
    assert [signal.name for signal in told] == ["linear.abuse"]
    assert told[0].category == "harassment"
    assert told[0].detector == "linear"
    assert told[0].score > SPOKEN_FROM
    assert silent == []


def test_a_language_without_measurements_stays_below_its_cap(tmp_path: Path) -> None:
    model = Linear(str(small(tmp_path)))
    known, unknown = (model.judge(units("wretch wretch", lang=lang))[0][0] for lang in ("en", "sw"))
    assert known.score > 0.9
    assert unknown.score == 0.5


def test_no_units_no_answers(shipped: Linear) -> None:
    assert shipped.judge([]) == []
    assert shipped.margins([]).shape == (0, len(HEADS))


def test_more_units_than_one_batch_are_answered_in_order(tmp_path: Path) -> None:
    model = Linear(str(small(tmp_path)))
    texts = ["hello"] * (MOST + 10)
    texts[3] = texts[MOST + 3] = "you wretch"
    answers = model.judge(units(*texts))
    assert [at for at, answer in enumerate(answers) if answer] == [3, MOST + 3]


@settings(max_examples=100, deadline=None)
@given(st.lists(ANY_TEXT, min_size=1, max_size=6))
def test_neighbours_do_not_change_a_score(shipped: Linear, texts: list[str]) -> None:
    together = shipped.judge(units(*texts))
    assert together == [shipped.judge(units(text))[0] for text in texts]
    assert shipped.judge(units(*reversed(texts))) == together[::-1]


@settings(max_examples=100, deadline=None)
@given(ANY_TEXT, st.text(max_size=4))
def test_signals_are_of_the_vocabulary(shipped: Linear, text: str, lang: str) -> None:
    for signal in shipped.judge(units(text, lang=lang))[0]:
        assert signal.name.removeprefix("linear.") in HEADS
        assert signal.category in CATEGORY_NAMES
        assert SPOKEN_FROM <= signal.score <= 1


@pytest.mark.parametrize(
    "text",
    [
        "a" * 65_536,
        "\U0001f602" * 8_000,
        "z" + "\u0336\u0301" * 20_000,
        "\ud800" * 500,
        "\x00",
        "\ufdfa" * 4_000,
        "word " * 13_000,
    ],
)
def test_hostile_texts_are_judged_like_others(shipped: Linear, text: str) -> None:
    answers = shipped.judge(units("hello", text, "hello"))
    assert answers[0] == answers[2] == shipped.judge(units("hello"))[0]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("you are a worthless piece of shit, go to hell bitch", "linear.abuse"),
        ("URGENT! You have won a prize, call now to claim your free cash reward", "linear.spam"),
        ("Заработок без вложений от 200$ в день, пиши мне в личные сообщения", "linear.spam"),
        ("mày ngu vãi lồn, cút đi thằng chó", "linear.abuse"),
    ],
)
def test_plain_cases_are_known(shipped: Linear, text: str, name: str) -> None:
    scores = {signal.name: signal.score for signal in shipped.judge(units(text))[0]}
    assert scores.get(name, 0) >= 0.8


@pytest.mark.parametrize(
    "text",
    [
        "hello everyone, how is it going today?",
        "does anyone know how to mount a second disk?",
        "gg well played",
        "f",
        "my black cat sleeps all day",
        "the muslim community opened a new library",
        "she is a gay woman and a great coach",
        "check your pockets before you wash them",
    ],
)
def test_plain_talk_is_not_held(shipped: Linear, text: str) -> None:
    assert all(signal.score < 0.9 for signal in shipped.judge(units(text))[0])
