"""What the spill took is in it; what was torn is dropped, and what is damaged is set aside."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from gateway.record.seal import Seal
from gateway.record.spill import FOLDER, HEADER, Damage, Frame, Spill, scan, spill_files
from seawall.errors import OurFault, RecordUnavailable

WRITER = "w" * 32
SEAL = Seal(b"s" * 32)
ENTRIES = [(n, b"entry %d" % n * (n * 7 % 30 + 1)) for n in range(1, 8)]


def opened(data: Path, limit: int = 1 << 20, seal: Seal = SEAL) -> Spill:
    return Spill(data, WRITER, seal, limit)


def filled(data: Path) -> tuple[bytes, list[Frame]]:
    """Write ENTRIES; return the file's content and its frames."""
    spill = opened(data)
    for each in ENTRIES:
        spill.append([each])
    spill.close(done=False)
    content = spill.path.read_bytes()
    return content, [each for each in scanned(spill.path) if isinstance(each, Frame)]


def scanned(path: Path) -> list[Frame | Damage]:
    handle = os.open(path, os.O_RDONLY)
    try:
        return list(scan(handle, 0, path.stat().st_size))
    finally:
        os.close(handle)


def everything(spill: Spill) -> list[tuple[int, bytes]]:
    found: list[tuple[int, bytes]] = []
    at = 0
    while at < spill.end:
        entries, at, _ = spill.read(at, 3)
        found += entries
    return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / FOLDER / f"{WRITER}.spill"


def test_what_was_appended_is_read_again_by_whoever_comes_next(tmp_path: Path) -> None:
    filled(tmp_path)
    spill = opened(tmp_path)
    assert (spill.count, spill.last) == (7, 7)
    assert everything(spill) == ENTRIES
    spill.append([(8, b"eight"), (9, b"nine")])
    assert everything(spill)[-2:] == [(8, b"eight"), (9, b"nine")]
    assert (spill.count, spill.last, spill.reports) == (9, 9, [])
    spill.close(done=True)
    assert spill_files(tmp_path) == []


def test_nobody_reads_what_was_written_from_the_file_alone(tmp_path: Path, path: Path) -> None:
    content, _ = filled(tmp_path)
    assert b"entry" not in content
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_of_two_owners_one_is_refused(tmp_path: Path) -> None:
    first = opened(tmp_path)
    with pytest.raises(OurFault, match="another writer owns"):
        opened(tmp_path)
    first.close(done=True)
    opened(tmp_path).close(done=True)


def test_emptied_it_begins_anew_and_remembers_the_last_number(tmp_path: Path) -> None:
    spill = opened(tmp_path)
    spill.append(ENTRIES)
    spill.reset()
    assert (spill.end, spill.count, spill.last) == (0, 0, 7)
    spill.append([(8, b"eight")])
    assert everything(spill) == [(8, b"eight")]
    spill.close(done=True)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_torn_tail_is_dropped_wherever_it_was_torn(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("torn")
    content, frames = filled(folder)
    cut = data.draw(st.integers(0, len(content) - 1))
    padding = data.draw(st.sampled_from([0, 1, 4096]))
    path = folder / FOLDER / f"{WRITER}.spill"
    path.write_bytes(content[:cut])
    whole = [frame for frame in frames if frame.end <= cut]
    if padding and cut == (whole[-1].end if whole else 0):
        path.write_bytes(content[:cut] + bytes(padding))  # room that was never written to
    spill = opened(folder)
    assert everything(spill) == ENTRIES[: len(whole)]
    assert spill.end == path.stat().st_size == (whole[-1].end if whole else 0)
    spill.append([(99, b"goes on")])
    assert everything(spill)[-1] == (99, b"goes on")
    assert not path.with_suffix(".damaged").exists()
    spill.close(done=True)


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_one_damaged_stretch_costs_only_the_frames_it_touches(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    content, frames = filled(folder)
    at = data.draw(st.integers(0, frames[-2].end - 1))
    size = data.draw(st.integers(1, 80))
    junk = bytes(byte ^ 0x5A for byte in content[at : at + size])
    path = folder / FOLDER / f"{WRITER}.spill"
    path.write_bytes(content[:at] + junk + content[at + size :])
    touched = {frame.n for frame in frames if frame.start < at + size and at < frame.end}
    spill = opened(folder)
    assert everything(spill) == [each for each in ENTRIES if each[0] not in touched]
    everything(spill)  # a second time it is not set aside again
    aside = path.with_suffix(".damaged")
    lost = sum(frame.end - frame.start for frame in frames if frame.n in touched)
    if 7 not in touched:
        assert aside.stat().st_size == lost
        assert spill.reports
    spill.close(done=True)


def test_under_another_secret_all_is_set_aside_and_can_be_replayed_with_the_right_one(
    tmp_path: Path, path: Path
) -> None:
    content, _ = filled(tmp_path)
    stranger = opened(tmp_path, seal=Seal(b"x" * 32))
    assert everything(stranger) == []
    assert len(stranger.reports) == 7
    stranger.close(done=True)
    aside = path.with_suffix(".damaged")
    assert aside.read_bytes() == content
    aside.rename(path)
    spill = opened(tmp_path)
    assert everything(spill) == ENTRIES
    spill.close(done=True)


def test_a_frame_of_another_writer_is_not_taken_for_ours(tmp_path: Path, path: Path) -> None:
    filled(tmp_path)
    other = path.with_name(f"{'x' * 32}.spill")
    path.rename(other)
    spill = Spill(tmp_path, "x" * 32, SEAL, 1 << 20)
    assert everything(spill) == []
    spill.close(done=True)


def test_full_it_takes_nothing_of_what_does_not_fit(tmp_path: Path) -> None:
    spill = opened(tmp_path, limit=400)
    spill.append([(1, b"x" * 100)])
    before = spill.path.read_bytes()
    with pytest.raises(RecordUnavailable, match="full"):
        spill.append([(2, b"y"), (3, b"x" * 300)])
    assert spill.path.read_bytes() == before
    spill.append([(4, b"z")])
    assert [n for n, _ in everything(spill)] == [1, 4]
    spill.close(done=True)


@contextmanager
def longest(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_where_its_disk_is_full_half_a_frame_is_taken_back(tmp_path: Path) -> None:
    spill = opened(tmp_path)
    spill.append([(1, b"one")])
    end = spill.end
    with longest(end + 30), pytest.raises(RecordUnavailable, match="File too large"):
        spill.append([(2, b"two" * 100)])
    assert spill.path.stat().st_size == spill.end == end
    spill.append([(3, b"three")])
    assert everything(spill) == [(1, b"one"), (3, b"three")]
    spill.close(done=True)


def test_a_file_that_was_removed_is_made_anew_once_nothing_is_in_it(tmp_path: Path) -> None:
    spill = opened(tmp_path)
    spill.append([(1, b"one")])
    spill.path.unlink()
    with pytest.raises(RecordUnavailable, match="removed"):
        spill.append([(2, b"two")])
    assert everything(spill) == [(1, b"one")]
    spill.reset()
    spill.append([(2, b"two")])
    assert everything(spill) == [(2, b"two")]
    assert spill.path.exists()
    spill.close(done=True)


@given(st.binary(max_size=400))
@settings(max_examples=100, deadline=None)
def test_any_bytes_can_be_scanned(tmp_path_factory: pytest.TempPathFactory, junk: bytes) -> None:
    path = tmp_path_factory.mktemp("junk") / "file"
    path.write_bytes(b"SWs1" * (len(junk) % 3) + junk)
    at = 0
    for each in scanned(path):
        assert each.start == at
        assert each.end > at
        at = each.end
    assert at == path.stat().st_size


def test_a_mark_inside_a_body_is_no_frame(tmp_path: Path, path: Path) -> None:
    """A longer search than one window, too."""
    filled(tmp_path)
    content = path.read_bytes()
    path.write_bytes(b"\xff" * ((1 << 20) - 2) + b"SWs1" * 9 + content)
    spill = opened(tmp_path)
    assert everything(spill) == ENTRIES
    spill.close(done=True)
    assert HEADER.size == 24
