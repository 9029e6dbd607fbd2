"""A folder becomes a policy, or is refused with all that is wrong with it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.policy.load import load_policy, policy_check
from seawall.errors import PolicyError
from seawall.policy.model import Policy
from tests.gateway.policy.writing import RULE, write

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "reference" / "policy.md"


def problems(folder: Path, tenant: Path | None = None) -> tuple[str, ...]:
    with pytest.raises(PolicyError) as raised:
        load_policy(folder, tenant)
    return raised.value.problems


def test_a_sound_folder_is_a_policy(tmp_path: Path) -> None:
    policy = load_policy(write(tmp_path))
    assert isinstance(policy, Policy)
    assert [rule.where for rule in policy.rules] == ["rules.yaml:1"]
    assert policy_check(tmp_path).warnings == ()


def test_every_example_of_the_reference_loads(tmp_path: Path) -> None:
    blocks = re.findall(r"```yaml\n# (\S+)\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert [name for name, _ in blocks][:2] == ["policy.yaml", "fraud/rules.yaml"]
    for name, text in blocks:
        path = tmp_path / (name if name == "tenant.yaml" else f"policy/{name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    outcome = policy_check(tmp_path / "policy", tmp_path / "tenant.yaml")
    assert (outcome.problems, outcome.warnings) == ((), ())
    assert outcome.policy is not None
    assert set(outcome.policy.rooms) == {"quiet-room", "lobby"}


def test_every_kind_of_problem_is_told_at_once(tmp_path: Path) -> None:
    write(
        tmp_path,
        a__rules=RULE.replace("listed-link", "other").replace("link.listed", "link.lsted"),
        b__rules="- {rule: x]",
        c__patterns="- {pattern: p, regex: '(a'}\n- {pattern: q, regex: 'b*'}\n",
        d__lexicon_en="lexicon: en\nterms: [{term: " + "x" * 300 + ", category: spam}]\n",
        e__rules="a: &a 1",
    )
    (tmp_path / "f.yaml").write_bytes(b"\xff")
    told = problems(tmp_path)
    assert told[0] == "a/rules.yaml:1: unknown name `link.lsted`; did you mean 'link.listed'?"
    assert told[1].startswith("b/rules.yaml:1: this is not YAML: ")
    assert told[2].startswith("c/patterns.yaml:1: pattern p is not an RE2 expression")
    assert told[3].startswith("c/patterns.yaml:2: pattern q matches the empty text")
    assert told[4] == "d/lexicon.en.yaml:2: the text has 300 characters; at most 200 are allowed"
    assert told[5] == "e/rules.yaml:1: anchors are not allowed; write it out"
    assert told[6] == "f.yaml:1: the file is not UTF-8"
    assert len(told) == 7


@pytest.mark.parametrize(
    ("regex", "told"),
    [
        ("(?:(?:(?:a{1,100}){1,100}){1,100})", "not an RE2 expression, or too large"),
        (r"(?:\pL{1,50}){1,50}", "too large"),
        ("a(?=b)", "not an RE2 expression"),
        (r"(a)\1", "not an RE2 expression"),
    ],
)
def test_an_overlarge_or_foreign_pattern_is_refused(tmp_path: Path, regex: str, told: str) -> None:
    write(tmp_path, patterns=f"- {{pattern: p, regex: '{regex}'}}\n")
    [problem] = problems(tmp_path)
    assert problem.startswith("patterns.yaml:1: pattern p ")
    assert told in problem


def test_an_overlong_pattern_is_refused(tmp_path: Path) -> None:
    write(tmp_path, patterns=f"- {{pattern: p, regex: {'x' * 2001}}}\n")
    assert problems(tmp_path) == (
        "patterns.yaml:1: the text has 2001 characters; at most 2000 are allowed",
    )


def test_a_term_that_no_detector_can_find_is_refused(tmp_path: Path) -> None:
    write(tmp_path, lexicon_en='lexicon: en\nterms:\n  - {term: "...", category: spam}\n')
    [problem] = problems(tmp_path)
    assert problem.startswith("lexicon.en.yaml:3: '...' has no letter or digit")


def test_a_tenant_file_is_read_and_checked(tmp_path: Path) -> None:
    folder, tenant = write(tmp_path / "policy"), tmp_path / "acme.yaml"
    tenant.write_text("brands: [Acme]\nofficial_domains: [acme.example]\n", "utf-8")
    policy = load_policy(folder, tenant)
    assert policy.tenant.official_domains == ("acme.example",)
    assert policy.version != load_policy(folder).version
    tenant.write_text("brand: [Acme]\n", "utf-8")
    assert problems(folder, tenant) == (
        "acme.yaml:1: unknown key of the tenant file 'brand'; did you mean 'brands'?",
    )
    tenant.unlink()
    assert problems(folder, tenant) == (
        "acme.yaml:1: the file cannot be read: No such file or directory",
    )


def test_the_version_is_the_same_wherever_the_folder_stands(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a"), write(tmp_path / "b")
    assert load_policy(first).version == load_policy(str(second)).version
