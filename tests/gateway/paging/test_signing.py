"""A webhook's receiver can tell what is ours, unchanged and fresh."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from gateway.paging.signing import TOLERANCE_S, signature, verifies


@given(st.text(), st.binary(), st.floats(0, 4e9))
def test_what_was_signed_verifies(secret: str, body: bytes, at: float) -> None:
    try:
        secret.encode()
    except UnicodeEncodeError:
        return
    assert verifies(secret, body, signature(secret, body, at), at)


@pytest.mark.parametrize(
    ("secret", "body", "later"),
    [("other", b"body", 0.0), ("key", b"bodY", 0.0), ("key", b"body", TOLERANCE_S + 2)],
)
def test_another_key_a_changed_body_or_an_old_one_do_not(
    secret: str, body: bytes, later: float
) -> None:
    header = signature("key", b"body", 1_700_000_000.0)
    assert not verifies(secret, body, header, 1_700_000_000.0 + later)


@given(st.text())
def test_any_header_is_read(header: str) -> None:
    assert not verifies("key", b"body", header, 1_700_000_000.0)
