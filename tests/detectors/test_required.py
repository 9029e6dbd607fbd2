"""Required literals: whatever an expression matches holds what is said to be required."""

from __future__ import annotations

import re

import re2
from hypothesis import given, settings, strategies as st

from detectors.required import EDGE, Way, required, sure

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
    if re2.search(regex, text) is None:
        return
    padded = f" {text} " if text else " "
    ways = required(regex)
    assert ways is None or holds(ways, padded)
    if text.isascii():
        # In folded text symbols stand between spaces, so an edge of a word is never beside one.
        plain = required(regex, plain=True)
        assert plain is None or holds(plain, padded) or any(sign in text for sign in "$%")


def holds(ways: tuple[Way, ...], padded: str) -> bool:
    """Tell whether a text has what one of the ways requires, at edges of words where it must."""
    word = "[0-9a-z_]"

    def stands(literal: str) -> bool:
        before = f"(?<!{word})" if literal.startswith(EDGE) else ""
        after = f"(?!{word})" if literal.endswith(EDGE) else ""
        return re.search(before + re.escape(literal.strip(EDGE)) + after, padded) is not None

    return any(all(any(map(stands, slot)) for slot in way) for way in ways)


def test_a_literal_is_required_as_it_stands() -> None:
    assert required("my seed") == ((frozenset({"my seed"}),),)


def test_alternatives_are_required_one_or_the_other() -> None:
    assert required("my (?:seed|pins)") == ((frozenset({"my seed", "my pins"}),),)


def test_a_gap_parts_two_requirements() -> None:
    ways = required(r"\bsay(?: [^ ]+){0,3} it\b")
    assert ways is not None
    assert list(map(set, ways)) == [{frozenset({f"{EDGE}say "}), frozenset({f" it{EDGE}"})}]


def test_ends_of_the_text_are_spaces() -> None:
    assert required("(?:^| )код(?: |$)") == ((frozenset({" код "}),),)


def test_an_edge_of_a_word_is_a_space_in_plain_text() -> None:
    assert required(r"\bseeds?\b", plain=True) == ((frozenset({" seed ", " seeds "}),),)
    assert required(r"\bseed", plain=False) == ((frozenset({f"{EDGE}seed"}),),)
    assert required(r"my\b seed") == ((frozenset({"my seed"}),),)


def test_a_plain_text_is_not_asked_for_other_letters() -> None:
    assert required("c[oó]digo|фраза", plain=True) == ((frozenset({"codigo"}),),)
    assert required("фраза|助记词", plain=True) == ()


def test_what_may_be_left_out_keeps_the_space_before() -> None:
    ways = required(r"\byou(?: [^ ]+)* (?:big )?(?:[^ ]+ ){0,2}clown", plain=True)
    assert ways is not None
    assert " clown" in frozenset[str]().union(*(slot for way in ways for slot in way))


def test_a_piece_repeated_is_read_on_from_its_ends() -> None:
    assert required(r"\bto+ do", plain=True) == ((frozenset({"o do"}), frozenset({" to"})),)


def test_the_rarest_is_required_first() -> None:
    assert required("the.*drainer") == ((frozenset({"drainer"}),),)


def test_outermost_alternatives_need_only_their_own() -> None:
    ways = required("airdrop.*wallet|giveaway.*double")
    assert ways is not None
    assert {frozenset[str]().union(*way) for way in ways} <= {
        frozenset({"airdrop", "wallet"}),
        frozenset({"giveaway", "double"}),
    }


def test_what_requires_nothing_or_is_not_understood_is_said_so() -> None:
    deep = "(" * 999
    for regex in ("[0-9]{5}", r"\w+ \w+", "(?i)seed", "(?:seed)?", "a|seed", r"\x41", "(", deep):
        assert required(regex) is None


def test_the_second_slot_says_something_that_the_first_does_not() -> None:
    verbs = [f"{first}{last}ing" for first in "bdfgkmpt" for last in "aeiou"]
    ways = required(rf"\b(?:never|hardly) (?:\w+ )?(?:{'|'.join(verbs)})[^ ]*", plain=True)
    assert ways is not None
    slots = [{literal.strip() for literal in slot} for slot in ways[0]]
    assert set(verbs) in slots
    assert {"never", "hardly"} in slots


def test_of_a_long_literal_the_beginning_is_required() -> None:
    ways = required("recovery phrase")
    assert ways is not None
    ((slot,),) = ways
    (literal,) = slot
    assert "recovery phrase".startswith(literal)
    assert len(literal) < len("recovery phrase")


def test_words_alone_are_sure_and_nothing_else_is() -> None:
    assert sure(r"\bseeds?\b") == {" seed ", " seeds "}
    assert sure("(?:^| )(?:seed|pin)(?: |$)") == {" seed ", " pin "}
    assert sure("seed|фраза") == {"seed"}
    for regex in ("^seed", " seed", "seed$", r"\b[0-9]+ seed", r"\b@", r"a\bb", "a  b", "se+d"):
        assert sure(regex) == frozenset(), regex


@settings(max_examples=400)
@given(made=expressions(), before=st.sampled_from(["", "oh "]), after=st.sampled_from(["", " oh"]))
def test_a_plain_text_with_what_is_sure_is_matched(
    made: tuple[str, str], before: str, after: str
) -> None:
    regex, _ = made
    for literal in sure(regex):
        text = " ".join(f"{before}{literal}{after}".split())
        if text.isascii() and literal in f" {text} " and not any(sign in text for sign in "$%"):
            assert re2.search(regex, text) is not None, (regex, literal)
