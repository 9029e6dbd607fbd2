"""The reference of the wire as a page for people: `docs/reference/wire.md`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from string import Template
from typing import Any

from docs.generate.fields import fields, parts, tag
from docs.generate.samples import sample
from seawall import wire
from seawall.actions import ACTIONS

__all__ = ["wire_page"]

ACTION_NOTES: dict[str, str] = {
    "message": "`action` of a verdict",
    "visibility": "who sees it, in `actions`",
    "user": "in `actions` and commands",
    "room": "in `actions` and commands",
    "stream": "in findings and commands",
}


def wire_page() -> str:
    """Write the page: conventions, every message both ways, errors and close codes."""
    head = Template(Path(__file__).with_name("wire.head.txt").read_text("utf-8")).substitute(
        subprotocol=wire.SUBPROTOCOL,
        header=wire.HEADER,
        frame_kib=wire.FRAME_BYTES // 1024,
        media_mib=wire.MEDIA_FRAME_BYTES // 2**20,
    )
    shared = parts([*wire.CLIENT_TYPES, *wire.SERVER_TYPES])
    sections = [
        head,
        *_direction("To the gateway", wire.CLIENT_TYPES, sent=False),
        *_direction("To the server", wire.SERVER_TYPES, sent=True),
        "## Parts",
        "What stands inside messages.",
        *(_type(cls, f"`{cls.__name__}`", sent=False) for cls in shared),
        *_actions(),
        *_errors(),
        *_close_codes(),
    ]
    return "\n\n".join(section.strip("\n") for section in sections) + "\n"


def _direction(title: str, types: Iterable[type[Any]], *, sent: bool) -> Iterator[str]:
    yield f"## {title}"
    for cls in types:
        yield _type(cls, f"`{tag(cls)}`", sent=sent)
        text = json.dumps(sample(cls), ensure_ascii=False)
        yield f"```json\n{text}\n```"


def _type(cls: type[Any], title: str, *, sent: bool) -> str:
    rows = fields(cls, sent=sent)
    lines = [f"### {title}", "", (cls.__doc__ or "").strip().replace("\n    ", "\n"), ""]
    for wanted, heading in ((True, "always there" if sent else "required"), (False, "optional")):
        chosen = [row for row in rows if row.required is wanted]
        if chosen:
            lines += [f"| {heading} | what | meaning |", "|---|---|---|"]
            lines += [f"| `{row.name}` | {row.type} | {row.meaning} |" for row in chosen]
            lines.append("")
    return "\n".join(lines)


def _actions() -> Iterator[str]:
    yield "## Actions"
    yield "Mildest first: where several rules speak, the strictest of each row counts."
    rows = [
        f"| {track} | {' '.join(f'`{name}`' for name in names)} | {ACTION_NOTES[track]} |"
        for track, names in ACTIONS.items()
    ]
    yield "\n".join(["| on | actions | where |", "|---|---|---|", *rows])
    yield (
        "Every restriction says how long it lasts (`for_s`) or lasts until reversed.\n"
        "A message's are taken back by `restore`, all others by the same action with `for_s` 0."
    )


def _errors() -> Iterator[str]:
    yield "## Errors"
    yield "Codes of `error`. The connection lives on; the message it refers to was not accepted."
    rows = [f"| `{code}` | {text} |" for code, text in wire.ERROR_CODES.items()]
    yield "\n".join(["| code | meaning |", "|---|---|", *rows])


def _close_codes() -> Iterator[str]:
    yield "## Close codes"
    yield "A `bye` with the same name comes first, where there is still time for it."
    rows = []
    for code, (name, text) in wire.CLOSE_CODES.items():
        meaning, _, advice = text.rstrip(".").rpartition(". ")
        rows.append(f"| {code} | `{name}` | {meaning}. | {advice}. |")
    yield "\n".join(["| code | name | meaning | and you |", "|---|---|---|---|", *rows])
