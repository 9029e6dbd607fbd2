"""Policies built by hand for tests of the core, and the messages they judge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from seawall.events import Message, User
from seawall.policy.model import (
    Budget,
    Effect,
    Env,
    Label,
    Policy,
    Restrictions,
    Rule,
    Tables,
    Tenant,
    Window,
)
from seawall.taxonomy import Severity
from seawall.windows import Mode, Spec

BLOCK = Effect("message", "block")
HOLD = Effect("message", "hold")
MASK = Effect("message", "mask")
ALLOW = Effect("message", "allow")


def pace(name: str) -> Window:
    """Build a pacing window: one message in ten seconds."""
    spec = Spec(Mode.HITS_ACCEPTED, 1, 10_000)
    return Window(name, ("room", "user"), spec, "event", frozenset({"chat"}))


def window(name: str = "pace", limit: int = 2, **more: Any) -> Window:
    """Build a window over a user's messages in a room."""
    spec = Spec(Mode.HITS_ACCEPTED, limit, 1000)
    return Window(name, ("room", "user"), spec, "event", frozenset({"chat"}), **more)


def rule(
    name: str,
    *effects: Effect,
    signal: str | None = None,
    test: Callable[[Env], bool] | None = None,
    **more: Any,
) -> Rule:
    """Build a rule that fires on a signal, or on a test."""
    if test is None:
        wanted = signal or "lexicon.spam"

        def test(env: Env) -> bool:
            return env.scores.get(wanted, 0.0) > 0

        return Rule(
            name,
            more.pop("category", "spam"),
            more.pop("severity", Severity.MEDIUM),
            more.pop("on", frozenset({"chat"})),
            wanted,
            test,
            frozenset({wanted}),
            True,
            effects,
            **more,
        )
    return Rule(
        name,
        more.pop("category", "spam"),
        more.pop("severity", Severity.MEDIUM),
        more.pop("on", frozenset({"chat"})),
        "…",
        test,
        frozenset(),
        False,
        effects,
        **more,
    )


def policy(
    *rules: Rule, windows: tuple[Window, ...] = (), joins: tuple[Window, ...] = (), **more: Any
) -> Policy:
    """Build a policy of these rules and windows."""
    by_signal: dict[str, tuple[Rule, ...]] = {}
    for each in rules:
        for name in each.signals if each.triggered else ():
            by_signal[name] = (*by_signal.get(name, ()), each)
    always = tuple(each for each in rules if not each.triggered)
    return Policy(
        version="f" * 64,
        name="test",
        budgets=more.pop("budgets", {"chat": Budget(50.0, "allow")}),
        windows={"chat": windows, "join": joins},
        rules=rules,
        by_signal=by_signal,
        always={"chat": always},
        restrictions=Restrictions(
            pace("restriction.slow"), pace("restriction.slow_all"), pace("restriction.shield")
        ),
        hold_s=300.0,
        hold_expiry=more.pop("hold_expiry", "denied"),
        notices=more.pop("notices", {}),
        tables=Tables(),
        tenant=Tenant(),
        **more,
    )


def message(text: str = "hello there", **more: Any) -> Message:
    """Build a chat message."""
    roles = frozenset(more.pop("roles", ()))
    user = User(more.pop("user", "u1"), "Ann", roles, first_seen=more.pop("first_seen", None))
    at = more.pop("at", 1000.0)
    return Message("t", more.pop("id", "m1"), "r1", user, text, at, at, **more)


def label(name: str, until: float | None = 2000.0) -> Label:
    """Build a label in force."""
    return Label(name, until, "test")
