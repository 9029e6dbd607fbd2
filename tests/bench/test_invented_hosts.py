"""Invented honest hosts."""

from __future__ import annotations

from bench.invented_hosts import invented_hosts


def test_the_same_seed_invents_the_same_hosts_and_none_twice() -> None:
    assert invented_hosts(50) == invented_hosts(50)
    assert len(set(invented_hosts(200))) == 200
    assert invented_hosts(50) != invented_hosts(50, seed=1)
