"""Adding, refreshing and showing lists; whatever is refused leaves the old data in force."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gateway.lists.commands import add_list, refresh_lists, show_lists
from gateway.lists.files import Record
from gateway.policy.load import load_policy
from seawall.errors import ConfigError
from tests.gateway.live import write_policy


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """Return a small policy of its own."""
    return write_policy(tmp_path / "policy")


def _wanted(source: Path, kind: str = "hosts", **more: object) -> Record:
    record = Record("mine", "hosts", str(source), at="", count=0, sha256="")
    return msgspec.structs.replace(record, kind=kind, **more)


def test_listed_hosts_come_into_force(policy: Path, tmp_path: Path) -> None:
    source = tmp_path / "list"
    source.write_text("0.0.0.0 phish-one.com\n0.0.0.0 phish-two.com\n")
    change = add_list(policy, _wanted(source))
    assert (change.record.count, change.before, change.record.left_out) == (2, 0, 0)
    assert {"phish-one.com", "phish-two.com"} <= load_policy(policy).tables.hosts_listed
    assert show_lists(policy) == [change.record]
    assert len(change.record.sha256) == 64


def test_a_list_the_policy_would_be_refused_for_leaves_the_old_one(
    policy: Path, tmp_path: Path
) -> None:
    (policy / "hosts.yaml").write_text("allowed: [honest-one.com]\n", "utf-8")
    source = tmp_path / "list"
    source.write_text("honest-one.com\nphish-one.com\n")
    with pytest.raises(ConfigError, match=r"the policy would be refused: .*honest-one\.com"):
        add_list(policy, _wanted(source))
    assert show_lists(policy) == []
    source.write_text("phish-one.com\n")
    first = add_list(policy, _wanted(source)).record
    source.write_text("honest-one.com\nphish-two.com\n")
    with pytest.raises(ConfigError, match="would be refused"):
        refresh_lists(policy, ())
    assert show_lists(policy) == [first]
    assert load_policy(policy).tables.hosts_listed == {"phish-one.com"}


def test_what_was_wrong_before_is_not_the_lists_fault(policy: Path, tmp_path: Path) -> None:
    (policy / "rules.broken.yaml").write_text("- {rule: r, when: nonsense}\n", "utf-8")
    source = tmp_path / "list"
    source.write_text("phish-one.com\n")
    assert add_list(policy, _wanted(source)).record.count == 1


def test_terms_come_into_force_as_ordered(policy: Path, tmp_path: Path) -> None:
    source = tmp_path / "list"
    source.write_text("zzyzxword\n.*\n")
    wanted = _wanted(
        source, "terms", category="profanity", lang="en", severity="low", match="substring"
    )
    change = add_list(policy, wanted)
    assert "1 left out: looks like a regular expression, '.*'" in change.told()
    terms = {entry.term: entry for entry in load_policy(policy).tables.lexicon}
    assert terms["zzyzxword"].match == "substring"
    assert terms["zzyzxword"].lang == "en"


def test_harmless_hosts_are_allowed_only_when_asked_for(policy: Path, tmp_path: Path) -> None:
    source = tmp_path / "list"
    source.write_text('{"blacklist": ["phish-one.com"], "whitelist": ["honest-one.com"]}')
    add_list(policy, _wanted(source))
    assert "honest-one.com" not in load_policy(policy).tables.hosts_allowed
    add_list(policy, _wanted(source, with_allowed=True))
    assert "honest-one.com" in load_policy(policy).tables.hosts_allowed


def test_a_refresh_that_shrinks_by_half_is_refused_unless_forced(
    policy: Path, tmp_path: Path
) -> None:
    source = tmp_path / "list"
    source.write_text("".join(f"phish-{number}.com\n" for number in range(10)))
    add_list(policy, _wanted(source))
    source.write_text("".join(f"phish-{number}.com\n" for number in range(5)))
    with pytest.raises(ConfigError, match="shrank from 10 to 5"):
        refresh_lists(policy, ())
    assert show_lists(policy)[0].count == 10
    assert "phish-9.com" in load_policy(policy).tables.hosts_listed
    assert refresh_lists(policy, ("mine",), force=True)[0].record.count == 5


def test_a_refresh_takes_what_grew_and_tells_what_is_unchanged(
    policy: Path, tmp_path: Path
) -> None:
    source = tmp_path / "list"
    source.write_text("phish-1.com\n")
    add_list(policy, _wanted(source))
    assert refresh_lists(policy, ())[0].unchanged
    source.write_text("phish-1.com\nphish-2.com\n")
    change = refresh_lists(policy, ())[0]
    assert (change.before, change.record.count) == (1, 2)


@pytest.mark.parametrize("data", [b"", b"caf\xe9.example\n", b"a b\nc d\n", b"{"])
def test_a_bad_refresh_leaves_the_old_list(policy: Path, tmp_path: Path, data: bytes) -> None:
    source = tmp_path / "list"
    source.write_text("phish-1.com\n")
    add_list(policy, _wanted(source))
    source.write_bytes(data)
    with pytest.raises(ConfigError, match="list"):
        refresh_lists(policy, ())
    assert "phish-1.com" in load_policy(policy).tables.hosts_listed


def test_a_list_that_is_too_long_is_refused(policy: Path, tmp_path: Path) -> None:
    source = tmp_path / "list"
    source.write_text("".join(f"w{number:x}\n" for number in range(100_001)))
    with pytest.raises(ConfigError, match="100001 terms; a list may have 100000"):
        add_list(policy, _wanted(source, "terms", category="profanity"))
    assert show_lists(policy) == []


def test_a_name_stays_with_its_kind_and_a_folder_must_be_a_policys(
    policy: Path, tmp_path: Path
) -> None:
    source = tmp_path / "list"
    source.write_text("phish-1.com\n")
    add_list(policy, _wanted(source))
    with pytest.raises(ConfigError, match="a list 'mine' of hosts already"):
        add_list(policy, _wanted(source, "terms", category="profanity"))
    with pytest.raises(ConfigError, match=r"no policy\.yaml"):
        add_list(tmp_path, _wanted(source))
    with pytest.raises(ConfigError, match="there is no list 'other'; there are: mine"):
        refresh_lists(policy, ("other",))


def test_a_list_of_hosts_may_be_as_long_as_those_that_others_keep(
    policy: Path, tmp_path: Path
) -> None:
    source = tmp_path / "list"
    source.write_text("".join(f"w{number:x}.example\n" for number in range(100_001)))
    assert add_list(policy, _wanted(source)).record.count == 100_001
