"""The command line for tests: in this process, or as a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gateway.cli import main

__all__ = ["Seawall", "Told", "run"]

Told = tuple[int, str, str]


class Seawall:
    """The command line in this process: its status, its stdout and its stderr."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Told:
        self._capsys.readouterr()
        try:
            status = main(arguments)
        except SystemExit as misuse:  # argparse ends so
            status = int(misuse.code or 0)
        out, err = self._capsys.readouterr()
        return status, out, err


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as its own process."""
    return subprocess.run(
        [sys.executable, "-m", "seawall", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
