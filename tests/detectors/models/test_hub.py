"""A fetch goes on where it stopped, and nothing stands under its name before it was checked."""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from detectors.models.hub import address, fetch
from detectors.models.registry import Part, Weights, WeightsFile, entry
from seawall.errors import ConfigError, NetworksFault, WeightsError
from tests.detectors.models.hubserver import Hub, serving

_BODY = bytes(range(256)) * 4000
_PATH = "/us/tiny/resolve/0123456789/deep/a.bin"


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving() as hub:
        hub.content[_PATH] = _BODY
        yield hub


def tiny(body: bytes = _BODY) -> Weights:
    file = WeightsFile(len(body), hashlib.sha256(body).hexdigest(), [], "deep/a.bin")
    return Weights(
        name="tiny",
        what="w",
        licence="MIT",
        source="s",
        hub="us/tiny",
        revision="0123456789",
        files={"a.bin": file},
    )


def test_a_file_is_fetched_checked_and_renamed(hub: Hub, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    path = fetch(tiny(), "a.bin", tmp_path, hub.url, lambda *each: told.append(each))
    assert path == tmp_path / "tiny" / "a.bin"
    assert path.read_bytes() == _BODY
    assert [each.name for each in path.parent.iterdir()] == ["a.bin"]
    assert told[-1] == ("a.bin", len(_BODY), len(_BODY))


def test_a_fetch_that_broke_off_goes_on_where_it_stopped(hub: Hub, tmp_path: Path) -> None:
    hub.break_after = 300_000
    with pytest.raises(NetworksFault, match="300000 of 1024000 bytes"):
        fetch(tiny(), "a.bin", tmp_path, hub.url)
    assert not (tmp_path / "tiny" / "a.bin").exists()
    hub.break_after = 0
    assert fetch(tiny(), "a.bin", tmp_path, hub.url).read_bytes() == _BODY
    assert hub.asked == [(_PATH, "bytes=0-"), (_PATH, "bytes=300000-")]


def test_a_hub_that_knows_no_ranges_sends_all_of_it_again(hub: Hub, tmp_path: Path) -> None:
    hub.break_after = 1000
    with pytest.raises(NetworksFault):
        fetch(tiny(), "a.bin", tmp_path, hub.url)
    hub.break_after, hub.ranges = 0, False
    assert fetch(tiny(), "a.bin", tmp_path, hub.url).read_bytes() == _BODY


def test_other_bytes_are_thrown_away(hub: Hub, tmp_path: Path) -> None:
    hub.content[_PATH] = b"x" * len(_BODY)
    with pytest.raises(WeightsError, match="expected was"):
        fetch(tiny(), "a.bin", tmp_path, hub.url)
    assert not (tmp_path / "tiny" / "a.bin").exists()
    hub.content[_PATH] = _BODY
    assert fetch(tiny(), "a.bin", tmp_path, hub.url).read_bytes() == _BODY


def test_more_bytes_than_there_should_be_are_not_taken(hub: Hub, tmp_path: Path) -> None:
    hub.content[_PATH] = _BODY + b"x" * 40_000_000
    with pytest.raises(WeightsError, match="expected was"):
        fetch(tiny(), "a.bin", tmp_path, hub.url)
    assert (tmp_path / "tiny" / ".a.bin.part").stat().st_size == 0


def test_a_hub_without_the_file_and_one_that_is_not_there_say_so(hub: Hub, tmp_path: Path) -> None:
    hub.content.clear()
    with pytest.raises(NetworksFault, match="HTTP 404"):
        fetch(tiny(), "a.bin", tmp_path, hub.url)
    with pytest.raises(NetworksFault, match="cannot be reached"):
        fetch(tiny(), "a.bin", tmp_path, "http://127.0.0.1:1")
    hub.silent.set()
    with pytest.raises(NetworksFault, match="cannot be reached"):
        fetch(tiny(), "a.bin", tmp_path, hub.url, patience_s=0.2)


def test_two_do_not_fetch_the_same_file(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir()
    with (tmp_path / "tiny" / ".a.bin.part").open("a+b") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(WeightsError, match="another process"):
            fetch(tiny(), "a.bin", tmp_path, hub.url)


def test_a_folder_that_cannot_be_written_is_named(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "tiny").write_bytes(b"a file where a folder should be")
    with pytest.raises(WeightsError, match="cannot be written"):
        fetch(tiny(), "a.bin", tmp_path, hub.url)


def test_addresses_are_pinned_and_checked() -> None:
    base = entry("whisper-base")
    assert address(base, "model.bin") == (
        "https://huggingface.co/Systran/faster-whisper-base/resolve/"
        "ebe41f70d5b6dfa9166e2c581c45c9c0cfc57b66/model.bin"
    )
    for wrong in ("ftp://x", "file:///etc", "huggingface.co", ""):
        with pytest.raises(ConfigError):
            address(base, "model.bin", wrong)
    nowhere = Weights(
        name="n",
        what="w",
        licence="l",
        source="s",
        files={"f": WeightsFile(1, "00", [Part("a-package==2.0", "f")])},
    )
    with pytest.raises(WeightsError, match=r"pip install a-package==2\.0"):
        address(nowhere, "f")
