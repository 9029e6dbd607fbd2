"""What is found after the verdict takes the message back, and does nothing else."""

from __future__ import annotations

import pytest

from seawall.actions import MESSAGE_ACTIONS, Action, Target, strictness
from seawall.events import Message, User
from seawall.late import taken_back
from seawall.verdicts import Change, Verdict

EVENT = Message("t", "m1", "r1", User("u1"), "text", 1.0, 1.0, rev=2)


@pytest.mark.parametrize("said", MESSAGE_ACTIONS)
@pytest.mark.parametrize("would", MESSAGE_ACTIONS)
def test_only_a_stricter_verdict_takes_back(said: str, would: str) -> None:
    found = taken_back(EVENT, said, Verdict("p", would))
    if would == "mask" or strictness("message", would) <= strictness("message", said):
        assert found is None
        return
    assert found is not None
    assert found.restricts
    kind = "self_only" if would == "hold" else "remove"
    assert found.commands == (Action(Target("message", "r1", "m1", 2), kind),)


def test_nobody_is_punished_for_it() -> None:
    change = Change("user", "r1", "u1", "mute", 60.0, "rule", "spam")
    mute = Action(Target("user", "r1", "u1"), "mute", 60.0)
    verdict = Verdict("p", "block", actions=(mute,), commands=(mute,), changes=(change,), strikes=3)
    found = taken_back(EVENT, "allow", verdict)
    assert found is not None
    assert (found.actions, found.changes, found.strikes) == ((), (), 0)
    assert [action.kind for action in found.commands] == ["remove"]
    assert found.late
