"""Codes of an authenticator: the published vectors, the window, once each."""

from __future__ import annotations

import pyotp
import pytest
from hypothesis import given, strategies as st

from gateway.people.totp import (
    STEP_S,
    new_secret,
    open_secret,
    otpauth,
    seal_secret,
    step_of,
)
from gateway.record.seal import Seal
from seawall.errors import ConfigError

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # RFC 6238, appendix B: 12345678901234567890


@pytest.mark.parametrize(
    ("now", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_the_vectors_of_the_rfc(now: int, code: str) -> None:
    assert step_of(SECRET, code, now, 0) == now // STEP_S
    assert step_of(SECRET, f"{code[:3]} {code[3:]}", now, 0) == now // STEP_S


@given(st.integers(10**9, 2 * 10**9), st.integers(-4, 4))
def test_a_code_holds_one_step_before_and_after(now: int, off: int) -> None:
    step = now // STEP_S + off
    code = pyotp.TOTP(SECRET).generate_otp(step)
    found = step_of(SECRET, code, now, 0)
    if abs(off) <= 1:
        assert found is not None
    else:  # another step may have the same code by chance
        assert found is None or found != step


def test_a_code_holds_once_and_no_earlier_one_after_it() -> None:
    now, totp = 1_800_000_000, pyotp.TOTP(SECRET)
    step = step_of(SECRET, totp.at(now), now, 0)
    assert step == now // STEP_S
    assert step_of(SECRET, totp.at(now), now, step) is None
    assert step_of(SECRET, totp.at(now - STEP_S), now, step) is None
    assert step_of(SECRET, totp.at(now + STEP_S), now, step) == step + 1


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "abcdef", "１２３４５６", "-12345", "12 34"]
)
def test_what_is_no_code(code: str) -> None:
    assert step_of(SECRET, code, 59.0, 0) is None


@given(st.text(max_size=20), st.floats(0, 4e9))
def test_garbage_never_raises(code: str, now: float) -> None:
    step_of(SECRET, code, now, 0)


def test_a_secret_is_bound_to_its_account() -> None:
    seal, secret = Seal(b"s" * 32), new_secret()
    blob = seal_secret(seal, secret, "t", "ann")
    assert secret.encode() not in blob
    assert open_secret(seal, blob, "t", "ann") == secret
    for tenant, name in (("t", "bob"), ("u", "ann")):
        with pytest.raises(ConfigError):
            open_secret(seal, blob, tenant, name)


def test_the_address_names_the_account() -> None:
    address = otpauth(SECRET, "ac me", "ann")
    assert address.startswith("otpauth://totp/Seawall:ann%40ac%20me?secret=")
