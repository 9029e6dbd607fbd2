"""What the record keeps of a command's end: the end itself, and a case when nobody did it."""

from __future__ import annotations

from gateway.record.entry import CaseRow, CommandEnd, Entry
from seawall import wire
from seawall.alike import alike_command

__all__ = ["ending", "late_done"]

QUEUE, PRIORITY = "operations", "p2"


def ending(tenant: str, command: wire.Command, end: CommandEnd, at: float) -> Entry:
    """Return the entry of a command's end. One that nobody carried out opens a case beside it."""
    cases: tuple[CaseRow, ...] = ()
    if end.outcome in ("expired", "failed"):
        cases = (_case(command, "open", f"{command.kind}: {end.reason}"),)
    return _entry(tenant, command, end.by, at, (end,), cases)


def late_done(tenant: str, command: wire.Command, by: str, at: float) -> Entry:
    """Return the entry of a `done` that came after the command had expired.

    The end stays; the case that it opened is resolved.
    """
    return _entry(tenant, command, by, at, (), (_case(command, "resolved", "done after expiry"),))


def _case(command: wire.Command, state: str, because: str) -> CaseRow:
    ref = command.id
    alike = alike_command(command.kind, command.target.room or "")
    stream = (command.target.id or "") if command.target.kind == "stream" else ""
    return CaseRow(
        f"command-{ref}",
        state,
        QUEUE,
        PRIORITY,
        "command",
        ref,
        because,
        stream=stream,
        alike=alike,
    )


def _entry(
    tenant: str,
    command: wire.Command,
    by: str,
    at: float,
    ends: tuple[CommandEnd, ...],
    cases: tuple[CaseRow, ...],
) -> Entry:
    target = command.target
    return Entry(
        "command",
        tenant,
        (target.id or "") if target.kind == "message" else "",
        at,
        command.kind,
        room=target.room or "",
        # As `event` it would stand in the journal as it is, where nothing could ever erase it.
        user=(target.id or "") if target.kind == "user" else "",
        by=by,
        ref=command.id,
        ends=ends,
        cases=cases,
    )
