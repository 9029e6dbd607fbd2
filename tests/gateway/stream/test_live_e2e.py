"""The whole path of a stream: pushed, seen, heard, found, warned about, cut, and dark."""

from __future__ import annotations

import asyncio
import io
import json
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import segno

from bench.faults.proxy import Proxy
from seawall import client, wire
from seawall.binary import HEADER_BYTES, pack
from tests.gateway.live import Peer
from tests.gateway.shell import run
from tests.mediagateway import MediaGateway, Sent, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

SAMPLE = Path(__file__).parents[3] / "gateway" / "demo" / "sample_stream.webm"
MIB = 1024 * 1024

LEXICON = """
lexicon: en
terms:
  - {term: giveaway, category: scam.giveaway, severity: high}
  - {term: cutword, category: extremism, severity: critical}
  - {term: vetoword, category: threat, severity: critical}
  - {term: blockword, category: spam, severity: critical}
"""
RULES = """
- {rule: block-spam, category: spam, when: lexicon.spam, then: block}
- {rule: shown-code, category: scam.phishing, severity: high, on: [frame], when: qr.any,
   then: stream.warn, cooldown: 60s}
- {rule: shown-words, category: scam.giveaway, on: [frame], when: lexicon.scam.giveaway,
   then: allow}
- {rule: said-words, category: scam.giveaway, on: [speech], when: lexicon.scam.giveaway,
   then: {stream.mute_audio: 30s}}
- {rule: cuts, category: extremism, severity: critical, on: [frame], when: lexicon.extremism,
   over: {hits: 2, of: 3, within: 30s}, then: stream.cut, veto: {for: 1s, nobody: cut}}
- {rule: may-be-vetoed, category: threat, severity: critical, on: [frame], when: lexicon.threat,
   over: {hits: 2, of: 3, within: 30s}, then: stream.cut, veto: {for: 8s, nobody: cut}}
"""


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MediaGateway]:
    files = {"lexicon": LEXICON, "rules": RULES}
    gateway = MediaGateway(
        tmp_path_factory.mktemp("live"), files, media_see="pdq, codes, ocr", drain_s="2"
    )
    gateway.start()
    yield gateway
    gateway.victim.stop()


@cache
def showing(words: str, seconds: int = 4, fps: int = 10) -> bytes:
    """Make a clip that shows a code, a key frame every second."""
    rows = np.array([list(row) for row in segno.make(words, error="m").matrix], np.uint8)
    code = np.pad(1 - rows, 4, constant_values=1) * np.uint8(255)
    picture = np.full((240, 320), 128, np.uint8)
    large = code.repeat(4, axis=0).repeat(4, axis=1)
    picture[: large.shape[0], : large.shape[1]] = large
    file = io.BytesIO()
    with av.open(file, "w", format="mpegts") as clip:
        video = clip.add_stream("libx264", fps)
        video.width, video.height, video.pix_fmt = 320, 240, "yuv420p"
        video.options = {"preset": "ultrafast", "g": str(fps)}
        for number in range(seconds * fps):
            moving = picture.copy()
            moving[200:230, 8 * (number % 30) : 8 * (number % 30) + 30] = 250
            clip.mux(video.encode(av.VideoFrame.from_ndarray(moving, "gray")))
        clip.mux(video.encode(None))
    return file.getvalue()


def decoded(data: bytes, kind: str) -> int:
    """Return how many frames of a kind of track are in a file."""
    with av.open(io.BytesIO(data), "r") as media:
        (track,) = (each for each in media.streams if each.type == kind)
        return sum(len(packet.decode()) for packet in media.demux(track))


def written(folder: Path, data: bytes, name: str = "clip.ts") -> Path:
    """Leave bytes in a file, as `seawall send` wants them."""
    path = folder / name
    path.write_bytes(data)
    return path


def opening(stream: str, container: str) -> dict[str, Any]:
    """Return what opens a stream."""
    user = {"id": "u1", "name": "u1", "roles": []}
    what = {"stream": stream, "room": "r1", "container": container, "user": user}
    return {"type": "stream.open", "id": f"open-{time.monotonic_ns()}", **what}


class Raw:
    """A stream that is sent piece by piece on a connection."""

    def __init__(self, peer: Peer, stream: str, container: str) -> None:
        self.peer, self.stream = peer, stream
        self.handle, self.seq = -1, 0
        self.words = opening(stream, container)

    async def open(self) -> dict[str, Any]:
        """Open it, or let it go on; return what was answered."""
        await self.peer.send(self.words)
        opened = await self.peer.wait("stream.opened", stream=self.stream)
        self.handle = opened["handle"]
        return opened

    async def send(self, data: bytes, at: float | None = None) -> None:
        """Send a piece."""
        at_ms = int((time.time() if at is None else at) * 1000)
        await self.peer.send(pack(self.handle, self.seq, at_ms, data))
        self.seq += 1

    async def close(self, within_s: float = 30.0) -> list[dict[str, Any]]:
        """End it; return its coverage."""
        await self.peer.send({"type": "stream.close", "stream": self.stream})
        async with asyncio.timeout(within_s):
            while not [each for each in self.peer.seen if each["type"] == "ack"]:
                self.peer.seen.append(json.loads(await self.peer.socket.recv()))
        return [each for each in self.peer.seen if each["type"] == "coverage"]


def cut_up(data: bytes, pieces: int) -> list[bytes]:
    """Cut bytes into pieces."""
    size = -(-len(data) // pieces)
    return [data[at : at + size] for at in range(0, len(data), size)]


async def test_the_sample_is_seen_read_and_heard(gateway: MediaGateway) -> None:
    for _ in range(3):  # the machine may be too busy to look at everything in time
        sent = await gateway.push(SAMPLE, stream=(name := gateway.name()))
        if not sent.unchecked:
            break
    assert not sent.failed, sent.said()
    wanted = {("frame", "shown-code"), ("frame", "shown-words"), ("speech", "said-words")}
    assert wanted <= sent.rules, sent.said()
    assert {"warn", "mute_audio"} <= set(sent.kinds)
    assert "cut" not in sent.kinds
    assert sent.unchecked == [], sent.said()
    assert sent.seconds >= 17.0
    assert all(each["frames"] == each["speech"] == 1.0 for each in sent.of("coverage"))
    (closed,) = sent.of("closed")
    assert closed["confirmed"]
    await _evidence(gateway, name)


async def _evidence(gateway: MediaGateway, stream: str) -> None:
    """What the warning was about can be looked at, and played."""
    rows = [json.loads(line) for line in _exported(gateway)]
    event = next(
        each["event"] for each in rows if each["ref"] == stream and each["rule"] == "shown-code"
    )
    path = f"/v1/streams/{stream}/decisions/{event}"
    shown = gateway.ask(path)
    assert shown.status == 200, shown.body
    assert "metamask-airdrop" in shown.json["text"]
    still = gateway.ask(f"{path}/still")
    assert (still.status, still.kind) == (200, "image/jpeg")
    assert decoded(still.body, "video") == 1
    clip = gateway.ask(f"{path}/clip")
    assert (clip.status, clip.kind) == (200, "video/x-matroska")
    assert decoded(clip.body, "video") >= 30
    assert decoded(clip.body, "audio") >= 150  # Opus: 20 ms each
    strange = gateway.ask(f"/v1/streams/another/decisions/{event}/still")
    assert strange.status == 404


def _exported(gateway: MediaGateway) -> list[str]:
    done = run("journal", "export", "--data", str(gateway.victim.data))
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


async def test_a_stream_that_is_cut_goes_dark(gateway: MediaGateway, tmp_path: Path) -> None:
    clip = written(tmp_path, showing("cutword"))
    name = gateway.name()
    sent = await gateway.push(clip, stream=name, loop=True, for_s=25.0)
    assert sent.failed == "", sent.said()
    assert "cut" in sent.kinds, sent.said()
    (closed,) = sent.of("closed")
    assert closed["reason"] == "cut"
    assert "cut" in [each["action"] for each in sent.of("finding")]

    def dark() -> list[dict[str, Any]]:
        cuts = gateway.ask("/v1/streams").json["cuts"]
        return [each for each in cuts if each["stream"] == name and each["dark_s"] is not None]

    await until(lambda: asyncio.to_thread(dark))
    (cut,) = await asyncio.to_thread(dark)
    print(cut)
    assert cut["captured"]
    assert 0.0 < cut["ordered_s"] <= cut["done_s"]
    assert cut["times"] == 1
    assert not cut["paged"]
    assert cut["ordered_s"] >= 1.0  # the second that somebody might have vetoed
    numbers = await asyncio.to_thread(gateway.numbers)
    assert numbers["seawall_time_to_dark_seconds_count"] >= 1
    assert numbers['seawall_stream_cuts_total{outcome="dark"}'] >= 1
    rows = [json.loads(line) for line in await asyncio.to_thread(_exported, gateway)]
    ours = [each["action"] for each in rows if each["ref"] == name]
    assert ours.index("cut") < ours.index("dark")
    verified = await asyncio.to_thread(run, "journal", "verify", "--data", str(gateway.victim.data))
    assert verified.returncode == 0, verified.stdout + verified.stderr


async def test_a_veto_keeps_a_stream(gateway: MediaGateway, tmp_path: Path) -> None:
    clip = written(tmp_path, showing("vetoword"))
    sent, name = Sent(), gateway.name()
    pushing = asyncio.create_task(
        gateway.push(clip, sent, stream=name, loop=True, for_s=13.0), name="push"
    )

    def pending() -> object:
        answer = gateway.ask(f"/v1/streams/{name}")
        return answer.status == 200 and answer.json["pending"]

    await until(lambda: asyncio.to_thread(pending), 12.0)
    vetoed = await asyncio.to_thread(
        gateway.ask, f"/v1/streams/{name}/veto", "POST", {"reason": "it is art"}
    )
    assert vetoed.status == 200
    assert vetoed.json["by"] == "moderator:moderator"
    again = await asyncio.to_thread(gateway.ask, f"/v1/streams/{name}/veto", "POST", {})
    assert again.status == 404
    await pushing
    assert "cut" not in sent.kinds, sent.said()
    assert sent.of("closed")[0]["reason"] == "ended"


def test_the_gateway_process_carries_no_codec_and_no_model(gateway: MediaGateway) -> None:
    maps = Path(f"/proc/{gateway.victim.pid}/maps").read_text("utf-8")
    for library in ("libav", "onnxruntime", "ctranslate2", "numpy", "cv2", "libsw"):
        assert library not in maps, library
    pids = gateway.pids()
    assert set(pids) == {"zygote", "vision", "speech"}
    assert "libav" in Path(f"/proc/{pids['zygote']}/maps").read_text("utf-8")


async def test_who_opens_what_when(gateway: MediaGateway) -> None:
    async with gateway.peer() as peer:
        stream = Raw(peer, gateway.name(), "mpegts")
        first = await stream.open()
        assert first["credit"] >= 2 * MIB
        assert (await stream.open())["handle"] == first["handle"]  # the very same words again
        async with gateway.peer("s2") as other:
            twin = {**opening(stream.stream, "mpegts"), "id": "twin"}
            await other.send(twin)
            assert (await other.wait("error", ref="twin"))["code"] == "id_reused"
            await other.send(pack(stream.handle, 0, 0, b"not mine"))
            assert (await other.wait("error"))["code"] == "unknown_stream"
            await other.send({**twin, "id": "odd", "stream": "x", "container": "real"})
            assert (await other.wait("error", ref="odd"))["code"] == "unsupported"
        await peer.send(pack(4_000_000_000, 0, 0, b"nobody's"))
        assert (await peer.wait("error"))["code"] == "unknown_stream"
        await peer.send(b"short")
        await peer.send({"type": "stream.close", "stream": "nobody's"})
        coverage = await stream.close()
        assert coverage[-1]["unchecked"] == []


async def test_large_frames_are_for_media(gateway: MediaGateway) -> None:
    async with gateway.peer(hello=False) as peer:
        await peer.send(pack(1, 0, 0, b"before hello"))
        assert (await peer.wait("error"))["code"] == "hello_first"
    async with gateway.peer() as peer:
        stream = Raw(peer, gateway.name(), "auto")
        await stream.open()
        await stream.send(bytes(MIB - HEADER_BYTES))
        await peer.wait("credit")
        await stream.send(bytes(MIB - HEADER_BYTES + 1))
        assert (await peer.closed())[0] == 1009
    async with gateway.peer() as peer:  # one that opened no stream
        await peer.send(bytes(256 * 1024 + 1))
        assert (await peer.closed())[0] == 1009


async def test_a_stream_that_lies_is_seen_all_the_same(gateway: MediaGateway) -> None:
    async with gateway.peer() as peer:
        stream = Raw(peer, gateway.name(), "webm")
        await stream.open()
        begun = time.time()
        for number, piece in enumerate(cut_up(showing("an honest code"), 20)):
            await stream.send(piece, begun + number / 5)
        coverage = await stream.close()
        assert [each for each in peer.seen if each["type"] == "finding"], peer.seen
        assert sum(each["to"] - each["from"] for each in coverage) >= 2.0
    async with gateway.peer() as peer:
        stream = Raw(peer, gateway.name(), "mp4")
        await stream.open()
        for number in range(8):
            await stream.send(b"no media at all " * 1000, begun + number)
        coverage = await stream.close()
        assert [each["code"] for each in peer.seen if each["type"] == "error"] == ["unsupported"]
        assert {why["cause"] for each in coverage for why in each["unchecked"]} == {"damaged"}
        assert coverage[-1]["frames"] == coverage[-1]["speech"] == 0.0


async def test_a_stall_is_told_and_a_broken_connection_resumed(gateway: MediaGateway) -> None:
    name, pieces = gateway.name(), cut_up(showing("an honest code"), 20)
    begun = time.time()
    async with gateway.peer() as peer:
        stream = Raw(peer, name, "mpegts")
        opened = await stream.open()
        for number, piece in enumerate(pieces[:10]):
            await stream.send(piece, begun + number / 5)
        async with asyncio.timeout(20):
            while not any(
                why["cause"] == "stalled"
                for each in peer.seen
                if each["type"] == "coverage"
                for why in each["unchecked"]
            ):
                peer.seen.append(json.loads(await peer.socket.recv()))
        verdict = await peer.chat("blockword")
        assert verdict["action"] == "block"
        peer.socket.transport.abort()
    async with gateway.peer() as again:
        after = Raw(again, name, "mpegts")
        after.seq = stream.seq
        assert (await after.open())["handle"] == opened["handle"]
        for number, piece in enumerate(pieces[10:], 10):
            await after.send(piece, begun + number / 5)
        coverage = await after.close()
    causes = {why["cause"] for each in coverage for why in each["unchecked"]}
    assert not causes & {"gap", "damaged", "down"}, coverage
    numbers = await asyncio.to_thread(gateway.numbers)
    assert numbers['seawall_stream_opens_total{outcome="resumed"}'] >= 1


@pytest.mark.parametrize("dead", ["both see it", "only the client sees it"])
async def test_a_client_whose_line_breaks_goes_on_where_it_was(
    gateway: MediaGateway, dead: str
) -> None:
    name, pieces = gateway.name(), cut_up(showing("an honest code", 8), 40)
    told: list[wire.Coverage] = []

    async def hear(news: wire.Finding | wire.Coverage) -> None:
        if isinstance(news, wire.Coverage):
            told.append(news)

    async with (
        Proxy.before(gateway.victim.listen) as line,
        client.connect(
            f"ws://{line.address}/v1", key=gateway.key, server=f"of-{name}", on_coverage=hear
        ) as sea,
        sea.stream(stream=name, room="r1", user={"id": "u1"}, container="mpegts") as live,
    ):
        for number, piece in enumerate(pieces):
            if number == 20 and dead == "both see it":
                line.cut()
            elif number == 20:
                line.cut_near()
            await live.send(piece)
            await asyncio.sleep(0.2)  # at the pace of the clip
        assert live.refused is None
        assert live.opens >= 2
        assert await live.close("ended", 30.0)
    unchecked = [each for coverage in told for each in coverage.unchecked]
    assert sum(each.to_ - each.from_ for each in unchecked if each.unit == "frames") < 2.0
    assert sum(each.to_ - each.from_ for each in told) > 7.0


async def test_chat_is_answered_while_streams_come(gateway: MediaGateway, tmp_path: Path) -> None:
    clip = written(tmp_path, showing("an honest code"))
    async with gateway.peer() as peer:
        pushing = [asyncio.create_task(gateway.push(clip)) for _ in range(3)]
        for _ in range(20):
            verdict = await peer.chat("blockword")
            assert (verdict["action"], verdict["late"]) == ("block", False)
        for task in pushing:
            sent = await task
            assert not sent.failed
            assert ("frame", "shown-code") in sent.rules
