"""The slots of a cluster: which one a key belongs to, and who owns them by CLUSTER SLOTS.

Source: the cluster specification of Redis, "Key distribution model" and "Hash tags".
"""

from __future__ import annotations

from binascii import crc_hqx
from dataclasses import dataclass

from seawall.errors import StateUnavailable

__all__ = ["SLOTS", "Node", "Topology", "read_redirect", "read_slots", "slot_of"]

SLOTS = 16_384

_MOST_NODES = 1_000

Node = tuple[str, int]
"""Host and port."""


@dataclass(frozen=True, slots=True)
class Topology:
    """Who owns which slots, first and last, and who stands by."""

    ranges: tuple[tuple[int, int, Node], ...]
    replicas: frozenset[Node]


def slot_of(key: str) -> int:
    """Return the slot of a key: that of its hash tag where it has one."""
    raw = key.encode("utf-8", "surrogatepass")
    start = raw.find(b"{") + 1
    if start:
        end = raw.find(b"}", start)
        if end > start:
            raw = raw[start:end]
    return crc_hqx(raw, 0) % SLOTS


def read_slots(reply: object, asked: str) -> Topology:
    """Read the reply to CLUSTER SLOTS of the host `asked`; StateUnavailable if it is none.

    A host that is not named is the one that was asked.
    """
    ranges: list[tuple[int, int, Node]] = []
    replicas: set[Node] = set()
    if not isinstance(reply, list):
        raise StateUnavailable(f"not a map of slots: {str(reply)[:100]}")
    for row in reply:
        match row:
            case [int() as first, int() as last, owner, *standing_by] if 0 <= first <= last < SLOTS:
                ranges.append((first, last, _read_node(owner, asked)))
                replicas.update(_read_node(node, asked) for node in standing_by)
            case _:
                raise StateUnavailable(f"not a map of slots: {str(row)[:100]}")
    nodes = replicas.union(node for _, _, node in ranges)
    if len(ranges) > SLOTS or len(nodes) > _MOST_NODES:
        raise StateUnavailable(f"a map of {len(ranges)} ranges and {len(nodes)} nodes")
    return Topology(tuple(ranges), frozenset(replicas))


def _read_node(node: object, asked: str) -> Node:
    match node:
        case [bytes() | None as host, int() as port, *_] if 0 < port < 65_536:
            return host.decode(errors="replace") if host else asked, port
        case _:
            raise StateUnavailable(f"not a node: {str(node)[:100]}")


def read_redirect(error: str, asked: str) -> tuple[int, Node] | None:
    """Read slot and node of `MOVED slot host:port` or `ASK slot host:port`; None if malformed."""
    words = error.split(" ")
    if len(words) != 3:
        return None
    host, _, port = words[2].rpartition(":")
    if not (words[1].isdecimal() and port.isdecimal()):
        return None
    slot, number = int(words[1][:6]), int(port[:6])
    if slot >= SLOTS or not 0 < number < 65_536:
        return None
    return slot, (host or asked, number)
