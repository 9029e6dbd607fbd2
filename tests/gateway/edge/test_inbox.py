"""Who is served when more has come than a pass can do, on a clock that only work moves."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gateway.chat.load import Load
from gateway.edge.inbox import PASS, Inbox
from seawall import wire
from seawall.session import Close, Peek, Session, SessionLimits

JUDGE_S, PARSE_S = 100e-6, 2e-6
BUDGET_S = 0.05


class World:
    """A loop and a clock; `served` is what was handed over, in order."""

    def __init__(self) -> None:
        self.time = 100.0
        self.soon: deque[Callable[[], None]] = deque()
        self.load = Load(lambda: BUDGET_S)
        self.load.cost_s = JUDGE_S
        self.inbox = Inbox(
            self.soon.append, lambda: None, self.load, lambda: self.time, work=self.work
        )
        self.handed = 0
        self.served: list[tuple[str, str, str, int]] = []
        self.waited: dict[tuple[str, int], float] = {}

    def work(self) -> None:
        """Take as long as it takes to judge what was handed over."""
        self.time += self.handed * JUDGE_S
        self.handed = 0

    def run_pass(self) -> None:
        """Run what was scheduled before now, as one iteration of a loop does."""
        for _ in range(len(self.soon)):
            self.soon.popleft()()

    def drain(self) -> None:
        while self.soon:
            self.run_pass()

    def offer(self, flows: dict[float, Callable[[int], None]], seconds: float) -> None:
        """Have each function called at its rate, with a number, for as long."""
        start, sent = self.time, dict.fromkeys(flows, 0)
        while (elapsed := self.time - start) < seconds:
            for rate, say in flows.items():
                while sent[rate] < rate * elapsed:
                    say(sent[rate])
                    sent[rate] += 1
            if not self.soon:
                self.time += 1e-4
            self.run_pass()


class Server:
    """A connection with a real session, and what it was told."""

    def __init__(self, world: World, tenant: str = "t", inflight: int = 100_000) -> None:
        self.tenant = tenant
        self.world = world
        limits = SessionLimits(inflight=inflight, rate=1e9, burst=1e9)
        self.session = Session(limits, "server", 0.0)
        self.session.receive(b'{"type":"hello","server":"s","rooms":["*"]}', 0.0)
        self.session.opened()
        self.refused: list[tuple[str, int]] = []
        self.reading = True
        self.taken: list[tuple[str, int]] = []

    def say(self, ref: str, room: str = "r", rev: int = 0, **more: Any) -> None:
        user = {"id": more.pop("user", "u"), "name": "u", "roles": []}
        kind: dict[str, Any] = {"type": "edit", "rev": rev} if rev else {"type": "chat"}
        message = {"id": ref, "room": room, "user": user, "text": "x", "at": 1.0}
        self.put({**kind, **message, "surface": "chat", **more})

    def put(self, message: dict[str, Any]) -> None:
        self.world.inbox.put(self, json.dumps(message).encode(), self.world.time)

    def take(self, data: bytes, read: float) -> None:
        for message in self.parse(data, read):
            self.deliver(message, read, self.world.time)

    def parse(self, data: bytes, read: float) -> Sequence[wire.ClientMessage]:
        self.world.time += PARSE_S
        outcome = self.session.receive(data, read)
        assert not isinstance(outcome, Close)
        if isinstance(outcome, wire.Error):
            assert outcome.ref is not None
            self.refused.append((outcome.ref, outcome.rev or 0))
            return ()
        return outcome.items if isinstance(outcome, wire.Batch) else (outcome,)

    def deliver(self, message: wire.ClientMessage, read: float, taken: float) -> None:
        world = self.world
        world.handed += 1
        if isinstance(message, wire.Chat | wire.Edit):
            key = message.id, message.rev
            self.taken.append(key)
            self.session.answered(key)
            world.served.append((self.tenant, message.room, message.user.id, int(message.id[1:])))
            world.waited[key] = taken - read

    def turn_away(self, data: bytes, found: Peek, read: float, why: bytes) -> None:
        self.world.time += PARSE_S
        line = b'{"type":"error","ref":"x","rev":0,' + why
        assert msgspec.json.decode(line, type=wire.Error).code == "overloaded"
        if not self.session.may_shed((found.id, found.rev), read):
            self.take(data, read)
            return
        self.refused.append((found.id, found.rev))

    def refuse(self, ref: str, rev: int, code: str, message: str, retry_after: float) -> None:
        assert code == "overloaded"
        assert 0.1 <= retry_after <= 10.0
        assert self.session.answered((ref, rev))
        self.refused.append((ref, rev))

    def hold(self) -> None:
        self.reading = False

    def release(self) -> None:
        self.reading = True


def test_what_fits_into_a_pass_is_worked_off_in_order_of_arrival() -> None:
    world = World()
    one, other = Server(world), Server(world, "other")
    for number in range(PASS // 4):
        (one if number % 3 else other).say(f"m{number}", room=f"r{number % 5}")
    world.run_pass()
    assert [number for *_, number in world.served] == list(range(PASS // 4))
    assert not world.soon


def passes_to_judge(floods: bool) -> list[int]:
    """Return how many passes each message of quiet rooms took from its read."""
    world = World()
    hot, quiet = Server(world), Server(world)
    took: list[int] = []
    number = 0
    for turn in range(400):
        for _ in range(150 if floods else 0):  # ten times what a slice can do
            hot.say(f"m{number}", room="hot")
            number += 1
        quiet.say(f"q{turn}", room=f"quiet{turn % 7}")
        passes, judged = 0, len(quiet.taken)
        while len(quiet.taken) == judged:
            world.run_pass()
            passes += 1
        took.append(passes)
    assert quiet.refused == []
    world.drain()
    assert len(hot.taken) + len(hot.refused) == number
    assert world.load.state == "normal"  # it is that room's trouble
    if floods:
        assert len(hot.refused) > number / 2
        assert max(world.waited["q" + str(turn), 0] for turn in range(400)) < BUDGET_S / 2
    return took


def test_a_quiet_room_waits_at_most_twice_as_long_while_another_floods() -> None:
    alone, beside = sorted(passes_to_judge(False)), sorted(passes_to_judge(True))
    at = int(0.99 * len(alone))
    assert beside[at] <= 2 * alone[at]


def test_a_hot_rooms_answers_are_in_time_or_refused_at_once() -> None:
    world = World()
    hot, quiet = Server(world), Server(world)
    world.offer(
        {
            30_000.0: lambda n: hot.say(f"m{n}", room="hot"),
            300.0: lambda n: quiet.say(f"q{n}", room=f"quiet{n % 9}"),
        },
        1.0,
    )
    world.drain()
    late = [waited for waited in world.waited.values() if waited > BUDGET_S]
    assert len(late) < len(world.waited) / 100
    assert len(hot.refused) > 10_000
    assert quiet.refused == []
    assert sorted(world.waited[key] for key in quiet.taken)[int(0.99 * len(quiet.taken))] < 0.01


def test_a_hot_room_leaves_others_examined_whole_whoever_looks() -> None:
    world = World()
    hot, quiet = Server(world), Server(world)
    states: set[str] = set()

    def look(_: int) -> None:
        world.inbox.look(0.0)
        states.add(world.load.state)

    world.offer(
        {
            30_000.0: lambda n: hot.say(f"m{n}", room="hot"),
            300.0: lambda n: quiet.say(f"q{n}", room=f"quiet{n % 9}"),
            20.0: look,
        },
        1.0,
    )
    assert len(hot.refused) > 10_000
    assert states == {"normal"}


def test_a_burst_holds_who_speaks_and_lets_them_speak_again() -> None:
    world = World()
    servers = [Server(world) for _ in range(10)]
    for number in range(400):
        servers[number % 10].say(f"m{number}", room=f"r{number % 40}")
    world.run_pass()
    assert world.load.state == "paused"
    for each in servers:
        each.say("m9999", room="r0")
        break
    world.run_pass()
    assert not servers[0].reading
    world.drain()
    assert all(each.reading for each in servers)
    assert world.load.state in ("lean", "full")
    assert sum(len(each.taken) for each in servers) == 401


@pytest.mark.parametrize("times", [2, 5])
def test_sustained_overload_refuses_what_cannot_be_in_time_and_ends(times: int) -> None:
    world = World()
    servers = [Server(world) for _ in range(10)]
    world.offer({times / JUDGE_S: lambda n: servers[n % 10].say(f"m{n}", room=f"r{n % 40}")}, 2.0)
    assert world.load.entered["full"]
    world.drain()
    in_time = sum(waited <= BUDGET_S for waited in world.waited.values())
    assert in_time >= 0.98 * len(world.served)
    refusing = (times - 1) * 2.0 / JUDGE_S * PARSE_S  # what refusing the rest takes at least
    assert in_time * (JUDGE_S + PARSE_S) >= 0.9 * (2.0 - refusing)
    for number in range(3):
        world.time += 1.0
        servers[0].say(f"z{number}")
        world.drain()
    assert world.load.state == "normal"


def test_joins_without_end_are_not_read_instead_of_being_kept() -> None:
    world = World()
    server = Server(world)
    user = {"id": "u"}
    for _ in range(3000):
        server.put({"type": "join", "room": "hot", "user": user, "at": 1.0})
    world.run_pass()
    assert not server.reading
    world.drain()
    assert server.reading


def test_a_command_is_heard_at_once_however_much_waits() -> None:
    world = World()
    server = Server(world)
    heard: list[object] = []
    world_deliver = server.deliver

    def deliver(message: wire.ClientMessage, read: float, taken: float) -> None:
        if isinstance(message, wire.Done):
            heard.append(message)
        else:
            world_deliver(message, read, taken)

    server.deliver = deliver  # type: ignore[method-assign]
    for number in range(1000):
        server.say(f"m{number}")
    server.put({"type": "done", "command": "c"})
    world.run_pass()
    assert len(heard) == 1


class Orders(RuleBasedStateMachine):
    """Any order of arrivals, passes, stalls and slow messages: each message has one answer, and
    those of one user in one room are judged in the order they came."""

    @initialize()
    def begin(self) -> None:
        self.world = World()
        self.servers = [Server(self.world, tenant, inflight=400) for tenant in "ttu"]
        self.sent = 0
        self.by_server: list[list[tuple[str, int]]] = [[], [], []]

    @rule(
        place=st.integers(0, 2),
        room=st.sampled_from(["a", "b", "hot"]),
        user=st.sampled_from("uv"),
        count=st.sampled_from([1, 2, 50, 300]),
    )
    def say(self, place: int, room: str, user: str, count: int) -> None:
        server = self.servers[place]
        for _ in range(count if server.reading else 1):
            self.sent += 1
            server.say(f"m{self.sent}", room=room, user=user)
            self.by_server[place].append((f"m{self.sent}", 0))

    @rule(place=st.integers(0, 2), count=st.integers(1, 200))
    def batch(self, place: int, count: int) -> None:
        items = []
        for _ in range(count):
            self.sent += 1
            user = {"id": "w", "name": "w", "roles": []}
            items.append(
                {"type": "chat", "id": f"m{self.sent}", "room": "b", "user": user, "text": "x"}
                | {"at": 1.0, "surface": "chat"}
            )
        before = len(self.servers[place].session.outstanding)
        if before + count < 2 * 400 - 700:
            self.servers[place].put({"type": "batch", "items": items})
            self.by_server[place] += [(str(item["id"]), 0) for item in items]

    @rule(passes=st.integers(1, 5))
    def work(self, passes: int) -> None:
        for _ in range(passes):
            self.world.run_pass()

    @rule(seconds=st.floats(0.0, 2.0))
    def stand_still(self, seconds: float) -> None:
        self.world.time += seconds

    @rule(cost_s=st.floats(1e-5, 1e-2))
    def judge_slower_or_faster(self, cost_s: float) -> None:
        self.world.load.cost_s = cost_s

    @invariant()
    def nobody_is_answered_twice_and_users_keep_their_order(self) -> None:
        for place, server in enumerate(self.servers):
            answered = server.taken + server.refused
            assert len(set(answered)) == len(answered)
            assert set(answered) <= set(self.by_server[place])
        last: dict[tuple[str, str, str], int] = {}
        for tenant, room, user, number in self.world.served:
            assert last.get((tenant, room, user), 0) < number
            last[tenant, room, user] = number

    def teardown(self) -> None:
        self.world.drain()
        for place, server in enumerate(self.servers):
            assert sorted(server.taken + server.refused) == sorted(self.by_server[place])
            assert not server.session.outstanding
            assert server.reading
        assert len(self.world.inbox) == 0


Orders.TestCase.settings = settings(
    max_examples=30,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestOrders = Orders.TestCase


def test_one_sources_fault_leaves_nobody_unread() -> None:
    """A message that raises is one message's loss; it once ended reading for everybody."""
    world = World()
    broken, server = Server(world), Server(world)

    def fail(data: bytes, read: float) -> None:
        raise ZeroDivisionError

    broken.take = fail  # type: ignore[method-assign]
    broken.say("m1")
    server.say("m2")
    with pytest.raises(ZeroDivisionError):
        world.drain()
    server.say("m3")
    world.drain()
    assert [ref for ref, _ in server.taken] == ["m2", "m3"]
