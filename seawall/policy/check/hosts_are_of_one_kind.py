"""A host is listed or allowed, not both."""

from __future__ import annotations

from seawall.policy.draft import Pack
from seawall.policy.problems import Problems

__all__ = ["hosts_are_of_one_kind"]


def hosts_are_of_one_kind(pack: Pack, problems: Problems) -> None:
    """Add a problem for each host that is both listed and allowed."""
    lists = pack.lists
    for host, where in lists.listed.items():
        other = lists.allowed.get(host)
        if other is not None:
            problems.add(where, f"the host {host!r} is listed here and allowed at {other}")
