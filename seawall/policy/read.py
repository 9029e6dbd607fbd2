"""Reads all files of a policy into one Pack: the kind of a file is the first word of its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from seawall.policy.draft import (
    AskDraft,
    Lists,
    Manifest,
    Pack,
    Placed,
    RuleDraft,
    Tricks,
    WindowDraft,
)
from seawall.policy.model import LexiconEntry, Pattern
from seawall.policy.problems import Problems
from seawall.policy.read_asks import read_asks
from seawall.policy.read_manifest import read_manifest
from seawall.policy.read_notices import with_notices
from seawall.policy.read_rules import read_entries
from seawall.policy.read_tables import read_brands, read_contacts, read_hosts, read_lexicon
from seawall.policy.read_tenant import read_tenant
from seawall.policy.read_tricks import read_tricks
from seawall.policy.tree import Node, Source, Where

__all__ = ["FILE_KINDS", "MANIFEST_PATH", "read_pack"]

MANIFEST_PATH = "policy.yaml"
_ENTRIES = ("rules", "windows", "patterns")
FILE_KINDS = (*_ENTRIES, "lexicon", "hosts", "brands", "contacts", "notices", "asks", "tricks")
"""``rules.yaml``, ``patterns.en.yaml``, ``lexicon.zh.yaml``: one of these, then dots and words."""


def read_pack(sources: Sequence[Source], tenant: Source | None, problems: Problems) -> Pack:
    """Return everything the files say; what cannot be read is in `problems`."""
    made = _Gathered(problems)
    for source in sources:
        kind = source.path.rpartition("/")[2].partition(".")[0]
        if source.path == MANIFEST_PATH:
            made.manifest = read_manifest(source.root, problems)
        elif kind in FILE_KINDS:
            made.add(kind, source.root)
        else:
            problems.unknown(Where(source.path), "kind of file", kind, FILE_KINDS)
    if all(source.path != MANIFEST_PATH for source in sources):
        problems.add(Where(MANIFEST_PATH), "the policy has no manifest")
    return made.pack(tenant)


@dataclass(slots=True)
class _Gathered:
    """What all files add up to; it grows while they are read."""

    problems: Problems
    manifest: Manifest = field(default_factory=Manifest)
    rules: list[RuleDraft] = field(default_factory=list)
    windows: list[WindowDraft] = field(default_factory=list)
    patterns: list[Placed[Pattern]] = field(default_factory=list)
    terms: list[Placed[LexiconEntry]] = field(default_factory=list)
    allow: list[Placed[str]] = field(default_factory=list)
    lists: Lists = field(default_factory=Lists)
    notices: list[Node] = field(default_factory=list)
    asks: list[AskDraft] = field(default_factory=list)
    tricks: Tricks = field(default_factory=Tricks)

    def add(self, kind: str, root: Node) -> None:
        """Read a file of a known kind."""
        problems = self.problems
        match kind:
            case "lexicon":
                terms, allow = read_lexicon(root, problems)
                self.terms += terms
                self.allow += allow
            case "hosts":
                read_hosts(root, self.lists, problems)
            case "brands":
                read_brands(root, self.lists, problems)
            case "contacts":
                read_contacts(root, self.lists, problems)
            case "notices":
                self.notices.append(root)
            case "asks":
                self.asks += read_asks(root, problems)
            case "tricks":
                read_tricks(root, self.tricks, problems)
            case _:
                rules, windows, patterns = read_entries(root, problems)
                self.rules += rules
                self.windows += windows
                self.patterns += patterns

    def pack(self, tenant: Source | None) -> Pack:
        """Return all of it, with the tenant's own."""
        manifest = with_notices(self.manifest, self.notices, self.problems)
        owner, rooms = read_tenant(tenant, self.problems)
        return Pack(
            manifest,
            tuple(self.rules),
            tuple(self.windows),
            tuple(self.patterns),
            tuple(self.terms),
            tuple(self.allow),
            self.lists,
            owner,
            (*manifest.rooms, *rooms),
            tuple(self.asks),
            self.tricks,
        )
