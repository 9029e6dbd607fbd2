"""Claims about URLs of the windows store."""

from __future__ import annotations

import ssl

import pytest

from gateway.state.address import Address, parse_address
from seawall.errors import ConfigError


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("unix:///run/valkey.sock", Address(path="/run/valkey.sock")),
        ("unix:///run/v.sock?db=2", Address(path="/run/v.sock", db=2)),
        ("redis://state", Address(host="state", port=6379)),
        ("redis://state:7000/3", Address(host="state", port=7000, db=3)),
        ("redis://:se%40cret@state", Address(host="state", port=6379, password="se@cret")),
        (
            "redis://gateway:secret@[::1]:7000",
            Address(host="::1", port=7000, username="gateway", password="secret"),
        ),
    ],
)
def test_a_url_says_where_and_as_whom(url: str, address: Address) -> None:
    assert parse_address(url) == address


def test_tls_is_verified_unless_the_url_says_otherwise() -> None:
    tls = parse_address("rediss://state").tls
    assert tls is not None
    assert (tls.verify_mode, tls.check_hostname) == (ssl.CERT_REQUIRED, True)
    tls = parse_address("rediss://state?ssl_cert_reqs=none").tls
    assert tls is not None
    assert (tls.verify_mode, tls.check_hostname) == (ssl.CERT_NONE, False)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "embeded",
        "http://:hunter2@state",
        "unix://",
        "redis://:hunter2@state?no_such_option=1",
        "redis://:hunter2@state?db=x",
        "redis://:hunter2@state:99999999",
        "rediss://:hunter2@state?ssl_ca_certs=/no/such/file",
        "rediss://:hunter2@state?ssl_cert_reqs=maybe",
        "redis://:hunter2@[state",
    ],
)
def test_a_bad_url_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ConfigError, match="windows store") as caught:
        parse_address(url)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_an_address_does_not_show_its_password() -> None:
    address = parse_address("redis://gateway:hunter2@state/1")
    assert "hunter2" not in f"{address} {address!r}"
    assert str(address) == "state:6379"
    assert str(parse_address("unix:///run/v.sock")) == "/run/v.sock"
