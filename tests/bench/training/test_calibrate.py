"""Scores: measured precision, held down by ordinary chat, and low where nothing was measured."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from bench.training.calibrate import FUNCTIONAL_ONLY, UNMEASURED, UNPROVEN, Calibration
from bench.training.rows import Row, targets
from detectors.models.weights import HEADS, Level

ABUSE = HEADS.index("abuse")
TEXT = {
    "en": "what are you doing there",
    "zh": "今天天气很好",
    "es": "pero qué dices, no es así",
}
MANY = 200


def rows(lang: str, name: str = "written") -> list[Row]:
    """Invent violating rows, then as many benign ones."""
    return [
        Row(name, f"{TEXT[lang]} {at}", lang, category, at)
        for category in ("harassment", "")
        for at in range(MANY)
    ]


def chat(count: int) -> list[Row]:
    return [Row("ubuntu_irc", f"what are you doing {at}", "en", "", at) for at in range(count)]


def levels(some: list[Row], margins: list[float]) -> dict[str, tuple[Level, ...]]:
    found = Calibration(some, np.array([targets(row) for row in some]))
    used = np.ones(len(some), np.bool_)
    return found.levels(ABUSE, np.array(margins), used)


def apart(over: float = 0.0) -> list[float]:
    """Margins that tell violating (positive) from benign (negative) rows."""
    return [over + 1 + at / MANY for at in range(MANY)] + [-1 - at / MANY for at in range(MANY)]


def score(table: tuple[Level, ...], margin: float) -> float:
    return float(np.interp(margin, [m for m, _ in table], [s for _, s in table]))


def test_levels_rise() -> None:
    for table in levels(rows("en"), apart()).values():
        assert all(low[0] < high[0] for low, high in pairwise(table))
        assert all(low[1] <= high[1] for low, high in pairwise(table))


def test_what_is_always_right_scores_high_and_what_is_wrong_low() -> None:
    english = levels(rows("en"), apart())["en"]
    assert score(english, 2.0) >= 0.98
    assert score(english, -4.0) <= 0.1


def test_a_language_that_is_not_proven_is_cut_off() -> None:
    assert score(levels(rows("zh"), apart())["zh"], 9.0) == UNPROVEN


def test_template_suites_prove_less() -> None:
    found = levels(rows("es", "multilingual_hatecheck"), apart())
    assert score(found["es"], 9.0) == FUNCTIONAL_ONLY


def test_a_language_without_rows_gets_the_english_levels_cut_off() -> None:
    assert score(levels(rows("en"), apart())[""], 9.0) == UNMEASURED


@pytest.mark.parametrize("share", [0.02, 0.1])
def test_ordinary_chat_keeps_scores_down(share: float) -> None:
    loud = int(1000 * share)
    margins = [*apart(), *[1.5] * loud, *[-3.0] * (1000 - loud)]
    english = levels([*rows("en"), *chat(1000)], margins)["en"]
    assert score(english, 1.5) < 0.9
    assert score(english, 2.0) > score(english, 1.5)


def test_few_rows_prove_nothing() -> None:
    some = [row for row in rows("en") if row.order < 10]
    assert score(levels(some, [1.0] * 10 + [-1.0] * 10)[""], 9.0) <= UNMEASURED
