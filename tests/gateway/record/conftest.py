"""A journal that runs on a migrated record."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.record.journal import Journal


@pytest.fixture
async def journal(data: Path) -> AsyncIterator[Journal]:
    it = Journal(data)
    await it.start()
    yield it
    await it.stop()
