"""Every message is answered at most once, nothing is lost over a break, and no bound is passed."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
)

from seawall import ledger as module, wire
from seawall.actions import Target
from seawall.errors import WireError
from seawall.ledger import ACK, Applied, Arrival, Counts, Key, Ledger, key_of

ROOMY = (256, 256 * 1024)


def item(key: Key) -> bytes:
    return msgspec.json.encode({"type": "chat", "id": key[0], "rev": key[1]})


def keys_in(frame: bytes) -> list[Key]:
    message = msgspec.json.decode(frame)
    items = message["items"] if message["type"] == "batch" else [message]
    return [(each["id"], each["rev"]) for each in items]


class Bookkeeping(RuleBasedStateMachine):
    """The ledger beside the simplest thing that could be right: lists."""

    keys: Bundle[Key] = Bundle("keys")

    @initialize(inflight=st.integers(1, 4), items=st.integers(1, 3))
    def begin(self, inflight: int, items: int) -> None:
        self.counts = Counts()
        self.ledger = Ledger(inflight, self.counts)
        self.items = items
        self.unsent: list[Key] = []
        self.sent: list[Key] = []
        self.opened: list[Key] = []
        self.deaf: list[Key] = []
        self.heard: list[Key] = []
        self.serial = 0

    @rule(target=keys, group=st.integers(0, 2))
    def ask(self, group: int) -> Key:
        self.serial += 1
        key = (f"m{self.serial}", 0)
        assert self.ledger.open(key, item(key), group)
        self.unsent.append(key)
        self.opened.append(key)
        return key

    @rule(key=keys)
    def ask_again_while_waiting(self, key: Key) -> None:
        if key in self.unsent or (key in self.sent and key not in self.deaf):
            with pytest.raises(WireError, match="id_reused"):
                self.ledger.open(key, item(key))

    @rule()
    def write(self) -> None:
        frame = self.ledger.take(self.items, 10_000)
        room = self.ledger.inflight - len(self.sent)
        if frame is None:
            assert not self.unsent or room <= 0
            return
        keys = keys_in(frame.data)
        assert len(keys) <= min(self.items, room)
        assert keys == self.unsent[: len(keys)]  # in the order of asking
        del self.unsent[: len(keys)]
        self.sent += keys

    @rule(key=keys)
    def answer(self, key: Key) -> None:
        arrival = self.ledger.settle(key)
        if key not in self.sent:
            assert arrival is Arrival.STRAY
        elif key in self.deaf:
            assert arrival is Arrival.LATE
        else:
            assert arrival is Arrival.ANSWER
            assert key not in self.heard
            self.heard.append(key)
        if key in self.sent:
            self.sent.remove(key)

    @rule(key=keys)
    def give_up(self, key: Key) -> None:
        self.ledger.give_up(key, 1.0)
        if key in self.unsent:
            self.unsent.remove(key)
        elif key in self.sent and key not in self.deaf:
            self.deaf.append(key)

    @rule()
    def forget_the_given_up(self) -> None:
        self.ledger.expire(2.0)
        self.sent = [key for key in self.sent if key not in self.deaf]

    @rule()
    def lose_the_connection(self) -> None:
        assert self.ledger.break_off() == []
        waiting = {*self.unsent, *self.sent} - set(self.deaf)
        self.unsent = [key for key in self.opened if key in waiting]
        self.sent = []

    @rule()
    def lose_the_connection_for_what_was_sent(self) -> None:
        lost = self.ledger.break_off(resend=False)
        assert set(lost) == set(self.sent) - set(self.deaf)
        self.sent = []

    @rule(key=consumes(keys))
    def rest(self, key: Key) -> None:
        """Let a key be, so that examples do not only grow."""

    @invariant()
    def nothing_is_lost_and_nothing_is_over(self) -> None:
        if hasattr(self, "ledger"):
            assert len(self.ledger) == len(self.unsent) + len(self.sent)
            assert self.ledger.in_flight == len(self.sent) <= self.ledger.inflight


Bookkeeping.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestBookkeeping = Bookkeeping.TestCase


def opened(*names: str, group: int = 0, inflight: int = 16) -> Ledger:
    ledger = Ledger(inflight, Counts())
    for name in names:
        ledger.open((name, 0), item((name, 0)), group)
    return ledger


def test_only_neighbours_of_one_group_share_a_frame() -> None:
    ledger = opened("a")
    ledger.open(("b", 0), item(("b", 0)), 1)
    ledger.open(("c", 0), item(("c", 0)), 1)
    ledger.open(("d", 0), item(("d", 0)), 2)
    frames = [ledger.take(*ROOMY) for _ in range(4)]
    assert [keys_in(frame.data) for frame in frames if frame is not None] == [
        [("a", 0)],
        [("b", 0), ("c", 0)],
        [("d", 0)],
    ]
    assert frames[3] is None


@given(sizes=st.lists(st.integers(1, 400), min_size=1, max_size=20), limit=st.integers(60, 1000))
def test_a_batch_never_outgrows_a_frame(sizes: list[int], limit: int) -> None:
    ledger = Ledger(1024, Counts())
    for number, size in enumerate(sizes):
        ledger.open((str(number), 0), b'"' + b"x" * size + b'"', 1)
    while (frame := ledger.take(256, limit)) is not None:
        assert len(frame.data) <= limit or frame.data.startswith(b'"')


def test_a_refused_batch_is_sent_again_one_by_one_without_the_culprit() -> None:
    ledger = opened("a", "b", "c", group=1)
    ledger.take(*ROOMY)
    ledger.split(("b", 0))
    assert ledger.settle(("b", 0)) is Arrival.ANSWER
    assert ledger.settle(("c", 0)) is Arrival.ANSWER  # the first sending may still be answered
    frame = ledger.take(*ROOMY)
    assert frame is not None
    assert keys_in(frame.data) == [("a", 0)]
    assert ledger.take(*ROOMY) is None


def test_a_batch_refused_without_a_name_is_sent_again_one_by_one() -> None:
    ledger = opened("a", "b", group=1)
    ledger.open(("lone", 0), item(("lone", 0)))
    ledger.take(*ROOMY)
    ledger.take(*ROOMY)
    ledger.give_up(("b", 0), 1.0)
    ledger.split(None)
    frame = ledger.take(*ROOMY)
    assert frame is not None
    assert keys_in(frame.data) == [("a", 0)]
    assert ledger.take(*ROOMY) is None


def test_who_gave_up_may_ask_again() -> None:
    ledger = opened("a")
    ledger.take(*ROOMY)
    ledger.give_up(("a", 0), 1.0)
    assert ledger.open(("a", 0), item(("a", 0)))
    assert ledger.settle(("a", 0)) is Arrival.STRAY  # an answer to what was asked before
    assert ledger.take(*ROOMY) is not None
    assert ledger.settle(("a", 0)) is Arrival.ANSWER


def test_an_answer_nobody_waits_for_is_not_expected_for_ever() -> None:
    ledger = opened("a", "b", inflight=1)
    ledger.take(*ROOMY)
    ledger.give_up(("a", 0), 1.0)
    ledger.expire(1.0)
    assert ledger.take(*ROOMY) is None
    ledger.expire(1.5)
    assert ledger.take(*ROOMY) is not None


@pytest.mark.parametrize("resend", [True, False])
def test_a_break_forgets_who_gave_up_and_keeps_or_drops_who_waits(resend: bool) -> None:
    ledger = opened("deaf", "sent", "unsent", inflight=2)
    ledger.take(*ROOMY)
    ledger.take(*ROOMY)
    ledger.give_up(("deaf", 0), 1.0)
    assert ledger.break_off(resend=resend) == ([] if resend else [("sent", 0)])
    frames = [ledger.take(*ROOMY) for _ in range(3)]
    sent = [key for frame in frames if frame is not None for key in keys_in(frame.data)]
    assert sent == ([("sent", 0)] if resend else []) + [("unsent", 0)]
    assert ledger.settle(("deaf", 0)) is Arrival.STRAY


def test_giving_up_twice_is_giving_up_once() -> None:
    ledger = opened("a", "b")
    ledger.take(*ROOMY)
    for name in ("a", "b", "never asked"):
        ledger.give_up((name, 0), 1.0)
        ledger.give_up((name, 0), 1.0)
    assert len(ledger) == ledger.in_flight == 1


def test_the_queue_is_bounded() -> None:
    ledger = opened(*map(str, range(module.QUEUE)))
    assert not ledger.open(("one more", 0), b"{}")
    assert len(ledger) == module.QUEUE


def test_what_nothing_answers_is_settled_by_writing() -> None:
    join = wire.Join("r", wire.User("u"), 1.0)
    key = key_of(join, 7)
    ledger = Ledger(4, Counts())
    ledger.open(key, b"{}")
    frame = ledger.take(*ROOMY)
    assert frame is not None
    assert frame.plain == key
    assert ledger.settle(key) is Arrival.ANSWER


def test_an_answer_too_late_is_late_once_and_then_stray() -> None:
    counts = Counts()
    ledger = Ledger(4, counts)
    ledger.open(("a", 0), item(("a", 0)))
    ledger.take(*ROOMY)
    ledger.give_up(("a", 0), 1.0)
    assert [ledger.settle(("a", 0)) for _ in range(2)] == [Arrival.LATE, Arrival.STRAY]
    assert (counts.answered, counts.late, counts.stray) == (0, 1, 1)


def test_keys_say_what_answers() -> None:
    who = wire.Author("u", "u", [])
    assert key_of(wire.Chat("m", "r", who, "t", 1.0, "chat", 2), 9) == ("m", 2)
    assert key_of(wire.Edit("m", "r", who, "t", 1.0, "chat", 3), 9) == ("m", 3)
    assert key_of(wire.Profile("p", wire.Named("u", "Ann"), 1.0), 9) == ("p", 0)
    assert key_of(wire.Report("r", "r", "u", "spam", "u2", 1.0), 9) == ("r", ACK)
    assert key_of(wire.Answer("a", "m", 1.0), 9) == ("a", ACK)
    assert key_of(wire.Leave("r", wire.User("u"), 1.0), 9) == ("", 9)


def test_an_error_finds_its_message() -> None:
    ledger = opened("a", "b")
    assert ledger.find("b", 0) == ("b", 0)
    assert ledger.find("b", None) == ("b", 0)
    assert ledger.find("b", 1) is None
    assert ledger.find("c", None) is None


def order(
    seq: int, kind: str = "mute", user: str = "u", until: float | None = None
) -> wire.Command:
    return wire.Command(f"c{user}{kind}{seq}", seq, kind, Target("user", "r", user), 60.0, until)


@given(
    received=st.lists(
        st.builds(
            order,
            seq=st.integers(1, 6),
            kind=st.sampled_from(["mute", "slow"]),
            user=st.sampled_from(["u", "v"]),
        ),
        max_size=40,
    ),
    works=st.lists(st.booleans(), min_size=40, max_size=40),
)
def test_a_command_is_applied_once_and_never_after_a_newer_one(
    received: list[wire.Command], works: list[bool]
) -> None:
    applied = Applied(Counts())
    carried_out: list[wire.Command] = []
    for command, good in zip(received, works, strict=False):
        answer = applied.review(command, 1.0)
        if answer is None and good:
            assert applied.done(command, 1.0) == wire.Done(command.id, 1.0)
            carried_out.append(command)
        elif answer is None:
            assert isinstance(applied.failed(command, "no"), wire.Failed)
        else:
            assert answer == wire.Done(command.id, 1.0)
    assert len({command.id for command in carried_out}) == len(carried_out)
    for kind in ("mute", "slow"):
        for user in ("u", "v"):
            seqs = [c.seq for c in carried_out if c.kind == kind and c.target.id == user]
            assert seqs == sorted(seqs)


@given(st.permutations(["remove 1", "restore 2", "self_only 3", "restore 4", "remove 5"]))
def test_of_a_removal_and_its_restoring_the_later_stands_in_whatever_order_they_come(
    received: list[str],
) -> None:
    """Two connections may bring them in any order: the last one applied is always the newest."""
    applied = Applied(Counts())
    target = Target("message", "r", "m")
    carried_out: list[int] = []
    for each in received:
        kind, _, seq = each.partition(" ")
        command = wire.Command(f"c{seq}", int(seq), kind, target)
        if applied.review(command, 1.0) is None:
            applied.done(command, 1.0)
            carried_out.append(command.seq)
    since = carried_out[carried_out.index(5) :]
    assert {1, 2, 4}.isdisjoint(since[1:])


def test_an_expired_command_is_not_carried_out() -> None:
    applied = Applied(Counts())
    assert applied.review(order(1, until=5.0), 6.0) == wire.Failed("cumute1", "expired")
    assert applied.review(order(1, until=5.0), 4.0) is None


def test_the_outcome_of_a_hold_is_news_once_and_remembered_up_to_a_limit() -> None:
    counts = Counts()
    applied = Applied(counts, limit=2)
    holds = [wire.Hold(f"m{number}", 0, "approved") for number in range(3)]
    assert [applied.is_news(hold) for hold in (holds[0], holds[0], holds[1])] == [True, False, True]
    assert applied.is_news(wire.Hold("m1", 1, "denied"))
    assert applied.is_news(holds[0])
    assert counts.repeated == 1


def test_what_was_applied_is_remembered_up_to_a_limit() -> None:
    counts = Counts()
    applied = Applied(counts, limit=2)
    for user in ("a", "b", "c"):
        applied.done(order(1, user=user), 1.0)
    assert applied.review(order(1, user="c"), 1.0) is not None
    assert applied.review(order(1, user="a"), 1.0) is None
    assert (counts.applied, counts.repeated) == (3, 1)
