"""Names of apps in messages."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from detectors.appnames import any_of, gate_of, is_in_address, is_part_of_word

WORDS = ["tele", "telegram", "tele gram", "tg", "微信", "加v", "телега", "a.b"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("telegram tele tg", ["telegram", "tele", "tg"]),
        ("tele gram", ["tele gram"]),
        ("telex tgs atg", []),
        ("加我微信 加v", ["微信", "加v"]),
        ("a.b axb", ["a.b"]),
        ("телега телегами", ["телега"]),
    ],
)
def test_the_longest_name_is_found_as_a_word(text: str, found: list[str]) -> None:
    assert [match.group() for match in any_of(WORDS, bounded=True).finditer(text)] == found


def test_no_names_find_nothing() -> None:
    assert any_of([], bounded=True).search("telegram") is None
    assert gate_of({}, {}) == ""


@given(st.lists(st.text("abc.", min_size=1, max_size=5), min_size=1), st.text("abc.", max_size=30))
def test_branches_find_what_alternatives_find(words: list[str], text: str) -> None:
    plain = re.compile("|".join(map(re.escape, sorted(set(words), key=len, reverse=True))))
    assert any_of(words, bounded=False).findall(text) == plain.findall(text)


@pytest.mark.parametrize(
    ("raw", "name", "everyday", "inside"),
    [
        ("see tiktok.com/@a", "tiktok", False, True),
        ("my.discord", "discord", False, True),
        ("discord: bob", "discord", False, False),
        ("843dc12", "dc", True, True),
        ("dc: bob", "dc", True, False),
        ("telegram. ok", "telegram", False, False),
    ],
)
def test_a_piece_of_a_link_is_no_name(raw: str, name: str, everyday: bool, inside: bool) -> None:
    at = raw.index(name)
    assert is_in_address(raw, at, at + len(name), everyday=everyday) is inside


def test_letters_around_make_a_part_of_a_word() -> None:
    assert is_part_of_word("weixinx", 0, 6)
    assert not is_part_of_word("weixin 1", 0, 6)
