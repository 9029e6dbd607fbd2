"""Adds, refreshes and shows lists; what is refused leaves the old data in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import cast

import msgspec

from gateway.lists.entries import Entries, Format, decode, read_hosts, read_terms
from gateway.lists.files import MOST, Record, file_of, lists_of, write
from gateway.lists.sources import fetch
from gateway.policy.load import policy_check
from seawall.errors import ConfigError, UnknownName

__all__ = ["Change", "add_list", "refresh_lists", "show_lists"]


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a list: its new record, the count before, what was left out and why."""

    record: Record
    before: int
    entries: Entries
    unchanged: bool = False

    def told(self) -> str:
        """Return one line for a person, and one for each reason why something was left out."""
        record = self.record
        if self.unchanged:
            return f"{record.name}: unchanged, {record.count} {record.kind}"
        lines = [f"{record.name}: {record.count} {record.kind} (before: {self.before})"]
        if self.entries.repeated:
            lines.append(f"  {self.entries.repeated} repeated")
        for reason, count in self.entries.left_out.items():
            lines.append(f"  {count} left out: {reason}, {self.entries.examples[reason]!r}")
        return "\n".join(lines)


def add_list(policy: Path, wanted: Record, *, force: bool = False) -> Change:
    """Fetch a list for the first time, or anew with other options. Raises SeawallError."""
    _check_folder(policy)
    return _bring(policy, wanted, force=force)


def refresh_lists(policy: Path, names: tuple[str, ...], *, force: bool = False) -> list[Change]:
    """Fetch lists again, all of them without names. Raises SeawallError at the first refusal."""
    _check_folder(policy)
    known = {record.name: record for _, record in lists_of(policy)}
    for name in names:
        if name not in known:
            raise UnknownName(f"there is no list {name!r}; there are: {', '.join(known) or 'none'}")
    return [_bring(policy, known[name], force=force) for name in names or known]


def show_lists(policy: Path) -> list[Record]:
    """Return the records of a policy's lists. Raises ConfigError."""
    _check_folder(policy)
    return [record for _, record in lists_of(policy)]


def _check_folder(policy: Path) -> None:
    if not (policy / "policy.yaml").is_file():
        raise UnknownName(f"{policy} is no policy's folder: it has no policy.yaml")


def _bring(policy: Path, wanted: Record, *, force: bool) -> Change:
    old = next((known for _, known in lists_of(policy) if known.name == wanted.name), None)
    if old is not None and old.kind != wanted.kind:
        raise ConfigError(f"there is a list {wanted.name!r} of {old.kind} already")
    data = fetch(wanted.source, allow_private=wanted.allow_private)
    digest = sha256(data).hexdigest()
    if old is not None and old.sha256 == digest and _asked(old) == _asked(wanted):
        return Change(old, old.count, Entries(), unchanged=True)
    entries = _read(wanted, data)
    count = len(entries.taken)
    if count > (most := MOST[wanted.kind]):
        raise ConfigError(f"{wanted.name}: {count} {wanted.kind}; a list may have {most}")
    before = old.count if old is not None else 0
    if count * 2 <= before and not force:
        raise ConfigError(
            f"{wanted.name}: the list shrank from {before} to {count}; nothing was replaced "
            "(--force takes it)"
        )
    at = datetime.now(UTC).isoformat(timespec="seconds")
    left_out = sum(entries.left_out.values())
    record = msgspec.structs.replace(wanted, at=at, count=count, sha256=digest, left_out=left_out)
    allowed = entries.allowed if wanted.with_allowed else ()
    file = file_of(policy, record)
    kept = file.read_bytes() if file.is_file() else None
    write(file, record, entries.taken, allowed)
    _prove(policy, file, kept)
    return Change(record, before, entries)


def _prove(policy: Path, file: Path, kept: bytes | None) -> None:
    """Put the old file back where the policy would be refused for the new one.

    Raises ConfigError then. What was wrong before is not the list's fault.
    """
    problems = policy_check(policy).problems
    if not problems:
        return
    made = file.read_bytes()
    _put(file, kept)
    known = frozenset(policy_check(policy).problems)
    guilty = [problem for problem in problems if problem not in known]
    if guilty:
        more = f" and {len(guilty) - 1} more" if len(guilty) > 1 else ""
        raise ConfigError(f"with this list the policy would be refused: {guilty[0]}{more}")
    _put(file, made)


def _put(file: Path, data: bytes | None) -> None:
    if data is None:
        file.unlink()
    else:
        new = file.with_name(f".{file.name}.new")
        new.write_bytes(data)
        new.replace(file)


def _asked(record: Record) -> Record:
    """Return what was asked for, without what came of it."""
    return msgspec.structs.replace(record, at="", count=0, sha256="", left_out=0)


def _read(wanted: Record, data: bytes) -> Entries:
    try:
        text = decode(data)
        if wanted.kind == "terms":
            return read_terms(text)
        return read_hosts(text, cast(Format, wanted.form))  # one of FORMATS: the parser's choices
    except ConfigError as error:
        raise ConfigError(f"{wanted.source}: {error}") from error
