"""Reads notices written in files of their own, one language each, and joins them to the manifest's.

A text that the manifest or another file gives too is a slip: nobody could say which one is sent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from seawall.policy.draft import Manifest, Placed
from seawall.policy.form import Form, entries_of, text_of
from seawall.policy.problems import Problems
from seawall.policy.tree import Node, Where

__all__ = ["NOTICE_LENGTH", "with_notices"]

NOTICE_LENGTH = 2000
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*", re.ASCII)


def with_notices(manifest: Manifest, roots: Sequence[Node], problems: Problems) -> Manifest:
    """Return the manifest with the texts of all notices files."""
    texts = {key: dict(notice.value) for key, notice in manifest.notices.items()}
    places = {key: notice.where for key, notice in manifest.notices.items()}
    for root in roots:
        for key, lang, text, where in _read(root, problems):
            if lang in texts.setdefault(key, {}):
                problems.add(where, f"the notice {key!r} has another text in {lang!r}")
            texts[key][lang] = text
            places.setdefault(key, where)
    return replace(manifest, notices={key: Placed(texts[key], places[key]) for key in texts})


def _read(root: Node, problems: Problems) -> list[tuple[str, str, str, Where]]:
    form = Form(root, problems, "a notices file", ("notices", "texts"), ("notices", "texts"))
    lang = form.text("notices", longest=40).lower()
    if _LANGUAGE.fullmatch(lang) is None:
        problems.add(form.place("notices"), f"{lang[:40]!r} is not a language tag such as en")
    node = form.node("texts")
    return [
        (entry.key.written, lang, text, entry.key.where)
        for entry in (entries_of(node, problems, "`texts`") if node is not None else ())
        if (text := text_of(entry.value, problems, NOTICE_LENGTH)) is not None
    ]
