"""Reads a tricks file: what is written for something else, and what asks to be read backwards."""

from __future__ import annotations

import re

from seawall.policy.draft import Tricks
from seawall.policy.form import Form, entries_of, text_of
from seawall.policy.problems import Problems
from seawall.policy.tree import Node

__all__ = ["TRICK_LENGTH", "read_tricks"]

TRICK_LENGTH = 40
_TRICKS = 20_000
_LANGUAGE = re.compile(r"any|[a-z]{2,3}(?:-[a-z0-9]{2,8})*", re.ASCII)


def read_tricks(root: Node, tricks: Tricks, problems: Problems) -> None:
    """Add a file to `tricks`. What is written may mean one thing only."""
    form = Form(root, problems, "a tricks file", ("tricks", "read", "backwards"), ("tricks",))
    lang = form.text("tricks", "any", longest=40)
    if _LANGUAGE.fullmatch(lang) is None:
        problems.add(form.place("tricks"), f"{lang!r} is neither a language tag nor `any`")
    node = form.node("read")
    for entry in entries_of(node, problems, "`read`") if node is not None else ():
        written = text_of(entry.key, problems, TRICK_LENGTH)
        meant = text_of(entry.value, problems, TRICK_LENGTH)
        if written is None or meant is None:
            continue
        first = tricks.places.setdefault(written, entry.key.where)
        if first is not entry.key.where:
            problems.add(entry.key.where, f"{written!r} is read at {first} already")
        tricks.read[written] = meant
    if len(tricks.read) > _TRICKS:
        problems.add(form.where, f"at most {_TRICKS} tricks are allowed")
    for text in form.texts("backwards", longest=TRICK_LENGTH):
        tricks.backwards.setdefault(text, form.place("backwards"))
