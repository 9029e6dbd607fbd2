"""Reads an asks file: which models are asked about a text, when, and how long that may take."""

from __future__ import annotations

import re

from seawall.events import ROLES, SURFACES
from seawall.policy.draft import AskDraft, Placed
from seawall.policy.form import Form, described
from seawall.policy.problems import Problems
from seawall.policy.tree import Node, Seq

__all__ = ["ASK_KEYS", "read_asks"]

ASK_KEYS = ("ask", "on", "when", "wait_ms", "within_ms", "share", "exempt")
_NAME = re.compile(r"(?:(?:encoder|vendor):)?[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
_MOST_MS = 60_000.0


def read_asks(root: Node, problems: Problems) -> list[AskDraft]:
    """Return the asks of a file, in the order written."""
    if not isinstance(root, Seq):
        problems.add(root.where, f"expected a list of asks, found {described(root)}")
        return []
    return [_ask(item, problems) for item in root.items]


def _ask(item: Node, problems: Problems) -> AskDraft:
    form = Form(item, problems, "an ask", ASK_KEYS, ("ask",))
    model = form.text("ask", longest=64)
    if model and _NAME.fullmatch(model) is None:
        problems.add(
            form.place("ask"),
            f"the name {model!r} must be lower-case letters and digits joined by single hyphens, "
            "after `encoder:` or `vendor:` where it is one of yours",
        )
    wait_ms = form.number("wait_ms", 20.0, 1.0, _MOST_MS)
    within_ms = form.number("within_ms", wait_ms, 1.0, _MOST_MS)
    if within_ms < wait_ms:
        problems.add(
            form.place("within_ms"), f"a verdict cannot wait {wait_ms:g} ms for what is given less"
        )
    when = Placed(form.text("when", longest=4000), form.place("when")) if form.has("when") else None
    return AskDraft(
        model,
        frozenset(form.words("on", "surface", SURFACES) or SURFACES),
        when,
        wait_ms / 1000,
        within_ms / 1000,
        form.number("share", 100.0, 0.01, 100.0),
        frozenset(form.words("exempt", "role", ROLES)),
        form.where,
    )
