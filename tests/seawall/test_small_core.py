"""The small pure tables: actions, ladder, notices, cases, signals, rendering."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, strategies as st

from seawall import wire
from seawall.actions import ACTIONS, KIND_OF, Target, is_restriction, strictest, strictness
from seawall.ladder import NO_LADDER, Ladder, Step, decayed, penalty
from seawall.notices import notice_for
from seawall.render import render
from seawall.signals import NO_SIGNALS, Signal, Signals
from seawall.taxonomy import CATEGORIES, CATEGORY_NAMES, SEVERITY_SCORES, Severity
from seawall.verdicts import Finding, Verdict


def test_mildest_stands_first() -> None:
    assert strictest("message", "mask", "hold") == "hold"
    assert strictest("message", "block", "block") == "block"
    assert [strictness("message", kind) for kind in ACTIONS["message"]] == [0, 1, 2, 3, 4]
    assert KIND_OF["warn"] == "user"
    assert KIND_OF["blur"] == "stream"
    with pytest.raises(KeyError):
        strictness("room", "mute")


def test_care_allow_and_restore_restrict_nobody() -> None:
    kinds = {kind for kinds in ACTIONS.values() for kind in kinds} | {"restore"}
    assert {kind for kind in kinds if not is_restriction(kind)} == {"allow", "restore", "care"}


def test_categories_are_unique_and_self_harm_is_never_penal() -> None:
    assert len(CATEGORY_NAMES) == len(CATEGORIES)
    assert [category.name for category in CATEGORIES if not category.penal] == ["self_harm"]
    assert list(SEVERITY_SCORES) == sorted(Severity)


LADDER = Ladder((Step(1, "warn"), Step(3, "mute", 600.0), Step(6, "mute", 86_400.0)), 3600.0)


@pytest.mark.parametrize(
    ("before", "added", "step"),
    [
        (0, 0, None),
        (0, 0.5, None),
        (0, 1, 0),
        (0, 3, 1),
        (2, 1, 1),
        (5, 9, 2),
        (9, 1, 2),
        (9, 0, None),
    ],
)
def test_the_highest_step_reached_applies(before: float, added: float, step: int | None) -> None:
    found = penalty(LADDER, before, added)
    assert found == (None if step is None else LADDER.steps[step])


def test_two_strikes_a_minute_apart_are_two() -> None:
    ladder = Ladder((Step(2, "mute", 60.0),))
    assert penalty(ladder, decayed(1, 60.0, ladder.half_life_s), 1) == ladder.steps[0]
    assert penalty(ladder, decayed(1, 86_400.0, ladder.half_life_s), 1) is None


def test_no_ladder_no_penalty() -> None:
    assert penalty(NO_LADDER, 0, 100) is None


@given(strikes=st.floats(0, 1e6), ages=st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)))
def test_strikes_only_fade(strikes: float, ages: tuple[float, float]) -> None:
    young, old = sorted(ages)
    assert 0 <= decayed(strikes, old, 3600.0) <= decayed(strikes, young, 3600.0) <= strikes


def test_strikes_halve_and_a_clock_stepped_back_changes_nothing() -> None:
    assert decayed(4.0, 3600.0, 3600.0) == pytest.approx(2.0)
    assert decayed(4.0, -10.0, 3600.0) == 4.0


def test_notices_fall_back_to_base_language_english_and_any() -> None:
    texts = {"spam": {"en": "e", "pt": "p"}, "odd": {"zz": "z"}}
    assert notice_for(texts, ("spam",), "pt-BR") == "p"
    assert notice_for(texts, ("spam",), "ko") == "e"
    assert notice_for(texts, (None, "unknown", "odd"), None) == "z"
    assert notice_for(texts, ("unknown",), "en") is None


def test_the_best_signal_of_a_name_wins() -> None:
    low, high = Signal("link.any", 0.2, "links"), Signal("link.any", 0.9, "links")
    both = Signals([low, high])
    assert both.scores == {"link.any": 0.9}
    assert both.best("link.any") is high
    assert both.best("link.listed") is None
    assert both == Signals([low, high])
    assert hash(both) == hash(Signals([low, high]))
    assert Signals() == NO_SIGNALS
    assert "link.any" in repr(both)


def test_a_verdict_is_rendered_as_wire_says() -> None:
    finding = Finding("r", "spam", Severity.HIGH, (), "lexicon", 0.12345, (1, 3))
    target = Target("message", "r1", "m1", 2)
    verdict = Verdict("a" * 64, "mask", "reduced", (), (finding,), (finding,), "h**", "Why", 9.0)
    line = msgspec.json.encode(render(verdict, target, {"total": 1.0}))
    found = msgspec.json.decode(line)
    assert found == {
        "type": "verdict",
        "id": "m1",
        "rev": 2,
        "action": "mask",
        "actions": [
            {"target": {"kind": "message", "room": "r1", "id": "m1", "rev": 2}, "kind": "reduced"}
        ],
        "reasons": [
            {
                "rule": "r",
                "category": "spam",
                "severity": "high",
                "score": 0.123,
                "span": [1, 3],
                "detector": "lexicon",
            }
        ],
        "text": "h**",
        "shadow": found["reasons"],
        "notice": "Why",
        "until": 9.0,
        "late": False,
        "ms": {"total": 1.0},
        "policy": "a" * 16,
    }
    assert isinstance(msgspec.json.decode(line, type=wire.ServerMessage), wire.Verdict)
