"""A lexicon finds its terms in any disguise, where they are, and only where they are meant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pytest
from hypothesis import assume, given, strategies as st

from detectors.text.lexicon import Lexicon
from seawall.errors import PolicyError
from seawall.events import User
from seawall.fold import fold
from seawall.policy.model import LexiconEntry
from seawall.taxonomy import CATEGORIES, Severity

USER = User("u")
Match = Literal["word", "substring", "squashed"]


def entry(
    term: str,
    match: Match = "word",
    category: str = "spam",
    severity: Severity = Severity.MEDIUM,
    exceptions: tuple[str, ...] = (),
) -> LexiconEntry:
    return LexiconEntry(term, category, severity, match, exceptions, where="lexicon.en.yaml:7")


def found(
    text: str, entries: Sequence[LexiconEntry], allow: Sequence[str] = ()
) -> list[tuple[str, str]]:
    """Each signal as (term, what it covers in the text)."""
    signals = Lexicon(entries, allow).detect(fold(text), USER)
    assert all(signal.span for signal in signals)
    return [
        (signal.value, text[signal.span[0] : signal.span[1]]) for signal in signals if signal.span
    ]


def test_a_signal_says_category_severity_term_and_place() -> None:
    lexicon = Lexicon([entry("Seed Phrase", "word", "scam.phishing", Severity.HIGH)])
    (signal,) = lexicon.detect(fold("your SEED, phrase!"), USER)
    assert (signal.name, signal.detector) == ("lexicon.scam.phishing", "lexicon")
    assert (signal.category, signal.severity) == ("scam.phishing", Severity.HIGH)
    assert (signal.score, signal.value, signal.span) == (0.75, "Seed Phrase", (5, 17))


def test_clean_text_costs_nothing_and_shares_one_answer() -> None:
    lexicon = Lexicon([entry("scam"), entry("free nitro", "squashed")])
    assert lexicon.detect(fold("hello there"), USER) is lexicon.detect(fold("scammer"), USER)
    assert Lexicon().detect(fold("anything"), USER) == []


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        ("scam", ["scam"]),
        ("a SCAM, a scam!", ["SCAM", "scam"]),
        ("#scam @scam $scam scam+", ["scam"] * 4),
        ("ｓｃａｍ 𝓼𝓬𝓪𝓶 sсаm", ["ｓｃａｍ", "𝓼𝓬𝓪𝓶", "sсаm"]),
        ("sc\u200bam", ["sc\u200bam"]),
        ("这是scam吗", ["scam"]),
        ("scammer", []),
        ("nos cam", []),
        ("s.c.a.m", []),
    ],
)
def test_a_word_stands_between_word_boundaries(text: str, covered: list[str]) -> None:
    assert [part for _, part in found(text, [entry("scam")])] == covered


@pytest.mark.parametrize(
    ("text", "covered"),
    [("scunny bigscunny", ["scunny", "scunny"]), ("sc unny", []), ("SCUNNY's", ["SCUNNY"])],
)
def test_a_substring_stands_anywhere(text: str, covered: list[str]) -> None:
    assert [part for _, part in found(text, [entry("scunny", "substring")])] == covered


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        ("free nitro", ["free nitro"]),
        ("F.R.E.E n!tr0 here", ["F.R.E.E n!tr0"]),
        ("get FREEE NITROOOO!!!", ["FREEE NITROOOO"]),
        ("fr ee nit ro", ["fr ee nit ro"]),
        ("freenitro", ["freenitro"]),
        ("free !nitro", ["free !nitro"]),
        ("f\u200br\u200be\u200be ｎｉｔｒｏ", ["f\u200br\u200be\u200be ｎｉｔｒｏ"]),
        ("carefree nitro", []),
        ("free nitrogen", []),
        ("fre nitro", []),
    ],
)
def test_a_squashed_term_is_found_spelled_apart_and_whole(text: str, covered: list[str]) -> None:
    assert [part for _, part in found(text, [entry("free nitro", "squashed")])] == covered


def test_squashing_does_not_join_the_ends_of_other_words() -> None:
    assert found("push it, this hit, it's hit", [entry("shit", "squashed")]) == []


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        ("god", ["god"]),
        ("gooood", ["gooood"]),
        ("goddd", ["goddd"]),
        ("good", []),
        ("good goood", ["goood"]),
    ],
)
def test_doubled_letters_make_another_word_but_more_do_not(text: str, covered: list[str]) -> None:
    assert [part for _, part in found(text, [entry("god", "squashed")])] == covered


@pytest.mark.parametrize(
    ("term", "text", "covered"),
    [
        ("微信", "加我微信吧", ["微信"]),
        ("加v信", "xx加V信yy", ["加V信"]),
        ("wx", "加我wx聊", ["wx"]),
        ("ไลน์", "แอดไลน์มา", ["ไลน์"]),
        ("テレグラム", "ﾃﾚｸﾞﾗﾑに来て", ["ﾃﾚｸﾞﾗﾑ"]),
        ("vx", "加vxq", []),
        ("v信x", "加v信xy", []),
        ("v信x", "加v信x", ["v信x"]),
    ],
)
def test_words_need_no_boundary_where_a_script_has_none(
    term: str, text: str, covered: list[str]
) -> None:
    assert [part for _, part in found(text, [entry(term)])] == covered


@pytest.mark.parametrize("text", ["дура", "Дура!", "дypa", "ДУРА"])
def test_a_russian_word_is_found_with_latin_letters_in_it(text: str) -> None:
    assert [part for _, part in found(text, [entry("дура")])] == [text.rstrip("!")]


@pytest.mark.parametrize("text", ["сор в избе", "you are сор lol", "you are cop lol"])
def test_a_word_of_look_alikes_is_found_in_both_scripts(text: str) -> None:
    assert len(found(text, [entry("сор")])) == 1


def test_signs_that_carry_meaning_tell_terms_apart() -> None:
    assert found("only 18+ here", [entry("18+")]) == [("18+", "18+")]
    assert found("only 18 here", [entry("18+")]) == []
    assert found("seed!phrase", [entry("seed phrase")]) == [("seed phrase", "seed!phrase")]


def test_an_exception_wins_only_where_it_covers_and_only_for_its_term() -> None:
    entries = [
        entry("seed phrase", exceptions=("never share your seed phrase",)),
        entry("your seed phrase please", category="scam.phishing"),
    ]
    assert found("Never share your SEED phrase.", entries) == []
    assert found("never share your seed phrase; seed phrase?", entries) == [
        ("seed phrase", "seed phrase")
    ]
    assert found("never share your seed phrase please", entries) == [
        ("your seed phrase please", "your seed phrase please")
    ]


def test_an_exception_of_the_longest_term_does_not_hide_a_shorter_one() -> None:
    entries = [entry("kill yourself", exceptions=("dont kill yourself",)), entry("kill")]
    assert found("don't kill yourself", entries) == [("kill", "kill")]


def test_an_exception_covers_a_disguise_too() -> None:
    entries = [entry("free nitro", "squashed", exceptions=("no free nitro",))]
    assert found("no free nitro here", entries) == []
    assert found("free n1tro, no free nitro", entries) == [("free nitro", "free n1tro")]


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        ("Scunthorpe", []),
        ("the scunthorpes", []),
        ("scunthorp cunt", ["cunt", "cunt"]),
        ("scunthorpe cunt", ["cunt"]),
    ],
)
def test_an_allowed_text_wins_where_it_covers(text: str, covered: list[str]) -> None:
    terms = [entry("cunt", "substring")]
    assert [part for _, part in found(text, terms, ["Scunthorpe"])] == covered


@given(
    st.lists(st.sampled_from(["bad", "word", "not", "so", "x"]), max_size=12),
    st.lists(st.sampled_from(["not bad", "so bad word", "bad word"]), max_size=3),
)
def test_only_a_covering_allowance_excuses(words: list[str], allow: list[str]) -> None:
    text = " ".join(words)
    covered: set[int] = set()
    for allowed in allow:
        at = text.find(allowed)
        while at >= 0:
            inside = range(at, at + len(allowed) - 2)
            covered.update(place for place in inside if text.startswith("bad", place))
            at = text.find(allowed, at + 1)
    signals = Lexicon([entry("bad")], allow).detect(fold(text), USER)
    places = [at for at in range(len(text)) if text.startswith("bad", at) and at not in covered]
    assert [signal.span for signal in signals] == [(at, at + 3) for at in places]


def test_of_nested_terms_the_longest_is_told_unless_a_shorter_is_worse_or_else() -> None:
    text = "go kill yourself now"
    long = entry("kill yourself", category="threat", severity=Severity.HIGH)
    assert found(text, [long, entry("kill", category="threat")]) == [
        ("kill yourself", "kill yourself")
    ]
    assert len(found(text, [long, entry("kill", category="violence")])) == 2
    worse = entry("kill", category="threat", severity=Severity.CRITICAL)
    assert {term for term, _ in found(text, [long, worse])} == {"kill", "kill yourself"}


def test_the_same_term_may_stand_in_two_categories() -> None:
    lexicon = Lexicon(
        [entry("pump", category="spam"), entry("PUMP", category="market.manipulation")]
    )
    names = {signal.name for signal in lexicon.detect(fold("pump it"), USER)}
    assert names == {"lexicon.spam", "lexicon.market.manipulation"}


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (entry("🔥🔥"), "no letter or digit"),
        (entry(""), "no letter or digit"),
        (entry("as", "squashed"), "too short to be squashed"),
        (entry("a$$", "squashed"), "too short to be squashed"),
        (entry("bad", exceptions=("good",)), "'good' does not contain 'bad'"),
    ],
)
def test_a_term_that_cannot_work_is_refused_with_its_place(bad: LexiconEntry, reason: str) -> None:
    with pytest.raises(PolicyError) as refused:
        Lexicon([entry("fine"), bad])
    (problem,) = refused.value.problems
    assert problem.startswith("lexicon.en.yaml:7: ")
    assert reason in problem


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(PolicyError) as refused:
        Lexicon([entry("!"), entry("?")], ["..."])
    assert len(refused.value.problems) == 3


def test_a_term_repeated_without_end_is_told_only_so_often() -> None:
    for match, text in (("word", "scam "), ("substring", "scam"), ("squashed", "s c a m ")):
        assert len(found(text * 3_000, [entry("scam", match)])) <= 64  # type: ignore[arg-type]


def test_a_mild_flood_does_not_hide_a_severe_term() -> None:
    entries = [entry("meh"), entry("bomb threat", severity=Severity.CRITICAL)]
    assert ("bomb threat", "bomb threat") in found("meh " * 2_000 + "bomb threat", entries)


def test_ten_thousand_terms_are_all_found() -> None:
    kinds: tuple[Match, ...] = ("word", "substring", "squashed")
    terms = [entry(f"term {at} zz{at:05d}q", kinds[at % 3]) for at in range(10_000)]
    lexicon = Lexicon(terms)
    for at in range(0, 10_000, 97):
        values = [s.value for s in lexicon.detect(fold(f"so TERM {at}: zz{at:05d}q!"), USER)]
        assert terms[at].term in values


@given(st.lists(st.text("ab ", min_size=1, max_size=5), max_size=6), st.text("ab .'", max_size=30))
def test_words_are_found_exactly_where_a_plain_search_finds_them(
    terms: list[str], text: str
) -> None:
    spaced = [" ".join(term.split()) for term in terms]
    names = [category.name for category in CATEGORIES]
    assume(all(spaced))
    entries = [entry(term, category=name) for term, name in zip(terms, names, strict=False)]
    folded = fold(text)
    haystack = f" {folded.spaced} "
    expected = {
        (name, folded.span("spaced", at, at + len(term)))
        for term, name in zip(spaced, names, strict=False)
        for at in range(len(haystack))
        if haystack.startswith(f" {term} ", at)
    }
    signals = Lexicon(entries).detect(folded, USER)
    assert {(signal.category, signal.span) for signal in signals} == expected


_TRICKY = "ab 微信éсо!$@1'\u200b\u0301\ud800𝓪ﷺ,.x"


@given(st.text(st.sampled_from(_TRICKY), max_size=60))
def test_no_text_breaks_it_and_every_span_is_inside(text: str) -> None:
    lexicon = Lexicon(
        [
            entry("ab"),
            entry("a", "substring"),
            entry("abx", "squashed"),
            entry("微信"),
            entry("b信"),
        ],
        ["b a"],
    )
    signals = lexicon.detect(fold(text), USER)
    spans = [signal.span or (-1, -1) for signal in signals]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert spans == sorted(spans, key=lambda span: span[0])


@given(st.text(st.characters(max_codepoint=0x2FFF), max_size=40))
def test_any_foldable_text_is_found_in_itself(text: str) -> None:
    folded = fold(text)
    assume(folded.packed)
    (signal,) = Lexicon([entry(text)]).detect(folded, USER)[:1]
    assert signal.value == text


def test_excused_repetitions_do_not_hide_what_comes_after_them() -> None:
    terms = [entry("cunt", "substring"), entry("spic", exceptions=("spic span",))]
    assert found("scunthorpe " * 200 + "cunt", terms, ["scunthorpe"]) == [("cunt", "cunt")]
    assert found("spic span " * 200 + "spic", terms) == [("spic", "spic")]


def test_an_excuse_repeated_without_end_excuses_nothing() -> None:
    terms = [entry("cunt", "substring")]
    assert len(found("scunthorpe " * 600, terms, ["scunthorpe"])) == 64
    terms.append(entry("bad", exceptions=("not bad",)))
    assert found("scunthorpe " * 600 + "not bad", terms, ["scunthorpe"])[-1] == ("cunt", "cunt")


def test_a_word_of_two_scripts_ends_where_its_last_letter_does() -> None:
    entries = [entry("v信x", category="spam"), entry("v信x", "substring", category="diversion")]
    assert len(found("加v信xy", entries)) == 1
    assert len(found("加v信x y", entries)) == 2


def test_a_stretch_somewhere_else_does_not_make_half_a_word_whole() -> None:
    assert found("sooo carefree nitro", [entry("free nitro", "squashed")]) == []


def test_a_million_terms_are_refused_at_once_and_clearly() -> None:
    entries = [LexiconEntry("a term", "profanity", Severity.LOW, where="big.yaml:7")] * 1_000_000
    with pytest.raises(PolicyError, match=r"big.yaml:7: 1,000,000 terms together, at most 300,000"):
        Lexicon(entries)


def test_the_same_term_again_is_told_once() -> None:
    entry = LexiconEntry("wretch", "profanity", Severity.LOW)
    assert len(Lexicon([entry] * 50).detect(fold("you wretch"), User("u"))) == 1


def test_what_looks_like_an_expression_is_taken_as_it_is_written() -> None:
    lexicon = Lexicon([LexiconEntry("a.*b", "profanity", Severity.LOW)])
    assert not lexicon.detect(fold("a whole lot b"), User("u"))
    assert lexicon.detect(fold("say a.*b"), User("u"))


def test_a_flood_of_one_letter_is_not_weighed_to_its_end() -> None:
    lexicon = Lexicon([LexiconEntry("abc", "profanity", Severity.LOW, "squashed")])
    found = lexicon.detect(fold("aaabc abc " * 6_000), User("u"))
    assert 0 < len(found) <= 64
