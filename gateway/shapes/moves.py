"""What is said when a case is moved: a note, a reason, to whom."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

__all__ = ["AssignBody", "EscalateBody", "HandOverBody", "NoteBody", "SecondBody"]

Text500 = Annotated[str, Meta(max_length=500)]
Text4000 = Annotated[str, Meta(min_length=1, max_length=4000)]
Name = Annotated[str, Meta(min_length=1, max_length=128)]


class NoteBody(Struct, frozen=True, forbid_unknown_fields=True):
    """An internal note."""

    text: Text4000


class EscalateBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Why it goes to a lead; `queue` moves it besides."""

    reason: Text4000
    queue: Annotated[str, Meta(max_length=64)] | None = None


class HandOverBody(Struct, frozen=True, forbid_unknown_fields=True):
    """To whom it goes, with a word."""

    to: Name
    text: Text500 = ""


class AssignBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Whose it shall be; None: anybody's."""

    to: Name | None


class SecondBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What the asker thinks (hidden from the second person until they have decided)."""

    question: Text4000
    choice: Annotated[str, Meta(max_length=64)] = ""
