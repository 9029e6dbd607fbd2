"""Under load and after breaks: what is left out is told, what was answered is answered again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.chat.firsts import Firsts
from gateway.chat.load import Load, State
from gateway.chat.lookup import Lookup
from gateway.chat.recalls import Recalls
from gateway.policy.load import load_policy
from gateway.record.chain import Head
from gateway.record.entry import Entry, Evidence
from gateway.record.journal import Journal
from gateway.record.ledger import Ledger
from gateway.record.seal import Seal
from gateway.record.secret import Pseudonyms, load_secret
from gateway.record.storage import open_store
from gateway.state.store import WindowStore
from seawall import wire
from seawall.policy.model import Policy
from seawall.shedding import TEXT_UNITS
from tests.gateway.chat.test_engine import Asker, ChatPath
from tests.gateway.chat.test_lookup import Record
from tests.gateway.live import POLICY, RULES, write_policy
from tests.gateway.records import fresh_record

PATTERNS = """
- {pattern: win-big, regex: 'win\\s+big', category: scam.giveaway}
- {rule: win-big-rule, category: scam.giveaway, when: pattern.win_big, then: hold}
"""


def fit(folder: Path, budget: str) -> Policy:
    """Load the small policy with a pattern, and another budget for chat."""
    text = POLICY.replace("{ms: 2000, on_timeout: allow}, p", f"{{{budget}}}, p")
    return load_policy(write_policy(folder, policy=text, rules=RULES + PATTERNS))


class Lean:
    """An engine in a state of load, with a journal of its own."""

    def __init__(self, path: ChatPath, journal: Journal, windows: WindowStore) -> None:
        self.path = path
        self.journal = journal
        self.windows = windows
        self.asker = Asker()

    def load(self, state: State) -> None:
        load = Load()
        load.state = state
        load.lean_after_s = -1.0 if state != "normal" else 0.025
        self.path.engine._load = load

    def say(self, ref: str, text: str, waited_s: float = 0.0, **more: Any) -> None:
        now = time.perf_counter()
        user = wire.Author(more.pop("user", "u"), "u", [])
        message = wire.Chat(ref, "r", user, text, 1.0, "chat")
        self.path.engine.judge(message, more.pop("to", self.asker), now - waited_s, now)

    async def told(self) -> dict[str, wire.Verdict]:
        await self.path.idle()
        return {verdict.id: verdict for verdict in self.asker.verdicts}


@pytest.fixture
async def make(tmp_path: Path) -> AsyncIterator[Any]:
    data = tmp_path / "data"
    data.mkdir()
    fresh_record(data)
    journal, windows = Journal(data, wait_ms=1_000.0), WindowStore("local")  # nothing is spilled
    await journal.start()
    await windows.start()

    def made(budget: str = "ms: 2000, on_timeout: allow") -> Lean:
        policy = fit(tmp_path / "policy", budget)
        return Lean(ChatPath(journal, windows, policy, 1000), journal, windows)

    yield made
    await windows.close()
    await journal.stop()


async def test_lean_leaves_out_patterns_and_says_so(make: Any) -> None:
    one = make()
    one.say("a", "you can win big")
    assert (await one.told())["a"].action == "hold"
    one.load("lean")
    one.say("b", "you will win big")
    one.say("c", "hello there, this is a longer line than any part of a message would be")
    found = await one.told()
    for ref in "bc":
        assert (found[ref].action, found[ref].late) == ("allow", True)
        assert [reason.rule for reason in found[ref].reasons] == ["unchecked.load"]
    # Nobody asks models here, so none was left out.
    assert one.path.metrics.unchecked == {(unit, "load"): 2 for unit in TEXT_UNITS[1:]}
    assert one.path.metrics.verdicts["allow", "unchecked.load"] == 2


@pytest.mark.parametrize("state", ["lean", "paused", "full"])
async def test_no_load_buys_a_way_around_lexicon_links_and_windows(make: Any, state: State) -> None:
    one = make()
    one.load(state)
    one.say("a", "blockword")
    for number in range(12):
        one.say(f"m{number}", f"n {number * 7919}", user="v")
    found = await one.told()
    assert (found["a"].action, found["a"].late) == ("block", True)
    rules = [reason.rule for reason in found["a"].reasons]
    assert rules == ["block-spam", "unchecked.load"]
    assert [found[f"m{n}"].action for n in range(12)] == ["allow"] * 8 + ["block"] * 4


async def test_a_part_said_in_lean_times_is_remembered(make: Any) -> None:
    one = make()
    one.load("lean")
    one.say("a", "split")
    one.load("normal")
    one.say("b", "phrase")
    assert (await one.told())["b"].action == "block"


async def test_each_state_and_category_has_policys_word(make: Any) -> None:
    one = make("ms: 2000, on_timeout: block, on_load: {lean: allow, full: hold}")
    one.load("lean")
    one.say("a", "hello")
    one.load("full")
    one.say("b", "hello again")
    one.load("normal")
    one.say("c", "hello at last", waited_s=2.5)
    one.say("d", "hello in time", waited_s=0.5)
    found = await one.told()
    assert [found[ref].action for ref in "abcd"] == ["allow", "hold", "block", "allow"]
    assert [found[ref].late for ref in "abcd"] == [True, True, True, False]
    other = make("ms: 2000, on_timeout: allow, categories: {scam: hold}")
    other.load("lean")
    other.say("e", "hello")  # a pattern of scam.giveaway was left out
    assert (await other.told())["e"].action == "hold"


async def test_what_waited_over_half_its_own_budget_is_lean(make: Any) -> None:
    one = make("ms: 100, on_timeout: allow")
    one.say("a", "hello", waited_s=0.03)
    one.say("b", "hello again", waited_s=0.06)
    one.say("c", "hello at last", waited_s=0.2)
    found = await one.told()
    assert [found[ref].late for ref in "abc"] == [False, True, True]


class Returning(Asker):
    """Somebody who says again what a broken connection did not hear."""

    recovers_until = 1e18


def encoded(ref: str, action: str) -> bytes:
    return msgspec.json.encode(wire.Verdict(ref, 0, action, policy="first"))


def with_record(one: Lean, record: Record) -> None:
    engine, recalls = one.path.engine, Recalls()
    lookup = Lookup(record, one.path.metrics, asyncio.get_running_loop().call_soon)
    budget, recalled = engine.rulesets.chat_budget_s, engine._recalled
    engine._firsts = Firsts(lookup, recalls, budget, recalled, time.perf_counter)
    engine._recalls = recalls.lines


async def test_a_first_verdict_of_the_record_is_answered_as_it_was(make: Any) -> None:
    one = make()
    first = encoded("a", "block")
    record = Record({("t", "a", 0): first})
    with_record(one, record)
    back, other = Returning(), Returning()
    one.say("a", "hello", to=back)
    one.say("a", "hello", to=other)  # the same on another connection, while it is looked up
    one.say("b", "hello again", to=back)
    await one.path.idle()
    assert [msgspec.json.encode(each) for each in back.verdicts[:1] + other.verdicts] == [first] * 2
    assert [(each.id, each.action) for each in back.verdicts] == [("a", "block"), ("b", "allow")]
    one.say("a", "hello", to=back)  # from memory now
    assert back.verdicts[2].action == "block"
    assert record.asked == [[("t", "a", 0), ("t", "b", 0)]]
    assert one.path.metrics.allowed == 1


async def test_nobody_is_looked_up_who_has_nothing_to_repeat(make: Any) -> None:
    one = make()
    record = Record({("t", "a", 0): encoded("a", "block")})
    with_record(one, record)
    one.say("a", "hello")  # its connection is not in recovery
    assert (await one.told())["a"].action == "allow"
    assert record.asked == []


async def test_after_a_standstill_the_record_is_asked_about_everything(make: Any) -> None:
    one = make()
    with_record(one, Record({("t", "a", 0): encoded("a", "mask")}))
    now = time.perf_counter()
    load = one.path.engine._load
    load.look(0, 0.0, now - 60.0)
    load.look(0, 0.0, now)
    one.say("a", "blockword")  # another gateway has answered it meanwhile
    one.say("b", "blockword")
    found = await one.told()
    assert (found["a"].action, found["b"].action) == ("mask", "block")
    assert one.path.engine.in_work == 0


async def test_what_waited_for_a_second_is_looked_up_before_it_is_decided(make: Any) -> None:
    """It was read before the standstill, and another gateway answered it meanwhile."""
    one = make()
    record = Record({("t", "a", 0): encoded("a", "mask")})
    with_record(one, record)
    one.say("a", "blockword", waited_s=2.0)
    one.say("b", "blockword", waited_s=2.0)
    one.say("c", "blockword", waited_s=0.5)
    found = await one.told()
    assert [found[ref].action for ref in "abc"] == ["mask", "block", "block"]
    assert record.asked == [[("t", "a", 0), ("t", "b", 0)]]
    assert one.path.engine.in_work == 0


def decided_elsewhere(data: Path, ref: str, text: str) -> None:
    """Record another gateway's verdict, as its writer does."""
    secret = load_secret(data)
    entry = Entry("verdict", "t", ref, 1.0, "mask", evidence=Evidence(text))
    with closing(open_store(data)) as store:
        book = Ledger(ref * 32, Head(), 0, Pseudonyms(secret), Seal(secret))
        store.commit(book.batch([(1, entry)]))


async def test_what_another_gateway_recorded_first_is_told_and_nothing_else(
    make: Any, tmp_path: Path
) -> None:
    one = make()
    record = Record({("t", "a", 0): encoded("a", "mask")})
    with_record(one, record)
    for ref in "ab":
        decided_elsewhere(tmp_path / "data", ref, "holdword")
    one.say("a", "holdword")
    one.say("b", "holdword")  # and the record does not answer for it
    one.say("c", "holdword")
    found = await one.told()
    assert {ref: each.action for ref, each in found.items()} == {"a": "mask", "c": "hold"}
    assert [each[:3] for each in one.asker.refusals] == [("b", 0, "overloaded")]
    assert one.path.held == [("t", "c", 0)]
    assert record.asked == [[("t", "a", 0), ("t", "b", 0)]]
    one.say("a", "holdword")  # from memory now
    assert [each.action for each in one.asker.verdicts if each.id == "a"] == ["mask", "mask"]


@pytest.mark.parametrize("trouble", ["slow", "gone"])
async def test_a_record_in_trouble_costs_a_third_of_the_budget(make: Any, trouble: str) -> None:
    one = make("ms: 90, on_timeout: allow")
    record = Record({("t", "a", 0): encoded("a", "block")})
    record.gone = trouble == "gone"
    if trouble == "slow":
        record.slow.clear()
    with_record(one, record)
    back = Returning()
    one.say("a", "hello", to=back)
    await one.path.idle()
    assert [each.action for each in back.verdicts] == ["allow"]


async def test_a_user_is_judged_in_order_behind_what_is_looked_up(make: Any) -> None:
    one = make()
    record = Record({})
    record.slow.clear()
    with_record(one, record)
    back = Returning()
    order: list[str] = []
    arrive = one.path.engine._arrive

    def noting(message: wire.Chat, *rest: Any) -> None:
        order.append(message.id)
        arrive(message, *rest)

    one.path.engine._arrive = noting
    one.say("a", "muteword", to=back)
    one.say("b", "hello")  # fresh, and of the same user
    one.say("c", "hello", user="somebody else")
    assert order == ["c"]
    async with asyncio.timeout(5.0):
        while not record.asked:  # noqa: ASYNC110
            await asyncio.sleep(0)
    record.slow.set()
    await one.path.idle()
    assert order == ["c", "a", "b"]


async def test_two_nodes_judge_the_same_message_alike_and_count_it_once(make: Any) -> None:
    one, other = make(), make()
    for number in range(9):
        for node in (one, other):
            node.say(f"m{number}", f"n {number * 7919}")
    here, there = await one.told(), await other.told()
    assert {ref: each.action for ref, each in here.items()} == {
        ref: each.action for ref, each in there.items()
    }
    assert [here[f"m{n}"].action for n in range(9)] == ["allow"] * 8 + ["block"]
