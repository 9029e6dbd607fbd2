"""Starting, failing, draining: the gateway under faults, each test with a gateway of its own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import websockets
from websockets.asyncio.client import ClientConnection

from gateway import service
from gateway.record.keys import keys_revoke
from gateway.record.verify import verify
from gateway.serve import Gateway
from seawall.errors import ConfigError
from tests.gateway.live import DEADLINE_S, POLICY, Live, chat, running, write_policy

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(60)]


async def until(condition: Any, seconds: float = DEADLINE_S) -> None:
    """Wait for a condition with a deadline, looking often."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  # the condition is another process's
            await asyncio.sleep(0.01)


async def flood(sock: socket.socket, data: bytes) -> None:
    """Send the same bytes again and again, reading nothing."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(20):
        while True:
            await loop.sock_sendall(sock, data)


async def test_a_revoked_key_loses_its_sockets_within_two_seconds(tmp_path: Path) -> None:
    async with running(tmp_path) as live:
        key = await live.key(name="leaver")
        async with live.peer(key) as peer, live.peer() as stays:
            began = time.monotonic()
            await asyncio.to_thread(keys_revoke, live.data, "leaver")
            code, why = await peer.closed()
            assert (code, why) == (4001, "key_revoked")
            assert time.monotonic() - began < 2.0
            assert (await stays.chat("hello"))["action"] == "allow"
            with pytest.raises(websockets.InvalidStatus):
                async with live.connect(key):
                    pass


@pytest.mark.fault
async def test_valkey_killed_under_load_costs_no_verdict(tmp_path: Path) -> None:
    async with running(tmp_path) as live, live.peer() as peer:
        server = live.gateway.windows.server
        assert server is not None
        first = server.pid
        assert first is not None
        slowest = 0.0
        for number in range(400):
            if number == 100:
                os.kill(first, signal.SIGKILL)
            began = time.perf_counter()
            verdict = await peer.chat(f"n {number * 7919}", user=f"u{number}")
            slowest = max(slowest, time.perf_counter() - began)
            assert verdict["action"] == "allow"
        await until(lambda: not live.gateway.windows.degraded)
        assert server.pid != first
        assert slowest < 1.0
        async with live.peer() as other:
            assert "windows" not in other.hello["degraded"]


@pytest.mark.fault
async def test_limits_still_hold_while_valkey_is_stopped(tmp_path: Path) -> None:
    async with running(tmp_path) as live, live.peer() as peer:
        server = live.gateway.windows.server
        assert server is not None
        assert server.pid is not None
        os.kill(server.pid, signal.SIGSTOP)
        try:
            verdicts = [await peer.chat(f"n {n * 7919}") for n in range(9)]
            assert [found["action"] for found in verdicts] == ["allow"] * 8 + ["block"]
            async with live.peer() as other:
                assert "windows" in other.hello["degraded"]
        finally:
            os.kill(server.pid, signal.SIGCONT)
        await until(lambda: not live.gateway.windows.degraded)


@pytest.mark.fault
async def test_a_restriction_that_is_recorded_too_late_is_overloaded(tmp_path: Path) -> None:
    """Policy says `allow` on timeout, and yet what is known to be bad does not pass: ask again."""
    policy = write_policy(tmp_path / "policy", policy=POLICY.replace("ms: 2000", "ms: 400"))
    async with running(tmp_path, policy=policy) as live, live.peer() as peer:
        with stopped(live):
            message = chat("blockword")
            await peer.send(message)
            assert (await peer.chat("an allow never waits for it"))["action"] == "allow"
            error = await peer.wait("error", ref=message["id"])
            assert error["code"] == "overloaded"
            assert error["retry_after"] > 0
        said = error
        while said["type"] == "error":  # until what was recorded too late has been taken back
            await asyncio.sleep(said["retry_after"])
            await peer.send(message)
            said = await peer.read()
        assert (said["id"], said["action"]) == (message["id"], "block")


@contextmanager
def stopped(live: Live) -> Iterator[None]:
    """Stop the journal's writer in its tracks."""
    pid = live.gateway.journal.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.fault
async def test_the_journals_writer_killed_loses_and_doubles_nothing(tmp_path: Path) -> None:
    async with running(tmp_path) as live:
        async with live.peer() as peer:
            pid = live.gateway.journal.pid
            assert pid is not None
            blocked = 0
            for number in range(200):
                if number == 50:
                    os.kill(pid, signal.SIGKILL)
                message = chat("blockword", id=f"k{number}", user=f"u{number}")
                while True:
                    await peer.send(message)
                    reply = await peer.read()
                    if reply["type"] == "verdict":
                        break
                blocked += reply["action"] == "block"
            assert blocked == 200
        data = live.data
    report = verify(data)
    assert report.whole
    assert report.rows >= 200


async def test_a_client_that_never_reads_is_cut(tmp_path: Path) -> None:
    async with running(tmp_path, egress_kb=64, egress_s=0.5) as live:
        host, _, port = live.gateway.listen.rpartition(":")
        key = await live.key()
        sock = socket.create_connection((host, int(port)))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.sendall(
            f"GET /v1 HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
            f"Authorization: Bearer {key}\r\n\r\n".encode()
        )
        await until(lambda: live.gateway.metrics.connections == 1)
        sock.setblocking(False)

        def frame(message: dict[str, Any]) -> bytes:
            data = json.dumps(message).encode().ljust(126)
            return b"\x81\xfe" + len(data).to_bytes(2, "big") + b"\0\0\0\0" + data

        out = frame({"type": "hello", "server": "deaf", "rooms": ["*"]})
        for number in range(20_000):
            out += frame(chat("hello", user=f"u{number}"))
        with pytest.raises(OSError):  # noqa: PT011  # reset or broken pipe, as the kernel likes
            await flood(sock, out)
        sock.close()
        assert live.gateway.metrics.closes["slow_consumer"] == 1
        async with live.peer() as peer:
            assert (await peer.chat("hello"))["action"] == "allow"


async def test_a_half_open_socket_is_noticed(tmp_path: Path) -> None:
    async with running(tmp_path, ping_s=0.2) as live:
        host, _, port = live.gateway.listen.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        key = await live.key()
        writer.write(
            f"GET /v1 HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
            f"Authorization: Bearer {key}\r\n\r\n".encode()
        )
        async with asyncio.timeout(DEADLINE_S):
            await reader.readuntil(b"\r\n\r\n")
            while await reader.read(1000):  # pings come, we never pong, then the end
                pass
        writer.close()
        await until(lambda: live.gateway.metrics.connections == 0)


async def test_a_policy_that_changes_is_taken_and_a_bad_one_is_not(tmp_path: Path) -> None:
    async with running(tmp_path) as live, live.peer() as peer:
        before = peer.hello["policy"]
        assert (await peer.chat("newword"))["action"] == "allow"
        lexicon = "lexicon: en\nterms: [{term: newword, category: spam, severity: critical}]\n"
        write_policy(live.policy, lexicon=lexicon)
        live.gateway.reload()
        await until(lambda: live.gateway.engine.rulesets.of("t").policy.version[:16] != before)
        verdict = await peer.chat("newword again")
        assert verdict["action"] == "block"
        assert verdict["policy"] != before
        write_policy(
            live.policy, rules="- {rule: oops, category: spam, when: nonsense, then: blok}"
        )
        live.gateway.reload()
        await until(lambda: live.gateway.metrics.policy()["refused"] > 0)
        assert (await peer.chat("newword still"))["action"] == "block"


SEAWALL = (sys.executable, "-m", "seawall")


def start(data: Path, *arguments: str) -> tuple[subprocess.Popen[str], dict[str, str]]:
    """Start `seawall serve` as a user would; return it and its ready line."""
    where = ("--data", str(data), "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0")
    process = subprocess.Popen(
        [*SEAWALL, "serve", *where, *arguments], stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("{") and json.loads(line)["event"] == "ready":
            return process, json.loads(line)
    raise AssertionError(f"did not start: status {process.wait()}")


def small(folder: Path) -> tuple[str, str]:
    """Return options for a small policy: reading the shipped one takes seconds."""
    return "--policy", str(write_policy(folder / "policy"))


def new_key(data: Path) -> str:
    """Make a key as a user would."""
    words = [*SEAWALL, "keys", "new", "--tenant", "t", "--name", "n", "--data", str(data)]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


async def read_to_end(sock: ClientConnection) -> list[dict[str, Any]]:
    """Return everything a connection says until it is closed."""
    found = []
    async with asyncio.timeout(DEADLINE_S):
        with suppress(websockets.ConnectionClosed):
            while True:
                found.append(json.loads(await sock.recv()))
        await sock.wait_closed()
    return found


async def test_sigterm_answers_what_is_owed_and_says_goodbye(tmp_path: Path) -> None:
    key = await asyncio.to_thread(new_key, tmp_path / "d")
    process, ready = await asyncio.to_thread(start, tmp_path / "d", *small(tmp_path))
    try:
        async with websockets.connect(
            f"ws://{ready['listen']}/v1", additional_headers={"Authorization": f"Bearer {key}"}
        ) as sock:
            await sock.send(json.dumps({"type": "hello", "server": "s", "rooms": ["*"]}))
            await sock.recv()
            messages = [chat(f"hello {number}", user=f"u{number}") for number in range(300)]
            for message in messages:
                await sock.send(json.dumps(message))
            process.send_signal(signal.SIGTERM)
            *replies, goodbye = await read_to_end(sock)
            assert (goodbye["type"], goodbye["why"]) == ("bye", "draining")
            assert sock.close_code == 1001
            told = [found.get("id") or found.get("ref") for found in replies]
            assert len(told) == len(set(told))  # a verdict or an error, never both
            assert set(told) <= {message["id"] for message in messages}
            assert any(found["type"] == "verdict" for found in replies)
        assert await asyncio.to_thread(process.wait, 10) == 0
    finally:
        process.kill()
        await asyncio.to_thread(process.communicate)


def children_of(pid: int) -> list[int]:
    """Return the processes that a process started."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


async def test_sigkill_leaves_nothing_running(tmp_path: Path) -> None:
    process, _ = await asyncio.to_thread(start, tmp_path / "d", *small(tmp_path))
    children = children_of(process.pid)
    assert len(children) >= 2
    process.kill()
    await asyncio.to_thread(process.communicate)
    await until(lambda: not any(Path(f"/proc/{child}/exe").exists() for child in children))


async def test_the_serving_process_carries_no_model_no_codec_and_no_migrations(
    tmp_path: Path,
) -> None:
    code = (
        "import asyncio, sys\n"
        "from gateway.config import Config\n"
        "from gateway.serve import Gateway\n"
        "async def main():\n"
        f"    here = dict(listen='127.0.0.1:0', http='127.0.0.1:0', data={str(tmp_path)!r})\n"
        "    g = Gateway(Config(**here))\n"
        "    await g.start(); print(' '.join(sys.modules)); await g.stop()\n"
        "asyncio.run(main())\n"
    )
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "gateway.chat.engine" in loaded
    heavy = {"av", "cv2", "numpy", "onnxruntime", "ctranslate2", "alembic", "rich", "pandas"}
    unused = {"psycopg", "cryptography.x509", "cryptography.hazmat.bindings._rust"}
    assert not loaded & (heavy | unused), "17 MiB of an idle gateway are in the unused alone"


def test_settings_that_are_wrong_are_told_and_nothing_starts(tmp_path: Path) -> None:
    config = tmp_path / "seawall.toml"
    config.write_text("rates = 5\n")
    done = subprocess.run(
        [sys.executable, "-m", "seawall", "serve", "--config", str(config)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "unknown setting 'rates'" in done.stderr
    assert "Traceback" not in done.stderr


async def test_a_second_gateway_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    async with running(tmp_path) as live:
        second = Gateway(live.gateway.config)
        with pytest.raises(ConfigError, match="another gateway serves from this folder"):
            await second.start()
        async with live.peer() as peer:
            assert (await peer.chat("hello"))["action"] == "allow"


async def test_who_never_says_hello_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection without a word holds a place that others may want; one that spoke stays."""
    monkeypatch.setattr(service, "HELLO_S", 0.3)
    async with (
        running(tmp_path, redis="local") as live,
        live.peer() as polite,
        live.connect(await live.key()) as silent,
    ):
        assert await silent.closed() == (4004, "hello_first")
        assert (await polite.chat("still here"))["action"] == "allow"


async def test_a_key_revoked_before_hello_is_refused_at_once(tmp_path: Path) -> None:
    async with running(tmp_path, redis="local") as live:
        key = await live.key(name="early")
        async with live.connect(key) as silent:
            await asyncio.to_thread(keys_revoke, live.data, "early")
            assert await silent.closed() == (4001, "key_revoked")


@pytest.mark.timeout(30)
def test_a_reload_followed_at_once_by_a_stop_stops(tmp_path: Path) -> None:
    """A poke and a cancellation in one pass of the loop: the second must not be lost."""
    process, _ = start(tmp_path / "d", *small(tmp_path))
    assert process.stderr is not None
    try:
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
