"""A journal that runs on a migrated record."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.record.journal import Journal


@pytest.fixture
async def journal(data: Path) -> AsyncIterator[Journal]:
    """Give a journal that is durable in the database alone: a busy machine spills nothing."""
    it = Journal(data, wait_ms=5000.0)
    await it.start()
    yield it
    await it.stop()
