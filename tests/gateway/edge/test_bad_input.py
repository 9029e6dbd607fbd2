"""Bad input is the normal case: a clear code, the gateway lives, the next message is judged."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from typing import Any

import pytest
import websockets

from seawall.session import GARBAGE_LIMIT
from seawall.wire import ERROR_CODES
from tests.gateway.live import DEADLINE_S, Live, Peer, chat

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def still_lives(peer: Peer, live: Live) -> None:
    verdict = await peer.chat("still here", room=live.fresh("room"), user=live.fresh("user"))
    assert verdict["action"] == "allow"


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("{", "bad_json"),
        ("[]", "bad_json"),
        ("nonsense", "bad_json"),
        ('{"type":"dance"}', "unknown_type"),
        ('{"id":"m"}', "bad_field"),
        ('{"type":"chat","id":"m","room":"r"}', "bad_field"),
        (json.dumps(chat("x", at="now")), "bad_field"),
        (json.dumps(chat("x", user={"id": "u"})), "bad_field"),
        (json.dumps(chat("x", id="i" * 129)), "bad_field"),
        (json.dumps(chat("x" * 17_000)), "too_large"),
        ('{"type":"chat","id":"\\ud800","room":"r"}', "bad_json"),
        (json.dumps({"type": "batch", "items": [chat("x")] * 300}), "batch_too_large"),
        (json.dumps({"type": "batch", "items": [{"type": "delete"}]}), "unknown_type"),
        (json.dumps({"type": "done", "command": ""}), "bad_field"),
        ('{"type":"hello","server":"s","rooms":["*"]}', "bad_field"),
    ],
)
async def test_a_malformed_message_gets_its_code(live: Live, frame: str, code: str) -> None:
    async with live.peer() as peer:
        await peer.send(frame)
        error = await peer.wait("error")
        assert error["code"] == code
        assert error["message"]
        assert code in ERROR_CODES
        await still_lives(peer, live)


async def test_before_hello_everything_is_refused(live: Live) -> None:
    async with live.connect(await live.key()) as peer:
        await peer.send(chat("early"))
        assert (await peer.wait("error"))["code"] == "hello_first"
        await peer.send({"type": "hello", "server": "s", "rooms": ["*"]})
        await peer.wait("hello")
        await still_lives(peer, live)


@pytest.mark.parametrize("key", [None, "sw_wrong", "", "Bearer", "sw_" + "x" * 5000])
async def test_a_wrong_or_missing_key_is_401(live: Live, key: str | None) -> None:
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with live.connect(key):
            pass
    assert refused.value.response.status_code == 401
    assert b"unauthorized" in (refused.value.response.body or b"")


async def test_another_path_is_404(live: Live) -> None:
    with pytest.raises(websockets.InvalidStatus) as refused:
        await websockets.connect(f"ws://{live.gateway.listen}/other")
    assert refused.value.response.status_code == 404


async def test_the_subprotocol_is_echoed_only_if_offered(live: Live) -> None:
    key = await live.key()
    async with live.connect(key, subprotocols=["other", "seawall.v1"]) as peer:
        assert peer.socket.subprotocol == "seawall.v1"
    async with live.connect(key) as peer:
        assert peer.socket.subprotocol is None


@pytest.mark.parametrize("role", ["moderator", "admin"])
async def test_a_moderators_key_may_not_send_messages(live: Live, role: str) -> None:
    async with live.peer(await live.key(role=role)) as peer:
        await peer.send(chat("x"))
        assert (await peer.wait("error"))["code"] == "not_allowed"


async def test_a_message_of_a_megabyte_ends_with_1009(live: Live) -> None:
    async with live.peer() as peer:
        await peer.send(json.dumps(chat("x" * 2**20)))
        code, _ = await peer.closed()
        assert code == 1009


async def test_a_batch_of_5000_is_refused_whole_or_too_large(live: Live) -> None:
    small = {"type": "join", "room": "r", "user": {"id": "u"}, "at": 1}
    async with live.peer() as peer:
        await peer.send(json.dumps({"type": "batch", "items": [small] * 5000}))
        code, _ = await peer.closed()
        assert code == 1009
    async with live.peer() as peer:
        tiny = '{"type":"leave","room":"r","user":{"id":"u"},"at":1}'
        await peer.send('{"type":"batch","items":[' + ",".join([tiny] * 4500) + "]}")
        assert (await peer.wait("error"))["code"] == "batch_too_large"
        await still_lives(peer, live)


async def test_invalid_utf8_is_told_and_the_connection_lives(live: Live) -> None:
    async with live.peer() as peer:
        raw = json.dumps(chat("caf@")).encode().replace(b"@", b"\xc3")
        await peer.socket.send(raw, text=True)
        assert (await peer.wait("error"))["code"] == "bad_utf8"
        await still_lives(peer, live)


async def test_utf8_split_over_fragments_is_put_together(live: Live) -> None:
    async with live.peer() as peer:
        message = chat("grüße an alle 🙂", room=live.fresh("room"))
        raw = json.dumps(message, ensure_ascii=False).encode()
        cut = raw.index("ü".encode()) + 1
        halves = [raw[:cut], raw[cut:]]

        async def pieces() -> Any:
            for half in halves:
                yield half

        await peer.socket.send(pieces(), text=True)
        assert (await peer.wait("verdict", id=message["id"]))["action"] == "allow"


async def test_a_binary_frame_without_a_stream(live: Live) -> None:
    async with live.peer() as peer:
        await peer.socket.send(struct.pack(">IIQ", 7, 1, 0) + b"media")
        assert (await peer.wait("error"))["code"] == "unknown_stream"
        await still_lives(peer, live)


async def test_a_flood_of_broken_binary_frames_ends_with_1007(live: Live) -> None:
    async with live.peer() as peer:
        for _ in range(GARBAGE_LIMIT + 1):
            await peer.socket.send(b"short")
        code, _ = await peer.closed()
        assert code == 1007


async def test_a_moderators_key_may_not_send_media(live: Live) -> None:
    async with live.peer(await live.key(role="moderator")) as peer:
        await peer.socket.send(struct.pack(">IIQ", 7, 1, 0) + b"media")
        assert (await peer.wait("error"))["code"] == "not_allowed"


async def test_media_waits_for_hello(live: Live) -> None:
    async with live.connect(await live.key()) as peer:
        await peer.socket.send(struct.pack(">IIQ", 7, 1, 0) + b"media")
        assert (await peer.wait("error"))["code"] == "hello_first"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\0" * 50,
        "a" + "\u0301" * 5_000,
        "\u202e\u200b" * 2000,
        "x" * 16_384,
        "🙂" * 4096,
        "ﷺ" * 5000,
        "\U000e0041" * 3000,
        '"\\\n\t\r',
    ],
)
async def test_hostile_text_is_judged_like_any_other(live: Live, text: str) -> None:
    async with live.peer() as peer:
        verdict = await peer.chat(text, room=live.fresh("room"), user=live.fresh("user"))
        assert verdict["action"] in ("allow", "hold", "block", "mask")


@pytest.mark.parametrize("at", [0, -1e15, 1e15, 4e18, 1.5])
async def test_any_claimed_time_is_evidence_only(live: Live, at: float) -> None:
    async with live.peer() as peer:
        verdict = await peer.chat("hello", at=at, room=live.fresh("room"))
        assert verdict["action"] == "allow"


async def test_odd_ids_come_back_as_they_were(live: Live) -> None:
    async with live.peer() as peer:
        for ref in ('quo"te', "back\\slash", "ключ-🗝", "new\nline", "x" * 128):
            verdict = await peer.chat("hello", id=ref + "", room=live.fresh("room"), rev=3)
            assert verdict["id"] == ref


async def test_garbage_in_a_row_ends_with_1007(live: Live) -> None:
    async with live.peer() as peer:
        for _ in range(40):
            await peer.send("?")
        code, why = await peer.closed()
        assert (code, why) == (1007, "garbage")


async def test_fragments_out_of_order_end_with_4004(live: Live) -> None:
    async with raw_peer(live, await live.key()) as (reader, writer):
        writer.write(b"\x80\x81\0\0\0\0x")  # a continuation of nothing
        assert await close_code(reader) == 4004


async def test_who_goes_on_sending_hears_why_the_connection_ends(live: Live) -> None:
    frame = b"\x81\xfe\x03\xe8\0\0\0\0" + b"x" * 1000
    async with raw_peer(live, await live.key()) as (reader, writer):
        writer.write(b"\x80\x81\0\0\0\0x" + frame * 2000)
        assert await close_code(reader) == 4004
        assert await reader.read() == b""  # cut at the end, not reset
        writer.close()


async def test_a_half_sent_frame_and_a_vanished_peer_cost_nothing(live: Live) -> None:
    async with raw_peer(live, await live.key()) as (_, writer):
        writer.write(b"\x81\xfe\x40\x00\0\0\0\0half")
        await writer.drain()
    async with live.peer() as peer:
        await still_lives(peer, live)


async def test_a_batch_with_one_bad_item_accepts_nothing(live: Live) -> None:
    async with live.peer(rooms=["r1"]) as peer:
        items = [chat("good"), chat("bad", room="r2")]
        await peer.send({"type": "batch", "items": items})
        assert (await peer.wait("error"))["code"] == "not_allowed"
        await peer.send({"type": "batch", "items": items[:1]})
        assert (await peer.wait("verdicts"))["items"][0]["id"] == items[0]["id"]


class raw_peer:
    """A handshake by hand, for frames that no library would send."""

    def __init__(self, live: Live, key: str) -> None:
        self._address = live.gateway.listen
        self._key = key

    async def __aenter__(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, _, port = self._address.rpartition(":")
        reader, self._writer = await asyncio.open_connection(host, int(port))
        self._writer.write(
            f"GET /v1 HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
            f"Authorization: Bearer {self._key}\r\n\r\n".encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        assert b" 101 " in head
        return reader, self._writer

    async def __aexit__(self, *_: object) -> None:
        sock: socket.socket = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.close()


async def close_code(reader: asyncio.StreamReader) -> int:
    """Read frames until the closing one; return its code."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            first, size = await reader.readexactly(2)
            if size == 126:
                size = int.from_bytes(await reader.readexactly(2), "big")
            payload = await reader.readexactly(size)
            if first & 0x0F == 8:
                return int.from_bytes(payload[:2], "big")
