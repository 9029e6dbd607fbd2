"""The shipped notices: whoever is restricted is told by what, truly, in fifteen languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from seawall.decide import State, decide
from seawall.events import Message, User
from seawall.policy.model import Facts, Label, Policy
from seawall.restrictions import ROOM_LABELS, SILENCING
from seawall.signals import NO_SIGNALS, Signal, Signals
from seawall.verdicts import Verdict

LANGUAGES = frozenset(
    ("ar", "de", "en", "es", "fr", "hi", "id", "ja", "ko", "pt", "ru", "tr", "uk", "vi", "zh")
)
PACED = {"slow_all"}  # "too fast" is what they were
OF_PEOPLE = SILENCING
OF_ROOMS = tuple(sorted(ROOM_LABELS - PACED))
LINK = Signals([Signal("link.any", 1.0, "links")])
NOW = 1_700_000_000.0


@dataclass(frozen=True)
class Case:
    """A restriction, what the message under it holds, and words that its notice has."""

    name: str
    words: Mapping[str, str]
    signals: Signals = NO_SIGNALS


CASES = (
    Case("ban", {"en": "banned", "de": "gesperrt"}),
    Case("kick", {"en": "removed", "de": "entfernt"}),
    Case("read_only", {"en": "only read", "de": "nur lesen"}),
    Case("mute", {"en": "muted", "de": "stumm"}),
    Case("verified_only", {"en": "verified", "de": "verifiziert"}),
    Case("links_off", {"en": "without the link", "de": "ohne den Link"}, LINK),
    Case("locked", {"en": "locked", "de": "geschlossen"}),
    Case("shield", {"en": "protected", "de": "geschützt"}),
    Case("shield", {"en": "links are not shown", "de": "Links werden nicht gezeigt"}, LINK),
)


def judged(policy: Policy, case: Case, lang: str) -> Verdict:
    """Return the verdict on what somebody new says under one restriction."""
    held = {case.name: Label(case.name, NOW + 600.0, "test")}
    facts = Facts(user=held) if case.name in OF_PEOPLE else Facts(room=held)
    event = Message("t", "m", "room", User("u", "Ann"), "hello", NOW, NOW, lang=lang)
    return decide(event, case.signals, State(facts=facts), policy)


def test_each_restriction_is_tried() -> None:
    assert {case.name for case in CASES} == {*OF_PEOPLE, *OF_ROOMS}


@pytest.mark.parametrize("lang", ["en", "de"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_restriction_tells_what_it_is(shipped: Policy, case: Case, lang: str) -> None:
    verdict = judged(shipped, case, lang)
    assert verdict.restricts
    assert [finding.rule for finding in verdict.reasons] == [f"restriction.{case.name}"]
    assert verdict.notice == shipped.notices[f"restriction.{case.name}"][lang]
    assert verdict.notice != shipped.notices["flood"][lang]
    assert case.words[lang] in verdict.notice


def test_every_notice_is_in_every_language(shipped: Policy) -> None:
    assert {f"restriction.{name}" for name in (*OF_PEOPLE, *OF_ROOMS)} <= set(shipped.notices)
    missing = {key: LANGUAGES - set(texts) for key, texts in shipped.notices.items()}
    assert {key: langs for key, langs in missing.items() if langs} == {}


@pytest.mark.parametrize("lang", sorted(LANGUAGES))
def test_no_two_restrictions_are_told_alike(shipped: Policy, lang: str) -> None:
    keys = ["flood", *(f"restriction.{name}" for name in (*OF_PEOPLE, *OF_ROOMS))]
    assert len({shipped.notices[key][lang] for key in keys}) == len(keys)
