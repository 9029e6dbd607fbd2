"""Verdicts wait for models as long as policy says, and what comes later takes messages back."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.chat.asking import Heard, Share
from gateway.chat.lines import Receiver
from gateway.policy.load import load_policy
from gateway.record.journal import Journal
from gateway.state.store import WindowStore
from seawall import wire
from seawall.signals import Signal
from tests.gateway.chat.test_engine import Asker, ChatPath
from tests.gateway.live import POLICY, RULES, write_policy
from tests.gateway.records import fresh_record

ASKS = """
- {ask: linear, wait_ms: 1000, exempt: [mod]}
- {ask: opinion, when: linear.abuse >= 0.4, wait_ms: 80, within_ms: 1500, share: 50}
"""
MODEL_RULES = """
- {rule: abuse-held, category: harassment, when: linear.abuse >= 0.9, then: hold}
- {rule: abuse-thought, category: harassment, when: opinion.abuse >= 0.9, then: hold}
- {rule: abuse-noted, category: harassment, when: opinion.abuse >= 0.6, then: allow,
   case: {queue: abuse, priority: p3}}
"""


class Said(msgspec.Struct, frozen=True):
    """What a model said, in a test's words."""

    signals: tuple[Signal, ...] = ()
    unchecked: str = ""


class Oracle:
    """A model whose answers are in the test's hands; `now` are given at once."""

    names = frozenset({"linear", "opinion"})

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, float, Callable[[Heard], None]]] = []
        self.now: dict[str, Said] = {}

    def ask(
        self,
        model: str,
        text: str,
        *,
        until: float,
        done: Callable[[Heard], None],
        lang: str,
        surface: str,
    ) -> None:
        if model in self.now:
            done(self.now[model])
        else:
            self.asked.append((model, text, until, done))

    def waiting(self) -> list[str]:
        return [model for model, *_ in self.asked]

    def say(self, model: str, heard: Said) -> None:
        """Answer the oldest question of a model."""
        place = self.waiting().index(model)
        self.asked.pop(place)[3](heard)


def score(name: str, value: float) -> Said:
    return Said((Signal(name, value, name.partition(".")[0]),))


class AtOnce(ChatPath):
    """Examines a message when it is said, so that its models are asked before its windows."""

    def say(self, *what: Any, **more: Any) -> None:
        super().say(*what, **more)
        self.engine.examine()


@pytest.fixture
async def path(tmp_path: Path) -> AsyncIterator[Any]:
    data, folder = tmp_path / "data", tmp_path / "policy"
    data.mkdir()
    fresh_record(data)
    write_policy(folder, policy=POLICY, rules=RULES + MODEL_RULES)
    (folder / "asks.yaml").write_text(ASKS, encoding="utf-8")
    journal, windows = Journal(data), WindowStore("local")
    await journal.start()
    await windows.start()
    oracle = Oracle()
    made: Any = AtOnce(journal, windows, load_policy(folder), 1000, oracle)
    made.oracle, made.asker, made.data, made.told = oracle, Asker(), data, []
    made.commands.connect(made, "t", Receiver(lambda room: True, made.told.append))
    yield made
    await windows.close()
    await journal.stop()


async def counted() -> None:
    """Let the windows' answer come, so that only models are waited for."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_verdict_waits_for_the_first_opinion(path: Any) -> None:
    path.say(path.asker, "a", "you are nice")
    await counted()
    assert path.asker.verdicts == []
    path.oracle.say("linear", Said())
    [verdict] = path.asker.verdicts
    assert (verdict.action, verdict.late, verdict.reasons) == ("allow", False, [])
    assert verdict.ms["detect"] <= verdict.ms["total"]


async def test_what_it_says_counts(path: Any) -> None:
    path.say(path.asker, "a", "you are awful")
    path.oracle.say("linear", score("linear.abuse", 0.95))  # before the windows have counted
    path.oracle.say("opinion", Said())
    await path.idle()
    [verdict] = path.asker.verdicts
    assert (verdict.action, verdict.reasons[0].rule) == ("hold", "abuse-held")
    assert verdict.reasons[0].detector == "linear"


async def test_an_answer_at_once_is_an_answer(path: Any) -> None:
    path.oracle.now["linear"] = Said(unchecked="full")
    path.say(path.asker, "a", "you are awful")
    await path.idle()
    [verdict] = path.asker.verdicts
    assert (verdict.action, verdict.late) == ("allow", True)
    assert [reason.rule for reason in verdict.reasons] == ["unchecked.model"]
    assert path.metrics.unchecked == {("ml_text", "full"): 1}


async def test_a_model_that_runs_nowhere_leaves_messages_unchecked(path: Any) -> None:
    path.oracle.names = frozenset({"opinion"})
    path.say(path.asker, "a", "you are awful")
    await path.idle()
    assert [reason.rule for reason in path.asker.verdicts[0].reasons] == ["unchecked.model"]
    assert path.metrics.unchecked == {("ml_text", "absent"): 1}


async def test_exempt_roles_and_empty_texts_are_not_asked_about(path: Any) -> None:
    path.say(path.asker, "a", "")
    await path.idle()
    author = wire.Author("u", "u", ["mod"])
    now = time.perf_counter()
    message = wire.Chat("b", "r", author, "awful", 1.0, "chat")
    path.engine.judge(message, path.asker, now, now)
    await path.idle()
    assert path.oracle.waiting() == []
    assert [one.action for one in path.asker.verdicts] == ["allow", "allow"]


async def test_a_second_opinion_is_asked_only_where_the_first_leaves_it_open(path: Any) -> None:
    path.say(path.asker, "a", "fine")
    path.say(path.asker, "b", "hm")
    path.oracle.say("linear", Said())
    path.oracle.say("linear", score("linear.abuse", 0.5))
    assert path.oracle.waiting() == ["opinion"]
    await counted()
    assert [one.id for one in path.asker.verdicts] == ["a"]
    path.oracle.say("opinion", score("opinion.abuse", 0.95))
    await path.idle()
    assert path.asker.verdicts[1].reasons[0].rule == "abuse-thought"


async def test_a_late_second_opinion_takes_the_message_back(path: Any) -> None:
    path.say(path.asker, "a", "hm")
    path.oracle.say("linear", score("linear.abuse", 0.5))
    await path.idle()  # its wait is over: the verdict left without it
    assert path.asker.verdicts[0].action == "allow"
    assert path.asker.verdicts[0].late is False
    path.oracle.say("opinion", score("opinion.abuse", 0.95))
    async with asyncio.timeout(5.0):
        while not path.told:  # noqa: ASYNC110  # a state, not an event
            await asyncio.sleep(0.001)
    command = msgspec.json.decode(path.told[0], type=wire.Command)
    assert (command.kind, command.target.id, command.because) == ("self_only", "a", "abuse-thought")
    assert path.metrics.verdicts["late", "abuse-thought"] == 1
    with closing(sqlite3.connect(path.data / "seawall.db", timeout=5.0)) as record:
        rows = record.execute("SELECT kind, event, action, rule FROM journal").fetchall()
    assert rows == [("verdict", "a", "allow", "abuse-thought")]


async def test_a_late_opinion_that_only_flags_asks_people_once(path: Any) -> None:
    path.say(path.asker, "a", "hm")
    path.say(path.asker, "b", "hm, too")
    for _ in "ab":
        path.oracle.say("linear", score("linear.abuse", 0.5))
    path.oracle.say("opinion", score("opinion.abuse", 0.7))  # in time: flagged with its verdict
    await path.idle()
    path.oracle.say("opinion", score("opinion.abuse", 0.7))
    rows: list[Any] = []
    async with asyncio.timeout(5.0):
        while len(rows) < 2:
            await asyncio.sleep(0.005)
            with closing(sqlite3.connect(path.data / "seawall.db", timeout=5.0)) as record:
                rows = record.execute(
                    "SELECT event, state, rule, action FROM case_lines ORDER BY event"
                ).fetchall()
    assert rows == [(ref, "open", "abuse-noted", "allow") for ref in "ab"]
    assert path.told == []


async def test_what_comes_while_the_windows_are_slow_is_not_late(path: Any) -> None:
    asked: list[Any] = []
    submit = path.engine._windows.submit
    path.engine._windows.submit = lambda *more: asked.append(more)  # held back, then let through
    path.say(path.asker, "a", "hm")
    await counted()
    path.oracle.say("linear", score("linear.abuse", 0.5))
    await asyncio.sleep(0.1)  # the passing of time is what this is about
    path.oracle.say("opinion", score("opinion.abuse", 0.95))
    submit(*asked[0])
    await path.idle()
    assert path.asker.verdicts[0].reasons[0].rule == "abuse-thought"
    path.engine._windows.submit = submit
    assert path.told == []


async def test_what_was_masked_may_still_be_taken_back(path: Any) -> None:
    path.say(path.asker, "a", "maskword hm")
    path.oracle.say("linear", score("linear.abuse", 0.5))
    await path.idle()
    assert path.asker.verdicts[0].action == "mask"
    path.oracle.say("opinion", score("opinion.abuse", 0.95))
    async with asyncio.timeout(5.0):
        while not path.told:  # noqa: ASYNC110  # a state, not an event
            await asyncio.sleep(0.001)
    assert msgspec.json.decode(path.told[0], type=wire.Command).kind == "self_only"


async def test_what_was_said_already_is_not_said_again_late(path: Any) -> None:
    path.say(path.asker, "a", "blockword hm")
    path.oracle.say("linear", score("linear.abuse", 0.5))
    await path.idle()
    assert path.asker.verdicts[0].action == "block"
    path.oracle.say("opinion", score("opinion.abuse", 0.95))
    await counted()
    assert path.told == []


def test_a_share_saves_up_little_and_is_never_overdrawn() -> None:
    share = Share(10.0, burst=3.0)
    assert [share.take() for _ in range(4)] == [True, True, True, False]
    for _ in range(9):
        share.pass_by()
    assert not share.take()
    for _ in range(1000):
        share.pass_by()
    assert [share.take() for _ in range(4)] == [True, True, True, False]
