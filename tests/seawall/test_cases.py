"""A case moves along its edges only; it is never decided twice, and what has ended is reopened."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, strategies as st

from seawall.cases import CASE_EDGES, ENDED, CaseMove, CaseState, advance
from seawall.errors import InvalidTransition

STATES: tuple[CaseState, ...] = get_args(CaseState)
MOVES: tuple[CaseMove, ...] = get_args(CaseMove)


@given(st.sampled_from(STATES), st.sampled_from(MOVES))
def test_a_case_moves_only_along_its_edges(state: CaseState, move: CaseMove) -> None:
    if (state, move) in CASE_EDGES:
        assert advance(state, move) == CASE_EDGES[state, move]
    else:
        with pytest.raises(InvalidTransition, match=f"{state} cannot {move}"):
            advance(state, move)


def test_what_has_ended_is_only_reopened() -> None:
    for state in STATES:
        moves = {move for known, move in CASE_EDGES if known == state}
        assert (moves == {"reopen"}) is (state in ENDED)


@pytest.mark.parametrize("state", sorted(set(STATES) - ENDED))
@pytest.mark.parametrize("move", ["decide", "expire", "resolve"])
def test_whatever_is_open_can_be_decided_expire_or_be_resolved(
    state: CaseState, move: CaseMove
) -> None:
    assert advance(state, move) in ENDED


@given(st.lists(st.sampled_from(MOVES), max_size=40))
def test_a_case_is_never_decided_twice(moves: list[CaseMove]) -> None:
    """However people race, between two ends there is a reopening."""
    state: CaseState = "open"
    ended = False
    for move in moves:
        if (state, move) not in CASE_EDGES:
            continue
        state = advance(state, move)
        if state in ENDED:
            assert not ended
        assert ended is False or move == "reopen"
        ended = state in ENDED


def test_every_state_is_reached_and_every_move_is_used() -> None:
    reached = set[CaseState]()
    ahead: set[CaseState] = {"open"}
    while ahead:
        reached |= ahead
        ahead = {after for (state, _), after in CASE_EDGES.items() if state in reached} - reached
    assert reached == set(STATES)
    assert {move for _, move in CASE_EDGES} == set(MOVES)


def test_a_second_opinion_comes_back_to_whoever_asked() -> None:
    state: CaseState = "open"
    moves: tuple[CaseMove, ...] = ("claim", "second", "opine", "stall", "claim", "handover")
    for move in moves:
        state = advance(state, move)
    assert state == "claimed"
