"""Pages leave for the public internet, or for hosts that the operator named."""

from __future__ import annotations

import pytest

from gateway.paging.targets import Guard, Unreachable, check_url


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0",
        "100.64.0.1", "::1", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "2002:7f00:1::", "64:ff9b::7f00:1", "224.0.0.1", "255.255.255.255", "nonsense", "",
        "fe80::1%eth0",
    ],
)  # fmt: skip
def test_a_private_address_is_not_reached(address: str) -> None:
    with pytest.raises(Unreachable):
        Guard().check("hooks.example", address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1"])
def test_a_public_one_is(address: str) -> None:
    Guard().check("hooks.example", address)


async def test_a_name_is_looked_at_after_it_was_resolved() -> None:
    with pytest.raises(Unreachable):
        await Guard().resolve("localhost", 80)
    found = await Guard(frozenset({"localhost"})).resolve("localhost", 80)
    assert found[0]["host"] == "127.0.0.1"


@pytest.mark.parametrize(
    "url",
    [
        "", "hooks.example", "ftp://hooks.example/", "https://", "https://a:b@hooks.example/",
        "https://hooks.example:99999/", "https://hooks.example:0/", "https://[::1", "file:///etc",
        "https://hooks.example/#x",
    ],
)  # fmt: skip
def test_what_is_no_address_is_said(url: str) -> None:
    assert check_url(url)


def test_an_address_is_fine() -> None:
    assert check_url("https://hooks.example/a?b=c") is None
