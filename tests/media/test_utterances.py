"""Every frame is in one span, none too long, however the frames come."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, strategies as st

from media.utterances import Cutting, Due, Ended, Quiet, Span, Utterances, frames_of

SHORT = Cutting(few=3, lead=2, tail=2, hang=4, breath=3, most=30, look=8, settle=5)
SONG = msgspec.structs.replace(SHORT, unvoiced=True)

runs = st.lists(
    st.tuples(st.integers(1, 40), st.sampled_from((0.0, 0.1, 0.4, 0.6, 1.0))), max_size=20
)
chances = runs.map(lambda pairs: [chance for count, chance in pairs for _ in range(count)])
kinds = st.sampled_from((SHORT, SONG))


def spans_of(cutting: Cutting, fed: list[float], hop: int = 0, block: int = 8) -> list[Span]:
    cutter, spans = Utterances(cutting), []
    for at in range(0, len(fed), block):
        spans += cutter.feed(fed[at : at + block], hop)
    return spans + cutter.flush()


@given(kinds, chances, st.integers(0, 12))
def test_every_frame_is_in_one_span_in_order(cutting: Cutting, fed: list[float], hop: int) -> None:
    reached = 0
    for span in spans_of(cutting, fed, hop):
        if isinstance(span, Due):
            assert span.start == reached
            assert span.end <= len(fed)
            continue
        assert span.start == reached
        assert span.end > span.start
        reached = span.end
    assert reached == len(fed)


@given(kinds, chances, st.integers(0, 12), st.integers(1, 50), st.integers(1, 50))
def test_how_frames_are_grouped_changes_nothing(
    cutting: Cutting, fed: list[float], hop: int, one: int, other: int
) -> None:
    assert spans_of(cutting, fed, hop, one) == spans_of(cutting, fed, hop, other)


def test_a_voice_that_comes_to_nothing_makes_no_song_too_long() -> None:
    fed = [0.0] * (SONG.most - 1) + [1.0] * (SONG.few - 1) + [0.0] * 20
    spans = [span for span in spans_of(SONG, fed, 1) if isinstance(span, Ended)]
    assert spans
    assert all(span.end - span.start <= SONG.most for span in spans)


@given(kinds, chances, st.integers(1, 12))
def test_no_utterance_is_too_long_or_without_voice(
    cutting: Cutting, fed: list[float], hop: int
) -> None:
    for span in spans_of(cutting, fed, hop):
        if isinstance(span, Quiet):
            continue
        assert len(span.voice) == span.end - span.start
        assert span.end - span.start <= cutting.most
        if isinstance(span, Due) or span.voiced:
            assert sum(span.voice) >= cutting.few_after_cut


@given(chances, st.integers(1, 12))
def test_an_open_utterance_is_due_once_a_hop_and_only_for_something_new(
    fed: list[float], hop: int
) -> None:
    last: Due | None = None
    for span in spans_of(SHORT, fed, hop):
        if isinstance(span, Due):
            if last is not None and last.n == span.n:
                assert span.end - last.end >= max(1, hop // 3)
                if fed[span.end - 1] >= SHORT.on:
                    assert span.end - last.end >= hop
                assert any(span.voice[last.end - span.start :])
            last = span


def test_it_is_due_at_a_breath_which_may_be_its_end() -> None:
    spans = spans_of(SHORT, [1.0] * 6 + [0.0] * 10, hop=9)
    assert [(span.start, span.end) for span in spans if isinstance(span, Due)] == [(0, 9)]


@given(chances)
def test_numbers_rise_by_one(fed: list[float]) -> None:
    numbers = [span.n for span in spans_of(SHORT, fed, 5) if isinstance(span, Ended)]
    assert numbers == list(range(1, len(numbers) + 1))


@given(chances)
def test_without_a_hop_nothing_is_due(fed: list[float]) -> None:
    assert not [span for span in spans_of(SHORT, fed) if isinstance(span, Due)]


def test_a_word_between_silences_has_its_lead_and_tail() -> None:
    spans = spans_of(SHORT, [0.0] * 10 + [1.0] * 6 + [0.0] * 10)
    assert spans[0] == Quiet(0, 5)
    assert spans[2] == Ended(1, 8, 18, bytes([0, 0, 1, 1, 1, 1, 1, 1, 0, 0]))
    assert spans[-1] == Quiet(23, 26)


def test_it_is_cut_where_the_voice_was_faintest() -> None:
    fed = [1.0] * 25 + [0.4] + [1.0] * 20 + [0.0] * 10
    first, second = (span for span in spans_of(SHORT, fed) if isinstance(span, Ended))
    assert (first.start, first.end, first.cut) == (0, 26, True)
    assert (second.start, second.cut) == (26, False)


def test_a_blip_is_no_utterance() -> None:
    spans = spans_of(SHORT, [0.0] * 9 + [1.0] * 2 + [0.0] * 9)
    assert all(isinstance(span, Quiet) for span in spans)


def test_song_without_a_voice_becomes_utterances_that_say_so() -> None:
    spans = spans_of(SONG, [0.1] * 70)
    assert [(span.start, span.end, span.voiced) for span in spans if isinstance(span, Ended)] == [
        (0, 30, False),
        (30, 60, False),
        (60, 70, False),
    ]


def test_the_open_utterance_can_be_asked_for() -> None:
    cutter = Utterances(SHORT)
    assert cutter.so_far() is None
    cutter.feed([1.0] * 5)
    assert cutter.so_far() == Due(1, 0, 5, b"\1" * 5)
    assert cutter.open == 1


def test_a_cutting_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="longer"):
        Utterances(Cutting(most=20))
    with pytest.raises(ValueError, match="tail"):
        Utterances(Cutting(tail=20, hang=10))


def test_seconds_are_frames() -> None:
    assert (frames_of(8.0), frames_of(0.0)) == (250, 1)
