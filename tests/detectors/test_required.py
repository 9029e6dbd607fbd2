"""Required literals: whatever an expression matches holds what is said to be required."""

from __future__ import annotations

import re2
from hypothesis import given, settings, strategies as st

from detectors.required import required

LITERALS = ["send", "seed", "a", "фраза", "助记词", "x2", "$", "%"]


def expressions() -> st.SearchStrategy[tuple[str, str]]:
    """Make expressions together with a text that each matches."""
    words = st.sampled_from(LITERALS).map(lambda word: (word.replace("$", r"\$"), word))
    classes = st.sampled_from([("[oó]", "ó"), ("[0-9]+", "42"), ("[^ ]+", "gap"), (".", "z")])
    edges = st.sampled_from([(r"\b", ""), ("(?:^| )", " "), ("(?: |$)", " "), (" ", " ")])
    return st.recursive(
        st.one_of(words, classes, edges),
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=4).map(
                lambda row: ("".join(one for one, _ in row), "".join(text for _, text in row))
            ),
            st.lists(inner, min_size=2, max_size=4).map(
                lambda ways: (f"(?:{'|'.join(one for one, _ in ways)})", ways[-1][1])
            ),
            inner.map(lambda one: (f"(?:{one[0]})?", "")),
            inner.map(lambda one: (f"(?:{one[0]}){{0,2}}", one[1])),
            inner.map(lambda one: (f"(?:{one[0]})+?", one[1] * 2)),
        ),
        max_leaves=12,
    )


@settings(max_examples=400)
@given(made=expressions(), before=st.sampled_from(["", "oh ", "да "]))
def test_a_matched_text_holds_what_is_required(made: tuple[str, str], before: str) -> None:
    regex, text = made
    text = " ".join(f"{before}{text}".split())
    ways = required(regex)
    if ways is None or re2.search(regex, text) is None:
        return
    padded = f" {text} " if text else " "
    assert any(all(any(one in padded for one in slot) for slot in way) for way in ways)


def test_a_literal_is_required_as_it_stands() -> None:
    assert required("seed phrase") == ((frozenset({"seed phrase"}),),)


def test_alternatives_are_required_one_or_the_other() -> None:
    assert required("seed (?:phrase|words)") == ((frozenset({"seed phrase", "seed words"}),),)


def test_a_gap_parts_two_requirements() -> None:
    assert required(r"\bsend(?: [^ ]+){0,3} seed\b") == (
        (frozenset({"send"}), frozenset({" seed"})),
    )


def test_ends_of_the_text_are_spaces() -> None:
    assert required("(?:^| )код(?: |$)") == ((frozenset({" код "}),),)


def test_outermost_alternatives_need_only_their_own() -> None:
    ways = required("airdrop.*wallet|giveaway.*double")
    assert ways is not None
    assert {frozenset[str]().union(*way) for way in ways} <= {
        frozenset({"airdrop", "giveaway"}),
        frozenset({"airdrop"}),
        frozenset({"giveaway"}),
        frozenset({"wallet", "double"}),
    }


def test_what_requires_nothing_or_is_not_understood_is_said_so() -> None:
    deep = "(" * 999
    for regex in ("[0-9]{5}", r"\w+ \w+", "(?i)seed", "(?:seed)?", "a|seed", r"\x41", "(", deep):
        assert required(regex) is None
