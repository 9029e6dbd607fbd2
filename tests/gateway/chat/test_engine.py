"""From an accepted message to its verdict, on real windows and a real journal, faults included."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.chat.answers import Answers
from gateway.chat.asking import Models
from gateway.chat.commands import Commands
from gateway.chat.engine import Engine, Job, Waiter
from gateway.chat.recorder import Recorder
from gateway.chat.rulesets import Ruleset, Rulesets
from gateway.log import RestrictionLog
from gateway.metrics import Metrics
from gateway.policy.load import load_policy
from gateway.record.entry import CommandEnd
from gateway.record.journal import Journal
from gateway.state.labels import Labels
from gateway.state.store import WindowStore
from seawall import wire
from seawall.events import Message, User
from seawall.fold import Folded, fold
from seawall.policy.model import Policy
from seawall.signals import Signals
from tests.gateway.live import POLICY, write_policy
from tests.gateway.records import fresh_record


class Asker:
    """Somebody who sends messages and keeps what comes back."""

    recovers_until = 0.0

    def __init__(self, tenant: str = "t") -> None:
        self.tenant = tenant
        self.verdicts: list[wire.Verdict] = []
        self.refusals: list[tuple[str, int, str, float]] = []
        self.complaints: list[tuple[str, int, str]] = []

    def repeats(self, claimed_at: float) -> bool:
        return True

    def complain(self, ref: str, rev: int, code: str, message: str) -> None:
        self.complaints.append((ref, rev, code))

    def answer(self, ref: str, rev: int, verdict: bytes) -> None:
        found = msgspec.json.decode(verdict, type=wire.Verdict)
        assert (found.id, found.rev) == (ref, rev)
        self.verdicts.append(found)

    def refuse(self, ref: str, rev: int, code: str, message: str, retry_after: float) -> None:
        self.refusals.append((ref, rev, code, retry_after))


class ChatPath:
    """An engine with all that it stands on."""

    def __init__(
        self,
        journal: Journal,
        windows: WindowStore,
        policy: Policy,
        queue: int,
        models: Models | None = None,
    ) -> None:
        loop = asyncio.get_running_loop()
        self.metrics = Metrics()
        self.labels = Labels()
        self.held: list[tuple[str, str, int]] = []
        commands = Commands(60.0, self.metrics, self.ended)
        recorder = Recorder(
            journal,
            self.labels,
            commands,
            self.opened,
            self.metrics,
            loop.call_later,
            RestrictionLog(loop.call_soon),
            60.0,
            False,
        )
        answers: Answers[Waiter] = Answers(60.0, 1 << 20)
        self.engine = Engine(
            Rulesets(policy, {}),
            windows,
            self.labels,
            answers,
            recorder,
            self.metrics,
            loop.call_soon,
            queue,
            models=(models, loop.call_later) if models is not None else None,
        )
        self.commands = commands

    def ended(self, tenant: str, command: wire.Command, end: CommandEnd) -> None:
        assert end.outcome == "superseded", "nobody says done here"

    def opened(self, tenant: str, ref: str, rev: int) -> None:
        self.held.append((tenant, ref, rev))

    def say(self, asker: Asker, ref: str, text: str, user: str = "u", rev: int = 0) -> None:
        author = wire.Author(user, user, [])
        kind = wire.Edit if rev else wire.Chat
        now = time.perf_counter()
        self.engine.judge(kind(ref, "r", author, text, 1.0, "chat", rev), asker, now, now)

    async def idle(self) -> None:
        async with asyncio.timeout(5.0):
            while self.engine.in_work:  # noqa: ASYNC110  # a state, not an event
                await asyncio.sleep(0.001)


Make = Callable[..., ChatPath]


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    return load_policy(write_policy(tmp_path_factory.mktemp("policy")))


@pytest.fixture
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a record of this test's own: ids are used again, and a verdict on one stands."""
    folder = tmp_path_factory.mktemp("data")
    fresh_record(folder)
    return folder


@pytest.fixture
async def make(record: Path, policy: Policy) -> AsyncIterator[Make]:
    """Give a function that makes an engine on a running journal and local windows."""
    journal, windows = Journal(record), WindowStore("local")
    await journal.start()
    await windows.start()

    def made(policy: Policy = policy, queue: int = 1000) -> ChatPath:
        return ChatPath(journal, windows, policy, queue)

    yield made
    await windows.close()
    await journal.stop()


async def test_each_message_is_answered_once_with_what_policy_says(make: Make) -> None:
    path, asker = make(), Asker()
    for ref, text in (("a", "hello"), ("b", "blockword"), ("c", "maskword"), ("d", "holdword")):
        path.say(asker, ref, text)
    await path.idle()
    found = {verdict.id: verdict.action for verdict in asker.verdicts}
    assert found == {"a": "allow", "b": "block", "c": "mask", "d": "hold"}
    assert len(asker.verdicts) == 4
    assert path.held == [("t", "d", 0)]
    assert (path.metrics.allowed, path.metrics.verdicts["block", "block-spam"]) == (1, 1)


async def test_eight_of_a_burst_pass_although_they_ask_together(make: Make) -> None:
    path, asker = make(), Asker()
    for number in range(20):
        path.say(asker, f"m{number}", f"n {number * 7919}")
    await path.idle()
    found = {verdict.id: verdict.action for verdict in asker.verdicts}
    assert [found[f"m{n}"] for n in range(20)] == ["allow"] * 8 + ["block"] * 12


async def test_a_message_sent_again_hears_its_first_verdict(make: Make) -> None:
    path, asker, other = make(), Asker(), Asker()
    path.say(asker, "a", "blockword")
    path.say(other, "a", "blockword")  # while it is being judged
    path.say(asker, "a", "blockword")
    await path.idle()
    assert [one.action for one in asker.verdicts + other.verdicts] == ["block", "block"]
    path.say(other, "a", "blockword")  # afterwards
    assert other.verdicts[1] == other.verdicts[0]
    path.say(asker, "b", "hello")
    await path.idle()
    path.say(asker, "b", "hello")
    assert [one.action for one in asker.verdicts[1:]] == ["allow", "allow"]
    assert (path.metrics.allowed, path.metrics.verdicts["block", "block-spam"]) == (1, 1)


async def test_an_id_with_other_content_is_told(make: Make) -> None:
    path, asker = make(), Asker()
    path.say(asker, "a", "hello")
    path.say(asker, "a", "goodbye")
    path.say(asker, "a", "hello", rev=1)
    path.say(Asker("other"), "a", "goodbye")
    await path.idle()
    path.say(asker, "a", "blockword")
    assert asker.complaints == [("a", 0, "id_reused")]  # in flight: the first is still owed
    assert [each[:3] for each in asker.refusals] == [("a", 0, "id_reused")]
    assert [(one.rev, one.action) for one in asker.verdicts] == [(0, "allow"), (1, "allow")]


async def test_a_full_gateway_says_overloaded_and_takes_more_later(make: Make) -> None:
    path, asker = make(queue=3), Asker()
    for number in range(5):
        path.say(asker, f"m{number}", f"n {number * 7919}")
    assert [each[:3] for each in asker.refusals] == [(f"m{n}", 0, "overloaded") for n in (3, 4)]
    await path.idle()
    path.say(asker, "m3", f"n {3 * 7919}")
    await path.idle()
    assert [one.id for one in asker.verdicts] == ["m0", "m1", "m2", "m3"]


class Broken:
    """Detectors with a bug that one word brings out."""

    def examine_all(self, asked: Sequence[tuple[str, User]]) -> list[tuple[Folded, Signals]]:
        folded = [(fold(text), user) for text, user in asked]
        return [(each, self.detect(each, user)) for each, user in folded]

    def detect(self, folded: Folded, user: User) -> Signals:
        if "bug" in folded.raw:
            raise ZeroDivisionError("a bug")
        return Signals()


class BrokenRulesets(Rulesets):
    """Rulesets whose detectors have that bug."""

    def __init__(self, policy: Policy) -> None:
        super().__init__(policy, {})
        detectors: Any = Broken()  # Any: it stands in for the real ones
        self.broken = Ruleset(policy, detectors)

    def of(self, tenant: str) -> Ruleset:
        return self.broken


@pytest.mark.parametrize("word", ["allow", "hold", "block"])
async def test_a_detectors_bug_is_answered_by_what_policy_says_of_silence(
    make: Make, tmp_path: Path, word: str
) -> None:
    text = POLICY.replace("{ms: 2000, on_timeout: allow}", f"{{ms: 2000, on_timeout: {word}}}")
    policy = load_policy(write_policy(tmp_path, policy=text))
    path, asker = make(policy), Asker()
    path.engine.rulesets = BrokenRulesets(policy)
    path.say(asker, "a", "here is a bug")
    path.say(asker, "b", "hello")  # of the same pass: examined with it, and none the worse
    await path.idle()
    found = {verdict.id: verdict for verdict in asker.verdicts}
    assert (found["a"].action, found["a"].late) == (word, True)
    assert found["a"].reasons[0].rule == "unchecked.detect"
    assert (found["b"].action, found["b"].late) == ("allow", False)
    assert path.metrics.unchecked == {("text", "detect"): 1}


async def test_one_messages_fault_leaves_no_other_of_its_pass_without_a_verdict(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, asker = make(), Asker()
    want, faults = path.engine._want, [ZeroDivisionError("a bug of ours")]

    def faulty(job: Job, event: Message, folded: Folded) -> None:
        if event.id == "b":
            raise faults.pop()
        want(job, event, folded)

    monkeypatch.setattr(path.engine, "_want", faulty)
    for ref in "abc":
        path.say(asker, ref, "hello")
    with pytest.raises(ZeroDivisionError):
        path.engine.examine()
    async with asyncio.timeout(5.0):
        while path.engine.in_work > 1:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
    assert sorted(each.id for each in asker.verdicts) == ["a", "c"]


async def test_a_restriction_counts_for_what_was_accepted_after_it(make: Make) -> None:
    path, asker = make(), Asker()
    path.say(asker, "a", "muteword")
    await path.idle()
    path.say(asker, "b", "hello")
    path.say(asker, "c", "hello", user="somebody else")
    await path.idle()
    found = {verdict.id: verdict for verdict in asker.verdicts}
    assert found["b"].reasons[0].rule == "restriction.mute"
    assert found["c"].action == "allow"


async def test_a_profile_is_judged_by_its_name_bio_and_text(make: Make) -> None:
    path, asker = make(), Asker()
    now = time.perf_counter()
    user = wire.Named("u", "Ann")
    for ref, bio in (("p1", "I like chess"), ("p2", "blockword")):
        path.engine.judge(wire.Profile(ref, user, 1.0, bio), asker, now, now)
    await path.idle()
    assert {one.id: one.action for one in asker.verdicts} == {"p1": "allow", "p2": "block"}


@pytest.mark.parametrize("word", ["allow", "hold", "block"])
async def test_what_cannot_be_recorded_is_policys_word_or_not_accepted(
    record: Path, tmp_path: Path, word: str
) -> None:
    text = POLICY.replace("{ms: 2000, on_timeout: allow}", f"{{ms: 2000, on_timeout: {word}}}")
    policy = load_policy(write_policy(tmp_path, policy=text))
    journal, windows = Journal(record), WindowStore("local")
    await journal.start()
    await windows.start()
    path, asker = ChatPath(journal, windows, policy, 100), Asker()
    await journal.stop()
    path.say(asker, "a", "blockword")
    path.say(asker, "b", "hello")
    await path.idle()
    assert path.metrics.unchecked == {("verdict", "journal"): 1}
    if word == "allow":
        found = {one.id: one for one in asker.verdicts}
        assert (found["a"].action, found["a"].late) == ("allow", True)
        assert [reason.rule for reason in found["a"].reasons] == ["unchecked.journal"]
        assert asker.refusals == []
    else:  # neither can be said unrecorded
        assert [each[:3] for each in asker.refusals] == [("a", 0, "overloaded")]
        assert [one.id for one in asker.verdicts] == ["b"]
        assert path.engine.answers.find(("t", "a", 0)) is None
    await windows.close()


async def test_no_flood_makes_an_allow_of_what_would_be_blocked(
    record: Path, policy: Policy
) -> None:
    journal, windows = Journal(record, entries=2), WindowStore("local")
    await journal.start()
    await windows.start()
    path, asker = ChatPath(journal, windows, policy, 100), Asker()
    for at in range(6):  # policy would let pass what cannot be recorded at all
        path.say(asker, f"m{at}", f"blockword {at}", user=f"u{at}")
    await path.idle()
    assert [(one.id, one.action) for one in asker.verdicts] == [("m0", "block"), ("m1", "block")]
    assert [each[:3] for each in asker.refusals] == [
        (f"m{at}", 0, "overloaded") for at in (2, 3, 4, 5)
    ]
    assert all(0.1 <= each[3] <= 5.0 for each in asker.refusals)
    await journal.stop()
    await windows.close()


async def test_a_category_with_a_word_of_its_own_is_not_let_through_unrecorded(
    record: Path, tmp_path: Path
) -> None:
    text = POLICY.replace(
        "on_timeout: allow}, p", "on_timeout: allow, categories: {spam: block}}, p"
    )
    policy = load_policy(write_policy(tmp_path, policy=text))
    journal, windows = Journal(record), WindowStore("local")
    await journal.start()
    await windows.start()
    path, asker = ChatPath(journal, windows, policy, 100), Asker()
    await journal.stop()
    path.say(asker, "a", "blockword")  # spam
    path.say(asker, "b", "holdword")  # scam.giveaway
    await path.idle()
    assert [each[:3] for each in asker.refusals] == [("a", 0, "overloaded")]
    assert [(one.id, one.action, one.late) for one in asker.verdicts] == [("b", "allow", True)]
    await windows.close()
