"""Which passwords will do, and how they are checked."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from argon2 import PasswordHasher
from hypothesis import given, strategies as st

from gateway.people.passwords import (
    AT_ONCE,
    MOST_WAITING,
    Passwords,
    check_password,
    hash_password,
    new_password,
)
from gateway.refusal import Refused
from tests.gateway.people.making import PASSWORD, WEAK, hashed


@pytest.mark.parametrize(
    "password",
    ["", "elevenchars", "Password1234", "111111111111", "zzzzzzzzzzzzz", "annie-lou-99annie-lou-99",
     "Annie-Lou-99", "annie-lou-99!", "x" * 1025, "half a char \ud800"],
)  # fmt: skip
def test_what_will_not_do(password: str) -> None:
    with pytest.raises(Refused) as refused:
        check_password(password, "annie-lou-99")
    assert (refused.value.status, refused.value.code) == (422, "weak_password")


@pytest.mark.parametrize("password", [PASSWORD, "all lower case", "пароль пароль", "123412341243"])
def test_no_kind_of_letter_is_asked_for(password: str) -> None:
    check_password(password, "ann")


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=40))
def test_any_text_is_answered(password: str) -> None:
    with suppress(Refused):
        check_password(password, "ann")


def test_those_made_here_will_do_and_differ() -> None:
    made = {new_password() for _ in range(100)}
    assert len(made) == 100
    for password in made:
        check_password(password, "ann")
        assert len(password) == 24


async def test_a_password_matches_however_it_was_composed() -> None:
    passwords = Passwords(WEAK)
    await passwords.load()
    kept = await passwords.hash("Zo\u00eb and some more")
    assert kept.startswith("$argon2id$")
    assert await passwords.matches("Zoe\u0308 and some more", kept)
    assert not await passwords.matches("Zoe and some more", kept)
    assert not await passwords.matches(PASSWORD, None)
    assert not await passwords.matches(PASSWORD, "no hash at all")


async def test_what_was_hashed_with_other_parameters_is_told() -> None:
    passwords = Passwords()
    weaker = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    assert passwords.is_stale(weaker)
    assert passwords.is_stale(hashed())
    assert not passwords.is_stale(hash_password(PASSWORD))


async def test_too_many_at_once_are_refused() -> None:
    passwords = Passwords(WEAK)
    await passwords.load()
    many = AT_ONCE + MOST_WAITING + 3
    done = await asyncio.gather(
        *(passwords.matches(PASSWORD, hashed()) for _ in range(many)), return_exceptions=True
    )
    refused = [each for each in done if isinstance(each, Refused)]
    assert len(refused) == 3
    assert {each.code for each in refused} == {"busy"}
    assert done.count(True) == many - 3


def test_passwords_are_kept_as_rfc_9106_asks() -> None:
    kept = hash_password(PASSWORD)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert kept != hash_password(PASSWORD)
