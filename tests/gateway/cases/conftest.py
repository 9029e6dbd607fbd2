"""The tables of cases on a migrated record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.record.where import Where
from tests.gateway.cases.making import Work


@pytest.fixture
def work(where: Where) -> Iterator[Work]:
    """Give cases to work on, on both databases."""
    it = Work(where)
    yield it
    it.close()


@pytest.fixture
def filed(data: Path) -> Iterator[Work]:
    """Give cases to work on, in SQLite alone: for what no database makes a difference to."""
    it = Work(data)
    yield it
    it.close()
