"""Claims about one connection: every command gets one answer, whatever the other side does."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import hiredis
import pytest

from gateway.state.address import Address
from gateway.state.lane import MOST_PENDING, Lane, connect, pack
from gateway.state.valkey import ValkeyServer, find_binary
from seawall.errors import StateUnavailable

Until = Callable[[Callable[[], bool]], Awaitable[None]]
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def other_side(path: Path, talk: Talk) -> AsyncIterator[Lane]:
    """Connect a lane to somebody who talks as told."""
    done = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await talk(reader, writer)
        await done.wait()
        writer.close()

    server = await asyncio.start_unix_server(serve, path)
    lane = await connect(Address(path=str(path)), lambda: None, 5.0)
    try:
        yield lane
    finally:
        done.set()
        lane.close()
        server.close()
        await server.wait_closed()


async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say nothing."""


def says(words: bytes) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"PING\r\n")
        writer.write(words)

    return talk


async def test_replies_come_in_order(lane: Lane) -> None:
    replies: list[object] = []
    for number in range(MOST_PENDING - 1):
        lane.send(pack(("ECHO", str(number))), replies.append)
    assert await lane.request("ECHO", "last", deadline_s=5.0) == b"last"
    assert replies == [b"%d" % number for number in range(MOST_PENDING - 1)]


async def test_an_error_is_a_reply_to_send_and_raised_by_request(lane: Lane) -> None:
    replies: list[object] = []
    lane.send(pack(("NOSUCH",)), replies.append)
    with pytest.raises(StateUnavailable, match="unknown command"):
        await lane.request("NOSUCH", deadline_s=5.0)
    assert isinstance(replies[0], hiredis.ReplyError)


async def test_a_reply_in_pieces_is_one_reply(lane: Lane) -> None:
    large = "x" * 3_000_000
    assert await lane.request("ECHO", large, deadline_s=5.0) == large.encode()


async def test_too_many_unanswered_are_refused(tmp_path: Path) -> None:
    async with other_side(tmp_path / "s", silence) as lane:
        replies: list[object] = []
        for _ in range(MOST_PENDING):
            lane.send(pack(("PING",)), replies.append)
        with pytest.raises(StateUnavailable, match="too many"):
            lane.send(pack(("PING",)), replies.append)
        assert replies == []


async def test_when_the_connection_ends_everything_unanswered_fails(
    tmp_path: Path, until: Until
) -> None:
    lost: list[int] = []
    replies: list[object] = []
    server = await asyncio.start_unix_server(lambda _, writer: writer.close(), tmp_path / "s")
    address = Address(path=str(tmp_path / "s"))
    lane = await connect(address, lambda: lost.append(len(replies)), 5.0)
    lane.send(pack(("PING",)), replies.append)
    lane.send(pack(("PING",)), replies.append)
    await until(lambda: bool(lost))
    assert lost == [2], "lost is told once, after the answers"
    assert all(isinstance(reply, StateUnavailable) for reply in replies)
    assert not lane.is_open
    with pytest.raises(StateUnavailable, match="no connection"):
        lane.send(pack(("PING",)), replies.append)
    lane.close()
    server.close()
    await server.wait_closed()


async def test_a_reply_too_late_is_ignored(tmp_path: Path) -> None:
    go = asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await go.wait()
        writer.write(b"+late\r\n+next\r\n")

    async with other_side(tmp_path / "s", slow) as lane:
        with pytest.raises(StateUnavailable, match=r"0\.01 s"):
            await lane.request("PING", deadline_s=0.01)
        go.set()
        assert await lane.request("PING", deadline_s=5.0) == b"next"


@pytest.mark.parametrize("words", [b"\x00\xffrubbish\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
async def test_what_is_not_the_protocol_ends_the_connection(tmp_path: Path, words: bytes) -> None:
    async with other_side(tmp_path / "s", says(words)) as lane:
        with pytest.raises(StateUnavailable, match="ended"):
            await lane.request("PING", deadline_s=5.0)
        assert not lane.is_open


async def test_talking_unasked_ends_the_connection(tmp_path: Path, until: Until) -> None:
    async with other_side(tmp_path / "s", says(b"+PONG\r\n+and more\r\n")) as lane:
        assert await lane.request("PING", deadline_s=5.0) == b"PONG"
        await until(lambda: not lane.is_open)


async def test_nobody_there_is_said_with_the_place(tmp_path: Path) -> None:
    with pytest.raises(StateUnavailable, match="nowhere"):
        await connect(Address(path=str(tmp_path / "nowhere")), lambda: None, 5.0)


async def test_a_host_that_is_no_name_is_nobody_there() -> None:
    with pytest.raises(StateUnavailable, match="label"):
        await connect(Address(host="h" * 64 + ".example", port=1), lambda: None, 5.0)


async def test_a_server_that_does_not_greet_back_is_given_up(tmp_path: Path) -> None:
    async with other_side(tmp_path / "s", silence):
        address = Address(path=str(tmp_path / "s"), db=1)
        with pytest.raises(StateUnavailable, match="no reply"):
            await connect(address, lambda: None, 0.05)


async def test_a_password_a_user_and_a_database_are_used(valkey: ValkeyServer, lane: Lane) -> None:
    rules = ("on", ">secret", "~*", "+@all")
    await lane.request("ACL", "SETUSER", "gateway", *rules, deadline_s=5.0)
    await lane.request("CONFIG", "SET", "requirepass", "default-secret", deadline_s=5.0)
    good = Address(path=valkey.path, username="gateway", password="secret")
    for address in (good, Address(path=valkey.path, password="default-secret")):
        other = await connect(address, lambda: None, 5.0)
        name = b"gateway" if address.username else b"default"
        assert await other.request("ACL", "WHOAMI", deadline_s=5.0) == name
        other.close()
    with pytest.raises(StateUnavailable, match="WRONGPASS"):
        await connect(replace(good, password="guess"), lambda: None, 5.0)
    with pytest.raises(StateUnavailable, match="out of range"):  # it has one database
        await connect(replace(good, db=1), lambda: None, 5.0)


@asynccontextmanager
async def tcp_server() -> AsyncIterator[int]:
    """Run a Valkey as production has it, on loopback TCP; give its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        *(str(find_binary()), "--port", str(port), "--bind", "127.0.0.1", "--save", ""),
        *("--requirepass", "secret", "--loglevel", "warning"),
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        yield port
    finally:
        process.kill()
        await process.wait()


async def patiently(address: Address) -> Lane:
    async with asyncio.timeout(5.0):
        while True:
            try:
                return await connect(address, lambda: None, 5.0)
            except StateUnavailable:
                await asyncio.sleep(0.01)


async def test_tcp_works_as_the_unix_socket_does() -> None:
    async with tcp_server() as port:
        lane = await patiently(Address(host="127.0.0.1", port=port, password="secret", db=3))
        assert await lane.request("PING", deadline_s=5.0) == b"PONG"
        lane.close()


async def test_tls_works_too_and_is_verified(
    tmp_path: Path, valkey: ValkeyServer, absent: Callable[[str, str], NoReturn]
) -> None:
    """The embedded server speaks no TLS, so a relay does, with a certificate made on the spot."""
    if shutil.which("openssl") is None:
        absent("openssl", "no such program")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 \
        -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout {key} -out {certificate}"
    await asyncio.to_thread(subprocess.run, make.split(), check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_unix_connection(valkey.path)
        while asked := await reader.read(4096):
            inner_writer.write(asked)
            writer.write(await inner_reader.read(4096))
        inner_writer.close()
        writer.close()

    server = await asyncio.start_server(relay, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    trusting = ssl.create_default_context(cafile=str(certificate))
    lane = await connect(Address(host="localhost", port=port, tls=trusting), lambda: None, 5.0)
    assert await lane.request("PING", deadline_s=5.0) == b"PONG"
    lane.close()
    doubting = ssl.create_default_context()
    with pytest.raises(StateUnavailable, match="certificate"):
        await connect(Address(host="localhost", port=port, tls=doubting), lambda: None, 5.0)
    server.close()
    await server.wait_closed()
