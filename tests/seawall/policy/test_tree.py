"""Trees say the same when their content does, and can be laid over each other."""

from __future__ import annotations

from seawall.policy.tree import Scalar, Where, canonical, overlay, plain
from tests.seawall.policy.writing import map_of, node_of, source


def test_layout_comments_and_order_of_keys_do_not_count() -> None:
    first = source("a.yaml", "a: 1\nb: [x, 2.5]  # why\n")
    second = source("b.yaml", '{b: ["x", 2.5], "a": 1}\n')
    assert first.digest == second.digest
    assert source("a.yaml", "a: 1\nb: [x, '2.5']\n").digest != first.digest


def test_a_place_reads_as_file_and_line() -> None:
    assert str(Where("scam/rules.yaml", 12)) == "scam/rules.yaml:12"
    assert Where("policy.yaml").line == 1


def test_an_overlay_replaces_what_it_names_and_keeps_the_rest() -> None:
    base = map_of("window: w\nlimit: 8\nover: {then: slow, for: 30s}\n")
    over = map_of("limit: 3\nover: {for: 10s}\nstage: shadow\n")
    assert plain(overlay(base, over)) == {
        "window": "w",
        "limit": 3,
        "over": {"then": "slow", "for": "10s"},
        "stage": "shadow",
    }
    assert overlay(base, over).where == over.where


def test_an_overlay_replaces_a_list_as_a_whole() -> None:
    merged = overlay(map_of("then: [hold, {mute: 10m}]"), map_of("then: [hold]"))
    assert plain(merged) == {"then": ["hold"]}


def test_a_map_finds_its_values() -> None:
    node = map_of("a: 1\n")
    assert isinstance(node.get("a"), Scalar)
    assert node.get("b") is None
    assert canonical(node_of("[1, null]")) == b"[1,null]"
