"""Every version that went live can be read again, until its turn to go has come."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.policy import versions as module
from gateway.policy.load import Texts, load_policy, load_texts, read_texts
from gateway.policy.versions import Live, Versions
from seawall.errors import ConfigError
from seawall.policy.problems import Problems
from tests.gateway.policy.writing import RULE, write

TEXTS = Texts((("policy.yaml", "policy: small\n"),), ("acme.yaml", "shop: Acme\n"))


def version(number: int) -> str:
    return f"{number:064x}"


def test_a_version_compiles_again_to_itself(tmp_path: Path) -> None:
    folder = write(tmp_path / "policy", scam__rules="# nothing but a comment\n[]\n")
    tenant = tmp_path / "acme.yaml"
    tenant.write_text("brands: [Acme]\n")
    policy = load_policy(folder, tenant)
    kept = Versions(tmp_path / "data")
    kept.keep(policy.version, read_texts(folder, tenant, Problems()))
    write(folder, rules=RULE.replace("block", "hold"))
    found = kept.find(policy.version[:10])
    assert found == policy.version
    again = load_texts(kept.texts(policy.version))
    assert again.version == policy.version
    assert again.tenant.brands == ("Acme",)


def test_what_went_live_is_listed_and_a_cut_line_is_left_out(tmp_path: Path) -> None:
    kept = Versions(tmp_path)
    assert (kept.live(), kept.kept(), kept.find("abcd")) == ([], {}, None)
    for number in (1, 2, 1):
        kept.keep(version(number), TEXTS)
        kept.went_live(Live(version(number), float(number), "small", "acme"))
    with (tmp_path / "policy/versions/live.jsonl").open("ab") as lines:
        lines.write(b'{"version": "12')
    assert [live.version for live in kept.live()] == [version(1), version(2), version(1)]
    assert set(kept.kept()) == {version(1), version(2)}


def test_the_newest_stay_and_what_is_in_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT", 3)
    kept = Versions(tmp_path)
    for number in range(1, 7):
        kept.keep(version(number), TEXTS)
        kept.went_live(Live(version(number), float(number)), in_force=[version(1)])
    assert set(kept.kept()) == {version(n) for n in (1, 4, 5, 6)}


def test_there_is_a_bound_in_bytes_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Versions(tmp_path)
    kept.keep(version(1), TEXTS)
    monkeypatch.setattr(module, "KEPT_BYTES", 2 * kept.kept()[version(1)])
    for number in range(1, 6):
        kept.keep(version(number), TEXTS)
        kept.went_live(Live(version(number), float(number)))
    assert set(kept.kept()) == {version(4), version(5)}


def test_the_list_of_going_live_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LINES", 10)
    kept = Versions(tmp_path)
    for number in range(40):
        kept.went_live(Live(version(1), float(number)))
    live = kept.live()
    assert len(live) <= 10
    assert live[-1].at == 39.0


def test_a_prefix_must_mean_one_version(tmp_path: Path) -> None:
    kept = Versions(tmp_path)
    for number in (1, 2):
        kept.keep(version(number), TEXTS)
    with pytest.raises(ConfigError, match="begins 2 kept versions"):
        kept.find("0000")
    assert kept.find(version(2)) == version(2)
    assert kept.find("../../etc") is None
    assert kept.find("zzzz") is None


def test_a_damaged_version_is_told(tmp_path: Path) -> None:
    kept = Versions(tmp_path)
    kept.keep(version(1), TEXTS)
    (tmp_path / f"policy/versions/{version(1)}.policy").write_bytes(b"not compressed")
    with pytest.raises(ConfigError, match="is damaged"):
        kept.texts(version(1))
