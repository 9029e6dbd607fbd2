"""503 only where another gateway would do better; everything else that is weak is told with 200."""

from __future__ import annotations

import time
from typing import Any

import pytest

from gateway.http.readiness import Health, ready
from gateway.record.headfile import Published
from tests.gateway.http.serving import ask, serving

NOW = 1_000_000.0
DAY = 86_400.0


def test_a_gateway_at_ease_has_nothing_to_tell() -> None:
    found = ready(Health(), NOW)
    assert (found.problems, found.degraded) == ([], {})


@pytest.mark.parametrize(
    ("health", "told"),
    [
        (Health(draining=True), "draining"),
        (Health(journal_alive=False), "not running"),
        (Health(journal_lag_s=5.1), "does not answer"),
        (Health(journal_alive=False, journal_lag_s=60.0), "not running"),
        (Health(spill_refusing=True), "spill"),
    ],
)
def test_what_keeps_traffic_away(health: Health, told: str) -> None:
    (problem,) = ready(health, NOW).problems
    assert told in problem


@pytest.mark.parametrize(
    ("health", "name"),
    [
        (Health(windows_degraded=True), "windows"),
        (Health(keys_stale_s=10.5), "keys"),
        (Health(loop_lag_s=0.051), "lag"),
        (Health(journal_lag_s=1.1), "journal"),
        (Health(spill_bytes=1, spill_limit=2**30, spill_age_s=61.0), "spill"),
        (Health(spill_bytes=2**29 + 1, spill_limit=2**30, spill_age_s=0.1), "spill"),
        (Health(expires=NOW + 13.9 * DAY), "certificate"),
        (Health(expires=NOW - 1.0), "certificate"),
    ],
)
def test_what_is_only_told(health: Health, name: str) -> None:
    found = ready(health, NOW)
    assert found.problems == []
    assert list(found.degraded) == [name]
    assert found.degraded[name]


@pytest.mark.parametrize(
    "health",
    [
        Health(keys_stale_s=9.9),
        Health(loop_lag_s=0.05),
        Health(journal_lag_s=1.0),
        Health(spill_bytes=2**29, spill_limit=2**30, spill_age_s=60.0),
        Health(spill_bytes=0, spill_limit=2**30, spill_age_s=1e6),
        Health(expires=NOW + 14.1 * DAY),
    ],
)
def test_what_is_not_worth_a_word(health: Health) -> None:
    assert ready(health, NOW).degraded == {}


def test_how_long_the_journal_is_late_is_told() -> None:
    late = ready(Health(journal_lag_s=3.25), NOW)
    assert late.problems == []
    assert "3.2 s" in late.degraded["journal"]
    stuck = ready(Health(journal_lag_s=7.5), NOW)
    assert len(stuck.problems) == 1
    assert "7.5 s" in stuck.degraded["journal"]


async def test_readyz_tells_both_and_healthz_neither() -> None:
    weak = {"windows_degraded": True, "expires": time.time() + DAY}
    stopping = Health(draining=True, **weak)  # type: ignore[arg-type]  # a field each
    told: dict[str, Any] = {"status": lambda: {"policy": "p"}}
    async with serving(health=lambda: Health(**weak), **told) as port:  # type: ignore[arg-type]
        status, body, _ = await ask(port, "/readyz", role="")
        assert (status, body["ready"], body["problems"]) == (200, True, [])
        assert body["degraded"] == ["windows", "certificate"]
        assert body["because"]["certificate"] == "it expires in 1.0 days"
        assert body["policy"] == "p"
    async with serving(health=lambda: stopping, **told) as port:
        status, body, _ = await ask(port, "/readyz", role="")
        assert (status, body["ready"], body["problems"]) == (503, False, ["draining"])
        assert body["degraded"] == ["windows", "certificate"]
        assert (await ask(port, "/healthz", role=""))[:2] == (200, {"status": "ok"})


async def test_heads_are_shown_to_moderators() -> None:
    head = Published("w", 7, "ab" * 32, 5.0)
    asked: list[tuple[object, ...]] = []

    async def heads(limit: int) -> list[Published]:
        asked.append((limit,))
        return [head]

    async with serving(heads=heads) as port:
        status, body, _ = await ask(port, "/v1/journal/heads?limit=3")
        assert (status, body["items"]) == (
            200,
            [{"writer": "w", "seq": 7, "hash": "ab" * 32, "at": 5.0}],
        )
    assert asked == [(3,)]
