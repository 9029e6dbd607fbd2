"""A policy as it is read: its rules with their source, its files; and what differs between two.

    python -P -m gateway.console.policylines DATA show VERSION
    python -P -m gateway.console.policylines DATA diff OLD NEW

Compiling a large policy takes a second of processor time, so the gateway asks a child for it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from gateway.policy.load import Texts, load_texts
from gateway.policy.versions import Versions
from gateway.review.showing import diff_lines
from gateway.shapes.rooms import DiffShown, PolicyShown, RuleLine
from seawall.errors import SeawallError
from seawall.policy.diff import diff
from seawall.policy.model import CaseSpec, Effect, Policy, Rule, Window

__all__ = ["FILE_CHARS", "main", "policy_shown", "rule_lines"]

FILE_CHARS = 256 * 1024
"""Of a file no more is shown: a list of a million words is not for reading."""
_ALL_CHARS = 4 * 1024 * 1024
_SOURCE_LINES = 60
_NICENESS = 5


def policy_shown(policy: Policy, texts: Texts) -> PolicyShown:
    """Return a policy to be read; hits are for whoever knows them."""
    files = dict(texts.files if texts.tenant is None else (*texts.files, texts.tenant))
    return PolicyShown(policy.version, rule_lines(policy, files), _cut(files))


def rule_lines(policy: Policy, files: Mapping[str, str]) -> list[RuleLine]:
    """Return every rule, then every window, with its place and its source."""
    windows = {window.name: window for each in policy.windows.values() for window in each}
    lines = {name: text.splitlines() for name, text in files.items()}
    entries: tuple[Rule | Window, ...] = (*policy.rules, *windows.values())
    return [_line(entry, lines) for entry in entries]


def _line(entry: Rule | Window, files: Mapping[str, list[str]]) -> RuleLine:
    name, _, number = entry.where.rpartition(":")
    line = int(number) if number.isdecimal() else 0
    effects = entry.then
    if isinstance(entry, Window):
        effects = (Effect("message", entry.message), *effects)
    source = "\n".join(_source(files.get(name, []), line))
    return RuleLine(
        entry.name, entry.category, entry.severity.label, entry.stage, entry.percent,
        sorted(entry.on), [_told(effect) for effect in effects], _case(entry.case), name, line,
        source, 0,
    )  # fmt: skip


def _source(lines: list[str], line: int) -> Iterator[str]:
    """Yield an entry's lines: up to the next one that stands no deeper."""
    if not 0 < line <= len(lines):
        return
    first = lines[line - 1]
    yield first
    depth = len(first) - len(first.lstrip())
    for each in lines[line : line + _SOURCE_LINES]:
        if each.strip() and len(each) - len(each.lstrip()) <= depth:
            return
        yield each.rstrip()


def _told(effect: Effect) -> str:
    until = "" if effect.for_s is None else f" {effect.for_s:g}s"
    return f"{effect.kind}{until}"


def _case(case: CaseSpec | None) -> str:
    return "" if case is None else f"{case.queue} {case.priority}"


def _cut(files: Mapping[str, str]) -> dict[str, str]:
    shown, room = {}, _ALL_CHARS
    for name, text in files.items():
        most = min(FILE_CHARS, room)
        rest = len(text) - most
        shown[name] = text if rest <= 0 else f"{text[:most]}\n… {rest} characters more"
        room -= min(len(text), most)
    return shown


def main() -> int:
    """Answer on standard output in JSON: 0; a sentence on standard error otherwise."""
    data, verb, *versions = sys.argv[1:]
    os.nice(_NICENESS)  # the gateway judges meanwhile: it goes first
    kept = Versions(Path(data))
    try:
        texts = [kept.texts(version) for version in versions]
        policies = [load_texts(each) for each in texts]
    except (OSError, SeawallError) as problem:
        print(str(problem).splitlines()[0], file=sys.stderr)
        return 1
    answer: PolicyShown | DiffShown
    if verb == "show":
        answer = policy_shown(policies[0], texts[0])
    else:
        old, new = policies
        lines = list(diff_lines(old, new, diff(old, new)))
        answer = DiffShown(old.version, new.version, lines)
    sys.stdout.buffer.write(msgspec.json.encode(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
