"""Everyday lines that use the words of trouble are never kept from being shown.

They were written against the shipped policy, by asking what people say in rooms that sell, stream
and play; what is held among lines of the same kind is told in docs/explanation/judgement.md.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from detectors.inline import InlineDetectors
from gateway.judge.rows import Row
from gateway.judge.run import Judge
from seawall.events import Message, User
from seawall.policy.model import Policy

LINES: list[dict[str, str]] = [
    json.loads(line)
    for line in (Path(__file__).parent / "ordinary.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize("lang", sorted({line["lang"] for line in LINES}))
def test_everyday_lines_are_let_through(
    shipped: Policy, shipped_detectors: InlineDetectors, lang: str
) -> None:
    judge = Judge(shipped, None, shipped_detectors)
    held = []
    for number, line in enumerate(LINES):
        if line["lang"] == lang:
            user = User(f"u{number}", "somebody")
            at = 1_700_000_000.0 + 60.0 * number
            said = Message("t", str(number), f"r{number}", user, line["text"], at, at, lang=lang)
            verdict = judge.judge(Row(said, timed=False))
            if verdict.action != "allow":
                held.append((line["text"], [each.rule for each in verdict.reasons]))
    assert not held
