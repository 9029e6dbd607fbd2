"""Large pages are asked for where that is wanted, for what is in use, and nothing breaks."""

from __future__ import annotations

import ctypes
import mmap
from pathlib import Path

import pytest

from gateway.largepages import use_large_pages

LARGE = 2 << 20
WISHES = Path("/sys/kernel/mm/transparent_hugepage/enabled")


def test_nothing_is_asked_of_a_system_that_knows_no_large_pages(tmp_path: Path) -> None:
    assert use_large_pages(wishes=tmp_path / "none") == 0


@pytest.mark.parametrize("wish", ["[always] madvise never", "always madvise [never]"])
def test_nothing_is_asked_where_the_administrator_decided(tmp_path: Path, wish: str) -> None:
    wishes = tmp_path / "enabled"
    wishes.write_text(wish)
    assert use_large_pages(wishes=wishes) == 0


def test_files_and_unused_memory_stay_as_they_are(tmp_path: Path) -> None:
    wishes, maps = tmp_path / "enabled", tmp_path / "maps"
    wishes.write_text("always [madvise] never")
    with mmap.mmap(-1, 4 * LARGE) as untouched:
        place = _place_of(untouched)
        maps.write_text(
            f"{place:x}-{place + 4 * LARGE:x} rw-p 00000000 00:00 0 \n"
            f"{place:x}-{place + 4 * LARGE:x} rw-p 00000000 08:01 77 /usr/lib/one.so\n"
            f"{place:x}-{place + 4 * LARGE:x} r-xp 00000000 00:00 0 [vdso]\n"
        )
        assert use_large_pages(maps, wishes) == 0


@pytest.mark.skipif(
    not WISHES.exists() or "[madvise]" not in WISHES.read_text(), reason="not wanted here"
)
def test_what_is_in_use_is_moved_and_says_the_same(tmp_path: Path) -> None:
    maps = tmp_path / "maps"
    with mmap.mmap(-1, 4 * LARGE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as used:
        said = bytes(range(256)) * (4 * LARGE // 256)
        used.write(said)
        place = _place_of(used)
        maps.write_text(f"{place:x}-{place + 4 * LARGE:x} rw-p 00000000 00:00 0 \n")
        moved = use_large_pages(maps)
        assert moved % LARGE == 0  # none where memory is short or the kernel is old
        assert used[:] == said


def _place_of(memory: mmap.mmap) -> int:
    return ctypes.addressof(ctypes.c_char.from_buffer(memory))
