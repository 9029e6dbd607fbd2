"""From trees to a policy: read, checked, compiled, or refused with everything that is wrong.

A policy's version is the sha256 of what its files and the tenant file say, whatever their layout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

import msgspec

from seawall.fold import fold
from seawall.policy.check import check_pack
from seawall.policy.conditions import compiled_conditions, vocabulary_of
from seawall.policy.danger import dangers
from seawall.policy.draft import Pack
from seawall.policy.entries import Entries
from seawall.policy.model import Policy, Tables
from seawall.policy.prints import prints_of
from seawall.policy.problems import Problems
from seawall.policy.read import read_pack
from seawall.policy.rooms import room_packs, tenant_pack
from seawall.policy.tree import Source

__all__ = ["Outcome", "Proof", "build_policy", "version_of"]

Proof = Callable[[Tables], tuple[str, ...]]
"""Tries the tables and returns a problem, with its line, for each entry no detector can use."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A policy, or None and at least one problem. Warnings keep nothing from going live."""

    policy: Policy | None
    problems: tuple[str, ...]
    warnings: tuple[str, ...]


def build_policy(
    sources: Sequence[Source],
    tenant: Source | None = None,
    proof: Proof | None = None,
    problems: Problems | None = None,
) -> Outcome:
    """Return the policy that the files make, or everything that is wrong with them.

    `problems` may already hold what was wrong with the files themselves. Costs milliseconds per
    hundred rules or thousand terms: not for the way of a message.
    """
    problems = Problems() if problems is None else problems
    pack = read_pack(sources, tenant, problems)
    vocabulary = vocabulary_of(pack)
    pack = replace(pack, expressions=compiled_conditions(pack, vocabulary, problems))
    check_pack(pack, problems)
    pack = tenant_pack(pack, vocabulary, problems)
    rooms = room_packs(pack, vocabulary, problems)
    tables = _tables(pack)
    if proof is not None:
        problems.told(proof(tables))
    if problems.errors:
        return Outcome(None, problems.errors, problems.warnings)
    policy = _policy(pack, tables, rooms, sources, tenant)
    return Outcome(policy, (), problems.warnings)


def version_of(sources: Sequence[Source], tenant: Source | None) -> str:
    """Return the sha256, in hex, of what all files say."""
    digests = {source.path: source.digest for source in sources}
    content = {"files": digests, "tenant": tenant.digest if tenant is not None else None}
    return sha256(msgspec.json.encode(content, order="sorted")).hexdigest()


def _policy(
    pack: Pack,
    tables: Tables,
    rooms: dict[str, Pack],
    sources: Sequence[Source],
    tenant: Source | None,
) -> Policy:
    manifest = pack.manifest
    entries = Entries(manifest)
    files = sources if tenant is None else (*sources, tenant)
    rules = entries.rules(pack)
    policy = Policy(
        version=version_of(sources, tenant),
        name=manifest.name,
        budgets=manifest.budgets,
        windows=entries.windows(pack),
        rules=rules,
        by_signal=entries.by_signal(rules),
        always=entries.always(rules),
        timed=entries.timed(rules),
        stream_ladder=manifest.stream_ladder,
        media=pack.manifest.media,
        restrictions=entries.restrictions(),
        hold_s=manifest.hold_s,
        hold_expiry=manifest.hold_expiry,
        notices={key: notice.value for key, notice in manifest.notices.items()},
        tables=tables,
        tenant=pack.tenant,
        sources={source.path: source.digest for source in files},
        ladder=manifest.ladder,
        brake=manifest.brake,
        models=entries.models(pack),
        emotes=pack.tenant.emotes,
        emote_words=_folded(pack.tenant.emotes),
    )
    inherited = {room: _room(policy, other, entries) for room, other in rooms.items()}
    policy = msgspec.structs.replace(policy, rooms=inherited)
    prints = prints_of(policy, inherited)
    return msgspec.structs.replace(policy, prints=prints, dangers=dangers(policy))


def _room(policy: Policy, pack: Pack, entries: Entries) -> Policy:
    rules = entries.rules(pack)
    own = pack.manifest.emotes
    if own:
        policy = msgspec.structs.replace(
            policy,
            emotes=(*policy.emotes, *own),
            emote_words=policy.emote_words | _folded(own),
        )
    return msgspec.structs.replace(
        policy,
        budgets=pack.manifest.budgets,
        windows=entries.windows(pack),
        rules=rules,
        by_signal=entries.by_signal(rules),
        always=entries.always(rules),
        timed=entries.timed(rules),
        media=pack.manifest.media,
        mode=pack.manifest.mode,
        topic=pack.manifest.topic,
        asks={},  # a copy would share its memos with the policy it comes from
        fallbacks={},
    )


def _folded(emotes: Iterable[str]) -> frozenset[bytes]:
    """Return emotes as words of a folded text; what is folded to several words is none."""
    words = (fold(emote).padded.split() for emote in emotes)
    return frozenset(each[0] for each in words if len(each) == 1)


def _tables(pack: Pack) -> Tables:
    """Return what detectors are given; entries that could not be read are left out."""
    lists = pack.lists
    return Tables(
        lexicon=tuple(term.value for term in pack.terms if term.value.term),
        patterns=tuple(pattern.value for pattern in pack.patterns if pattern.value.regex),
        hosts_listed=frozenset(lists.listed),
        hosts_allowed=frozenset(lists.allowed),
        shorteners=frozenset(lists.shorteners),
        free_hosting=frozenset(lists.free_hosting),
        brands=lists.brands,
        protected_names=tuple(lists.names),
        contacts=lists.contacts,
        allow=tuple(dict.fromkeys(span.value for span in pack.allow)),
        tricks=pack.tricks.read,
        backwards=tuple(pack.tricks.backwards),
    )
