"""The second opinion as it is shipped: it knows plain cases in several languages, and no more."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import msgspec
import pytest

from detectors.models.headfile import load_heads, pack_heads
from detectors.models.opinion import SHIPPED, Opinion
from detectors.models.sentences import PACKAGE
from detectors.models.unit import Unit
from seawall.errors import WeightsError

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(90),
]  # here the library takes all cores, in a worker one


@pytest.fixture(scope="module")
def opinion(absent: Callable[[str, str], NoReturn]) -> Opinion:
    if importlib.util.find_spec(PACKAGE) is None:
        absent(PACKAGE, "not installed")
    return Opinion()


def scores(opinion: Opinion, text: str, lang: str = "") -> dict[str, float]:
    [found] = opinion.judge([Unit(0, text, lang)])
    return {signal.name: signal.score for signal in found}


@pytest.mark.parametrize(
    ("text", "lang", "name", "least"),
    [
        ("you are a worthless piece of trash and everybody hates you", "en", "opinion.abuse", 0.8),
        ("du bist so dumm, verpiss dich", "de", "opinion.abuse", 0.3),
        ("URGENT! You have won a cash prize, call now to claim it", "en", "opinion.spam", 0.8),
        ("Заработок без вложений, пишите в личку, 200$ в день", "ru", "opinion.spam", 0.9),
    ],
)
def test_plain_cases_are_known(
    opinion: Opinion, text: str, lang: str, name: str, least: float
) -> None:
    assert scores(opinion, text, lang).get(name, 0.0) >= least


@pytest.mark.parametrize(
    "text",
    [
        "good morning everyone, how are you today?",
        "does anyone know how to mount a second disk?",
        "gg well played",
        "my black cat sleeps all day",
        "спасибо за стрим, до завтра",
        "今日は楽しかったです",
    ],
)
def test_plain_talk_is_not_held(opinion: Opinion, text: str) -> None:
    assert max(scores(opinion, text).values(), default=0.0) < 0.8


def test_a_language_that_nobody_measured_is_not_claimed(opinion: Opinion) -> None:
    found = scores(opinion, "du bist ein dummes Schwein, verpiss dich", "de")
    assert max(found.values(), default=0.0) <= 0.5


def test_a_batch_is_judged_in_order(opinion: Opinion) -> None:
    texts = ["you are a worthless idiot", "hello", "\x00", "x" * 5000, ""]
    together = opinion.judge([Unit(at, text) for at, text in enumerate(texts)])
    assert [len(found) > 0 for found in together][:2] == [True, False]
    assert opinion.judge([]) == []
    alone = [scores(opinion, text) for text in texts]
    for one, many in zip(alone, together, strict=True):
        assert one == pytest.approx({signal.name: signal.score for signal in many}, abs=0.01)


@pytest.mark.parametrize("change", [{"encoder": "0" * 64}, {"recipe": "words"}])
def test_heads_made_for_something_else_are_refused(tmp_path: Path, change: dict[str, str]) -> None:
    shipped = load_heads(SHIPPED)
    header = msgspec.structs.replace(shipped.header, **change)
    path = tmp_path / "heads"
    path.write_bytes(pack_heads(header, shipped.mean, shipped.scale, shipped.heads))
    with pytest.raises(WeightsError, match="made for another"):
        Opinion(str(path))


def test_the_card_beside_it_is_about_this_file() -> None:
    card = SHIPPED.with_name("opinion.card.md").read_text("utf-8")
    assert load_heads(SHIPPED).version in card
