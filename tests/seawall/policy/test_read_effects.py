"""Actions are read with their track and duration, and every restriction says how long."""

from __future__ import annotations

import pytest

from seawall.policy.form import Form
from seawall.policy.model import CaseSpec, Effect
from seawall.policy.problems import Problems
from seawall.policy.read_effects import LASTING, MOMENTARY, case_of, effects_of
from tests.seawall.policy.writing import node_of


def read(text: str, for_s: float | None = None) -> tuple[tuple[Effect, ...], tuple[str, ...]]:
    problems = Problems()
    return effects_of(node_of(text, "f.yaml"), problems, for_s), problems.errors


@pytest.mark.parametrize(
    ("text", "effects"),
    [
        ("block", (Effect("message", "block"),)),
        ("[hold, self_only]", (Effect("message", "hold"), Effect("visibility", "self_only"))),
        ("warn", (Effect("user", "warn"),)),
        ("stream.warn", (Effect("stream", "warn"),)),
        ("[{mute: 10m}, {care: null}]", (Effect("user", "mute", 600.0), Effect("user", "care"))),
        ("{ban: until_reversed}", (Effect("user", "ban"),)),
        ("{slow_all: 60}", (Effect("room", "slow_all", 60.0),)),
        ("{stream.blur: 5s}", (Effect("stream", "blur", 5.0),)),
        ("[]", ()),
    ],
)
def test_a_sound_action_is_read(text: str, effects: tuple[Effect, ...]) -> None:
    assert read(text) == (effects, ())


def test_a_window_says_once_how_long() -> None:
    effects = (Effect("user", "slow", 30.0), Effect("user", "warn"), Effect("user", "mute", 60.0))
    assert read("[slow, warn, {mute: 1m}]", 30.0) == (effects, ())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("blok", "unknown action 'blok'; did you mean 'block'?"),
        ("{mutes: 10m}", "unknown action 'mutes'; did you mean 'mute'?"),
        ("mute", "'mute' does not say how long: write {mute: 10m} or {mute: until_reversed}"),
        ("{ban: null}", "'ban' does not say how long: write {ban: 10m} or {ban: until_reversed}"),
        ("{block: 10m}", "'block' takes no duration, found the text '10m'"),
        ("{kick: 10m}", "'kick' takes no duration, found the text '10m'"),
        ("{mute: soon}", "expected a duration such as 30s, 10m, 2h or 7d, found the text 'soon'"),
        ("{mute: 0}", "'mute' must last from 1 second to ten years"),
        ("{mute: 10m, ban: 1d}", "an action with its duration is one key, such as {mute: 10m}"),
        ("[block, block]", "'block' is written twice"),
        ("[[block]]", "expected text, found a list"),
        ("12", "expected text, found the number 12; put it in quotes"),
    ],
)
def test_a_wrong_action_is_told(text: str, problem: str) -> None:
    assert read(text) == (
        ((Effect("message", "block"),) if "twice" in problem else ()),
        (f"f.yaml:1: {problem}",),
    )


def test_an_action_on_something_else_is_told() -> None:
    problems = Problems()
    assert effects_of(node_of("block", "f.yaml"), problems, tracks=("user",)) == ()
    assert problems.errors == ("f.yaml:1: 'block' acts on a message: not possible here",)


def test_nothing_does_nothing() -> None:
    assert effects_of(None, Problems()) == ()


def test_an_action_lasts_or_is_of_a_moment() -> None:
    assert "mute" in LASTING
    assert "slow_all" in LASTING
    assert not LASTING & MOMENTARY


def case(text: str) -> tuple[CaseSpec | None, tuple[str, ...]]:
    problems = Problems()
    form = Form(node_of(f"case: {text}", "f.yaml"), problems, "a rule", ("case",))
    return case_of(form, problems), problems.errors


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{queue: fraud}", CaseSpec("fraud", "p3")),
        ("{queue: fraud, priority: p1, due: 10m}", CaseSpec("fraud", "p1", 600.0, "escalate")),
        ("{queue: fraud, due: 1h, nobody: close}", CaseSpec("fraud", "p3", 3600.0, "close")),
    ],
)
def test_a_case_says_what_happens_when_nobody_decides(text: str, found: CaseSpec) -> None:
    assert case(text) == (found, ())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{queue: fraud, nobody: close}", "it needs a 'due', such as 10m"),
        ("{queue: fraud, due: 10m, nobody: ban}", "unknown word 'ban'"),
        ("{queue: fraud, due: 1s}", "'due' must be from 10 to"),
        ("{queue: fraud, due: soon}", "expected a duration"),
    ],
)
def test_a_case_that_cannot_be_meant_is_told(text: str, problem: str) -> None:
    _, errors = case(text)
    assert len(errors) == 1
    assert problem in errors[0]
