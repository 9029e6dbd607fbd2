"""The API over a migrated record."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.gateway.http.desk import Front, fronting


@pytest.fixture
async def front(data: Path) -> AsyncIterator[Front]:
    """Serve everything there is over a record of its own."""
    async with fronting(data) as it:
        yield it
