"""Gateways that decide, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from gateway.policy.load import load_policy
from gateway.record.where import Where
from seawall.policy.model import Policy
from tests.gateway.chat.nodes import Clock
from tests.gateway.deciding.gates import Gate
from tests.gateway.live import write_policy


@pytest.fixture(scope="session")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    return load_policy(write_policy(tmp_path_factory.mktemp("policy")))


@pytest.fixture
async def gates(where: Where, policy: Policy) -> AsyncIterator[Callable[..., Gate]]:
    """Give a maker of gateways on one record, with one clock."""
    clock, made = Clock(), list[Gate]()

    def make(**changes: Any) -> Gate:  # as make_deciding takes them
        made.append(Gate(where, clock, policy, **changes))
        return made[-1]

    yield make
    for each in made:
        await each.close()


@pytest.fixture
async def gate(gates: Callable[..., Gate]) -> Gate:
    return gates()
