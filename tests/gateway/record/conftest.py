"""A migrated data folder for every test, and a journal that runs on it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.record.database import ensure
from gateway.record.journal import Journal


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("migrated")
    ensure(folder)
    return folder


@pytest.fixture
def data(migrated: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    shutil.copytree(migrated, folder)
    return folder


@pytest.fixture
async def journal(data: Path) -> AsyncIterator[Journal]:
    it = Journal(data)
    await it.start()
    yield it
    await it.stop()
