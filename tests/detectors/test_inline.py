"""All inline detectors of one policy in one call."""

from __future__ import annotations

import msgspec
import pytest

from detectors.inline import InlineDetectors
from seawall.errors import PolicyError
from seawall.events import User
from seawall.fold import fold
from seawall.policy.model import (
    Budget,
    LexiconEntry,
    Pattern,
    Policy,
    Restrictions,
    Tables,
    Tenant,
    Window,
)
from seawall.signals import NO_SIGNALS
from seawall.taxonomy import Severity
from seawall.windows import Mode, Spec

TABLES = Tables(
    lexicon=(LexiconEntry("free nitro", "scam.phishing", Severity.HIGH),),
    patterns=(Pattern("seed-ask", "send .{0,20}seed phrase", "scam.phishing", Severity.HIGH),),
    hosts_listed=frozenset({"drainer.example"}),
    contacts={"telegram": ("telegram",)},
    allow=("no free nitro",),
)
TENANT = Tenant(hosts=("LunaPlays",), emotes=("PogWOW",))
USER = User(id="u", name="viewer")


def policy(tables: Tables = TABLES) -> Policy:
    slow = Window(
        "slow", ("user",), Spec(Mode.HITS_ACCEPTED, 1, 10_000), "event", frozenset({"chat"})
    )
    return Policy(
        version="0",
        name="test",
        budgets={"chat": Budget(50.0, "allow")},
        windows={},
        rules=(),
        by_signal={},
        always={},
        restrictions=Restrictions(slow, slow, slow),
        hold_s=300.0,
        hold_expiry="denied",
        notices={},
        tables=tables,
        tenant=TENANT,
    )


DETECTORS = InlineDetectors(policy())


def names(text: str, user: User = USER) -> set[str]:
    return set(DETECTORS.detect(fold(text), user).scores)


def test_a_clean_message_costs_no_object() -> None:
    assert DETECTORS.detect(fold("good game, well played"), USER) is NO_SIGNALS


def test_every_detector_is_asked() -> None:
    text = "FREE NITRO, send me your seed phrase to drainer.example or telegram @cool_trader " + (
        "A" * 60
    )
    impostor = msgspec.structs.replace(USER, name="LunaPlays")
    assert names(text, impostor) >= {
        "lexicon.scam.phishing",
        "link.listed",
        "contact.telegram",
        "pattern.seed-ask",
        "repeat.chars",
        "impersonation.host",
    }


def test_the_tenants_and_the_policys_exceptions_reach_their_detectors() -> None:
    assert names("there is no free nitro") == set()
    assert names("PogWOW " * 40) <= {"shape.length"}


def test_tables_that_cannot_be_compiled_are_refused() -> None:
    broken = msgspec.structs.replace(TABLES, patterns=(Pattern("broken", "("),))
    with pytest.raises(PolicyError, match="pattern broken"):
        InlineDetectors(policy(broken))
