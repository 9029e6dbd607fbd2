"""The vocabulary is what the reference says, and holds a policy's own names besides."""

from __future__ import annotations

from pathlib import Path

import pytest

from seawall.policy.vocabulary import FACTS, LEVELS, SIGNALS, Vocabulary, vocabulary_markdown
from seawall.taxonomy import CATEGORIES

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "policy.md"
BEGIN = "<!-- vocabulary: written by seawall.policy.vocabulary.vocabulary_markdown -->\n"
END = "<!-- end of vocabulary -->"


def test_the_reference_page_has_the_vocabulary_of_the_code() -> None:
    _, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    table, _, _ = rest.partition(END)
    assert table == vocabulary_markdown(), "put vocabulary_markdown() between the markers"


def test_a_name_is_there_once() -> None:
    names = [name.name for name in (*SIGNALS, *FACTS)]
    assert len(set(names)) == len(names)
    assert not set(names) & set(LEVELS)


@pytest.mark.parametrize("category", [category.name for category in CATEGORIES])
def test_every_category_has_its_signal(category: str) -> None:
    name = Vocabulary().get(f"lexicon.{category}")
    assert name is not None
    assert name.signal == f"lexicon.{category}"


def test_patterns_and_windows_are_written_with_underscores() -> None:
    words = Vocabulary(["seed-ask-2"], ["too-fast"])
    pattern, window = words.get("pattern.seed_ask_2"), words.get("window.too_fast")
    assert pattern is not None
    assert pattern.signal == "pattern.seed-ask-2"
    assert window is not None
    assert window.signal is None
    assert words.get("pattern.other") is None
    assert {"pattern.seed_ask_2", "high", "True"} <= set(words.words())
