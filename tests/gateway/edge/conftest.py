"""One gateway for all tests of a module; ids, users and rooms are each test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.gateway.live import Live, running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def live(tmp_path_factory: object) -> AsyncIterator[Live]:
    """Run a gateway."""
    folder: Path = tmp_path_factory.mktemp("live")  # type: ignore[attr-defined]
    async with running(folder) as found:
        yield found
