"""Names are checked where they become addresses, each time they do."""

from __future__ import annotations

import socket

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from detectors.models.addresses import PublicOnly, is_public


class Fickle(AbstractResolver):
    """A name server of an attacker: another answer every time."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)
        self.closed = False

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in self._answers.pop(0)
        ]

    async def close(self) -> None:
        self.closed = True


async def test_a_name_that_changes_its_mind_is_refused_the_second_time() -> None:
    resolver = PublicOnly(Fickle(["93.184.216.34"], ["127.0.0.1"]))
    assert await resolver.resolve("judge.example", 443)
    with pytest.raises(OSError, match="not public"):
        await resolver.resolve("judge.example", 443)


@pytest.mark.parametrize("answer", [[], ["93.184.216.34", "10.0.0.1"], ["::1"], ["nonsense"]])
async def test_one_address_inside_is_enough_to_refuse(answer: list[str]) -> None:
    under = Fickle(answer)
    resolver = PublicOnly(under)
    with pytest.raises(OSError, match="not public"):
        await resolver.resolve("judge.example")
    await resolver.close()
    assert under.closed


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("0.0.0.0", False),
        ("127.0.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("::", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("fe80::1%eth0", False),
    ],
)
def test_public_is_what_the_open_internet_routes(address: str, public: bool) -> None:
    assert is_public(address) is public
