"""`seawall serve` where it cannot: one clear line, status 1, nothing left behind."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from gateway.ports import split_address
from tests.gateway.live import running, write_policy
from tests.gateway.records import fresh_record
from tests.gateway.shell import Seawall, run


@pytest.fixture
def seawall(capsys: pytest.CaptureFixture[str]) -> Seawall:
    return Seawall(capsys)


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("serve") / "data"
    fresh_record(folder)
    return folder


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    return write_policy(tmp_path / "policy")


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:7400", "127.0.0.1", 7400),
        ("localhost:0", "localhost", 0),
        ("[::1]:65535", "::1", 65535),
    ],
)
def test_an_address_is_a_host_and_a_port(text: str, host: str, port: int) -> None:
    assert split_address("listen", text) == (host, port)


@pytest.mark.parametrize(
    ("setting", "address"),
    [
        ("listen", "7400"),
        ("listen", "127.0.0.1:"),
        ("listen", "127.0.0.1:65536"),
        ("http", ":7401"),
        ("http", "localhost:http"),
        ("http", "localhost:٣"),
    ],
)
def test_an_address_that_is_none_is_told_before_anything_starts(
    seawall: Seawall, tmp_path: Path, setting: str, address: str
) -> None:
    data = tmp_path / "data"
    status, out, err = seawall("serve", "--data", str(data), f"--{setting}", address)
    assert (status, out) == (1, "")
    assert err == f"seawall: {setting}: {address!r} is not HOST:PORT\n"
    assert not data.exists()


@pytest.mark.e2e
@pytest.mark.parametrize("setting", ["listen", "http"])
def test_a_port_in_use_is_told(migrated: Path, policy: Path, setting: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        free = {"listen": "127.0.0.1:0", "http": "127.0.0.1:0", setting: address}
        done = run(
            *("serve", "--data", str(migrated), "--policy", str(policy), "--redis", "local"),
            *("--listen", free["listen"], "--http", free["http"]),
        )
    assert (done.returncode, done.stdout) == (1, "")
    said = [line for line in done.stderr.splitlines() if not line.startswith("{")]
    assert said == [f"seawall: {setting}: cannot listen on {address}: Address already in use"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--config", "nowhere.toml"), "seawall: nowhere.toml: No such file or directory"),
        (("--redis", "nonsense"), "seawall: the URL of the windows store cannot be used"),
        (("--policy", "nofolder"), "seawall: nofolder:1: there is no such policy folder"),
    ],
)
@pytest.mark.e2e
def test_settings_that_cannot_work_are_told(
    migrated: Path, arguments: tuple[str, str], told: str
) -> None:
    sockets = ("--listen", "127.0.0.1:0", "--http", "127.0.0.1:0")
    done = run("serve", "--data", str(migrated), *sockets, *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_variable_with_a_typing_error_is_told(
    seawall: Seawall, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SEAWALL_LISTN", "127.0.0.1:1")
    status, out, err = seawall("serve", "--data", str(tmp_path / "data"))
    assert (status, out) == (1, "")
    assert "'SEAWALL_LISTN'; did you mean 'SEAWALL_LISTEN'?" in err
    assert not (tmp_path / "data").exists()


@pytest.mark.e2e
async def test_keys_and_journal_work_while_a_gateway_serves(
    seawall: Seawall, tmp_path: Path
) -> None:
    async with running(tmp_path, redis="local") as live:
        data = str(live.data)
        _, out, _ = seawall("keys", "new", "--tenant", "t", "--name", "n", "--data", data)
        await live.gateway.keys.refresh()
        async with live.peer(out.strip()) as peer:
            assert (await peer.chat("blockword"))["action"] == "block"
            status, out, _ = seawall("journal", "verify", "--data", data)
            assert status == 0
            assert "whole: 1 row in 1 chain" in out
