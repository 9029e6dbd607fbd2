"""A file goes over the wire whole, at its pace; a cut ends it at once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from media.pushing import Job, opened, push, push_all
from seawall.errors import NetworksFault, NotConnected, WireError
from tests.media.clips import Made, made, raw
from tests.media.streamgateway import StreamGateway, taking


def job_of(gateway: StreamGateway, source: Path, **options: Any) -> Job:
    plain = Job(
        source=str(source),
        uri=gateway.uri,
        key="sw_test",
        room="r1",
        user="u1",
        stream="s1",
        pace=0.0,
    )
    return msgspec.structs.replace(plain, **options)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.webm"
    path.write_bytes(made(Made("webm", "libvpx", "libopus", seconds=2.0)))
    return path


@pytest.fixture
def whole(clip: Path) -> bytes:
    return clip.read_bytes()


async def test_a_file_arrives_whole_and_what_comes_back_is_told(clip: Path, whole: bytes) -> None:
    told: list[dict[str, Any]] = []
    async with taking() as gateway:
        summary = await push(job_of(gateway, clip, viewers=9), told.append)
        assert bytes(gateway.got["s1"]) == whole
        [begun] = gateway.opens
        assert (begun.container, begun.user.id, begun.viewers) == ("matroska", "u1", 9)
        assert gateway.closed == {"s1": "ended"}
    assert [each["type"] for each in told] == ["opened", "finding", "coverage", "closed"]
    assert told[-1]["sent"] == len(whole)
    assert told[-1]["confirmed"] is True
    assert summary.startswith("ended after")


async def test_little_credit_slows_a_file_down_and_drops_nothing(tmp_path: Path) -> None:
    path = tmp_path / "sound.raw"
    path.write_bytes(raw(20.0))
    told: list[dict[str, Any]] = []
    async with taking() as gateway:
        gateway.credit = 8192
        await push(job_of(gateway, path, container="pcm_s16le;rate=16000"), told.append)
        assert bytes(gateway.got["s1"]) == path.read_bytes()
    assert told[-1]["dropped"] == 0


async def test_the_pace_is_kept_and_capture_times_follow_the_media(clip: Path) -> None:
    async with taking() as gateway:
        await push(job_of(gateway, clip, pace=4.0), lambda _: None)
        pieces = gateway.pieces["s1"]
    assert 0.3 < pieces[-1][2] - pieces[0][2] < 5.0
    assert 1500 < pieces[-1][1] - pieces[0][1] < 2500
    assert [piece[0] for piece in pieces] == list(range(len(pieces)))


async def test_a_cut_ends_it_and_is_said_to_be_done(clip: Path, whole: bytes) -> None:
    told: list[dict[str, Any]] = []
    async with taking() as gateway:
        gateway.cut_after = 1
        summary = await push(job_of(gateway, clip, pace=1.0), told.append)
        assert gateway.done == ["c1"]
        assert gateway.closed == {"s1": "cut"}
        assert len(gateway.got["s1"]) < len(whole)
    assert "command" in [each["type"] for each in told]
    assert told[-1]["reason"] == "cut"
    assert summary.startswith("cut after")


async def test_a_command_for_a_stream_of_its_room_that_others_send_is_refused_untold(
    clip: Path,
) -> None:
    told: list[dict[str, Any]] = []
    async with taking() as gateway:
        gateway.cut_after, gateway.cut_first = 1, "other"
        await push(job_of(gateway, clip, pace=1.0), told.append)
        assert (gateway.failed, gateway.done) == (["c0"], ["c1"])
    assert [each["id"] for each in told if each["type"] == "command"] == ["c1"]


async def test_a_loop_goes_on_until_its_time_is_over(clip: Path, whole: bytes) -> None:
    async with taking() as gateway:
        await push(job_of(gateway, clip, loop=True, pace=20.0, for_s=0.4), lambda _: None)
        assert len(gateway.got["s1"]) > 2 * len(whole)


async def test_after_a_break_who_begins_anew_gets_the_head_first(clip: Path) -> None:
    async with taking() as gateway:
        gateway.break_after = 20_000
        await push(job_of(gateway, clip), lambda _: None)
        assert [begun.resume for begun in gateway.opens] == [False, True]
        got = bytes(gateway.got["s1"])
        assert got.count(b"\x1a\x45\xdf\xa3") == 2


async def test_many_connections_are_as_many_streams(
    clip: Path, whole: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    async with taking() as gateway:
        assert await push_all(job_of(gateway, clip), 3) == 0
        assert sorted(gateway.got) == ["s1-1", "s1-2", "s1-3"]
        assert all(bytes(got) == whole for got in gateway.got.values())
        gateway.refuses = "unsupported"
        assert await push_all(job_of(gateway, clip), 2) == 2
    assert "unsupported: not here" in capsys.readouterr().err


async def test_what_cannot_be_sent_says_why(clip: Path, tmp_path: Path) -> None:
    async with taking() as gateway:
        gateway.refuses = "not_allowed"
        with pytest.raises(WireError, match="not_allowed"):
            await push(job_of(gateway, clip), lambda _: None)
        with pytest.raises(OSError, match="absent"):
            await push(job_of(gateway, tmp_path / "absent"), lambda _: None)
    with pytest.raises(NetworksFault):
        opened("rtmp://127.0.0.1:1/live")


async def test_a_stream_the_gateway_gives_up_is_said(clip: Path) -> None:
    told: list[dict[str, Any]] = []
    async with taking() as gateway:
        gateway.gives_up = "unsupported"
        with pytest.raises(WireError, match="cannot be decoded"):
            await push(job_of(gateway, clip), told.append)
    last = {"type": "error", "stream": "s1", "code": "unsupported", "message": "cannot be decoded"}
    assert told[-1] == last


async def test_no_gateway_is_said_in_time(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media.pushing._WAIT_S", 0.2)
    nowhere = StreamGateway()
    nowhere.uri = "ws://127.0.0.1:1/v1"
    async with asyncio.timeout(10):
        with pytest.raises(NotConnected):
            await push(job_of(nowhere, clip), lambda _: None)


def test_an_index_at_the_end_is_copied_to_the_front(tmp_path: Path) -> None:
    path = tmp_path / "late.mp4"
    path.write_bytes(made(Made("mp4", "libx264")))
    assert "fragmented" in opened(str(path)).note
    damaged = path.read_bytes()[:-200]
    path.write_bytes(damaged)
    late = opened(str(path))
    assert "sent so" in late.note
    assert b"".join(each.data for each in late.slices) == damaged
    path.rename(tmp_path / "named.ts")
    (tmp_path / "words.ts").write_bytes(b"words")
    assert opened(str(tmp_path / "words.ts")).container == "ts"
