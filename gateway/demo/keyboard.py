"""Single key presses from a terminal, and its settings put back afterwards."""

from __future__ import annotations

import asyncio
import os
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["key_presses"]


@contextmanager
def key_presses(pressed: Callable[[str], None]) -> Iterator[None]:
    """Call back for each key while the block runs. Standard input must be a terminal."""
    loop = asyncio.get_running_loop()
    source = sys.stdin.fileno()
    before = termios.tcgetattr(source)

    def read() -> None:
        data = os.read(source, 64)
        if not data:  # the terminal is gone
            loop.remove_reader(source)
        for char in data.decode(errors="ignore"):
            pressed(char)

    tty.setcbreak(source)
    loop.add_reader(source, read)
    try:
        yield
    finally:
        loop.remove_reader(source)
        termios.tcsetattr(source, termios.TCSADRAIN, before)
