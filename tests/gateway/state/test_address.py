"""Claims about URLs of the windows store."""

from __future__ import annotations

import ssl

import pytest

from gateway.state.address import Address, Seeds, Sentinels, parse_address, parse_place
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


def test_a_cluster_is_named_by_some_of_its_nodes() -> None:
    seeds = parse_place("redis+cluster://gateway:hunter2@one:7000, two,[::1]:7002")
    login = Address(username="gateway", password="hunter2")
    assert seeds == Seeds((login.at("one", 7000), login.at("two", 6379), login.at("::1", 7002)))
    assert str(seeds) == "one:7000,two:6379,::1:7002"
    assert "hunter2" not in f"{seeds} {seeds!r}"


def test_a_service_is_named_with_its_sentinels() -> None:
    url = "redis+sentinel://gateway:hunter2@one,two:7000/main/3?sentinel_password=hunter3"
    place = parse_place(url)
    sentinel = Address(password="hunter3")
    server = Address(host="one", port=6379, db=3, username="gateway", password="hunter2")
    assert place == Sentinels((sentinel.at("one", 26379), sentinel.at("two", 7000)), "main", server)
    assert str(place) == "main@one:26379,two:7000"
    assert "hunter" not in f"{place} {place!r}"


def test_one_server_is_a_place_too() -> None:
    assert parse_place("redis://state") == Address(host="state", port=6379)
    assert parse_place("unix:///run/v.sock") == Address(path="/run/v.sock")


@pytest.mark.parametrize("kind", ["cluster", "sentinel"])
def test_tls_is_for_all_nodes(kind: str) -> None:
    place = parse_place(f"rediss+{kind}://one,two/{'' if kind == 'cluster' else 'main'}")
    assert not isinstance(place, Address)
    assert all(node.tls is not None for node in place.nodes)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "embeded",
        "redis+clutter://:hunter2@one",
        "unix+cluster:///run/v.sock",
        "redis+cluster://",
        "redis+cluster://:hunter2@",
        "redis+cluster://:hunter2@one,,two",
        "redis+cluster://:hunter2@one:x",
        "redis+cluster://:hunter2@one/3",
        "redis+cluster://:hunter2@one?db=3",
        "redis+cluster://:hunter2@one?no_such_option=1",
        "redis+cluster://" + ",".join(["one"] * 65),
        "rediss+cluster://:hunter2@one?ssl_ca_certs=/no/such/file",
        "redis+cluster://:hunter2@[one",
        "redis+sentinel://:hunter2@one",
        "redis+sentinel://:hunter2@one/main/x",
        "redis+sentinel://:hunter2@one:99999999/main",
    ],
)
def test_a_bad_place_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ConfigError, match="windows store") as caught:
        parse_place(url)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
