"""An address that cannot be listened on is told before anything is started."""

from __future__ import annotations

import socket

import pytest

from gateway.ports import check_ports, split_address
from seawall.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:7400", "127.0.0.1", 7400),
        ("localhost:0", "localhost", 0),
        ("[::1]:65535", "::1", 65535),
    ],
)
def test_an_address_is_a_host_and_a_port(text: str, host: str, port: int) -> None:
    assert split_address("listen", text) == (host, port)


def test_a_free_address_is_free_again_after_the_trial() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    for _ in range(2):
        check_ports(listen=f"127.0.0.1:{port}", http="127.0.0.1:0")
    socket.create_server(("127.0.0.1", port)).close()


@pytest.mark.parametrize("setting", ["listen", "http"])
def test_a_port_in_use_names_the_setting(setting: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        addresses = {"listen": "127.0.0.1:0", "http": "127.0.0.1:0", setting: address}
        with pytest.raises(ConfigError) as problem:
            check_ports(**addresses)
    assert str(problem.value) == f"{setting}: cannot listen on {address}: Address already in use"


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("203.0.113.1:7400", "Cannot assign requested address"),
        ("no.such.host.invalid:1", "cannot listen on no.such.host.invalid:1"),
        (f"{'x' * 300}:1", "is no host's name"),
        ("nul\0:1", "cannot listen on|is no host's name"),
        ("7400", "is not HOST:PORT"),
    ],
)
def test_an_address_that_is_not_ours_is_told(address: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        check_ports(listen=address)


def test_two_doors_need_two_addresses() -> None:
    with pytest.raises(ConfigError, match=r"http: 127\.0\.0\.1:7400 is what listen listens on"):
        check_ports(listen="127.0.0.1:7400", http="127.0.0.1:7400")
    check_ports(listen="127.0.0.1:0", http="127.0.0.1:0")
