"""The words of office are disjoint from their disclaimers, and comparable with folded names."""

from __future__ import annotations

from detectors.roles import BADGE, DRESS, HONEST, ROLES, UNSPACED_ROLES, WEAK_ROLES, cut_phrases
from detectors.skeleton import strip_marks
from seawall.fold import fold


def test_no_word_claims_and_disclaims() -> None:
    assert not (ROLES | WEAK_ROLES | DRESS) & HONEST


def test_every_word_is_as_a_folded_name_would_have_it() -> None:
    for word in ROLES | WEAK_ROLES | DRESS | HONEST:
        assert strip_marks(fold(f"a {word}").spaced[2:]) == word


def test_offices_of_several_words_become_one() -> None:
    assert cut_phrases("nimbus ho tro") == "nimbus hotro"
    assert cut_phrases("customer support desk") == "customersupport desk"
    assert cut_phrases("photo trophy") == "photo trophy"


def test_badges_and_unspaced_offices() -> None:
    assert BADGE.search("[mod] kevin")
    assert BADGE.search("kevin ✅")
    assert not BADGE.search("kevin (modern)")
    assert UNSPACED_ROLES.findall("官方客服小美") == ["官方", "客服"]
