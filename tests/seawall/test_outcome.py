"""What a restricted person is told: a restriction's own notice, before that of its category."""

from __future__ import annotations

import pytest

from seawall.decide import State, decide, needs
from seawall.fold import fold
from seawall.policy.model import Budget, Effect, Facts, Label
from seawall.signals import NO_SIGNALS, Signal, Signals
from seawall.verdicts import Verdict
from tests.seawall.policies import BLOCK, label, message, policy, rule

NOTICES = {
    "flood": {"en": "Too fast.", "de": "Zu schnell."},
    "scam": {"en": "Theft."},
    "restriction.mute": {"en": "You are muted.", "de": "Stumm."},
    "restriction.locked": {"en": "Locked."},
}


def told(lang: str | None, user: str = "", room: str = "", category: str = "flood") -> Verdict:
    """Return the verdict on a message under one restriction."""
    facts = Facts(
        {user: Label(user, 2000.0, "test", category)} if user else {},
        {room: label(room)} if room else {},
    )
    return decide(message(lang=lang), NO_SIGNALS, State(facts=facts), policy(notices=NOTICES))


@pytest.mark.parametrize(
    ("lang", "notice"),
    [(None, "You are muted."), ("de", "Stumm."), ("de-AT", "Stumm."), ("fr", "You are muted.")],
)
def test_a_restriction_has_its_own_notice_in_the_users_language(
    lang: str | None, notice: str
) -> None:
    assert told(lang, user="mute").notice == notice


def test_what_a_mute_was_for_is_not_said_of_the_next_message() -> None:
    assert told("en", user="mute", category="scam").notice == "You are muted."


def test_the_strictest_restriction_is_told() -> None:
    assert told("en", user="mute", room="locked").notice == "You are muted."
    assert told("en", room="locked").notice == "Locked."


def test_a_restriction_without_a_notice_says_nothing_rather_than_something_false() -> None:
    assert told("de", user="ban").notice is None


def test_who_was_not_examined_in_time_is_not_told_that_he_was_too_fast() -> None:
    found = policy(notices=NOTICES, budgets={"chat": Budget(50.0, "hold")})
    verdict = decide(message(), NO_SIGNALS, State(unchecked="timeout"), found)
    assert (verdict.action, verdict.notice) == ("hold", None)


def test_who_writes_too_fast_for_a_slowed_room_is_told_so() -> None:
    facts = Facts(room={"slow_all": label("slow_all")})
    found = policy(notices=NOTICES)
    wanted = needs(message(), NO_SIGNALS, facts, found, fold("hello there"))
    verdict = decide(message(), NO_SIGNALS, State(wanted, [-2], facts), found)
    assert [finding.rule for finding in verdict.reasons] == ["restriction.slow_all"]
    assert verdict.notice == "Too fast."


@pytest.mark.parametrize(("for_s", "labels"), [(None, []), (60.0, ["kick"])])
def test_a_kick_is_over_at_once_unless_it_is_given_a_time(
    for_s: float | None, labels: list[str]
) -> None:
    kick = rule("out", BLOCK, Effect("user", "kick", for_s))
    found = Signals((Signal("lexicon.spam", 1.0, "lexicon"),))
    verdict = decide(message(), found, State(), policy(kick))
    assert [(each.kind, each.for_s) for each in verdict.commands] == [("kick", for_s)]
    assert [change.label for change in verdict.changes] == labels
