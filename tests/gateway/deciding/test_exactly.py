"""Whatever is decided and undone, in whatever order, what is left is what all else would leave."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings, strategies as st

from gateway.record.where import Where
from gateway.shapes.rooms import ActBody
from gateway.state.labels import Labels
from seawall.actions import Target
from seawall.policy.model import Policy
from tests.gateway.chat.nodes import Clock
from tests.gateway.deciding.gates import TENANT, Gate, person

WHO = person("ann")
KINDS = st.sampled_from(["mute", "ban", "slow"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("machine"), st.just("mute"), st.integers(1, 60).map(float)),
        st.tuples(st.just("hand"), KINDS, st.none() | st.integers(1, 60).map(float)),
        st.tuples(st.just("undo"), st.just(""), st.integers(0, 9).map(float)),
        st.tuples(st.just("remove"), st.sampled_from(["a", "b"]), st.none()),
    ),
    max_size=10,
)
Steps = list[tuple[str, str, float | None]]


class Shown:
    """What a server shows of two messages, as commands say."""

    def __init__(self) -> None:
        self.away: set[str] = set()

    def hear(self, gate: Gate, since: int) -> None:
        for kind, target, _ in gate.since(since):
            if kind == "remove":
                self.away.add(target or "")
            elif kind == "restore":
                self.away.discard(target or "")


@settings(max_examples=25)
@given(steps=STEPS)
def test_decide_and_undo_leave_what_the_others_alone_would_have_left(
    migrated: Path, policy: Policy, steps: Steps
) -> None:
    with TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        shutil.copytree(migrated, data)
        asyncio.run(_exactly(Where.of(data), policy, steps))


async def _exactly(where: Where, policy: Policy, steps: Steps) -> None:
    gate, shown = Gate(where, Clock(), policy), Shown()
    try:
        decisions: dict[str, tuple[str, str]] = {}
        undone: set[str] = set()
        for number, (what, kind, value) in enumerate(steps):
            gate.clock.now += 1.0
            told = len(gate.told)
            if what == "machine":
                gate.judged(f"m{number}", action="allow", mute=value)
            elif what == "undo" and decisions:
                decision = list(decisions)[int(value or 0) % len(decisions)]
                await gate.deciding.undo(WHO, decision)
                undone.add(decision)
            elif what == "hand":
                done = await gate.deciding.act(WHO, "r", ActBody("user", "u", kind, value))
                decisions[done.decision.id] = ("user", kind)
            elif what == "remove":
                wish = ActBody("message", kind, "remove", rev=0)
                done = await gate.deciding.act(WHO, "r", wish)
                decisions[done.decision.id] = ("message", kind)
            shown.hear(gate, told)
            _compare(gate, undone)
            stand = [each for each in decisions if each not in undone]
            away = {decisions[each][1] for each in stand if decisions[each][0] == "message"}
            assert shown.away == away
            _servers(gate)
    finally:
        await gate.close()


def _compare(gate: Gate, undone: set[str]) -> None:
    """Hold what is in force against what the standing entries alone would have left."""
    alone = Labels()
    for entry in gate.book.entries:
        stands = entry.event.partition(".")[0] not in undone and entry.kind != "revert"
        if stands:
            alone.put(TENANT, entry.labels, entry.at)
    now = gate.clock.now
    mine, theirs = (each.facts(TENANT, "r", "u", now).user for each in (gate.labels, alone))
    assert {name: label.until for name, label in mine.items()} == {
        name: label.until for name, label in theirs.items()
    }


def _servers(gate: Gate) -> None:
    """What servers were told last of each kind lasts as long as what is in force."""
    ends: dict[str, float] = {}
    for command in gate.commands_told:
        if command.target == Target("user", "r", "u"):
            lasts = float("inf") if command.for_s is None else command.for_s
            ends[command.kind] = command.at + lasts
    now = gate.clock.now
    for kind, until in gate.force().items():
        wanted = float("inf") if until is None else until
        assert abs(ends[kind] - wanted) < 0.1 or ends[kind] == wanted
    over = {kind for kind, end in ends.items() if end > now + 0.1}
    assert over == set(gate.force())
