"""What waits for the database is measured while it waits, and forgotten when nothing does."""

from __future__ import annotations

from pathlib import Path

from gateway.record.spill import FOLDER
from gateway.record.spillage import Spillage


def test_what_waits_is_counted_in_bytes_and_seconds(tmp_path: Path) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir()
    (folder / "a.spill").write_bytes(b"x" * 100)
    (folder / "b.spill").write_bytes(b"x" * 23)
    spillage = Spillage(tmp_path, 1 << 20)
    spillage.look(0, 1.0)
    assert (spillage.bytes, spillage.age_s(5.0)) == (0, 0.0)
    spillage.look(3, 10.0)
    spillage.look(4, 20.0)
    assert (spillage.bytes, spillage.age_s(25.0)) == (123, 15.0)
    spillage.look(0, 26.0)
    assert (spillage.bytes, spillage.age_s(27.0)) == (0, 0.0)


def test_entries_without_a_file_still_wait(tmp_path: Path) -> None:
    spillage = Spillage(tmp_path, 1 << 20)
    spillage.look(1, 1.0)
    assert spillage.bytes == 1
