"""What a page says, to programs and to people. Never what anybody wrote: a page leaves the house.

Names of moderators stay inside too; outward they are their pseudonyms.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from gateway.log import redacted

__all__ = ["Called", "mail_text", "slack_body", "subject", "webhook_body"]

_encode = msgspec.json.Encoder().encode


class Called(Struct, frozen=True):
    """What somebody is called about. Times are seconds since the epoch; `case` is '' in a drill."""

    page: str
    tenant: str
    case: str
    priority: str
    queue: str
    rule: str
    category: str
    severity: str
    room: str
    members: int
    users: int
    opened: float
    due: float | None
    nobody: str
    why: str
    person: str
    call: int
    url: str = ""

    @property
    def is_drill(self) -> bool:
        """Say whether nothing has happened."""
        return not self.case


def webhook_body(called: Called) -> bytes:
    """Return the JSON that a webhook gets: `type` is `page` or `drill`."""
    kind = "drill" if called.is_drill else "page"
    return _encode({"type": kind, **msgspec.to_builtins(_masked(called))})


def slack_body(called: Called) -> bytes:
    """Return the message for a Slack-compatible webhook; what is ours cannot become markup."""
    lines = [f"*{_plain(subject(called))}*", _plain(_sentence(_masked(called)))]
    if called.url:
        lines.append(called.url)
    return _encode({"text": "\n".join(lines)})


def subject(called: Called) -> str:
    """Return one line for people."""
    if called.is_drill:
        return "Seawall drill: please acknowledge"
    what = called.rule or called.category or called.why
    line = f"Seawall {called.priority.upper()} in {called.queue}: {redacted(what)}"
    return " ".join(line.split())[:160]  # a header is one line


def mail_text(called: Called) -> str:
    """Return a mail's text."""
    lines = [_sentence(_masked(called)), "", f"page {called.page}, call {called.call}"]
    if called.url:
        lines.append(called.url)
    return "\n".join(lines) + "\n"


def _sentence(called: Called) -> str:
    if called.is_drill:
        return f"This is a drill for {called.person}. Nothing has happened; acknowledge it."
    where = f" in room {called.room}" if called.room else ""
    many = f", {called.members} events of {called.users} users" if called.members > 1 else ""
    return (
        f"{called.severity or 'new'} {called.category or 'case'}{where}{many}: "
        f"{called.why or called.rule}. Case {called.case}, for {called.person}."
    )


def _masked(called: Called) -> Called:
    return msgspec.structs.replace(called, why=redacted(called.why), room=redacted(called.room))


def _plain(text: str) -> str:
    """Escape what Slack reads as markup or as a mention (its documented three)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
