"""Utterances joined with the one before, told once, and placed in time."""

from __future__ import annotations

from hypothesis import given, strategies as st

from gateway.stream.hearing import JOIN_S, Hearing
from seawall.signals import Signal, Signals
from seawall.taxonomy import Severity
from seawall.verdicts import Finding, Verdict
from workers.streams.reports import Spoke, Word


def said(n: int, at: float, text: str, final: bool = True) -> Spoke:
    words = [Word(word, at + i, at + i + 0.9) for i, word in enumerate(text.split())]
    return Spoke(1, n, at, at + len(words), text, words, "en", final)


def found(rule: str, value: str = "", eased: str = "") -> Finding:
    return Finding(rule, "spam", Severity.HIGH, (), "lexicon", value=value, eased=eased)  # type: ignore[arg-type]  # any of its words


def test_the_newest_utterance_stands_behind_the_one_before() -> None:
    hearing = Hearing()
    first = said(1, 0.0, "give me")
    hearing.commit(first)
    passage = hearing.passage(said(2, 3.0, "your keys"))
    assert passage is not None
    assert (passage.text, passage.start) == ("give me your keys", 8)
    assert passage.times([(5, 12)]) == (1.0, 3.9)
    assert passage.times([None]) == (3.0, 5.0)
    aligned = passage.aligned([Word("your", 3.5, 3.6), Word("keys", 3.7, 3.8)])
    assert aligned.times([(5, 12)]) == (1.0, 3.6)
    assert passage.aligned([]) == passage


def test_what_was_said_long_ago_is_not_joined() -> None:
    hearing = Hearing()
    hearing.commit(said(1, 0.0, "give me"))
    passage = hearing.passage(said(2, JOIN_S + 10, "your keys"))
    assert passage is not None
    assert (passage.text, passage.start) == ("your keys", 0)


def test_a_pass_that_comes_after_the_end_is_not_judged() -> None:
    hearing = Hearing()
    hearing.commit(said(3, 0.0, "the end"))
    assert hearing.passage(said(3, 0.0, "the en", final=False)) is None
    assert hearing.passage(said(2, 0.0, "earlier", final=False)) is None


def test_a_long_one_that_is_committed_late_is_judged_by_itself_once() -> None:
    hearing = Hearing()
    hearing.commit(said(2, 9.0, "the short one"))
    late = said(1, 0.0, "send me your seed phrase")
    passage = hearing.passage(late)
    assert passage is not None
    assert (passage.text, passage.start) == ("send me your seed phrase", 0)
    hearing.commit(late)
    assert hearing.passage(late) is None
    behind = hearing.passage(said(3, 13.0, "goes on"))
    assert behind is not None
    assert behind.text == "the short one goes on"


def test_what_is_remembered_of_committed_ones_is_bounded() -> None:
    hearing = Hearing()
    for n in range(1000):
        hearing.commit(said(n, n * 2.0, "word"))
    assert hearing.passage(said(999, 0.0, "word")) is None
    assert hearing.passage(said(1, 0.0, "word")) is None
    assert len(hearing._done) <= 65


def test_what_lies_in_the_earlier_utterance_is_left_out() -> None:
    hearing = Hearing()
    whole = Signal("lexicon.spam", 1.0, "lexicon", span=None)
    earlier = Signal("lexicon.spam", 1.0, "lexicon", span=(0, 7))
    across = Signal("link.any", 1.0, "links", span=(5, 12))
    signals = Signals([whole, earlier, across])
    assert hearing.fresh(signals, 8).items == (whole, across)
    assert hearing.fresh(signals, 0) is signals


def test_a_hit_is_news_once_and_again_when_it_does_something() -> None:
    hearing = Hearing()
    flag = Verdict("p", reasons=(found("r", "x", eased="provisional"),))
    acts = Verdict("p", reasons=(found("r", "x"),))
    other = Verdict("p", reasons=(found("r", "x"), found("r", "y")))
    news = [hearing.is_news(1, each) for each in (flag, flag, acts, acts, flag, other, other)]
    assert news == [True, False, True, False, False, True, False]
    assert hearing.is_news(2, flag)


@given(
    st.lists(
        st.tuples(st.text("ab c", max_size=12), st.floats(0.0, 30.0), st.booleans()), max_size=12
    ),
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=3),
)
def test_times_lie_in_what_was_said(
    passes: list[tuple[str, float, bool]], spans: list[tuple[int, int]]
) -> None:
    hearing, at = Hearing(), 0.0
    earliest: float | None = None
    for n, (text, pause, final) in enumerate(passes):
        at += pause
        spoke = said(n, at, text, final)
        earliest = spoke.from_ if earliest is None else earliest
        passage = hearing.passage(spoke)
        assert passage is not None
        assert passage.text.endswith(text.strip())
        for place, word in passage.words:
            assert passage.text[place : place + len(word.text)] == word.text
        from_, to = passage.times(spans)
        assert earliest <= from_ <= to <= spoke.to
        if final:
            hearing.commit(spoke)
        at = spoke.to
