"""Streams over HTTP: how they stand, a veto, a hand on them, and what decisions saw."""

from __future__ import annotations

import io
import shutil
from collections.abc import AsyncIterator
from fractions import Fraction
from pathlib import Path

import aiohttp
import av
import msgspec
import numpy as np
import pytest

from gateway.http.context import StreamAccess
from gateway.http.parts import Parts
from gateway.record.database import ensure
from gateway.record.where import Where
from gateway.stream.playing import Player
from tests.gateway.chat.nodes import NOW, Clock
from tests.gateway.http.serving import Book, ask, serving
from tests.gateway.record.making import change, eventually
from tests.gateway.stream.desk import Gate, Peer, read_text, saw, write_stream_policy


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("http-streams")
    ensure(folder)
    write_stream_policy(folder / "policy")
    return folder


@pytest.fixture
async def gate(blank: Path, tmp_path: Path) -> AsyncIterator[Gate]:
    shutil.copytree(blank, tmp_path / "data")
    gate = Gate(Where.of(tmp_path / "data"), Clock(), blank / "policy")
    await gate.start()
    try:
        yield gate
    finally:
        await gate.close()


@pytest.fixture
async def port(gate: Gate) -> AsyncIterator[int]:
    async with serving(streams=StreamAccess(gate.hands.moderating), parts=kept(gate)) as port:
        yield port


@pytest.fixture
async def port_off(gate: Gate) -> AsyncIterator[int]:
    """A gateway that takes no streams any more."""
    async with serving(parts=kept(gate)) as port:
        yield port


def kept(gate: Gate) -> Parts:
    """Return what is kept of decisions, whether streams are taken in or not."""
    player = Player(gate.hands.evidence.clips)
    return Parts(audit=Book(), evidence=gate.evidence, player=player)


@pytest.fixture
async def peer(gate: Gate) -> Peer:
    peer = Peer()
    await gate.connect(peer)
    return peer


async def test_open_streams_are_listed(gate: Gate, peer: Peer, port: int) -> None:
    live = gate.open(peer)
    gate.clock.now += 1
    gate.open(peer, "other", user="v")
    gate.judge.saw(live, read_text(live, NOW, "blurword"))
    status, body, _ = await ask(port, "/v1/streams")
    assert status == 200
    assert [each["stream"] for each in body["items"]] == ["other", "live"]
    status, body, _ = await ask(port, "/v1/streams/live")
    assert (status, body["user"], body["findings"], body["pending"]) == (200, "u", 1, None)
    assert body["restrictions"] == [{"kind": "blur", "until": NOW + 61, "because": "blur-spam"}]
    assert body["last"]["action"] == "blur"
    status, body, _ = await ask(port, "/v1/streams/nobody")
    assert (status, body["code"]) == (404, "unknown_stream")


async def test_a_veto(gate: Gate, peer: Peer, port: int) -> None:
    live = gate.open(peer)
    gate.judge.saw(live, read_text(live, NOW, "slowcut"))
    status, body, _ = await ask(port, "/v1/streams/live")
    assert body["pending"]["nobody"] == "cut"
    assert body["pending"]["until"] == NOW + 10
    status, body, _ = await ask(port, "/v1/streams/live/veto", "POST", body={"reason": "art"})
    assert (status, body["by"]) == (200, "moderator:moderator")
    status, body, _ = await ask(port, "/v1/streams/live/veto", "POST")
    assert (status, body["code"]) == (404, "not_found")
    await gate.tick(20)
    assert peer.commands == []


async def test_keep_is_a_veto_and_cut_by_hand_ends_the_countdown(
    gate: Gate, peer: Peer, port: int
) -> None:
    live = gate.open(peer)
    gate.judge.saw(live, read_text(live, NOW, "slowcut"))
    status, _, _ = await ask(port, "/v1/streams/live/actions", "POST", body={"action": "cut"})
    assert status == 200
    assert peer.kinds() == [("cut", None)]
    status, body, _ = await ask(port, "/v1/streams")
    assert [(each["stream"], each["dark_s"]) for each in body["cuts"]] == [("live", None)]
    assert gate.hands.vetoes.of("t", "live") is None
    await gate.tick(0.5)
    other = gate.open(peer, "other")
    gate.judge.saw(other, read_text(other, gate.clock.now, "slowcut"))
    status, _, _ = await ask(port, "/v1/streams/other/actions", "POST", body={"action": "keep"})
    assert status == 200
    await gate.tick(0.5)
    assert ("cut", None) not in peer.kinds()[1:]


async def test_a_hand_on_a_stream(gate: Gate, peer: Peer, port: int) -> None:
    gate.open(peer)
    path = "/v1/streams/live/actions"
    status, body, _ = await ask(port, path, "POST", body={"action": "blur", "for_s": 30})
    assert status == 200
    assert body["commands"][0]["kind"] == "blur"
    await ask(port, path, "POST", body={"action": "warn"})
    status, body, _ = await ask(port, path, "POST", body={"action": "lift", "kind": "blur"})
    assert (status, body["by"]) == (200, "moderator:moderator")
    assert peer.kinds() == [("blur", 30.0), ("warn", None), ("blur", 0.0)]
    assert [entry.action for entry in gate.entries("moderator")] == ["blur", "warn", "lift"]


async def test_a_stream_of_another_gateway_needs_its_room(
    gate: Gate, peer: Peer, port: int
) -> None:
    path = "/v1/streams/far/actions"
    status, body, _ = await ask(port, path, "POST", body={"action": "cut"})
    assert (status, body["code"]) == (404, "unknown_stream")
    status, _, _ = await ask(port, path, "POST", body={"action": "cut", "room": "r"})
    assert status == 200
    assert [command.target.room for command in peer.commands] == ["r"]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'{"action": "explode"}',
        b'{"action": "blur", "for_s": 0}',
        b'{"action": "blur", "for_s": 1e12}',
        b'{"action": "lift", "kind": "warn"}',
        b'{"action": "blur", "why": 1}',
        b"{}",
    ],
)
async def test_what_cannot_be_read_is_refused(
    gate: Gate, peer: Peer, port: int, body: bytes
) -> None:
    gate.open(peer)
    status, answer, _ = await ask(port, "/v1/streams/live/actions", "POST", body=body)
    assert status == 400
    assert answer["code"] in ("bad_json", "bad_field")
    assert peer.commands == []


async def test_unrecorded_means_undone(gate: Gate, peer: Peer, port: int) -> None:
    gate.open(peer)
    gate.book.full = True
    path = "/v1/streams/live/actions"
    status, body, _ = await ask(port, path, "POST", body={"action": "cut"})
    assert (status, body["code"]) == (503, "record_unavailable")
    assert peer.commands == []


async def test_a_gateway_without_streams_says_so() -> None:
    async with serving() as port:
        status, body, _ = await ask(port, "/v1/streams")
        assert (status, body) == (200, {"items": [], "cuts": []})
        status, body, _ = await ask(port, "/v1/streams/live")
        assert (status, body["code"]) == (404, "unsupported")
        status, body, _ = await ask(port, "/v1/streams", role="server")
        assert status == 403


def mpegts() -> bytes:
    """Make two seconds of a moving picture."""
    out = io.BytesIO()
    with av.open(out, "w", format="mpegts") as target:
        video = target.add_stream("libx264", rate=25, options={"g": "10"})
        assert isinstance(video, av.VideoStream)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        for n in range(50):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), n * 5, np.uint8), "rgb24")
            frame.pts, frame.time_base = n, Fraction(1, 25)
            target.mux(video.encode(frame))
        target.mux(video.encode(None))
    return out.getvalue()


async def evidence(gate: Gate, peer: Peer, data: bytes, *signals: tuple[str, float]) -> str:
    """Let a stream be decided about; return the path of what is kept of that."""
    live = gate.open(peer)
    for start in range(0, len(data), 4096):
        gate.bytes(live, data[start : start + 4096])
    for second in (0.1, 0.2):
        gate.judge.saw(live, saw(live, NOW + second, *signals, still=b"\xff\xd8 a still"))
    await eventually(lambda: bool(gate.entries("stream", "clip")))
    (verdict,) = gate.entries("verdict")
    return f"/v1/streams/live/decisions/{verdict.event}"


async def fetch(port: int, path: str) -> tuple[int, str, bytes]:
    headers = {"Authorization": "Bearer sw_moderator"}
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}{path}", headers=headers) as answer,
    ):
        return answer.status, answer.content_type, await answer.read()


async def test_a_decisions_still_and_clip_are_downloaded(gate: Gate, peer: Peer, port: int) -> None:
    path = await evidence(gate, peer, mpegts(), ("image.nudity", 0.9))
    status, body, _ = await ask(port, path)
    assert (status, body["stream"], body["still"]) == (200, "live", True)
    assert body["clip"]["container"] == "fmp4"
    assert await fetch(port, f"{path}/still") == (200, "image/jpeg", b"\xff\xd8 a still")
    status, kind, data = await fetch(port, f"{path}/clip")
    assert (status, kind) == (200, "video/x-matroska")
    with av.open(io.BytesIO(data), "r") as source:
        assert sum(1 for _ in source.decode(video=0)) == 50
    wrong = path.replace("/live/", "/other/")
    assert (await ask(port, wrong))[0] == 404
    assert (await ask(port, f"{path}?rev=x"))[0] == 400
    assert (await ask(port, f"{path}?rev=7"))[0] == 404


async def test_what_is_kept_is_shown_where_streams_are_taken_in_no_more(
    gate: Gate, peer: Peer, port_off: int
) -> None:
    path = await evidence(gate, peer, mpegts(), ("image.nudity", 0.9))
    status, body, _ = await ask(port_off, path)
    assert (status, body["stream"], body["still"]) == (200, "live", True)
    assert await fetch(port_off, f"{path}/still") == (200, "image/jpeg", b"\xff\xd8 a still")
    assert (await fetch(port_off, f"{path}/clip"))[:2] == (200, "video/x-matroska")
    for gone in ("/v1/streams/live", "/v1/streams/live/frame"):
        status, body, _ = await ask(port_off, gone)
        assert (status, body["code"]) == (404, "unsupported")


async def test_who_has_no_clip_is_told_whose_to_see(gate: Gate, peer: Peer, port: int) -> None:
    first = await evidence(gate, peer, b"x" * 900, ("image.nudity", 0.9))
    live = gate.streams.lives["t", "live"]
    gate.clock.now += 2
    gate.judge.saw(live, read_text(live, NOW + 2, "blurword"))
    await eventually(lambda: len(gate.entries("stream", "clip")) == 2)
    _, second = gate.entries("verdict")
    status, body, _ = await ask(port, f"/v1/streams/live/decisions/{second.event}/clip")
    assert (status, body["code"]) == (404, "not_found")
    event = first.rpartition("/")[2]
    text = f"no clip of this decision lies at this gateway: see {event} rev 0"
    assert text in body["message"]
    shutil.rmtree(gate.where.data / "evidence" / "clips")
    status, body, _ = await ask(port, f"{first}/clip")
    assert status == 404
    assert body["message"].endswith("at this gateway")


async def test_a_clip_of_garbage_is_told_to_be_damaged(gate: Gate, peer: Peer, port: int) -> None:
    path = await evidence(gate, peer, b"x" * 9000, ("image.nudity", 0.9))
    status, body, _ = await ask(port, f"{path}/clip")
    assert (status, body["code"]) == (422, "damaged")


async def test_what_may_endanger_minors_is_sealed(gate: Gate, peer: Peer, port: int) -> None:
    path = await evidence(gate, peer, b"x" * 900, ("image.nudity", 0.9))
    row = gate.entries("verdict")[0]
    change(gate.where, "UPDATE journal SET category = 'minor_safety' WHERE event = ?", row.event)
    for what in ("", "/still", "/clip"):
        status, body, _ = await ask(port, path + what)
        assert (status, body["code"]) == (403, "forbidden")


async def test_without_a_revision_the_newest_that_has_it_is_given(
    gate: Gate, peer: Peer, port: int
) -> None:
    live = gate.open(peer)
    gate.bytes(live, b"x" * 900)
    gate.judge.saw(live, saw(live, NOW + 0.1, ("image.nudity", 0.9)))
    frame = saw(live, NOW + 0.2, ("image.nudity", 0.9), still=b"a still")
    gate.judge.saw(live, frame)
    text = read_text(live, NOW + 0.2, "queueword")
    gate.judge.saw(live, msgspec.structs.replace(text, n=frame.n))
    first, second = gate.entries("verdict")
    assert (first.event, first.rev, second.rev) == (second.event, 0, 1)
    await eventually(lambda: bool(gate.entries("stream", "clip")))
    path = f"/v1/streams/live/decisions/{first.event}"
    status, body, _ = await ask(port, path)
    assert (status, body["rev"], body["text"], body["still"]) == (200, 1, "queueword", False)
    status, body, _ = await ask(port, f"{path}?rev=0")
    assert (status, body["rev"], body["still"]) == (200, 0, True)
    assert await fetch(port, f"{path}/still") == (200, "image/jpeg", b"a still")
    assert (await ask(port, f"{path}/still?rev=1"))[0] == 404
    assert (await ask(port, f"{path}/clip"))[1]["code"] == "damaged"  # there is one
    statement = "UPDATE journal SET category = 'minor_safety' WHERE rev = 1 AND event = ?"
    change(gate.where, statement, first.event)
    for what in ("", "/still", "/clip"):
        assert (await ask(port, path + what))[0] == 403
