"""Rules are laid out by what wakes them, windows by where they count."""

from __future__ import annotations

from seawall.events import SURFACES
from seawall.windows import Mode, Spec
from tests.seawall.policy.writing import MANIFEST, RULE, WINDOW, env, policy_of

RULES = (
    RULE
    + "- {rule: fresh, category: spam, when: user.new, then: allow, on: [chat]}\n"
    + "- {rule: both, category: spam, when: link.any and link.listed, then: allow}\n"
    + "- {rule: unofficial, category: spam, when: not link.official, then: allow, on: [post]}\n"
)


def test_a_rule_that_needs_a_signal_is_found_by_it() -> None:
    policy = policy_of(RULES)
    found = {name: [rule.name for rule in rules] for name, rules in policy.by_signal.items()}
    assert found == {"link.any": ["both"], "link.listed": ["listed-link", "both"]}


def test_a_rule_that_needs_none_is_asked_on_its_surfaces() -> None:
    always = policy_of(RULES).always
    assert {surface: [rule.name for rule in rules] for surface, rules in always.items()} == {
        **{surface: [] for surface in SURFACES},
        "chat": ["fresh"],
        "post": ["unofficial"],
    }


def test_windows_stand_by_surface_and_by_join() -> None:
    policy = policy_of(
        WINDOW
        + "- {window: wave, key: room, of: user, on: [join], count: attempted, limit: 9, per: 1m}\n"
        + "- {window: busy, key: room, of: user, limit: 9, per: 1m, when: text.length > 3}\n"
        + "- {window: tries, key: ip, count: attempted, limit: 9, per: 0.5}\n"
    )
    assert {on: [window.name for window in found] for on, found in policy.windows.items()} == {
        "chat": ["too-fast", "busy", "tries"],
        "comment": ["too-fast", "busy", "tries"],
        "join": ["wave"],
    }
    assert {window.name: window.spec for each in policy.windows.values() for window in each} == {
        "too-fast": Spec(Mode.HITS_ACCEPTED, 8, 10_000),
        "wave": Spec(Mode.DISTINCT_ATTEMPTED, 9, 60_000),
        "busy": Spec(Mode.DISTINCT_ACCEPTED, 9, 60_000),
        "tries": Spec(Mode.HITS_ATTEMPTED, 9, 500),
    }
    busy = policy.windows["chat"][1]
    assert busy.condition == "text.length > 3"
    assert busy.when is not None
    assert busy.when(env("hello"))
    assert not busy.when(env("hi"))


def test_a_window_spares_the_roles_of_the_manifest_unless_it_says_otherwise() -> None:
    policy = policy_of(
        WINDOW + "- {window: all, key: room, limit: 9, per: 1, exempt: []}\n",
        manifest=MANIFEST + "exempt: {windows: [mod, host]}\n",
    )
    [fast, everybody] = policy.windows["chat"]
    assert fast.exempt == {"mod", "host"}
    assert everybody.exempt == frozenset()


def test_restrictions_pace_one_message_at_a_time() -> None:
    manifest = MANIFEST + (
        "exempt: {windows: [mod]}\n"
        "restrictions:\n"
        "  {slow: {every: 5s}, slow_all: {every: 6s}, shield: {every: 7s}, newcomer: 1m}\n"
    )
    restrictions = policy_of(manifest=manifest).restrictions
    paces = (restrictions.slow, restrictions.slow_all, restrictions.shield_slow)
    assert [pace.name for pace in paces] == [
        "restriction.slow",
        "restriction.slow_all",
        "restriction.shield",
    ]
    assert [pace.spec.per_ms for pace in paces] == [5_000, 6_000, 7_000]
    assert {(pace.spec.limit, pace.key, pace.member) for pace in paces} == {
        (1, ("room", "user"), "event")
    }
    assert [pace.exempt for pace in paces] == [frozenset(), {"mod"}, {"mod"}]
    assert restrictions.newcomer_s == 60.0
