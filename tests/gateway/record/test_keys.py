"""A key is shown once, stored as a hash, and ends when it is told to."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest

from gateway.record.journal import Journal
from gateway.record.keys import hash_key, keys_list, keys_new, keys_revoke, keys_rotate
from gateway.record.spawn import environment
from gateway.record.verify import verify
from seawall.errors import ConfigError
from tests.gateway.record.making import make_entry, query


def test_a_key_is_long_random_and_kept_nowhere(data: Path) -> None:
    keys = {keys_new(data, "acme", "server", f"chat-{number}") for number in range(5)}
    assert len(keys) == 5
    files = b"".join(path.read_bytes() for path in data.iterdir())
    for key in keys:
        assert key.startswith("sw_")
        assert len(key) >= 3 + 43
        assert key[3:].encode() not in files
    hashes = {value for (value,) in query(data, "SELECT sha256 FROM keys")}
    assert hashes == {sha256(key.encode()).digest() for key in keys}


def test_a_fresh_folder_is_made_ready(tmp_path: Path) -> None:
    keys_new(tmp_path / "data", "acme", "admin", "ann")
    (key,) = keys_list(tmp_path / "data")
    assert (key.tenant, key.role, key.name, key.revoked) == ("acme", "admin", "ann", None)


def test_keys_are_listed_with_the_revoked_ones(data: Path) -> None:
    for name in ("one", "two", "three"):
        keys_new(data, "acme", "server", name)
    revoked = keys_revoke(data, "two")
    assert revoked.revoked is not None
    assert [(key.name, key.revoked) for key in keys_list(data)] == [
        ("one", None),
        ("two", revoked.revoked),
        ("three", None),
    ]


def test_a_key_is_revoked_by_id_or_name_and_twice_is_no_harm(data: Path) -> None:
    keys_new(data, "acme", "server", "chat-1")
    (key,) = keys_list(data)
    first = keys_revoke(data, key.id)
    assert keys_revoke(data, key.id) == first
    assert keys_revoke(data, "chat-1") == first


def test_a_name_that_two_keys_bear_must_be_told_apart(data: Path) -> None:
    keys_new(data, "acme", "server", "chat-1")
    keys_new(data, "other", "server", "chat-1")
    with pytest.raises(ConfigError, match=r"several keys.*k_[0-9a-f]{12} \(acme\)"):
        keys_revoke(data, "chat-1")
    acme, other = keys_list(data)
    keys_revoke(data, acme.id)
    assert keys_revoke(data, "chat-1").id == other.id
    with pytest.raises(ConfigError, match="no key"):
        keys_revoke(data, "chat-2")


@pytest.mark.parametrize(
    ("tenant", "role", "name", "what"),
    [
        ("", "server", "n", "tenant"),
        ("acme", "owner", "n", "role"),
        ("acme", "server", "", "name"),
        ("acme", "server", "n" * 129, "name"),
        ("acme", "server", "two\nlines", "name"),
    ],
)
def test_what_cannot_be_a_key_is_refused(
    tmp_path: Path, tenant: str, role: str, name: str, what: str
) -> None:
    with pytest.raises(ConfigError, match=what):
        keys_new(tmp_path / "data", tenant, role, name)
    assert not (tmp_path / "data").exists()


def test_where_no_record_is_nothing_is_listed_or_made(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no record"):
        keys_list(tmp_path)
    with pytest.raises(ConfigError, match="no record"):
        keys_revoke(tmp_path, "anything")


def test_any_text_has_a_hash() -> None:
    assert len(hash_key("sw_\udcff\ud800")) == 32


async def test_keys_are_made_by_another_process_while_the_journal_is_busy(
    data: Path, journal: Journal
) -> None:
    code = (
        "import sys; from pathlib import Path; from gateway.record.keys import keys_new\n"
        "for number in range(20): keys_new(Path(sys.argv[1]), 'acme', 'server', f'k{number}')"
    )
    command = [sys.executable, "-P", "-c", code, str(data)]
    maker = await asyncio.create_subprocess_exec(
        *command, env=environment(), stderr=subprocess.PIPE
    )
    making = asyncio.create_task(maker.communicate())
    number = 0
    while not making.done():
        number += 1
        await journal.record(make_entry(number), 10.0)
    assert (await making)[1] == b""
    assert maker.returncode == 0
    assert len(keys_list(data)) == 20
    assert number > 20
    assert verify(data).rows == number
    assert journal.restarts == 0


def test_a_rotated_key_has_a_successor_and_works_through_its_grace(data: Path) -> None:
    first = keys_new(data, "acme", "moderator", "ann")
    before = time.time()
    done = keys_rotate(data, "ann", 3600.0)
    old, made = keys_list(data)
    assert (done.old, done.made) == (old, made)
    assert hash_key(done.key) in {value for (value,) in query(data, "SELECT sha256 FROM keys")}
    assert done.key != first
    assert (made.tenant, made.role, made.name, made.expires) == ("acme", "moderator", "ann", None)
    assert old.revoked is None
    assert old.expires is not None
    assert before + 3600.0 <= old.expires <= time.time() + 3600.0
    assert old.works(old.expires - 0.1)
    assert not old.works(old.expires)


def test_without_grace_the_old_key_ends_at_once(data: Path) -> None:
    keys_new(data, "acme", "server", "chat-1")
    done = keys_rotate(data, "chat-1", 0.0)
    assert not done.old.works(time.time())
    assert keys_revoke(data, "chat-1").id == done.made.id  # only one working key bears the name


def test_a_rotation_never_lets_a_key_live_longer(data: Path) -> None:
    keys_new(data, "acme", "server", "chat-1", expires_s=60.0)
    (before,) = keys_list(data)
    assert keys_rotate(data, before.id, 3600.0).old.expires == before.expires
    assert keys_rotate(data, before.id, 1.0).old.expires != before.expires


def test_what_no_longer_works_is_not_rotated(data: Path) -> None:
    keys_new(data, "acme", "server", "chat-1")
    keys_revoke(data, "chat-1")
    with pytest.raises(ConfigError, match="no longer works"):
        keys_rotate(data, "chat-1", 10.0)
    with pytest.raises(ConfigError, match="no key"):
        keys_rotate(data, "nobody", 10.0)
    for grace in (-1.0, float("nan"), float("inf"), 1e12):
        with pytest.raises(ConfigError, match="grace"):
            keys_rotate(data, "chat-1", grace)
    assert len(keys_list(data)) == 1


@pytest.mark.parametrize("expires", [0.0, -1.0, float("nan"), float("inf"), 1e12])
def test_an_end_that_is_none_is_refused(tmp_path: Path, expires: float) -> None:
    with pytest.raises(ConfigError, match="expires"):
        keys_new(tmp_path / "data", "acme", "server", "n", expires)
    assert not (tmp_path / "data").exists()
