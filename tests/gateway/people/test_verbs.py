"""`seawall moderators`, as people type it."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyotp
import pytest

from gateway.people.people import People
from gateway.refusal import Refused
from gateway.shapes.people import AuditLine, SignInBody
from tests.gateway.people.making import PASSWORD, Wakes
from tests.gateway.record.making import eventually
from tests.gateway.shell import Seawall, run


@pytest.fixture
def seawall(capsys: pytest.CaptureFixture[str]) -> Seawall:
    return Seawall(capsys)


def listed(seawall: Seawall, data: Path) -> list[dict[str, Any]]:
    out = seawall("moderators", "list", "--json", "--data", str(data))[1]
    return [json.loads(line) for line in out.splitlines()]


async def lines(data: Path) -> list[AuditLine]:
    people = People(data, Wakes())
    found = (await people.audit.page("t")).items
    await people.close()
    return list(reversed(found))


@pytest.mark.e2e
async def test_who_was_added_signs_in_and_who_was_disabled_is_out(tmp_path: Path) -> None:
    data = tmp_path / "data"
    moderators = ("moderators", "{}", "ann", "--tenant", "t", "--data", str(data))

    async def shell(verb: str, *more: str) -> subprocess.CompletedProcess[str]:
        words = [verb if word == "{}" else word for word in moderators]
        return await asyncio.to_thread(run, *words, *more)

    added = await shell("add", "--role", "admin", "--role", "lead", "--totp")
    assert added.returncode == 0, added.stderr
    password, address = added.stdout.split()
    assert added.stderr.startswith("made ann (t, admin, lead, mod-")
    totp = pyotp.parse_uri(address)
    assert isinstance(totp, pyotp.TOTP)
    people = People(data, Wakes())
    await people.load()
    body = SignInBody("t", "ann", password, totp.at(time.time()))
    done = await people.signing.sign_in(body, "192.0.2.1", "tests")
    task = asyncio.create_task(people.run())
    refused = await shell("disable")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "nobody else of this tenant is an admin" in refused.stderr
    assert people.sessions.find(done.token) is not None
    assert (await shell("reset", "--no-totp")).returncode == 0
    began = time.monotonic()
    await eventually(lambda: people.sessions.find(done.token) is None)
    assert time.monotonic() - began <= 2.0
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await people.close()


async def test_everything_is_in_the_audit_and_no_password(seawall: Seawall, tmp_path: Path) -> None:
    at = ("--tenant", "t", "--data", str(tmp_path))
    status, password, err = seawall("moderators", "add", "ann", "--role", "moderator", *at)
    assert (status, len(password.split())) == (0, 1), err
    assert seawall("moderators", "roles", "ann", "--role", "lead", "--queue", "fraud", *at)[0] == 0
    status, again, _ = seawall("moderators", "reset", "ann", *at)
    assert status == 0
    assert again != password
    assert seawall("moderators", "disable", "ann", *at)[2].startswith("disabled ann (t, lead, ")
    (ann,) = listed(seawall, tmp_path)
    assert (ann["tenant"], ann["roles"], ann["queues"]) == ("t", ["lead"], ["fraud"])
    assert ann["disabled"] is not None
    assert seawall("moderators", "enable", "ann", *at)[0] == 0
    assert listed(seawall, tmp_path)[0]["disabled"] is None
    found = await lines(tmp_path)
    assert [(line.via, line.what, line.target, line.detail) for line in found] == [
        ("command", "moderator.add", "ann", {"roles": "moderator"}),
        ("command", "moderator.change", "ann", {"roles": "lead", "queues": "fraud"}),
        ("command", "moderator.change", "ann", {"reset": "true"}),
        ("command", "moderator.change", "ann", {"disabled": "true"}),
        ("command", "moderator.change", "ann", {"disabled": "false"}),
    ]
    assert password.strip() not in str(found)


async def test_a_password_may_come_on_standard_input(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "seawall", "moderators", "add", "ann", "--role", "lead"]
    command += ["--tenant", "t", "--data", str(tmp_path), "--password-stdin"]

    def shell(said: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, input=said, capture_output=True, text=True, check=False, timeout=30
        )

    weak = await asyncio.to_thread(shell, "too short\n")
    assert (weak.returncode, "12 to 1024 characters" in weak.stderr) == (1, True)
    none = await asyncio.to_thread(shell, "")
    assert (none.returncode, "no password came" in none.stderr) == (1, True)
    done = await asyncio.to_thread(shell, f"{PASSWORD}\n")
    assert (done.returncode, done.stdout) == (0, "")
    people = People(tmp_path, Wakes())
    await people.load()
    await people.signing.sign_in(SignInBody("t", "ann", PASSWORD), "192.0.2.1", "tests")
    with pytest.raises(Refused):
        await people.signing.sign_in(SignInBody("t", "ann", PASSWORD + "x"), "r", "tests")
    await people.close()


def test_the_matrix_is_shown(seawall: Seawall, tmp_path: Path) -> None:
    at = ("--tenant", "t", "--data", str(tmp_path))
    seawall("moderators", "add", "ann", "--role", "admin", *at)
    status, out, _ = seawall("moderators", "roles", *at)
    assert status == 0
    rows = {words[0]: words[1:] for line in out.splitlines() if (words := line.split())}
    assert rows["moderator"] == ["lead", "analyst", "auditor", "admin"]
    assert rows["rooms.nuke"] == [".", "x", ".", ".", "x"]
    assert rows["people.manage"] == [".", ".", ".", ".", "x"]


def test_misuse(seawall: Seawall, tmp_path: Path) -> None:
    at = ("--tenant", "t", "--data", str(tmp_path))
    assert seawall("moderators", "list", "--data", str(tmp_path))[0] == 1  # no record yet
    assert seawall("moderators", "add", "ann", *at)[0] == 2
    assert seawall("moderators", "add", "ann", "--role", "emperor", *at)[0] == 2
    for name in ("", "-x", "a b", "ä", "x" * 65):
        assert seawall("moderators", "add", "--role", "lead", *at, "--", name)[0] == 1
    assert seawall("moderators", "add", "ann", "--role", "lead", *at)[0] == 0
    assert "already" in seawall("moderators", "add", "Ann", "--role", "lead", *at)[2]
    assert "no such moderator" in seawall("moderators", "reset", "bob", *at)[2]
    assert "nothing to change" in seawall("moderators", "roles", "ann", *at)[2]
    long = ("--queue", "q" * 65)
    assert seawall("moderators", "roles", "ann", *long, *at)[0] == 1
