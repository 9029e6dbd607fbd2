"""Structured logs: one JSON object a line on standard error, and no secret in any of them.

Everything rare goes through the standard library. The one line that is not rare, a restricting
verdict, is encoded directly and written once per tick: through `logging` it would cost as much as
judging the message.

A line is searched for secrets when it is whole: whatever way one came into it, through a message,
an argument, a field or another library's traceback, it does not leave.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import time
from collections.abc import Callable
from types import TracebackType
from urllib.parse import unquote

import msgspec

__all__ = ["RestrictionLog", "hide", "log", "redacted", "setup"]

log = logging.getLogger("seawall")

_encode = msgspec.json.Encoder().encode
_STDERR = 2
_HIDDEN = "***"
_LEAST = 6
"""Shorter passwords are hidden where they stand in an address, not wherever those letters do."""
_known: set[str] = set()

_SECRETS = re.compile(
    r"(?P<key>\bsw_[A-Za-z0-9_-]{8,})"
    r"|(?P<hex>(?<![0-9A-Za-z])[0-9A-Fa-f]{64}(?![0-9A-Za-z]))"
    # The password of an address: up to the last @ before a space or a quote that ends it.
    r"|(?P<address>://[^\s/:@\"']*:)(?:\\.|[^\s\"'\\])+(?=@)"
    r"|(?P<header>\b[Aa]uthorization\W{1,12}(?:b['\"])?"
    r"(?:(?:[Bb]earer|[Bb]asic)\s+)?)[^\s\"'\\,]+"
    r"|(?P<scheme>\b(?:[Bb]earer|[Bb]asic)\s+)(?=[^\s\"'\\]*[0-9_=/+-])[^\s\"'\\,]{8,}"
    r"|(?P<name>(?i:\b(?:(?:sslpassword|password|passwd|seawall_secret)[\"']?"
    r"\s{0,2}[=:]\s{0,2}\\?[\"']?|requirepass\s+)))[^\s\"'\\,&;)}]+"
)


def hide(*values: str) -> None:
    """Let these values be in no log line: each as it is, and as an address would spell it."""
    for value in values:
        _known.update(text for text in (value, unquote(value)) if len(text) >= _LEAST)


def redacted(text: str) -> str:
    """Return a text without keys, passwords, Authorization headers and hidden values."""
    for value in _known:
        for spelt in (value, json.dumps(value, ensure_ascii=False)[1:-1]):
            text = text.replace(spelt, _HIDDEN)
    return _SECRETS.sub(_blank, text)


def _blank(match: re.Match[str]) -> str:
    """Keep what leads to a secret, so that the line still says which one it was."""
    groups = match.groupdict()
    lead = groups["address"] or groups["header"] or groups["scheme"] or groups["name"] or ""
    return ("sw_" if groups["key"] else lead) + _HIDDEN


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": round(record.created, 3),
            "level": record.levelname.lower(),
            "event": _message(record),
        }
        line.update(getattr(record, "fields", {}))
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return redacted(json.dumps(line, ensure_ascii=False, default=str))


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError) as problem:  # logging would print the arguments as they are
        return f"{record.msg} (cannot be formatted: {problem})"


def setup(level: str) -> None:
    """Send this process's logs to standard error as JSON lines, from `level` up.

    What nobody caught becomes such a line too, and so do warnings.
    """
    hide(os.environ.get("SEAWALL_SECRET", ""))
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines())
    handler.addFilter(_is_ours)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.getLogger("picows").setLevel(logging.WARNING)  # it tells every connection at info
    sys.excepthook = _crashed


def _is_ours(record: logging.LogRecord) -> bool:
    """Leave out that a client broke the protocol: it was told, and must not write our log."""
    theirs = record.name.startswith("picows") and record.msg.startswith("WS parser error")
    return not theirs or logging.getLogger().isEnabledFor(logging.DEBUG)


def _crashed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        log.critical("crashed", exc_info=(kind, error, trace))


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
        line = _encode({"at": at, "level": "info", "event": "restricted", **fields})
        if "text" in fields:  # people paste keys into chats
            line = redacted(line.decode()).encode()
        self._lines.append(line)

    def _flush(self) -> None:
        text = b"\n".join(self._lines) + b"\n"
        self._lines.clear()
        while text:
            text = text[os.write(_STDERR, text) :]
