"""Claims about what waits: nothing is lost or doubled, and order holds within a slot."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from gateway.state.asks import Ask
from gateway.state.script import MOST_CHECKS
from gateway.state.waiting import BySlot, InOrder, Waiting
from seawall.windows import Check, Mode, Spec

SPEC = Spec(Mode.HITS_ACCEPTED, 10, 1_000)

asks = st.lists(
    st.tuples(
        st.integers(1, MOST_CHECKS),
        st.sampled_from([None, 1, 2]),
        st.integers(0, 2),  # slot
        st.integers(0, 50),  # due
        st.booleans(),  # alone
    ),
    max_size=30,
)


def filled(waiting: Waiting, asks: list[tuple[int, int | None, int, int, bool]]) -> list[Ask]:
    put: list[Ask] = []
    for many, now_ms, slot, due, alone in asks:
        checks = [Check(SPEC, f"{{{slot}}}", "m")] * many
        ask = Ask(checks, now_ms, lambda counts, degraded: None, float(due), slot)
        ask.alone = alone
        put.append(ask)
        waiting.put(ask)
    assert waiting.checks == sum(len(ask.checks) for ask in put)
    assert bool(waiting) == bool(put)
    return put


@pytest.mark.parametrize("kind", [InOrder, BySlot])
@given(asks=asks)
def test_everything_leaves_once_and_fits(
    kind: type[InOrder] | type[BySlot], asks: list[tuple[int, int | None, int, int, bool]]
) -> None:
    waiting = kind()
    put = filled(waiting, asks)
    taken: list[Ask] = []
    while waiting:
        call = waiting.take()
        assert sum(len(ask.checks) for ask in call) <= MOST_CHECKS
        assert len({ask.now_ms for ask in call}) == 1
        if kind is BySlot:
            assert len({ask.slot for ask in call}) == 1
            assert len(call) == 1 or not any(ask.alone for ask in call)
        taken += call
    assert waiting.checks == 0
    assert len(taken) == len(put)
    if kind is InOrder:
        assert taken == put
    places = {(ask.slot, ask.now_ms) for ask in put if not ask.alone}
    for place in places:
        ours = [ask for ask in put if (ask.slot, ask.now_ms) == place and not ask.alone]
        assert [ask for ask in taken if ask in ours] == ours


@given(asks, st.integers(0, 50))
def test_what_is_due_leaves_and_nothing_else(
    asks: list[tuple[int, int | None, int, int, bool]], now: int
) -> None:
    waiting = BySlot()
    asks = sorted(asks, key=lambda ask: ask[3])  # as they come: the later asked, the later due
    put = filled(waiting, asks)
    if put:
        assert waiting.first_due() == put[0].due
    due = list(waiting.take_due(now))
    assert {id(ask) for ask in due} == {id(ask) for ask in put if ask.due <= now}
    assert waiting.checks == sum(len(ask.checks) for ask in put if ask.due > now)
    assert len([*waiting.take_due(float("inf"))]) == len(put) - len(due)
    assert not waiting
