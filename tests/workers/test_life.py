"""How the processes beside the gateway live: bounded, mortal, and never quoting anybody."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from workers.life import Sayer, last_words, rss_mb

MORTAL = """
import os, resource, signal, sys
from workers.life import die_with, last_words, limit
die_with(int(sys.argv[1]))
limit(int(sys.argv[2]))
sys.excepthook = last_words("test")
assert signal.getsignal(signal.SIGTERM) is signal.getsignal(signal.SIGINT) is signal.SIG_IGN
assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
try:
    bytearray(300 << 20)
    print("had it", flush=True)
except MemoryError:
    print("refused", flush=True)
sys.stdin.read(1)
raise ValueError("somebody's secret")
"""


def said(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [msgspec.json.decode(line) for line in capsys.readouterr().err.splitlines()]


def mortal(parent: int, most_bytes: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", MORTAL, str(parent), str(most_bytes)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )


@pytest.mark.parametrize(("most", "word"), [(256 << 20, b"refused"), (0, b"had it")])
def test_it_is_bounded_deaf_to_signals_and_says_where_it_ended(most: int, word: bytes) -> None:
    with mortal(os.getpid(), most) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == word
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(b"!", timeout=10)
    assert process.returncode == 1
    line = msgspec.json.decode(told)
    assert (line["process"], line["what"][:14]) == ("test", "ValueError at ")
    assert b"secret" not in told


def test_it_ends_at_once_where_its_parent_is_gone() -> None:
    with mortal(os.getpid() + 1, 0) as process:
        assert process.communicate(timeout=10) == (b"", b"")
    assert process.returncode == 0


def test_the_same_is_said_once_in_a_while(capsys: pytest.CaptureFixture[str]) -> None:
    now = 100.0
    sayer = Sayer("vision", lambda: now)
    for what in ("one", "one", "two"):
        sayer(what)
    now = 104.0
    sayer("one")
    now = 105.5
    sayer("one")
    lines = said(capsys)
    assert [line["what"] for line in lines] == ["one", "two", "one"]
    assert {(line["level"], line["process"]) for line in lines} == {("error", "vision")}


def test_a_thousand_different_things_take_no_memory(capsys: pytest.CaptureFixture[str]) -> None:
    sayer = Sayer("vision", lambda: 0.0)
    for n in range(1000):
        sayer(f"thing {n}")
    assert len(said(capsys)) == 1000
    assert len(sayer._after) <= 100


def test_last_words_name_the_last_line_and_quote_nobody(
    capsys: pytest.CaptureFixture[str],
) -> None:
    try:
        raise KeyError("somebody's secret")
    except KeyError as error:
        last_words("decoder")(KeyError, error, error.__traceback__)
    (line,) = said(capsys)
    assert line["process"] == "decoder"
    assert str(line["what"]).startswith("KeyError at test_life.py:")


def test_memory_in_use_is_told() -> None:
    assert 5.0 < rss_mb() < 50_000.0
