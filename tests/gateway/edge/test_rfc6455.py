"""RFC 6455 by kosoku's cases: our edge fails none that picows itself passes, and next to none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NoReturn

import pytest
from picows import (
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    ws_create_server,
)

from gateway.edge.echo import ECHO_BYTES
from tests.gateway.live import Live, running

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(120)]

EXCLUDED = ["9.*", "12.*", "13.*"]
"""Speed, and compression, which the edge never offers."""
BY_PICOWS = {"7.1.2"}
"""picows' parser refuses a second close frame of one read before it hands over the first."""
AT_ONCE = 24


class Bare(WSListener):
    """What picows does by itself: frames back as they came."""

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code(), frame.get_close_message())
            transport.disconnect()
        elif frame.msg_type not in (WSMsgType.PING, WSMsgType.PONG):
            data = frame.get_payload_as_bytes()
            transport.send(frame.msg_type, data, fin=frame.fin, rsv1=frame.rsv1)


@asynccontextmanager
async def bare() -> AsyncIterator[str]:
    def upgrade(request: WSUpgradeRequest) -> WSListener:
        return Bare()

    server: asyncio.Server = await ws_create_server(
        upgrade, "127.0.0.1", 0, max_frame_size=ECHO_BYTES, use_aiofastnet=False
    )
    try:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/echo"
    finally:
        server.close()


async def failing(url: str, absent: Callable[[str, str], NoReturn]) -> set[str]:
    """Run the cases against an echo; return the ids of those it fails."""
    try:
        from kosoku import FailureError, run_fuzzingclient
    except ImportError as problem:
        absent("kosoku", str(problem))
    try:
        results = await run_fuzzingclient(url, exclude_cases=EXCLUDED, concurrency=AT_ONCE)
    except FailureError as failure:
        results = failure.results  # of all cases, not of the failed ones as its docstring has it
    assert len(results) > 240
    return {result.case_id for result in results if not result.passed}


async def test_the_edge_fails_no_case_beyond_those_of_picows_itself(
    tmp_path: Path, absent: Callable[[str, str], NoReturn]
) -> None:
    async with bare() as url:
        theirs = await failing(url, absent)
    async with running(tmp_path, debug_echo=True) as live:
        ours = await failing(f"ws://{live.gateway.listen}/echo", absent)
    print(f"a bare picows echo fails {len(theirs)}: {sorted(theirs)}")
    print(f"our edge fails {len(ours)}: {sorted(ours)}")
    assert not ours - theirs - BY_PICOWS
    assert ours <= BY_PICOWS


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"", 1000),
        (b"\x03\xe8bye", 1000),
        (b"\x0f\xa0", 4000),
        (b"\x00\x00", 1002),
        (b"\x03\xee", 1002),
        (b"\x03\xed", 1002),
        (b"\x03", 1002),
    ],
)
async def test_the_door_answers_a_close_with_a_code_that_may_be_sent(
    live: Live, sent: bytes, answer: int
) -> None:
    host, _, port = live.gateway.listen.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        f"GET /v1 HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
        f"Authorization: Bearer {await live.key()}\r\n\r\n".encode()
    )
    async with asyncio.timeout(5.0):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"\x88" + bytes([0x80 | len(sent)]) + b"\0\0\0\0" + sent)
        frame = await reader.read()
    writer.close()
    assert frame[:1] == b"\x88"
    assert int.from_bytes(frame[2:4], "big") == answer
