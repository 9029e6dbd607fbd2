"""The overview and the rooms as a running gateway shows them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.console.numbers import Numbers
from gateway.console.overview import Overviews, Present, latency_of
from gateway.console.rooms import Rooms
from gateway.metrics import Histogram
from gateway.record.where import Where
from gateway.refusal import Refused
from gateway.roles import DEFAULT_MATRIX, Actor, Rights
from tests.gateway.live import Live, running

LEA = Actor("t", "lea", "m1", ("lead",), Rights(frozenset(DEFAULT_MATRIX["lead"])))
NOBODY = Actor("t", "max", "m2", (), Rights(frozenset()))


@asynccontextmanager
async def overviews_of(live: Live) -> AsyncIterator[Overviews]:
    """Put the overview together for a running gateway."""
    chat, gateway = live.gateway.chat, live.gateway
    numbers = Numbers(Where.of(live.data, ""))
    rooms = Rooms(chat.recent, chat.labels, chat.switches, numbers)

    async def on_call(tenant: str) -> list[str]:
        return [f"ann of {tenant}"]

    def categories(tenant: str) -> dict[str, str]:
        policy = gateway.engine.rulesets.of(tenant).policy
        return {rule.name: rule.category for rule in policy.rules}

    present = Present(connections=lambda tenant: 7, on_call=on_call)
    yield Overviews(
        chat.recent, numbers, rooms, gateway.metrics, gateway.desk.brakes, categories, present
    )
    numbers.close()


@pytest.mark.e2e
async def test_a_day_and_its_rooms(tmp_path: Path) -> None:
    async with (
        running(tmp_path) as live,
        overviews_of(live) as overviews,
        live.peer() as peer,
        live.peer(await live.key("other")) as stranger,
    ):
        await peer.send({"type": "room", "room": "r1", "topic": "markets", "viewers": 12})
        for text in ("good morning", "blockword", "holdword", "so it goes"):
            await peer.chat(text, user=f"u-{text[:4]}")
        await peer.chat("hello there", room="r2", user="u9")
        await stranger.chat("blockword", user="u1")
        await live.gateway.chat.switches.turn("t", "r1", "links_off", True, None, "lea", 1.0)

        day = await overviews.overview("t")
        assert day.messages == 5
        assert day.messages_rate == 5.0
        assert day.verdicts == {"allow": 3, "block": 1, "hold": 1}
        assert {line.name: line.count for line in day.rules} == {
            "block-spam": 1, "hold-giveaway": 1,
        }  # fmt: skip
        assert {line.name for line in day.categories} == {"spam", "scam.giveaway"}
        assert 0 < day.latency_ms["p50"] <= day.latency_ms["p95"]
        assert (day.connections, day.on_call) == (7, ["ann of t"])
        assert len(day.hours) == 24
        assert (await overviews.overview("nobody")).messages == 0

        busy, quiet = (await overviews.rooms(LEA)).items
        assert (busy.room, busy.topic, busy.viewers) == ("r1", "markets", 12)
        assert (busy.messages, busy.restricted, busy.switches) == (4, 2, ["links_off"])
        assert (quiet.room, quiet.messages, quiet.switches) == ("r2", 1, [])
        room = await overviews.room(LEA, "r1")
        assert [(line.text, line.action) for line in room.messages] == [
            ("good morning", "allow"), ("blockword", "block"), ("holdword", "hold"),
            ("so it goes", "allow"),
        ]  # fmt: skip
        assert {each.name for each in room.switches if each.switch} == {"links_off"}
        silent = await overviews.room(LEA, "unknown")
        assert (silent.line.messages, silent.messages) == (0, [])
        for asked in (overviews.rooms(NOBODY), overviews.room(NOBODY, "r1")):
            with pytest.raises(Refused):
                await asked


@pytest.mark.e2e
async def test_what_is_down_is_said_in_a_sentence(tmp_path: Path) -> None:
    async with running(tmp_path) as live, overviews_of(live) as overviews:
        live.gateway.metrics.degraded["windows"] = lambda: True
        live.gateway.metrics.degraded["something new"] = lambda: True
        said = {each.name: each.says for each in (await overviews.overview("t")).degraded}
        assert said["windows"].startswith("The store of windows is away")
        assert said["something new"] == "something new is not as it should be."


def test_quantiles_lie_between_the_bounds() -> None:
    histogram = Histogram()
    assert latency_of(histogram) == {}
    histogram.add_all([0.0001] * 90 + [0.01] * 10)
    quantiles = latency_of(histogram)
    assert 0.064 <= quantiles["p50"] <= 0.128
    assert 8.0 <= quantiles["p95"] <= 16.4
    histogram.add_all([100.0] * 900)
    assert latency_of(histogram)["p50"] > 1000.0
