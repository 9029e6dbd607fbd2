"""Where a change may come from: the whole table of origins, and the token."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, strategies as st

from gateway.http.csrf import check_origin, check_token
from gateway.refusal import Refused

OURS = frozenset({"https://mod.example"})


@pytest.mark.parametrize(
    ("origin", "site", "host", "fits"),
    [
        (None, None, "gw:7401", True),  # no browser: the token is asked for all the same
        (None, "same-origin", "gw:7401", True),
        (None, "same-site", "gw:7401", False),
        (None, "cross-site", "gw:7401", False),
        (None, "none", "gw:7401", False),
        ("http://gw:7401", "same-origin", "gw:7401", True),
        ("HTTP://GW:7401", None, "gw:7401", True),
        ("http://gw:7402", "same-site", "gw:7401", False),
        ("http://gw", None, "gw:7401", False),
        ("http://gw", None, "gw", True),
        ("https://gw", None, "gw", True),  # TLS ends in front of us
        ("https://gw:443", None, "gw", True),
        ("http://evil.example", "cross-site", "gw:7401", False),
        ("http://gw.evil.example:7401", None, "gw:7401", False),
        ("http://gw:7401@evil.example", None, "gw:7401", False),
        ("https://mod.example", "cross-site", "gw:7401", True),
        ("https://mod.example:8443", None, "gw:7401", False),
        ("http://[::1]:7401", None, "[::1]:7401", True),
        ("null", None, "gw:7401", False),
        ("", None, "", False),
        ("file://", None, "", False),
        ("http://gw:x", None, "gw:x", False),
    ],
)
def test_where_from(origin: str | None, site: str | None, host: str, fits: bool) -> None:
    said = {"Host": host, "Origin": origin, "Sec-Fetch-Site": site}
    assert passes({name: value for name, value in said.items() if value is not None}) == fits


@given(st.text(), st.text())
def test_any_origin_is_answered(origin: str, host: str) -> None:
    passes({"Origin": origin, "Host": host})


def passes(headers: Mapping[str, str]) -> bool:
    try:
        check_origin(headers, OURS)
    except Refused as refused:
        if (refused.status, refused.code) != (403, "cross_site"):
            raise
        return False
    return True


@pytest.mark.parametrize("said", ["", "x", "t0ken ", "T0KEN", "t0ke", "ä", "\udcff"])
def test_only_the_sessions_own_token_will_do(said: str) -> None:
    check_token({"X-Seawall-CSRF": "t0ken"}, "t0ken")
    for headers in ({"X-Seawall-CSRF": said}, {}):
        with pytest.raises(Refused) as refused:
            check_token(headers, "t0ken")
        assert (refused.value.status, refused.value.code) == (403, "csrf")
