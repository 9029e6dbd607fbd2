"""The bench's own Valkey is there as long as it is needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.peers.process import NotStarted
from bench.systems.store import valkey


def test_it_listens_and_goes(tmp_path: Path) -> None:
    with valkey(tmp_path) as store:
        assert Path(store.path).is_socket()
        assert Path(f"/proc/{store.pid}").exists()
    assert not Path(f"/proc/{store.pid}").exists()


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotStarted, match="Valkey did not start"), valkey(tmp_path / "none"):
        raise AssertionError("it has started")
