"""Reads a tenant file: who and what is the tenant's own, its overrides and its rooms'."""

from __future__ import annotations

from seawall.policy.draft import RoomDraft
from seawall.policy.form import Form
from seawall.policy.model import Tenant
from seawall.policy.problems import Problems
from seawall.policy.read_manifest import EMOTES, read_own, read_rooms
from seawall.policy.read_tables import host_of
from seawall.policy.tree import Map, Node, Seq, Source, plain

__all__ = ["TENANT_KEYS", "read_tenant"]

TENANT_KEYS = (
    "brands",
    "official_domains",
    "hosts",
    "staff",
    "shop",
    "allowed_contacts",
    "emotes",
    "rooms",
    "rules",
    "windows",
    "budgets",
    "media",
)
_NAMES = 10_000


def read_tenant(source: Source | None, problems: Problems) -> tuple[Tenant, tuple[RoomDraft, ...]]:
    """Return the tenant and its overrides: first, without an id, those for all of its rooms.

    Without a file, nothing is its own.
    """
    if source is None:
        return Tenant(), ()
    root = source.root
    form = Form(root, problems, "the tenant file", TENANT_KEYS)
    rooms = form.node("rooms")
    tenant = Tenant(
        brands=form.texts("brands", 64, _NAMES),
        official_domains=_domains(form.node("official_domains"), problems),
        hosts=form.texts("hosts", 128, _NAMES),
        staff=form.texts("staff", 128, _NAMES),
        shop=form.text("shop", longest=253),
        allowed_contacts=form.texts("allowed_contacts", 253, _NAMES),
        emotes=form.texts("emotes", 64, EMOTES),
        rooms={
            entry.key.written: {key: plain(value) for key, value in _pairs(entry.value)}
            for entry in (rooms.entries if isinstance(rooms, Map) else ())
        },
    )
    return tenant, (read_own(form, problems), *read_rooms(rooms, problems))


def _domains(node: Node | None, problems: Problems) -> tuple[str, ...]:
    if node is None:
        return ()
    found = [host_of(item, problems) for item in (node.items if isinstance(node, Seq) else (node,))]
    return tuple(host for host in found if host)


def _pairs(node: Node) -> list[tuple[str, Node]]:
    if not isinstance(node, Map):
        return []
    return [(entry.key.written, entry.value) for entry in node.entries]
