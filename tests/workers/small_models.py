"""Small real models that the tests' workers load: one counts words, others misbehave on purpose."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import msgspec

from detectors.models.unit import Unit
from seawall.errors import ConfigError
from seawall.signals import Signal
from workers.units import Told, frame

__all__ = ["Broken", "Forgetful", "Moody", "Mute", "Sleepy", "Unloadable", "Words"]


class Words:
    """Says how rude a text is by the share of its words that it knows to be rude."""

    name = "words"
    version = "0123456789abcdef"

    def __init__(self, rude: Sequence[str] = ("bother",), slow_s: float = 0.0) -> None:
        self._rude = frozenset(rude)
        self._slow_s = slow_s

    def judge(self, units: Sequence[Unit]) -> list[list[Signal]]:
        if self._slow_s:
            time.sleep(self._slow_s * len(units))
        return [self._one(unit.text) for unit in units]

    def _one(self, text: str) -> list[Signal]:
        words = text.split()
        share = sum(word in self._rude for word in words) / max(1, len(words))
        return [Signal("words.harassment", share, "words", "harassment")] if share else []


class Moody(Words):
    """Does what some texts tell it: die, hang, raise, eat memory, talk for others."""

    def judge(self, units: Sequence[Unit]) -> list[list[Signal]]:
        for unit in units:
            match unit.text:
                case "die":
                    os.kill(os.getpid(), signal.SIGKILL)
                case "hang":
                    os.kill(os.getpid(), signal.SIGSTOP)
                case "leave":
                    sys.exit(7)
                case "eat":
                    bytearray(4 << 30)
                case "raise":
                    raise ValueError(f"cannot take {unit.text}, secret-word")
                case "boast":
                    return [[Signal("link.listed", 1.0, "links")] for _ in units]
                case "miscount":
                    return []
        return super().judge(units)


class Unloadable:
    """Cannot be loaded, and says why."""

    def __init__(self) -> None:
        raise ConfigError("weights.bin has another sha256 than its card")

    def judge(self, units: Sequence[Unit]) -> NoReturn:
        raise AssertionError("never loaded")


class Broken(Words):
    """Writes what it likes to the socket of its worker: `says` once, as raw bytes."""

    def __init__(self, says: str) -> None:
        super().__init__()
        self._says = bytes.fromhex(says)

    def judge(self, units: Sequence[Unit]) -> list[list[Signal]]:
        for link in Path("/proc/self/fd").iterdir():
            if link.is_symlink() and os.readlink(link).startswith("socket:"):
                os.write(int(link.name), self._says)
        return super().judge(units)


class Forgetful(Words):
    """Says of a text that it is through with it, and swallows the answer."""

    def judge(self, units: Sequence[Unit]) -> list[list[Signal]]:
        through = frame(msgspec.msgpack.encode(Told(n=1)))
        for link in Path("/proc/self/fd").iterdir():
            if link.is_symlink() and os.readlink(link).startswith("socket:"):
                os.write(int(link.name), through)
        signal.pause()
        return []


class Sleepy(Words):
    """Takes its time to load."""

    def __init__(self) -> None:
        super().__init__()
        time.sleep(5)


class Mute(Words):
    """Needs an option that nobody gives."""

    def __init__(self, needed: str) -> None:
        super().__init__([needed])
