"""Servers under measurement come up or say why not, and nothing of them stays."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.peers.process import NotStarted, Process, cores, environment, pin

NEVER_S = 15.0


@contextmanager
def python(code: str) -> Iterator[Process]:
    process = Process("it", [sys.executable, "-c", code], environment())
    try:
        yield process
    finally:
        process.stop()


def is_there(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_line_is_found_and_those_before_it_are_kept() -> None:
    with python("import time; print('one'); print('port 7'); time.sleep(60)") as it:
        found = it.line(lambda line: line[5:] if line.startswith("port ") else None, NEVER_S)
        assert found == "7"
        assert list(it.log) == ["one", "port 7"]
        it.started()
        assert it.alive


def test_one_that_ends_says_how_and_shows_its_last_lines() -> None:
    code = "import sys; [print(n) for n in range(40)]; sys.exit('no such folder')"
    with python(code) as it, pytest.raises(NotStarted) as raised:
        it.line(lambda line: None, NEVER_S)
    assert "it did not start: ended with status 1" in str(raised.value)
    assert "  39\n" in str(raised.value)
    assert str(raised.value).endswith("  no such folder")
    assert "  3\n" not in str(raised.value)


def test_one_that_says_nothing_is_not_waited_for_for_good() -> None:
    with (
        python("import time; time.sleep(60)") as it,
        pytest.raises(NotStarted, match="nothing for"),
    ):
        it.line(lambda line: None, 0.05)


def test_what_will_not_end_and_what_it_started_are_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.peers.process._STOP_S", 0.1)
    code = (
        "import os, signal, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print(child.pid)\n"
        "time.sleep(60)"
    )
    with python(code) as it:
        child = it.line(int, NEVER_S)
        assert it.stop() == -9
    until = time.monotonic() + NEVER_S
    while is_there(child) and time.monotonic() < until:
        os.sched_yield()
    assert not is_there(child)
    assert not is_there(it.pid)


def test_it_dies_with_whoever_started_it() -> None:
    """Also when that one is killed: nobody would stop it then."""
    code = (
        "import sys, time\n"
        "from bench.peers.process import Process, environment\n"
        "it = Process('it', [sys.executable, '-c', 'import time; time.sleep(60)'], environment())\n"
        "print(it.pid, flush=True)\n"
        "time.sleep(60)"
    )
    with python(code) as starter:
        pid = starter.line(int, NEVER_S)
        os.kill(starter.pid, 9)
        until = time.monotonic() + NEVER_S
        while is_there(pid) and time.monotonic() < until:
            os.sched_yield()
        assert not is_there(pid)


def test_settings_of_this_process_do_not_leak_into_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEAWALL_REDIS", "redis://elsewhere")
    assert "SEAWALL_REDIS" not in environment()
    assert environment({"SEAWALL_REDIS": "local"})["SEAWALL_REDIS"] == "local"


def test_servers_and_helpers_have_cores_apart_where_there_are_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def with_cores(count: int, servers: int) -> tuple[list[set[int]], set[int]]:
        monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(count)))
        return cores(servers)

    assert with_cores(1, 1) == ([set()], set())
    assert with_cores(2, 1) == ([{0}], {1})
    assert with_cores(2, 2) == ([{0}, {0}], {1})
    assert with_cores(8, 2) == ([{0}, {1}], {2, 3, 4, 5, 6})


def test_pinning_passes_over_what_has_gone() -> None:
    with python("print(1); import time; time.sleep(60)") as it:
        it.line(int, NEVER_S)
        core = min(os.sched_getaffinity(0))
        pin((it.pid, 2**22 + 1), {core})
        assert os.sched_getaffinity(it.pid) == {core}
