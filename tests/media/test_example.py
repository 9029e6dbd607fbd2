"""The example of a stream server runs as it stands."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from tests.media.clips import Made, made
from tests.media.streamgateway import taking

_EXAMPLE = Path(__file__).parents[2] / "examples" / "stream_server.py"


def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("stream_server", _EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.webm"
    path.write_bytes(made(Made("webm", "libvpx", seconds=1.0)))
    return path


@pytest.fixture
def size(clip: Path) -> int:
    return clip.stat().st_size


async def test_the_stream_server_sends_and_hears(
    clip: Path, size: int, capsys: pytest.CaptureFixture[str]
) -> None:
    async with taking() as gateway:
        await example().main(gateway.uri, "sw_test", str(clip), 10_000_000)
        assert len(gateway.got["show-1"]) == size
        assert gateway.opens[0].container == "webm"
    told = capsys.readouterr().out
    assert "frame ['a-rule']" in told
    assert f"{size} bytes sent, 0 dropped" in told


async def test_the_stream_server_obeys_a_cut(
    clip: Path, size: int, capsys: pytest.CaptureFixture[str]
) -> None:
    async with taking() as gateway:
        gateway.cut_after = 1
        await example().main(gateway.uri, "sw_test", str(clip), size * 2)
        assert len(gateway.got["show-1"]) < size
        assert gateway.done == ["c1"]
    assert "please cut because None" in capsys.readouterr().out
