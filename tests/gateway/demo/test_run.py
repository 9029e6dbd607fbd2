"""`seawall demo` with a real gateway: without a terminal, with one, and when things go wrong."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.gateway.live import write_policy

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(90)]

DEMO = [sys.executable, "-m", "seawall", "demo"]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give a small policy, where it does not matter which: the shipped one takes ten seconds."""
    return str(write_policy(tmp_path_factory.mktemp("small")))


def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*DEMO, *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **environ},
        timeout=80,
        check=False,
    )


def of_session(session: int) -> set[int]:
    """Return the processes below one, by their chain of parents."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:  # it ended meanwhile
                continue
            parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
    found = {session}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {session}


def gone(processes: set[int]) -> bool:
    return not any(Path(f"/proc/{pid}").exists() for pid in processes)


def until(holds: Callable[[], bool], within_s: float = 30.0) -> None:
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def test_without_a_terminal_it_prints_lines_and_a_summary(tmp_path: Path) -> None:
    picture = tmp_path / "demo.svg"
    done = run("--seconds", "5", "--pace", "4", "--picture", str(picture))
    assert done.returncode == 0, done.stderr
    assert "BLOCK" in done.stdout
    assert "messages in" in done.stdout
    assert "p99" in done.stdout
    # A machine that was away leaves a message or two unexamined; what was found is never called so.
    unchecked = [line for line in done.stdout.splitlines() if " UNCHECKED " in line]
    assert all("[unchecked." in line for line in unchecked)
    assert len(unchecked) <= 5
    assert picture.read_text("utf-8").startswith("<svg")


def test_any_file_can_be_played(tmp_path: Path, small: str) -> None:
    chat = tmp_path / "chat.jsonl"
    chat.write_text('{"text": "hello there"}\nnot json\n{"text": "and goodbye"}\n')
    done = run("--chat", str(chat), "--pace", "100", SEAWALL_POLICY=small)
    assert done.returncode == 0, done.stderr
    assert "hello there" in done.stdout
    assert "2 messages in" in done.stdout
    assert "1 rows of the file" in done.stdout


def test_misuse_is_told_clearly() -> None:
    done = run("--chat", "/nonexistent")
    assert done.returncode == 1
    assert "No such file" in done.stderr
    assert run("--pace", "0").returncode == 2
    assert "no message of room" in run("--room", "nowhere").stderr


def test_a_gateway_that_cannot_start_is_told_clearly() -> None:
    done = run("--seconds", "5", SEAWALL_POLICY="/nonexistent")
    assert done.returncode == 1
    assert "the demo's gateway" in done.stderr
    assert "/nonexistent" in done.stderr
    assert "Traceback" not in done.stderr


class Terminal:
    """The demo in a terminal of its own."""

    def __init__(self, policy: str) -> None:
        self.screen, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.settings = termios.tcgetattr(inner)
        self.inner = inner
        self.process = subprocess.Popen(
            DEMO,
            stdin=inner,
            stdout=inner,
            stderr=inner,
            start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color", "SEAWALL_POLICY": policy},
        )
        os.set_blocking(self.screen, False)
        self.seen = ""

    def shows(self, text: str) -> bool:
        try:
            self.seen += os.read(self.screen, 1 << 20).decode(errors="replace")
        except (BlockingIOError, OSError):
            return text in self.seen
        return text in self.seen

    def press(self, keys: str) -> None:
        os.write(self.screen, keys.encode())


@pytest.fixture
def terminal(small: str) -> Iterator[Terminal]:
    demo = Terminal(small)
    yield demo
    if demo.process.poll() is None:
        demo.process.kill()
    demo.process.wait()
    os.close(demo.screen)
    os.close(demo.inner)


@pytest.mark.parametrize(
    "ending", ["q", "interrupt", pytest.param("terminate", marks=pytest.mark.soak)]
)
def test_in_a_terminal_it_plays_until_told_to_stop(terminal: Terminal, ending: str) -> None:
    until(lambda: terminal.shows("gateway ready"))
    until(lambda: terminal.shows("satoshi_sam"))
    children = of_session(terminal.process.pid)
    assert children
    if ending == "q":
        terminal.press(" ")
        until(lambda: terminal.shows("paused"))
        terminal.press("q")
    else:
        terminal.process.send_signal(signal.SIGINT if ending == "interrupt" else signal.SIGTERM)
    until(lambda: terminal.shows("messages in") and terminal.process.poll() is not None)
    assert terminal.process.returncode == 0
    assert "Traceback" not in terminal.seen
    assert termios.tcgetattr(terminal.inner) == terminal.settings
    until(lambda: gone(children))


@pytest.mark.fault
def test_nothing_is_left_behind_when_the_demo_is_killed(terminal: Terminal) -> None:
    until(lambda: terminal.shows("gateway ready"))
    children = of_session(terminal.process.pid)
    terminal.process.kill()
    terminal.process.wait()
    until(lambda: gone(children))


@pytest.mark.fault
def test_a_gateway_that_dies_ends_the_demo_aloud(terminal: Terminal) -> None:
    until(lambda: terminal.shows("satoshi_sam"))
    for pid in of_session(terminal.process.pid):
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        if b"\0serve\0" in command:
            os.kill(pid, signal.SIGKILL)
            break
    until(
        lambda: terminal.shows("the demo's gateway ended") and terminal.process.poll() is not None
    )
    assert terminal.process.returncode == 1
