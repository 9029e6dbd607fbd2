"""What is left out under load: text, then the image models; never the same stream all the time."""

from __future__ import annotations

from hypothesis import given, strategies as st

from tests.workers.vision.test_queue import Waiting
from workers.vision.shedding import Shedding


def test_the_models_look_while_there_is_time() -> None:
    shedding = Shedding(0.01, 0.1)
    assert shedding.heavy([Waiting(1, until=0.5)], 0.0) == [True]
    assert shedding.heavy([Waiting(1, until=0.5)], 0.45) == [False]


def test_a_batch_is_cut_where_it_would_be_late() -> None:
    shedding = Shedding(0.01, 0.1)
    frames = [Waiting(handle, until=0.4) for handle in range(5)]
    assert shedding.heavy(frames, 0.0) == [True, True, True, False, False]


def test_text_waits_while_frames_go_without_models() -> None:
    shedding = Shedding(0.01, 0.1)
    assert shedding.text(0.0)
    shedding.heavy([Waiting(1, until=0.1)], 0.0)
    assert not shedding.text(0.9)
    assert shedding.text_from == 1.0
    assert shedding.text(1.0)


def test_costs_are_learnt() -> None:
    shedding = Shedding(0.01, 0.1)
    frame = Waiting(1, until=1.0)
    for _ in range(40):
        shedding.cost(0.01, 0.9)
    assert shedding.heavy([frame], 0.0) == [False]
    for _ in range(40):
        shedding.cost(0.01, 0.01)
    assert shedding.heavy([frame], 0.0) == [True]


@given(
    untils=st.lists(st.lists(st.floats(0.03, 0.3), min_size=3, max_size=3), min_size=4, max_size=30)
)
def test_no_stream_goes_without_models_more_than_three_times_in_a_row(
    untils: list[list[float]],
) -> None:
    shedding = Shedding(0.001, 0.1)
    without = [0, 0, 0]
    for now, batch in enumerate(untils):
        for handle, until in enumerate(batch):
            [looks] = shedding.heavy([Waiting(handle, now + until)], float(now))
            without[handle] = 0 if looks else without[handle] + 1
            assert without[handle] <= 3


def test_what_is_late_anyway_is_not_looked_at_by_the_models() -> None:
    shedding = Shedding(0.01, 0.1)
    for _ in range(9):
        assert shedding.heavy([Waiting(1, until=0.0)], 1.0) == [False]
    shedding.forget(1)
    assert shedding.heavy([Waiting(1, until=2.0)], 1.0) == [True]
