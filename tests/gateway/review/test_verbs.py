"""The verbs about policies, as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.cli import main
from gateway.policy.keeping import BrakeKeeper
from gateway.policy.load import load_policy, read_texts
from gateway.policy.versions import Live, Versions
from seawall.policy.problems import Problems
from tests.gateway.policy.writing import RULE, write


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a gateway's folder with one version in it, and its policy beside it changed since."""
    folder = write(tmp_path / "policy", rules=RULE.replace("block", "hold"))
    version = load_policy(folder).version
    versions = Versions(tmp_path / "data")
    versions.keep(version, read_texts(folder, None, Problems()))
    versions.went_live(Live(version, 1_700_000_000.0, "small", "acme"))
    write(folder)
    return tmp_path / "data"


def test_versions_are_listed_compared_and_written_out(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--data", str(data)]
    assert main(["policy", "versions", "--json", *where]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert (listed["tenant"], listed["kept"]) == ("acme", True)
    version = listed["version"][:12]
    assert main(["policy", "versions", *where]) == 0
    assert version in capsys.readouterr().out
    policy = data.parent / "policy"
    assert main(["policy", "diff", version, str(policy), *where]) == 1
    assert "rule listed-link: message from hold to block" in capsys.readouterr().out
    assert main(["policy", "diff", str(policy), version, *where]) == 0
    target = data.parent / "back"
    assert main(["policy", "export", version, str(target), *where]) == 0
    assert load_policy(target).version == listed["version"]
    assert main(["policy", "export", version, str(target), *where]) == 1
    assert main(["policy", "export", "abcdef", str(data.parent / "no"), *where]) == 1


def test_a_rule_is_told_as_it_is_in_a_room(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tenant = tmp_path / "acme.yaml"
    tenant.write_text("rooms: {lobby: {rules: {listed-link: {stage: shadow}}}}\n")
    asked = ["policy", "explain", "listed-link", "--policy", str(tmp_path / "policy")]
    asked += ["--tenant-file", str(tenant)]
    assert main([*asked, "--room", "lobby"]) == 0
    told = capsys.readouterr()
    assert "stage     shadow: reports, does nothing" in told.out
    assert "changed   acme.yaml:1: stage" in told.out
    assert main([*asked, "--room", "hall"]) == 0
    told = capsys.readouterr()
    assert "stage     act: acts" in told.out
    assert "the room 'hall' has no overrides" in told.err


async def live_keeper(data: Path, *tenants: str | None) -> BrakeKeeper:
    """Return the keeper of a gateway whose policies went live, everything saved."""
    keeper = BrakeKeeper(data)
    policy = load_policy(data.parent / "policy")
    for tenant in tenants:
        keeper.brakes.live(tenant, policy, 1_700_000_000.0)
    await keeper.save()
    return keeper


async def test_a_release_reaches_the_gateway(data: Path) -> None:
    keeper = await live_keeper(data, "acme")
    assert main(["policy", "release", "listed-link", "--tenant", "acme", "--data", str(data)]) == 0
    await keeper.look()
    assert [seen.looked_at for _, name, seen in keeper.brakes.kept().seen] == [True]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["listed-lnik"], "no rule or window is called 'listed-lnik' in any live policy; did you"),
        (["nothing", "--tenant", "acme"], "called 'nothing' in the live policy of acme\n"),
        (["listed-link", "--tenant", "acne"], "tenant 'acne' is not known: it has no policy of"),
        (["listed-link", "--data", "nowhere"], "nowhere: no gateway has served from this folder"),
    ],
)
async def test_a_release_of_what_there_is_not_is_refused(
    data: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    keeper = await live_keeper(data, None, "acme")
    assert main(["policy", "release", "--data", str(data), *words]) == 2
    assert told in capsys.readouterr().err
    await keeper.look()
    assert not any(seen.looked_at for _, _, seen in keeper.brakes.kept().seen)


async def test_a_tenant_without_a_policy_of_its_own_is_known_once_it_was_judged(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keeper = await live_keeper(data, None)
    release = ["policy", "release", "listed-link", "--tenant", "other", "--data", str(data)]
    assert main(release) == 2
    keeper.brakes.judged["other"] += 1
    keeper.brakes.live(None, load_policy(data.parent / "policy"), 1_700_000_001.0)
    await keeper.save()
    assert main(release) == 0
    capsys.readouterr()
    (data / "policy" / "brake.json").write_text("{")
    assert main(release) == 1
    assert "what its gateway keeps is damaged" in capsys.readouterr().err
