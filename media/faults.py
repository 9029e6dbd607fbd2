"""Why a stream cannot be decoded: one error, with the cause that coverage names."""

from __future__ import annotations

from typing import Literal

from seawall.errors import CallersFault

__all__ = ["Cause", "Unreadable"]

Cause = Literal["damaged", "encrypted", "limit", "unsupported"]


class Unreadable(CallersFault):
    """A stream, or what is left of it, that cannot be decoded; `cause` as coverage has it."""

    def __init__(self, cause: Cause, message: str) -> None:
        self.cause = cause
        self.final = cause != "damaged"
        """Whether nothing of what follows can be decoded either."""
        super().__init__(message)
