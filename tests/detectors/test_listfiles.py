"""A list that cannot be read is refused before anybody reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from detectors.listfiles import check_file
from seawall.errors import ConfigError


def test_a_file_is_taken_up_to_its_bound(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_bytes(b"x" * (1 << 20))
    check_file(path, 1 << 20)
    with pytest.raises(ConfigError, match="list has more than 0 MB"):
        check_file(path, (1 << 20) - 1)


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot be read: No such file"):
        check_file(tmp_path / "gone", 1)
    with pytest.raises(ConfigError, match="is no file"):
        check_file(tmp_path, 1)
