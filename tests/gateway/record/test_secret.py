"""The secret is readable by its owner only, is made once, and names nobody."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from stat import S_IMODE

import pytest

from gateway.record.secret import (
    SECRET_FILE,
    SECRET_VARIABLE,
    Pseudonyms,
    check_value,
    load_secret,
)
from seawall.errors import ConfigError


def test_it_is_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    secret = load_secret(tmp_path)
    assert len(secret) == 32
    assert load_secret(tmp_path) == secret
    assert S_IMODE((tmp_path / SECRET_FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [SECRET_FILE]


def test_of_many_that_make_it_at_once_all_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        secrets = set(threads.map(load_secret, [tmp_path] * 32))
    assert len(secrets) == 1
    assert [path.name for path in tmp_path.iterdir()] == [SECRET_FILE]


def test_a_secret_others_can_read_is_refused(tmp_path: Path) -> None:
    load_secret(tmp_path)
    (tmp_path / SECRET_FILE).chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600"):
        load_secret(tmp_path)


@pytest.mark.parametrize("content", ["", "abcd", "not hexadecimal at all"])
def test_what_is_no_secret_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / SECRET_FILE
    path.touch(0o600)
    path.write_text(content)
    with pytest.raises(ConfigError, match="64 hexadecimal digits"):
        load_secret(tmp_path)


def test_a_given_secret_wins_and_makes_no_file(tmp_path: Path) -> None:
    load_secret(tmp_path)
    given = {SECRET_VARIABLE: "AB" * 32}
    assert load_secret(tmp_path, given) == load_secret(tmp_path / "none", given) == b"\xab" * 32
    assert load_secret(tmp_path, {SECRET_VARIABLE: ""}) == load_secret(tmp_path, {})


def test_a_given_secret_that_is_none_is_refused_without_repeating_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="SEAWALL_SECRET does not hold a secret") as caught:
        load_secret(tmp_path, {SECRET_VARIABLE: "abcd"})
    assert "abcd" not in str(caught.value)


def test_a_folder_that_takes_no_secret_is_refused_aloud(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be used as the secret"):
        load_secret(tmp_path / "none", {})


def test_its_check_value_tells_it_apart_and_nothing_else() -> None:
    assert check_value(b"a" * 32) == check_value(b"a" * 32) != check_value(b"b" * 32)
    assert (b"a" * 32).hex() not in check_value(b"a" * 32)


def test_a_user_has_another_name_in_every_tenant_and_under_every_secret() -> None:
    names = Pseudonyms(b"a" * 32)
    assert names.subject("acme", "ann") == Pseudonyms(b"a" * 32).subject("acme", "ann")
    others = [
        names.subject("acme", "bob"),
        names.subject("other", "ann"),
        names.subject("acmea", "nn"),
        Pseudonyms(b"b" * 32).subject("acme", "ann"),
        names.content("ann"),
    ]
    assert names.subject("acme", "ann") not in others
    assert "ann" not in names.subject("acme", "ann")


def test_nobody_stays_nobody() -> None:
    assert Pseudonyms(b"a" * 32).subject("acme", "") == ""
