"""Answered ids are remembered for so long and so many bytes; what is being judged always is."""

from __future__ import annotations

import gc
import tracemalloc

import pytest
from hypothesis import given, strategies as st

from gateway.chat.answers import ANSWER_BYTES, Answers


def key(number: int) -> tuple[str, str, int]:
    return ("t", f"m{number}", 0)


def test_what_is_being_judged_is_found_and_who_waits_is_told_at_the_end() -> None:
    answers: Answers[str] = Answers(60.0, 10_000)
    answer = answers.open(key(1), 5, "ann")
    assert answers.find(key(1)) is answer
    assert (answer.content, answer.at) == (5, 0.0)
    answer.waiting = (*answer.waiting, "bob")
    assert answers.close(answer, b"verdict", 10.0) == ("ann", "bob")
    found = answers.find(key(1))
    assert found is not None
    assert (found.verdict, found.at, found.waiting) == (b"verdict", 10.0, ())


def test_another_rev_or_tenant_is_another_key() -> None:
    answers: Answers[str] = Answers(60.0, 10_000)
    answers.open(("t", "m", 0), 5, "ann")
    assert answers.find(("t", "m", 1)) is None
    assert answers.find(("other", "m", 0)) is None


def test_an_answer_is_forgotten_when_it_is_old() -> None:
    answers: Answers[str] = Answers(60.0, 10_000)
    answers.close(answers.open(key(1), 1, "ann"), None, 100.0)
    answers.close(answers.open(key(2), 2, "ann"), b"x", 130.0)
    answers.forget(160.0)
    assert answers.find(key(1)) is not None
    answers.forget(160.1)
    assert answers.find(key(1)) is None
    assert answers.find(key(2)) is not None
    assert answers.used == ANSWER_BYTES + 1
    answers.forget(1000.0)
    assert (len(answers), answers.used) == (0, 0)


def test_answers_never_take_more_than_their_bytes() -> None:
    size = 10 * (ANSWER_BYTES + 100)
    answers: Answers[str] = Answers(60.0, size)
    for number in range(50):
        answers.close(answers.open(key(number), 1, "ann"), b"x" * 100, 1.0)
        assert answers.used <= size
    assert len(answers) == 10
    assert answers.find(key(39)) is None
    assert answers.find(key(40)) is not None


def test_what_is_being_judged_is_never_forgotten() -> None:
    answers: Answers[str] = Answers(60.0, 1)
    judged = answers.open(key(1), 1, "ann")
    answers.forget(1e9)
    assert answers.find(key(1)) is judged
    assert answers.close(judged, b"late", 1e9) == ("ann",)


def test_a_refused_key_may_come_again() -> None:
    answers: Answers[str] = Answers(60.0, 10_000)
    answers.open(key(1), 1, "ann")
    assert answers.drop(key(1)) == ("ann",)
    assert answers.find(key(1)) is None
    again = answers.open(key(1), 2, "bob")
    assert answers.close(again, b"x", 5.0) == ("bob",)
    answers.forget(1000.0)
    assert (len(answers), answers.used) == (0, 0)


def test_a_memory_of_no_seconds_keeps_nothing_once_it_is_swept() -> None:
    answers: Answers[str] = Answers(0.0, 10_000)
    answers.close(answers.open(key(1), 1, "ann"), None, 1.0)
    answers.forget(1.5)
    assert len(answers) == 0


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["open", "close", "drop", "forget"]), st.integers(0, 5), st.integers(0, 900)
    ),
    max_size=60,
)


@given(STEPS)
def test_whatever_happens_its_bytes_add_up_and_open_keys_stay(
    steps: list[tuple[str, int, int]],
) -> None:
    answers: Answers[int] = Answers(30.0, 2000)
    judging: dict[int, int] = {}
    now = 1.0
    for step, number, size in steps:
        now += size / 50
        found = answers.find(key(number))
        if step == "open" and found is None:
            answers.open(key(number), 0, number)
            judging[number] = size
        elif step == "close" and number in judging and found is not None:
            del judging[number]
            assert answers.close(found, b"x" * size, now) == (number,)
        elif step == "drop" and number in judging:
            del judging[number]
            assert answers.drop(key(number)) == (number,)
        elif step == "forget":
            answers.forget(now)
        assert all(answers.find(key(each)) is not None for each in judging)
        held = [answers.find(key(each)) for each in range(6) if each not in judging]
        told = [len(each.verdict or b"") + ANSWER_BYTES for each in held if each is not None]
        assert answers.used == sum(told)
    for number in list(judging):
        open_answer = answers.find(key(number))
        assert open_answer is not None
        answers.close(open_answer, None, now)
    answers.forget(now + 31.0)
    assert (len(answers), answers.used) == (0, 0)


@pytest.mark.parametrize("length", [1, 128])
@pytest.mark.parametrize("verdict", [0, 600])
def test_what_hello_tells_bounds_memory_under_hostile_ids(length: int, verdict: int) -> None:
    """The bound is of bytes that are there, measured, ids of 128 bytes and all."""
    bound = 2 << 20
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    answers: Answers[str] = Answers(60.0, bound)
    for number in range(12_000):
        ref = f"{number:07d}".rjust(length, "x") if length > 7 else f"{number}"
        # As the session gives it: strings of its own, the tenant's shared.
        answer = answers.open(("tenant", ref, 0), hash(ref), "somebody")
        answers.close(answer, bytes(verdict) or None, 1.0 + number * 1e-6)
    used = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert answers.used <= bound
    assert used <= bound * 1.1
