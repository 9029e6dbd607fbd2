"""A gateway with the real classifier in a real worker, over a real socket; and without it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from gateway.models import text_models
from seawall.errors import ConfigError
from tests.gateway.live import RULES, Live, running, write_policy

ASKS = "- {ask: linear, wait_ms: 1500}\n"
MODEL_RULES = """
- {rule: model-spam, category: spam, when: linear.spam >= 0.9, then: hold}
"""
SPAM = "win a free iphone now, txt WIN to 87121 to claim your cash prize"


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(15.0):
        while not true():  # noqa: ASYNC110  # a state of another process, not an event
            await asyncio.sleep(0.01)


def policy(folder: Path) -> Path:
    return write_policy(folder / "policy", asks=ASKS, rules=RULES + MODEL_RULES)


async def told(live: Live, path: str) -> str:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://{live.gateway.http}{path}") as answer,
    ):
        return await answer.text()


@pytest.mark.timeout(60)
async def test_a_message_is_judged_by_the_classifier_and_without_it_when_it_dies(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, policy=policy(tmp_path), models="linear") as live:
        models = live.gateway.models
        assert models is not None
        async with live.peer() as peer:
            assert (await peer.chat("hello friends, what a nice stream"))["action"] == "allow"
            held = await peer.chat(SPAM)
            assert (held["action"], held["reasons"][0]["rule"]) == ("hold", "model-spam")
            assert held["reasons"][0]["detector"] == "linear"
            assert held["late"] is False
            pid = models.pid("linear")
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            await until(lambda: models.pid("linear") != pid)
            lost = await peer.chat(SPAM, user="u2")
            assert lost["action"] in ("allow", "hold")
            assert lost["late"] is (lost["action"] == "allow")
            await until(lambda: not models.problems())
            assert (await peer.chat(SPAM, user="u3"))["action"] == "hold"
        metrics = await told(live, "/metrics")
        assert 'seawall_model_ends_total{model="linear",why="restarts"} 1.0' in metrics
        assert 'seawall_model_texts_total{model="linear",outcome="answered"}' in metrics


async def test_a_model_that_does_not_run_is_said_of_every_message_it_was_asked_about(
    tmp_path: Path,
) -> None:
    async with (
        running(tmp_path, policy=policy(tmp_path), models="opinion", models_file="") as live,
        live.peer() as peer,
    ):
        verdict = await peer.chat(SPAM)
        assert (verdict["action"], verdict["late"]) == ("allow", True)
        assert verdict["reasons"][0]["rule"] == "unchecked.model"


async def test_no_models_at_all_is_the_operators_word(tmp_path: Path) -> None:
    async with running(tmp_path, policy=policy(tmp_path)) as live, live.peer() as peer:
        verdict = await peer.chat(SPAM)
        assert (verdict["action"], verdict["late"], verdict["reasons"]) == ("allow", False, [])
        assert live.gateway.models is None


def test_a_slip_in_the_names_is_told() -> None:
    with pytest.raises(ConfigError, match="did you mean 'linear'"):
        text_models("liner", "")
    with pytest.raises(ConfigError, match=r"models\.toml"):
        text_models("", "nowhere/models.toml")
    assert text_models(" , ", "") is None
