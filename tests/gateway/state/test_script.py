"""Claims about the script and how it is asked; its arithmetic is tested against its twin."""

from __future__ import annotations

import pytest

from gateway.state import script as module
from gateway.state.lane import Lane
from gateway.state.script import MOST_CHECKS, Script
from seawall.windows import MOST_PER_MS, Check, Mode, Spec

LIMIT_2 = Spec(Mode.HITS_ACCEPTED, 2, 10_000)
COARSE = Spec(Mode.HITS_ACCEPTED, 200, 60_000)


async def ask(lane: Lane, *checks: Check, now_ms: int | None = None) -> object:
    script = Script()
    await lane.reply_to(script.load, 5.0)
    return await lane.reply_to(script.command([checks], now_ms), 5.0)


async def number(lane: Lane, *words: str) -> int:
    reply = await lane.request(*words, deadline_s=5.0)
    assert isinstance(reply, int)
    return reply


async def test_checks_of_many_batches_are_answered_in_their_order(lane: Lane) -> None:
    script = Script()
    assert await lane.reply_to(script.load, 5.0) == script.sha.encode()
    batches = [
        [Check(LIMIT_2, "a", "1"), Check(COARSE, "b", "1")],
        [Check(LIMIT_2, "a", "2"), Check(LIMIT_2, "a", "3")],
        [Check(COARSE, "b", "3"), Check(LIMIT_2, "c", "3")],
    ]
    assert await lane.reply_to(script.command(batches, None), 5.0) == [1, 1, 2, -3, 2, 1]


async def test_a_full_call_of_unlike_checks_fits(lane: Lane) -> None:
    checks = [
        Check(Spec(Mode.HITS_ACCEPTED, i, MOST_PER_MS - i), f"k{i}", "m")
        for i in range(MOST_CHECKS)
    ]
    assert await ask(lane, *checks) == [-1, *[1] * (MOST_CHECKS - 1)]


async def test_every_window_expires_soon_after_its_last_entry(lane: Lane) -> None:
    await ask(lane, Check(LIMIT_2, "a", "1"), Check(COARSE, "b", "1"))
    assert 10_000 < await number(lane, "PTTL", "a") <= 10_000 + 313 + 1_000
    assert 60_000 < await number(lane, "PTTL", "b") <= 60_000 + 1_875 + 1_000


async def test_a_key_asked_by_two_windows_lives_as_long_as_the_longer(lane: Lane) -> None:
    longer = Spec(Mode.HITS_ACCEPTED, 9, 3_600_000)
    await ask(lane, Check(longer, "a", "1"), Check(LIMIT_2, "a", "2"))
    assert await number(lane, "PTTL", "a") > 3_600_000


async def test_a_refusal_writes_nothing(lane: Lane) -> None:
    await ask(lane, *(Check(LIMIT_2, "a", member) for member in "12"))
    await lane.request("PERSIST", "a", deadline_s=5.0)
    await ask(lane, Check(LIMIT_2, "a", "3"), Check(Spec(Mode.PEEK, 2, 10_000), "a", ""))
    assert await number(lane, "PTTL", "a") == -1


@pytest.mark.parametrize(
    "write", [("SET", "a", "rubbish"), ("SADD", "a", "x"), ("SET", "a", "x" * 18)]
)
async def test_a_key_that_is_no_window_reads_as_empty(lane: Lane, write: tuple[str, ...]) -> None:
    await lane.request(*write, deadline_s=5.0)
    assert await ask(lane, Check(LIMIT_2, "a", "1"), Check(LIMIT_2, "a", "2")) == [1, 2]


async def test_the_servers_time_is_used_unless_told(lane: Lane) -> None:
    assert await ask(lane, Check(LIMIT_2, "a", "1")) == [1]
    reply = await lane.request("TIME", deadline_s=5.0)
    assert isinstance(reply, list)
    now_ms = int(reply[0]) * 1_000
    assert await ask(lane, Check(LIMIT_2, "a", "2"), now_ms=now_ms + 9_000) == [2]
    assert await ask(lane, Check(LIMIT_2, "a", "3"), now_ms=now_ms + 12_000) == [2]


async def test_keys_of_any_letters_are_keys(lane: Lane) -> None:
    keys = ("w:{комната 🙂}", "w:{\ud800}", "w:{a\r\n b}", "")
    checks = [Check(LIMIT_2, key, "1") for key in keys]
    assert await ask(lane, *checks) == [1, 1, 1, 1]
    assert await ask(lane, *(Check(LIMIT_2, key, "2") for key in keys)) == [2, 2, 2, 2]


def test_the_specs_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_SPECS_KNOWN", 2)
    script = Script()
    commands = [
        script.command([[Check(Spec(Mode.HITS_ACCEPTED, limit, 9), "k", "m")]], 5)
        for limit in (1, 2, 3, 1)
    ]
    assert commands[0] == commands[3]
    assert len(set(commands)) == 3
