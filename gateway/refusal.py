"""Why a person's wish is not carried out, in the shape the HTTP API answers with (RFC 9457)."""

from __future__ import annotations

from msgspec import Struct

from seawall.errors import CallersFault

__all__ = ["Refused", "conflict", "forbidden", "unknown"]


class Refused(CallersFault):
    """A wish that is refused: nothing has happened. `shown` is what stands instead, if anything.

    `retry_after_s`: in how many seconds it may be asked again (the header `Retry-After`).
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        shown: Struct | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.shown = shown
        self.retry_after_s = retry_after_s


def unknown(what: str) -> Refused:
    """Return the refusal of what is not there, or not in this tenant."""
    return Refused(404, "not_found", f"no such {what} in this tenant")


def forbidden(permission: str, where: str = "") -> Refused:
    """Return the refusal of what this person may not do."""
    place = f" in {where}" if where else ""
    return Refused(403, "forbidden", f"you may not do that{place}: it takes {permission}")


def conflict(code: str, message: str, shown: Struct | None = None) -> Refused:
    """Return the refusal of what somebody else was first with, or what has changed meanwhile."""
    return Refused(409, code, message, shown)
