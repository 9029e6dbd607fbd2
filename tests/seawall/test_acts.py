"""Every word that an act may have is told in the reference, and no other one is taken."""

from __future__ import annotations

import re

import msgspec
import pytest

from seawall import wire
from seawall.actions import Target, TargetKind
from seawall.acts import LABELS, WORDS, label_of, why_not
from seawall.session import Session, SessionLimits

TARGETS = [
    Target("message", "r", "m"), Target("user", None, "u"), Target("room", "r"),
    Target("stream", "r", "s"),
]  # fmt: skip


def act(target: Target, kind: str) -> wire.Acted:
    return wire.Acted(target, kind, "ola", 1.0)


@pytest.mark.parametrize("target", TARGETS, ids=[each.kind for each in TARGETS])
def test_each_word_is_known_and_told_and_those_that_last_can_be_taken_back(target: Target) -> None:
    told = set(re.findall(r"\w+", wire.Acted.__doc__ or ""))
    for word in WORDS[target.kind]:
        assert why_not(act(target, word)) is None
        assert word in told
        lasts = label_of(word)[0] in LABELS.get(target.kind, ())
        assert (why_not(act(target, f"un{word}")) is None) is lasts
        assert label_of(f"un{word}") == (label_of(word)[0], True)


def test_every_label_has_a_word() -> None:
    for kind, labels in LABELS.items():
        assert labels <= {label_of(word)[0] for word in WORDS[kind]}


@pytest.mark.parametrize(
    ("target", "kind", "told"),
    [
        (TARGETS[1], "timeout", "known are ban, kick, mute"),
        (TARGETS[1], "bann", "did you mean 'ban'?"),
        (TARGETS[1], "unmut", "did you mean 'unmute'?"),
        (TARGETS[1], "fly", "nothing is called 'fly'"),
        (TARGETS[1], "un", "nothing is called 'un'"),
        (TARGETS[1], "shield", "of a user"),
        (TARGETS[2], "mute", "of a room"),
        (TARGETS[0], "unremove", "did you mean 'remove'?"),
        (TARGETS[3], "unwarn", "of a stream"),
    ],
)
def test_any_other_word_is_told_with_the_one_that_was_meant(
    target: Target, kind: str, told: str
) -> None:
    why = why_not(act(target, kind))
    assert why is not None
    assert told in why
    assert why.endswith("at `$.kind`")


@pytest.mark.parametrize("kind", ["message", "user", "stream", "room"])
def test_a_target_that_names_nothing_is_told(kind: TargetKind) -> None:
    field = "room" if kind == "room" else "id"
    why = why_not(act(Target(kind), WORDS[kind][0]))
    assert why == f"a {kind} without {field} - at `$.target.{field}`"


def test_a_word_without_end_is_not_repeated() -> None:
    why = why_not(act(TARGETS[1], "x" * 512))
    assert why is not None
    assert "x" * 65 not in why


def test_an_act_that_means_nothing_is_told_and_one_that_means_something_is_accepted() -> None:
    session = Session(SessionLimits(), "server", 0.0)
    session.receive(b'{"type":"hello","server":"s","rooms":["*"]}', 0.0)
    session.opened()
    outcome = session.receive(msgspec.json.encode(act(TARGETS[1], "mutte")), 0.0)
    assert isinstance(outcome, wire.Error)
    assert (outcome.code, outcome.ref) == ("bad_field", None)
    assert "did you mean 'mute'?" in outcome.message
    assert isinstance(
        session.receive(msgspec.json.encode(act(TARGETS[1], "mute")), 0.0), wire.Acted
    )
