"""The gateway's end of the socket cuts acknowledgements out of any pieces, and trusts no length."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, strategies as st

from gateway.record.chain import Head
from gateway.record.entry import ACK_BYTES, LENGTH, Ack
from gateway.record.link import Link, WriterProcess
from gateway.record.writer import EXIT_CONFIG
from seawall.errors import OurFault


def framed(ack: Ack) -> bytes:
    body = msgspec.msgpack.encode(ack)
    return LENGTH.pack(len(body)) + body


@given(st.lists(st.integers(0, 2**63), min_size=1, max_size=5), st.data())
def test_acknowledgements_are_heard_whole_and_in_order(
    numbers: list[int], data: st.DataObject
) -> None:
    async def hear() -> None:
        heard: list[Ack] = []
        link = Link(heard.append)
        sent = [Ack(n, Head(n, b"h" * 32)) for n in numbers]
        stream = b"".join(framed(ack) for ack in sent)
        while stream:
            cut = data.draw(st.integers(1, len(stream)))
            link.data_received(stream[:cut])
            stream = stream[cut:]
        assert heard == sent
        assert link.greeted.done()
        assert link.heard >= 1

    asyncio.run(hear())


async def test_an_acknowledgement_that_claims_to_be_huge_is_no_writers() -> None:
    link = Link(lambda _: None)
    with pytest.raises(OurFault, match="claims"):
        link.data_received(LENGTH.pack(ACK_BYTES + 1))
    assert not link.greeted.done()


async def test_a_writer_that_cannot_work_ends_by_itself(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("short")
    process = await WriterProcess.start(tmp_path, "a" * 32, lambda _: None)
    async with asyncio.timeout(10.0):
        await process.link.closed
    assert not process.link.greeted.done()
    assert await process.end() == EXIT_CONFIG
    process.kill()  # nothing to kill is nothing wrong


async def test_a_writer_that_does_not_listen_is_killed(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.record.link._END_S", 0.1)
    process = await WriterProcess.start(data, "a" * 32, lambda _: None)
    async with asyncio.timeout(10.0):
        await process.link.greeted
    stop = 19
    assert process.returncode is None
    process._process.send_signal(stop)
    assert await process.end() == -9
