"""The command line of `seawall send`: what it understands, and how it ends."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from media.send import main, parser
from tests.media.clips import raw
from tests.media.streamgateway import taking

_NEEDED = ["--room", "r1", "--user", "u1"]


def test_the_pace_is_a_number_or_max() -> None:
    given = parser().parse_args(["clip.ts", *_NEEDED, "--pace", "max"])
    assert given.pace == 0.0
    assert parser().parse_args(["clip.ts", *_NEEDED, "--pace", "2.5"]).pace == 2.5
    assert parser().parse_args(["clip.ts", *_NEEDED]).pace == 1.0


@pytest.mark.parametrize(
    "wrong",
    [
        ["--pace", "0"],
        ["--pace", "-1"],
        ["--pace", "fast"],
        ["--pace", "nan"],
        ["--for", "0"],
        ["--for", "-1"],
        ["--for", "nan"],
        ["--for", "inf"],
        ["--for", "long"],
        ["--connections", "0"],
        ["--connections", "x"],
    ],
)
def test_misuse_is_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parser().parse_args(["clip.ts", *_NEEDED, *wrong])
    assert caught.value.code == 2
    assert "usage: seawall send" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    absent = tmp_path / "absent.ts"
    assert main([str(absent), *_NEEDED, "--key", "sw_k"]) == 2
    assert capsys.readouterr().err == f"r1-live: {absent}: No such file or directory\n"
    assert main([str(tmp_path), *_NEEDED, "--key", "sw_k"]) == 2
    assert capsys.readouterr().err == f"r1-live: {tmp_path}: Is a directory\n"


@pytest.mark.parametrize("key", [None, ""])
def test_a_key_that_is_not_given_is_said(
    key: str | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SEAWALL_KEY", raising=False)
    if key is not None:
        monkeypatch.setenv("SEAWALL_KEY", key)
    assert main(["clip.ts", *_NEEDED]) == 2
    assert capsys.readouterr().err == "seawall send: no key given: --key or SEAWALL_KEY\n"


@pytest.mark.parametrize(("asked", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
async def test_a_signal_ends_it_without_a_traceback(
    asked: signal.Signals, status: int, tmp_path: Path
) -> None:
    sound = tmp_path / "sound.raw"
    sound.write_bytes(raw(30.0))
    async with taking() as gateway, asyncio.timeout(15.0):
        command = [str(sound), *_NEEDED, "--key", "sw_k", "--url", gateway.uri]
        # Who runs tests behind a shell's `&` ignores SIGINT, and so would the command.
        ours = signal.signal(signal.SIGINT, signal.default_int_handler)
        sending = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "seawall", "send", *command),
            *("--container", "pcm_s16le;rate=16000"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        signal.signal(signal.SIGINT, ours)
        assert sending.stdout is not None
        assert b"opened" in await sending.stdout.readline()
        sending.send_signal(asked)
        _, told = await sending.communicate()
    assert (sending.returncode, told) == (status, b"")


def test_sending_needs_no_numeric_library() -> None:
    asked = "import sys, media.send; print(sorted({'numpy', 'cv2', 'PIL'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
