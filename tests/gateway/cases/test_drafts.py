"""An incident has the worst of its events, in whatever order they come."""

from __future__ import annotations

from typing import Any

from hypothesis import given, strategies as st

from gateway.cases.drafts import ALIKE_S, Draft, Line, joined, opened, takes
from tests.gateway.cases.making import AT, make_line

lines = st.lists(
    st.builds(
        lambda **values: line_of(**values),
        severity=st.sampled_from(["", "low", "medium", "high", "critical"]),
        priority=st.sampled_from(["p0", "p1", "p2", "p3"]),
        score=st.floats(0, 1),
        viewers=st.integers(0, 10**6),
        due=st.none() | st.floats(AT, AT + 9999),
        at=st.floats(AT, AT + 500),
        user=st.sampled_from(["a", "b", ""]),
    ),
    min_size=1,
    max_size=8,
)


def line_of(**values: Any) -> Line:  # any column
    row = make_line(**values)
    return Line(**{name: row[name] for name in Line.__struct_fields__})


@given(lines, st.randoms())
def test_the_order_of_events_makes_no_difference(events: list[Line], chance: Any) -> None:
    first, *rest = events
    once, again = Draft(opened(first, "k")), Draft(opened(first, "k"))
    for each in events:
        once.add(each, False)
    again.add(first, False)
    chance.shuffle(rest)
    for each in rest:
        again.add(each, False)
    both = once.line, again.line
    for name in ("severity", "priority", "score", "viewers", "due", "users", "members", "latest"):
        assert getattr(both[0], name) == getattr(both[1], name)
    assert both[0].users == len({event.user for event in events} - {""})
    assert both[0].members == len(once.members) == len(events)


@given(lines)
def test_an_event_makes_no_incident_less_urgent(events: list[Line]) -> None:
    case = opened(events[0], "k")
    for each in events[1:]:
        after = joined(case, each, True)
        assert after.rank <= case.rank
        assert (after.due or 1e18) <= (case.due or 1e18)
        case = after


def test_a_deadline_brings_its_outcome() -> None:
    case = opened(line_of(due=AT + 90, nobody="close"), "k")
    assert joined(case, line_of(due=AT + 99, nobody="escalate"), True).nobody == "close"
    assert joined(case, line_of(due=AT + 80, nobody="escalate"), True).nobody == "escalate"
    assert joined(case, line_of(due=None, nobody=""), True).nobody == "close"


def test_what_comes_too_late_or_is_sealed_stays_apart() -> None:
    case = opened(line_of(at=AT, user="a"), "k")
    sealed = opened(line_of(at=AT, user="a", category="minor_safety"), "k")
    assert takes(case, line_of(at=AT + ALIKE_S))
    assert not takes(case, line_of(at=AT + ALIKE_S + 1))
    assert takes(case, line_of(at=AT - 5))  # it lay in a spill
    assert not takes(case, line_of(user="a", category="minor_safety"))
    assert not takes(sealed, line_of(user="a"))
    assert takes(sealed, line_of(user="a", category="minor_safety"))
    assert not takes(sealed, line_of(user="b", category="minor_safety"))
