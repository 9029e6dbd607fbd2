"""The files that lists become: policy YAML whose first line is the record of where it came from.

Data and record are one file, so that one rename replaces both. What is written reads as any other
file of a policy; the record is a comment to it.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

import msgspec

from seawall.errors import ConfigError
from seawall.policy.read_tables import HOSTS, TERMS

__all__ = ["FOLDER", "MOST", "Record", "file_of", "lists_of", "name_of", "record_in", "write"]

FOLDER = "lists"
"""Within the policy's folder."""
MOST: dict[str, int] = {"hosts": HOSTS, "terms": TERMS}
"""Entries of one list, by its kind: what a file of a policy may hold."""
_MARK = "# seawall list: "
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?", re.ASCII)
_LONGEST_RECORD = 8192


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where a list came from. `sha256` is of what was fetched; `at` is UTC, ISO 8601.

    `category`, `lang`, `severity` and `match` are those of its terms; `form` and `with_allowed`
    say how its hosts are read.
    """

    name: str
    kind: Literal["hosts", "terms"]
    source: str
    at: str
    count: int
    sha256: str
    left_out: int = 0
    form: str = "auto"
    with_allowed: bool = False
    allow_private: bool = False
    category: str = ""
    lang: str = "any"
    severity: str = "medium"
    match: str = "word"


def name_of(text: str) -> str:
    """Return a list's name. Raises ConfigError for what could be no part of a file's name."""
    if _NAME.fullmatch(text) is None:
        raise ConfigError(f"{text!r} is no name for a list: use a-z, 0-9 and hyphens, at most 40")
    return text


def file_of(policy: Path, record: Record) -> Path:
    """Return the file of a list."""
    kind = "hosts" if record.kind == "hosts" else "lexicon"
    return policy / FOLDER / f"{kind}.{record.name}.yaml"


def lists_of(policy: Path) -> Iterator[tuple[Path, Record]]:
    """Yield the lists of a policy by name. Raises ConfigError for a damaged record."""
    for path in sorted((policy / FOLDER).glob("*.yaml")):
        record = record_in(path)
        if record is not None:
            yield path, record


def record_in(path: Path) -> Record | None:
    """Return the record of a file, None for a file that somebody wrote. Raises ConfigError."""
    try:
        with path.open(encoding="utf-8") as opened:
            line = opened.readline(_LONGEST_RECORD)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    if not line.startswith(_MARK):
        return None
    try:
        return msgspec.json.decode(line.removeprefix(_MARK), type=Record)
    except msgspec.DecodeError as error:
        raise ConfigError(f"{path}: its record is damaged: {error}") from error


def write(path: Path, record: Record, taken: Iterable[str], allowed: Iterable[str] = ()) -> None:
    """Replace a list's file whole: it is the old one or the new one, never a part.

    Raises ConfigError when it cannot be written; the old file then stands as it was.
    """
    lines = _hosts(taken, allowed) if record.kind == "hosts" else _terms(record, taken)
    head = f"{_MARK}{msgspec.json.encode(record).decode()}"
    text = "\n".join((head, "# Made by `seawall lists`; a refresh replaces it.", *lines, ""))
    try:
        path.parent.mkdir(exist_ok=True)
        handle, made = tempfile.mkstemp(prefix=".list-", dir=path.parent)
        try:
            with open(handle, "w", encoding="utf-8") as opened:
                opened.write(text)
                opened.flush()
                os.fchmod(opened.fileno(), 0o644)
                os.fsync(opened.fileno())
            os.replace(made, path)
        except BaseException:
            os.unlink(made)
            raise
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error


def _hosts(taken: Iterable[str], allowed: Iterable[str]) -> Iterator[str]:
    yield "listed:"
    yield from (f"  - {_quoted(host)}" for host in taken)
    harmless = [f"  - {_quoted(host)}" for host in allowed]
    if harmless:
        yield "allowed:"
        yield from harmless


def _terms(record: Record, taken: Iterable[str]) -> Iterator[str]:
    same = f"category: {record.category}, severity: {record.severity}, match: {record.match}"
    yield f"lexicon: {record.lang}"
    yield "terms:"
    yield from (f"  - {{term: {_quoted(term)}, {same}}}" for term in taken)


def _quoted(text: str) -> str:
    # A text of JSON is one of YAML, whatever is in it.
    return json.dumps(text, ensure_ascii=False)
