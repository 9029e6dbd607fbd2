"""Which events are one incident: those that bear the same name here, of one tenant, in their time.

Rules:
1. Equal texts (`seawall.fingerprint`) that broke the same rule are one, in whatever rooms and by
   whomever: a wave of copies.
2. What a window is over (a raid, a wave of joins, a flood) is one for each window and room.
3. In a live stream all of one category is one, seen or heard.
4. Reports of the same target are one.
5. Anything else is one for each user, rule and room.

A name tells nothing of whom it is about: it is a hash, with a letter for its kind.
"""

from __future__ import annotations

from hashlib import blake2b

from seawall.events import Joined, Message
from seawall.fingerprint import fingerprint
from seawall.fold import Folded, fold
from seawall.verdicts import Finding

__all__ = ["alike", "alike_command", "alike_fault", "alike_report", "alike_stream", "named"]

WINDOW = "window"
"""The detector of findings about windows."""


def alike(event: Message | Joined, finding: Finding, folded: Folded | None = None) -> str:
    """Return the name that all share which are one incident with a finding of an event.

    `folded` is the event's folded text where it is at hand; folding costs microseconds.
    """
    if isinstance(event, Message) and event.stream:
        return alike_stream(event.stream, finding.category)
    if finding.detector == WINDOW or isinstance(event, Joined):
        return named("w", finding.rule, event.room)
    printed = fingerprint(fold(event.text) if folded is None else folded)
    if printed is not None:
        return named("t", finding.rule, printed)
    return named("u", finding.rule, event.room, event.user.id)


def alike_stream(stream: str, category: str) -> str:
    """Return the name of all of one category in a live stream."""
    return named("s", stream, category)


def alike_report(target: str) -> str:
    """Return the name of all reports of a target: a message, a user or a stream."""
    return named("r", target)


def alike_command(kind: str, room: str) -> str:
    """Return the name of all commands of a kind that nobody carried out in a room."""
    return named("c", kind, room)


def alike_fault(dependency: str) -> str:
    """Return the name of a dependency's outage, on whatever gateway it is noticed."""
    return named("f", dependency)


def named(kind: str, *parts: str) -> str:
    """Return a short name for parts, the same in every process; other parts give another one."""
    whole = "".join(f"{len(part)}:{part}" for part in parts)
    # Ids may hold halves of surrogate pairs, which plain UTF-8 refuses.
    digest = blake2b(
        whole.encode("utf-8", "surrogatepass"), digest_size=12, person=b"seawall.alike"
    )
    return f"{kind}-{digest.hexdigest()}"
