"""YAML becomes a plain tree with its lines; its traps and bombs are refused while they are read."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, strategies as st

from gateway.policy import yaml_tree
from gateway.policy.yaml_tree import DEPTH, parse_yaml
from seawall.policy.problems import Problems
from seawall.policy.tree import Map, Node, Scalar, Seq, plain


def parsed(text: str) -> tuple[Node | None, tuple[str, ...]]:
    problems = Problems()
    return parse_yaml(text, "f.yaml", problems), problems.errors


def test_every_node_knows_its_line() -> None:
    root, problems = parsed("# first\na:\n  - x\n  - {b: 1,\n     c: y}\n")
    assert problems == ()
    assert isinstance(root, Map)
    [entry] = root.entries
    assert (root.where.line, entry.key.where.line, entry.value.where.line) == (2, 2, 3)
    assert isinstance(entry.value, Seq)
    first, second = entry.value.items
    assert (first.where.line, second.where.line) == (3, 4)
    assert isinstance(second, Map)
    assert second.entries[1].value.where.line == 5
    assert str(second.where) == "f.yaml:4"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"),
        ("no", "no"),
        ("yes", "yes"),
        ("1:30", "1:30"),
        ("2024-01-01", "2024-01-01"),
        ("0x1f", "0x1f"),
        ("1_000", "1_000"),
        (".inf", ".inf"),
        ("1e999", "1e999"),
        ("=", "="),
        ("1234567890123456", 1234567890123456.0),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("12", 12),
        ("-3", -3),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("'12'", "12"),
        ('"true"', "true"),
        ("''", ""),
        ("10s", "10s"),
        ("电报", "电报"),
    ],
)
def test_a_value_is_what_it_looks_like(text: str, value: object) -> None:
    root, problems = parsed(text)
    assert problems == ()
    assert isinstance(root, Scalar)
    assert (root.value, type(root.value)) == (value, type(value))


def test_a_merge_key_is_a_key_like_any_other() -> None:
    root, _ = parsed("<<: {a: 1}")
    assert root is not None
    assert plain(root) == {"<<": {"a": 1}}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: &x [1]\nb: *x\n", "f.yaml:1: anchors are not allowed; write it out"),
        ("a: *x\n", "f.yaml:1: aliases are not allowed; write it out"),
        ("a: !!python/object:os.system 1", "f.yaml:1: tags are not allowed; write the plain value"),
        ("a:\n  !x {b: 1}", "f.yaml:2: tags are not allowed; write the plain value"),
        ("a: !!str 1", "f.yaml:1: tags are not allowed; write the plain value"),
        ("--- a\n--- b\n", "f.yaml:2: a file holds one document; a second begins here"),
        ("", "f.yaml:1: the file is empty"),
        ("# nothing\n", "f.yaml:1: the file is empty"),
        ("? [a]\n: 1\n", "f.yaml:1: a key must be text, not a list or a map"),
        ("a: 1\nb: \x07\n", "f.yaml:2: this is not YAML: control characters are not allowed"),
    ],
)
def test_what_a_policy_does_not_need_is_refused(text: str, told: str) -> None:
    assert parsed(text)[1] == (told,)


@pytest.mark.parametrize(
    "text", ["a: [1", "a: b: c", "\ta: 1", "a: 'x", "%FOO\n---\na", "- a\nb: c"]
)
def test_what_is_not_yaml_is_told_with_its_line(text: str) -> None:
    root, problems = parsed(text)
    assert root is None
    assert len(problems) == 1
    assert problems[0].startswith("f.yaml:")
    assert "this is not YAML: " in problems[0]


@pytest.mark.parametrize("bomb", ["[" * 100_000, "{a: " * 100_000, "- " * 100_000, "? " * 100_000])
def test_depth_is_refused_before_it_grows(bomb: str) -> None:
    told = f"f.yaml:1: lists and maps stand deeper than {DEPTH} within each other"
    assert parsed(bomb) == (None, (told,))


def test_too_many_values_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_tree, "NODES", 5)
    assert parsed("[1, 2, 3, 4]")[1] == ()
    assert parsed("[1, 2, 3, 4, 5]")[1] == ("f.yaml:1: the file holds more than 5 values",)


@given(st.text(max_size=80) | st.text("ab:-[]{},&*!|>'\"%@?#\n 0", max_size=80))
def test_no_text_escapes(text: str) -> None:
    root, problems = parsed(text.encode("utf-8", "replace").decode())
    assert root is not None or problems


_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**14), 10**14) | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(_values.filter(lambda value: value is not None))
def test_what_yaml_writes_is_read_back(value: object) -> None:
    text = yaml.safe_dump(value, allow_unicode=False)
    root, problems = parsed(text)
    assert (problems, plain(root) if root is not None else None) == ((), value)
