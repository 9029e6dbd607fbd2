"""All sound is settled once, whatever threads and decoders do."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings, strategies as st

from detectors.audio.language import Vote
from tests.workers.speech.hearing import answer, desk, loud, quiet, sound, text
from workers.speech.desk import Desk
from workers.streams.reports import Aligned, Listened, Spoke
from workers.streams.units import Hearing

FAST = Hearing()
STEP = 0.256


def play(desk: Desk, handle: int, parts: list[bytes], now: float = 100.0, at: float = 0.0) -> float:
    """Send sound in real time, doing all work at once; return when it ended."""
    whole = b"".join(parts)
    size = int(STEP * 16_000) * 2
    for start in range(0, len(whole), size):
        now += STEP
        desk.sound(handle, sound(at + start / 32_000, whole[start : start + size]), now)
        answer(desk, now)
        desk.tick(now)
    return now


def spans(desk: Desk, handle: int = 1) -> list[Listened]:
    found = [each for each in desk.out if isinstance(each, Listened) and each.handle == handle]
    return sorted(found, key=lambda each: each.from_)


def spoke(desk: Desk) -> list[Spoke]:
    return [each for each in desk.out if isinstance(each, Spoke)]


def assert_tiled(found: list[Listened], end: float) -> None:
    reached = 0.0
    for each in found:
        assert each.from_ == pytest.approx(reached, abs=1e-6)
        reached = each.to
    assert reached == pytest.approx(end, abs=1e-6)


def test_an_utterance_is_told_early_and_at_its_end() -> None:
    one = desk()
    one.attach(1, FAST, 100.0)
    now = play(one, 1, [quiet(1.0), loud(4.0), quiet(1.024)])
    one.detach(1, now)
    early, *_, last = spoke(one)
    assert not early.final
    assert (last.final, last.text, last.lang) == (True, "hello there", "en")
    assert early.n == last.n
    assert 0.7 < last.from_ < 1.0 < 5.0 < last.to < 5.3
    assert all(last.from_ <= word.from_ <= word.to <= last.to for word in last.words)
    assert [each.what for each in spans(one) if each.what == "speech"] == ["speech"]
    assert_tiled(spans(one), 6.024)
    assert one.streams == {}


def test_who_has_just_come_is_heard_sooner_once() -> None:
    one = desk()
    one.attach(1, Hearing(hop_s=1.6), 100.0)
    began = [0.0]
    for step in range(1, 24):
        now = 100.0 + step * STEP
        one.sound(1, sound((step - 1) * STEP, loud(STEP)), now)
        if (job := one.take(now)) is not None:
            began.append(step * STEP)
            assert isinstance(job, tuple)
            one.done(job, [text("hello there")], now)
    gaps = [to - from_ for from_, to in pairwise(began)]
    assert gaps[0] == pytest.approx(0.8, abs=STEP)
    assert gaps[1:3] == pytest.approx([1.6, 1.6], abs=STEP)


def test_a_pass_that_heard_all_of_it_is_the_final_one() -> None:
    one = desk()
    one.attach(1, FAST, 100.0)
    play(one, 1, [loud(3.0), quiet(1.024)])
    assert one.done_counts["promoted"] == 1
    assert one.done_counts["final"] == 0
    assert spoke(one)[-1].final


def test_a_doubted_pass_is_never_told_early_nor_promoted() -> None:
    one = desk()
    one.attach(1, FAST, 100.0)
    now = 100.0
    for part in [loud(STEP)] * 12 + [quiet(STEP)] * 4:
        now += STEP
        one.sound(1, sound(now - 100.0 - STEP, part), now)
        answer(one, now, text("you", shaky="unsure"))
    (last,) = spoke(one)
    assert (last.final, last.shaky) == (True, "noise")
    assert [each.what for each in spans(one)][-1] == "none"
    assert one.done_counts["final"] == 1


def test_thrifty_streams_are_heard_at_the_end_alone() -> None:
    one = desk()
    one.attach(1, Hearing(profile="thrifty"), 100.0)
    play(one, 1, [loud(7.0), quiet(1.024)])
    assert [each.final for each in spoke(one)] == [True]
    assert one.done_counts["early"] == 0


def test_a_stream_that_is_off_says_so() -> None:
    one = desk()
    one.attach(1, Hearing(profile="off"), 100.0)
    now = play(one, 1, [loud(2.048)])
    one.detach(1, now)
    assert {each.unchecked for each in spans(one)} == {"off"}
    assert_tiled(spans(one), 2.048)
    assert spoke(one) == []


def test_english_is_heard_early_by_the_small_network_once_it_is_voted() -> None:
    one = desk(small=True)
    one.attach(1, FAST, 100.0)
    now = play(one, 1, [loud(5.0), quiet(1.0)])
    assert one.done_counts["small"] == 0
    play(one, 1, [loud(5.0), quiet(1.0)], now, 6.0)
    assert one.done_counts["small"] > 0
    assert {each.tier for each in spoke(one) if each.final} == {"large"}


@pytest.mark.parametrize("frames", range(0, 64, 3))
def test_no_final_text_is_older_than_its_utterance(frames: int) -> None:
    # Once English is voted the small network hears on: the large one's early text is no final one.
    one = desk(small=True)
    one.attach(1, FAST, 100.0)
    now, whole = 100.0, quiet(1.0) + loud(5.0 + frames * 0.032) + quiet(1.024)
    size = int(STEP * 16_000) * 2
    for start in range(0, len(whole), size):
        now += STEP
        one.sound(1, sound(start / 32_000, whole[start : start + size]), now)
        while isinstance(job := one.take(now), tuple):
            one.done(job, [text(f"{piece.seconds:.2f}") for piece in job], now)
            one.streams[1].vote = Vote("", {"en": 6.0})
    (last,) = [each for each in spoke(one) if each.final]
    assert float(last.text) >= 5.0 + frames * 0.032


def test_german_is_never_heard_by_the_small_one_nor_who_does_not_want_it() -> None:
    for hearing, language in ((FAST, "de"), (Hearing(tiers=False), "en")):
        one = desk(small=True)
        one.attach(1, hearing, 100.0)
        now = 100.0
        for part in ([loud(STEP)] * 20 + [quiet(STEP)] * 4) * 2:
            now += STEP
            one.sound(1, sound(now - 100.0 - STEP, part), now)
            answer(one, now, text(language=language))
        assert one.done_counts["small"] == 0


def test_what_waits_too_long_is_said_to_be_late() -> None:
    one = desk(late_s=3.0)
    one.attach(1, FAST, 100.0)
    one.sound(1, sound(0.0, loud(2.048) + quiet(1.024)), 103.0)
    one.tick(104.0)
    assert not [each for each in spans(one) if each.unchecked]
    one.tick(110.0)
    assert [each.unchecked for each in spans(one) if each.unchecked] == ["late"]
    assert one.lost["late"] == 1
    assert one.take(110.0) is None


def test_passes_become_rarer_before_anything_is_skipped() -> None:
    one = desk(late_s=60.0)
    for handle in range(1, 20):
        one.attach(handle, FAST, 100.0)
    now = 100.0
    for _ in range(50):
        now += STEP
        for handle in range(1, 20):
            one.sound(handle, sound(now - 100.0 - STEP, loud(STEP)), now)
        one.tick(now)
    assert one.widening.step == 2
    assert not one.lost


def test_sound_that_does_not_fit_is_full() -> None:
    one = desk(queued_mb=1, late_s=100.0)
    one.attach(1, Hearing(profile="thrifty"), 100.0)
    for at in range(8):
        one.sound(1, sound(at * 8.192, loud(7.168) + quiet(1.024)), 100.0)
    assert one.lost["full"] > 0
    assert "full" in {each.unchecked for each in spans(one)}


def test_a_stream_far_ahead_is_crowded_until_it_was_heard() -> None:
    one = desk(ahead_s=10.0, late_s=100.0)
    one.attach(1, Hearing(profile="thrifty"), 100.0)
    for at in range(4):
        one.sound(1, sound(at * 8.192, loud(7.168) + quiet(1.024)), 100.0)
    assert one.crowded(1)
    answer(one, 100.0)
    assert not one.crowded(1)


def test_missing_time_ends_what_was_open() -> None:
    one = desk()
    one.attach(1, FAST, 100.0)
    one.sound(1, sound(0.0, loud(1.0)), 101.0)
    one.sound(1, sound(10.0, loud(1.0), jump=True), 111.0)
    one.sound(1, sound(50.0, quiet(1.024)), 112.0)  # not said, but seen
    one.detach(1, 112.0)
    answer(one, 112.0)
    assert [round(each.from_) for each in spoke(one) if each.final] == [0, 10]
    assert sum(each.to - each.from_ for each in spans(one)) == pytest.approx(3.024, abs=1e-6)


def test_the_same_stream_again_ends_the_one_before() -> None:
    one = desk()
    one.attach(1, FAST, 100.0)
    one.sound(1, sound(0.0, loud(2.048)), 102.0)
    one.attach(1, FAST, 103.0)
    assert [each.unchecked for each in spans(one)][-1] == "superseded"
    one.sound(1, sound(5.0, loud(2.048) + quiet(1.024)), 106.0)
    answer(one, 106.0)
    assert spoke(one)[-1].n >= 1030


def test_words_are_aligned_where_it_is_not_too_late() -> None:
    one = desk()
    one.attach(1, FAST, 100.0)
    now = play(one, 1, [loud(3.0), quiet(1.024)])
    n = spoke(one)[-1].n
    one.align(1, n, now)
    answer(one, now)
    one.align(1, n + 1, now)
    one.align(1, n, now + 11.0)
    found = [each for each in one.out if isinstance(each, Aligned)]
    assert [len(each.words) for each in found] == [1, 0, 0]
    assert found[0].words[0].from_ == pytest.approx(spoke(one)[-1].from_ + 0.1)


def test_what_fails_is_unchecked_and_the_next_goes_on() -> None:
    one = desk()
    one.attach(1, Hearing(profile="thrifty"), 100.0)
    one.sound(1, sound(0.0, loud(2.048) + quiet(1.024)), 103.0)
    job = one.take(103.0)
    assert job is not None
    one.failed(job, 103.0)
    assert "error" in {each.unchecked for each in spans(one)}
    play(one, 1, [loud(2.048), quiet(1.024)], 103.0, 3.072)
    assert spoke(one)[-1].final


@pytest.mark.parametrize("bad", [sound(0.0, b"\0"), sound(float("nan"), b"\0\0")])
def test_what_is_no_sound_is_refused(bad: object) -> None:
    one = desk()
    one.attach(1, FAST, 100.0)
    with pytest.raises(ValueError, match="half a sample"):
        one.sound(1, bad, 100.0)  # type: ignore[arg-type]  # it is one
    with pytest.raises(ValueError, match="not open"):
        one.sound(2, sound(0.0, b"\0\0"), 100.0)


@pytest.mark.parametrize(
    "bad",
    [
        Hearing(hop_s=float("inf")),
        Hearing(hop_s=-1.0),
        Hearing(utterance_s=float("nan")),
        Hearing(utterance_s=0.0),
    ],
)
def test_a_hearing_that_cannot_be_is_refused(bad: Hearing) -> None:
    one = desk()
    with pytest.raises(ValueError, match="times"):
        one.attach(1, bad, 100.0)
    assert one.streams == {}


def test_however_often_a_stream_wants_to_be_heard_it_is_not_more_than_twice_a_second() -> None:
    one = desk()
    one.attach(1, Hearing(hop_s=1e-9, utterance_s=1e9), 100.0)
    play(one, 1, [loud(6.144)])
    assert one.done_counts["early"] <= 12


steps = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.sampled_from(("loud", "quiet", "quiet", "loud", "jump", "work", "one", "fail", "again")),
        st.floats(0.01, 2.5),
    ),
    max_size=60,
)


@given(steps, st.booleans(), st.sampled_from(("fast", "thrifty")), st.booleans())
@settings(max_examples=60)
def test_all_sound_is_settled_exactly_once(
    told: list[tuple[int, str, float]], small: bool, profile: str, music: bool
) -> None:
    one = desk(small=small)
    hearing = Hearing(profile=profile, music=music)  # type: ignore[arg-type]  # one of them
    clocks, sent, now = {1: 0.0, 2: 0.0, 3: 0.0}, {1: 0.0, 2: 0.0, 3: 0.0}, 100.0
    for handle in clocks:
        one.attach(handle, hearing, now)
    for handle, what, much in told:
        now += much / 4
        match what:
            case "work":
                answer(one, now, text("" if much < 1 else "hello there"))
            case "one":
                answer(one, now, text(shaky="loop"), most=1)
            case "fail" if (job := one.take(now)) is not None:
                one.failed(job, now)
            case "again":
                one.attach(handle, hearing, now)
            case "loud" | "quiet" | "jump":
                clocks[handle] += 9.0 if what == "jump" else 0.0
                pcm = quiet(much) if what == "quiet" else loud(much)
                one.sound(handle, sound(clocks[handle], pcm, jump=what == "jump"), now)
                clocks[handle] += len(pcm) / 32_000
                sent[handle] += len(pcm) / 32_000
        one.tick(now)
    for handle in clocks:
        one.detach(handle, now)
    answer(one, now)
    assert one.streams == {}
    assert one.queue.bytes == len(one.queue) == 0
    for handle, seconds in sent.items():
        found = spans(one, handle)
        assert sum(each.to - each.from_ for each in found) == pytest.approx(seconds, abs=1e-4)
        assert all(before.to <= after.from_ + 1e-4 for before, after in pairwise(found))
    finals = [(each.handle, each.n) for each in spoke(one) if each.final]
    assert len(finals) == len(set(finals))
