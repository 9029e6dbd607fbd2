"""A preview's token is worth something to whoever asked, for what was asked, for five minutes."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st
from msgspec.structs import replace

from gateway.deciding.tokens import HOLDS_S, Tokens
from gateway.refusal import Refused
from gateway.roles import Actor, Rights
from gateway.shapes.rooms import NukeBody

LEA = Actor("t", "lea", "m1", ("lead",), Rights(frozenset()))
BODY = NukeBody("free nitro")


def code(tokens: Tokens, actor: Actor, body: object, token: str | None) -> str:
    with pytest.raises(Refused) as refused:
        tokens.check(actor, body, token)
    assert refused.value.status == 409
    return refused.value.code


def test_it_gives_back_what_was_shown() -> None:
    token = Tokens(b"secret").give(LEA, BODY, (3, 12))
    assert Tokens(b"secret").check(LEA, BODY, token) == (3, 12), "also on another gateway"
    assert code(Tokens(b"other"), LEA, BODY, token) == "preview_other"


def test_it_is_of_one_wish_and_one_person() -> None:
    tokens = Tokens(b"secret")
    token = tokens.give(LEA, BODY, (3,))
    assert code(tokens, LEA, replace(BODY, most=4), token) == "preview_other"
    assert code(tokens, replace(LEA, name="max"), BODY, token) == "preview_other"
    assert code(tokens, replace(LEA, tenant="x"), BODY, token) == "preview_other"
    assert code(tokens, LEA, BODY, None) == "preview_needed"


def test_it_holds_five_minutes() -> None:
    now = 1000.0
    tokens = Tokens(b"secret", lambda: now)
    token = tokens.give(LEA, BODY, ())
    now += HOLDS_S - 1
    assert tokens.check(LEA, BODY, token) == ()
    now += 2
    assert code(tokens, LEA, BODY, token) == "preview_expired"


@given(st.text(max_size=200))
def test_whatever_else_is_sent_is_refused(token: str) -> None:
    expected = "preview_other" if token else "preview_needed"
    assert code(Tokens(b"secret"), LEA, BODY, token) == expected
