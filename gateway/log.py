"""Structured logs: one JSON object a line on standard error.

Everything rare goes through the standard library. The one line that is not rare, a restricting
verdict, is encoded directly and written once per tick: through `logging` it would cost as much as
judging the message.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from collections.abc import Callable

import msgspec

__all__ = ["RestrictionLog", "log", "setup"]

log = logging.getLogger("seawall")

_encode = msgspec.json.Encoder().encode
_STDERR = 2


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": round(record.created, 3),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        line.update(getattr(record, "fields", {}))
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def setup(level: str) -> None:
    """Send this process's logs to standard error as JSON lines, from `level` up."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.getLogger("picows").setLevel(logging.WARNING)  # it tells every connection at info


class RestrictionLog:
    """One line for each restricting verdict, collected over a tick."""

    def __init__(self, call_soon: Callable[[Callable[[], None]], object]) -> None:
        self._call_soon = call_soon
        self._lines: list[bytes] = []

    def add(self, fields: dict[str, object]) -> None:
        """Write a line with the end of the tick; nothing when `info` is not logged."""
        if not log.isEnabledFor(logging.INFO):
            return
        if not self._lines:
            self._call_soon(self._flush)
        at = round(time.time(), 3)
        self._lines.append(_encode({"at": at, "level": "info", "event": "restricted", **fields}))

    def _flush(self) -> None:
        text = b"\n".join(self._lines) + b"\n"
        self._lines.clear()
        while text:
            text = text[os.write(_STDERR, text) :]
