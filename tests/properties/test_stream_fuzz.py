"""Whatever a stream shows or says, at whatever times: verdicts come out, memory is bounded."""

from __future__ import annotations

from hypothesis import given, settings, strategies as st

from seawall.events import Message, User
from seawall.overtime import ACTED, REMEMBERED, RULES
from seawall.signals import Signal, Signals
from seawall.state import NO_STATE, State
from seawall.streams import NO_PAST, judge
from seawall.taxonomy import Severity
from tests.seawall.policy.test_read_streams import CUT, LADDER, MEDIA, SHOWN
from tests.seawall.policy.writing import MANIFEST, RULE, policy_of

POLICY = policy_of(
    RULE
    + SHOWN
    + CUT
    + "  sure: true\n"
    + "- {rule: said, category: spam, on: [speech], when: lexicon.spam, then: [hold, stream.next,"
    + " {stream.mute_audio: 30s}], strikes: 2, sure: true}\n",
    manifest=MANIFEST + LADDER + MEDIA,
)
NAMES = ("image.sexual", "image.nudity", "link.listed", "lexicon.spam", "qr.any")
signals = st.lists(
    st.builds(
        Signal,
        st.sampled_from(NAMES),
        st.floats(0.0, 1.0),
        st.just("x"),
        severity=st.sampled_from([None, *Severity]),
    ),
    max_size=4,
).map(Signals)
times = st.one_of(st.floats(), st.integers(0, 40).map(float))
events = st.builds(
    lambda at, text, surface, stream, provisional: Message(
        "t",
        "m",
        "r",
        User("u"),
        text,
        at,
        at,
        surface,
        stream=stream,
        provisional=provisional,
    ),
    times,
    st.sampled_from(["", "text"]),
    st.sampled_from(["frame", "speech"]),
    st.sampled_from(["", "live"]),
    st.booleans(),
)
states = st.sampled_from([NO_STATE, State(unchecked="detect"), State(degraded=True)])


@settings(max_examples=200)
@given(st.lists(st.tuples(events, signals, states), max_size=40))
def test_any_stream_gets_verdicts(units: list[tuple[Message, Signals, State]]) -> None:
    past = NO_PAST
    for event, found, state in units:
        verdict, past = judge(event, found, state, POLICY, past)
        kinds = [each.kind for each in verdict.actions if each.target.kind == "stream"]
        assert len(kinds) == len(set(kinds))
        assert "next" not in kinds
        assert "cut" not in kinds  # every cut of this policy waits
        assert {each.action.kind for each in verdict.vetoable} <= {"cut"}
        assert 0 <= past.level <= len(POLICY.stream_ladder.steps)
        if event.provisional:
            assert verdict.strikes == 0
    assert len(past.rules) <= RULES
    assert all(len(each) <= REMEMBERED for each in past.units.values())
    assert all(len(each.acted) <= ACTED for each in past.rules.values())
