"""Whatever stands in a policy file: loading it ends in a policy, or in an error with a place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from gateway.policy.load import load_policy
from seawall.errors import PolicyError
from seawall.policy.model import Policy
from tests.gateway.live import LEXICON, POLICY, RULES, write_policy

FILES = {"policy": POLICY, "lexicon": LEXICON, "rules": RULES}
PLACE = re.compile(r"^[^:\n]+(:\d+)?: \S")

BITS = [
    *("{", "}", "[", "]", ":", "-", ",", "&a", "*a", "!!python/object:os.system", "|", ">", "'"),
    *('"', "#", "\t", "\0", "\ufeff", "\u2028", "~", "null", "true", "1e999", "-1", "0", ".nan"),
    *("9" * 40, "a" * 300, "when: (", "then: explode", "<<: {}", "? x", "%YAML 9", "---", "..."),
    *("per: 0s", "limit: 129", "key: [nobody]", "(a|", "(?<!x)", "x{1001}", "link.listed >= "),
]
edits = st.lists(
    st.tuples(
        st.sampled_from(sorted(FILES)),
        st.sampled_from(["insert", "delete", "double", "swap"]),
        st.integers(0, 10_000),
        st.integers(0, 40),
        st.one_of(st.sampled_from(BITS), st.text(max_size=6)),
    ),
    min_size=1,
    max_size=6,
)


def edited(text: str, kind: str, at: int, size: int, bit: str) -> str:
    """Apply one edit somewhere in a text."""
    at %= len(text) + 1
    piece = text[at : at + size]
    if kind == "insert":
        return text[:at] + bit + text[at:]
    if kind == "delete":
        return text[:at] + text[at + size :]
    if kind == "double":
        return text[:at] + piece + piece + text[at + size :]
    return text[:at] + piece[::-1] + text[at + size :]


def refused(folder: Path) -> tuple[str, ...]:
    """Load a policy; return what it is refused for."""
    try:
        policy = load_policy(folder, None)
    except PolicyError as error:
        return error.problems or ("",)
    assert isinstance(policy, Policy)
    return ()


@given(edits)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_mangled_policy_is_a_policy_or_refused(
    tmp_path: Path, changes: list[tuple[str, str, int, int, str]]
) -> None:
    files = dict(FILES)
    for name, *edit in changes:
        files[name] = edited(files[name], *edit)  # type: ignore[arg-type]
    folder = write_policy(tmp_path / "policy")
    for name, text in files.items():
        path = folder / ("lexicon.en.yaml" if name == "lexicon" else f"{name}.yaml")
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
    for problem in refused(folder):
        assert PLACE.match(problem), problem


@pytest.mark.parametrize("bit", ["\0", "\ufeff", "\udc80", "- " * 5000, "[" * 5000, "{a: " * 5000])
def test_hostile_bytes_alone_are_refused(tmp_path: Path, bit: str) -> None:
    folder = write_policy(tmp_path / "policy")
    (folder / "rules.yaml").write_bytes(bit.encode("utf-8", "surrogatepass"))
    problems = refused(folder)
    assert all("rules.yaml" in problem for problem in problems)
    assert problems or bit == "\ufeff"  # a byte order mark alone is an empty file
