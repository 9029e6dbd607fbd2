"""People of two gateways on either database; the wall clock is the test's."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from gateway.record.where import Where
from tests.gateway.people.making import Clock, Room


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def room(where: Where, clock: Clock) -> AsyncIterator[Room]:
    """Give two gateways on one record."""
    it = Room(where, clock)
    await it.load()
    yield it
    await it.close()
