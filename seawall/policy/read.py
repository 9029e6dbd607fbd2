"""Reads all files of a policy into one Pack: the kind of a file is the first word of its name."""

from __future__ import annotations

from collections.abc import Sequence

from seawall.policy.draft import AskDraft, Lists, Manifest, Pack, Placed, RuleDraft, WindowDraft
from seawall.policy.model import LexiconEntry, Pattern
from seawall.policy.problems import Problems
from seawall.policy.read_asks import read_asks
from seawall.policy.read_manifest import read_manifest
from seawall.policy.read_notices import with_notices
from seawall.policy.read_rules import read_entries
from seawall.policy.read_tables import read_brands, read_contacts, read_hosts, read_lexicon
from seawall.policy.read_tenant import read_tenant
from seawall.policy.tree import Node, Source, Where

__all__ = ["FILE_KINDS", "MANIFEST_PATH", "read_pack"]

MANIFEST_PATH = "policy.yaml"
_ENTRIES = ("rules", "windows", "patterns")
FILE_KINDS = (*_ENTRIES, "lexicon", "hosts", "brands", "contacts", "notices", "asks")
"""``rules.yaml``, ``patterns.en.yaml``, ``lexicon.zh.yaml``: one of these, then dots and words."""


def read_pack(sources: Sequence[Source], tenant: Source | None, problems: Problems) -> Pack:
    """Return everything the files say; what cannot be read is in `problems`."""
    manifest = Manifest()
    rules: list[RuleDraft] = []
    windows: list[WindowDraft] = []
    patterns: list[Placed[Pattern]] = []
    terms: list[Placed[LexiconEntry]] = []
    allow: list[Placed[str]] = []
    lists = Lists()
    notices: list[Node] = []
    asks: list[AskDraft] = []
    for source in sources:
        kind = source.path.rpartition("/")[2].partition(".")[0]
        if source.path == MANIFEST_PATH:
            manifest = read_manifest(source.root, problems)
        elif kind in _ENTRIES:
            found = read_entries(source.root, problems)
            rules += found[0]
            windows += found[1]
            patterns += found[2]
        elif kind == "lexicon":
            more = read_lexicon(source.root, problems)
            terms += more[0]
            allow += more[1]
        elif kind == "hosts":
            read_hosts(source.root, lists, problems)
        elif kind == "brands":
            read_brands(source.root, lists, problems)
        elif kind == "contacts":
            read_contacts(source.root, lists, problems)
        elif kind == "notices":
            notices.append(source.root)
        elif kind == "asks":
            asks += read_asks(source.root, problems)
        else:
            problems.unknown(Where(source.path), "kind of file", kind, FILE_KINDS)
    if all(source.path != MANIFEST_PATH for source in sources):
        problems.add(Where(MANIFEST_PATH), "the policy has no manifest")
    manifest = with_notices(manifest, notices, problems)
    owner, rooms = read_tenant(tenant, problems)
    return Pack(
        manifest,
        tuple(rules),
        tuple(windows),
        tuple(patterns),
        tuple(terms),
        tuple(allow),
        lists,
        owner,
        (*manifest.rooms, *rooms),
        tuple(asks),
    )
