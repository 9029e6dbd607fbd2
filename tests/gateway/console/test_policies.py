"""The policy view: what is live with today's hits, old versions, what differs, and whose it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.console.policies import Policies
from gateway.console.policylines import FILE_CHARS, policy_shown, rule_lines
from gateway.policy.brake import Brakes
from gateway.policy.load import Texts, load_texts, read_texts
from gateway.policy.versions import Live, Versions
from gateway.refusal import Refused
from seawall.policy.model import Effect, Policy
from seawall.policy.problems import Problems
from seawall.taxonomy import Severity
from seawall.verdicts import Finding, Verdict
from tests.gateway.live import RULES, write_policy

NOW = 1_700_000_000.0


def texts_of(folder: Path) -> Texts:
    problems = Problems()
    return read_texts(folder, None, problems)


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Policy, Policy]:
    """Keep two versions, the second of them live for all, the first for a tenant of its own."""
    data = tmp_path / "data"
    versions = Versions(data)
    policies = []
    for number, rules in enumerate((RULES, RULES.replace("then: hold}", "then: block}"))):
        texts = texts_of(write_policy(tmp_path / f"policy{number}", rules=rules))
        policy = load_texts(texts)
        versions.keep(policy.version, texts)
        policies.append(policy)
    old, new = policies
    versions.went_live(Live(old.version, NOW - 60, "tests"))
    versions.went_live(Live(old.version, NOW - 50, "tests", "own"))
    versions.went_live(Live(new.version, NOW, "tests", by="alice"), (old.version,))
    return data, old, new


def view(data: Path, live: str, brakes: Brakes | None = None) -> Policies:
    return Policies(data, {"own"}, lambda tenant: live, brakes or Brakes(), lambda: NOW)


def test_a_rule_is_shown_with_its_place_and_source(tmp_path: Path) -> None:
    texts = texts_of(write_policy(tmp_path / "policy"))
    lines = {line.name: line for line in rule_lines(load_texts(texts), dict(texts.files))}
    rule, window = lines["links-off"], lines["copies"]
    assert (rule.file, rule.category, rule.then) == (
        "rules.yaml", "market.manipulation", ["block", "links_off 60s"],
    )  # fmt: skip
    assert rule.source.startswith("- {rule: links-off")
    assert rule.source.endswith("then: [block, {links_off: 60s}]}")
    assert window.source.splitlines()[-1].strip() == "over: {message: hold}"
    assert window.then[0] == "hold"


def test_a_large_file_is_cut(tmp_path: Path) -> None:
    terms = "\n".join(f"  - {{term: word{n}, category: spam, severity: low}}" for n in range(9000))
    folder = write_policy(tmp_path / "policy", lexicon=f"lexicon: en\nterms:\n{terms}\n")
    texts = texts_of(folder)
    files = policy_shown(load_texts(texts), texts).files
    assert len(files["lexicon.en.yaml"]) < FILE_CHARS + 100
    assert files["lexicon.en.yaml"].endswith("characters more")
    assert "rule: block-spam" in files["rules.yaml"]


async def test_versions_are_listed_by_whose_they_are(two: tuple[Path, Policy, Policy]) -> None:
    data, old, new = two
    policies = view(data, new.version)
    mine = (await policies.versions("t")).items
    assert [(each.version, each.live, each.by) for each in mine] == [
        (new.version, True, "alice"), (old.version, False, "file"),
    ]  # fmt: skip
    assert [each.version for each in (await policies.versions("own")).items] == [old.version]


async def test_the_live_one_says_what_its_rules_did_today(
    two: tuple[Path, Policy, Policy],
) -> None:
    data, _, new = two
    brakes = Brakes()
    brakes.live(None, new, NOW)
    finding = Finding("block-spam", "spam", Severity.HIGH, (Effect("message", "block"),), "lexicon")
    for _ in range(3):
        brakes.note("t", Verdict(new.version, "block", reasons=(finding,)), NOW)
    policies = view(data, new.version, brakes)
    shown = await policies.shown("t", None)
    assert shown.version == new.version
    assert {line.name: line.hits for line in shown.rules if line.hits} == {"block-spam": 3}
    other = await policies.shown("other", None)
    assert not any(line.hits for line in other.rules), "tenants do not see each other's"


async def test_what_differs_is_said_in_words(two: tuple[Path, Policy, Policy]) -> None:
    data, old, new = two
    policies = view(data, new.version)
    said = await policies.diff("t", old.version[:12], new.version)
    assert (said.old, said.new) == (old.version, new.version)
    assert any("hold-giveaway" in line and line.startswith("!") for line in said.lines)
    assert said.lines[-1].startswith("1 changes, 1 of them")


@pytest.mark.parametrize("version", ["", "ab", "ffffffffffff", "../../../etc/passwd", "x" * 64])
async def test_what_is_not_there_is_not_found(
    two: tuple[Path, Policy, Policy], version: str
) -> None:
    data, _, new = two
    with pytest.raises(Refused) as refused:
        await view(data, new.version).diff("t", version, new.version)
    assert refused.value.status == 404
    with pytest.raises(Refused):
        await view(data, new.version).shown("own", new.version)


async def test_a_damaged_version_is_said_to_be(two: tuple[Path, Policy, Policy]) -> None:
    data, old, new = two
    next((data / "policy" / "versions").glob(f"{old.version}*")).write_bytes(b"garbage")
    with pytest.raises(Refused, match="damaged"):
        await view(data, new.version).shown("t", old.version)
