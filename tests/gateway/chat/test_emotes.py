"""Words that a tenant or one of its rooms calls emotes say nothing there, but elsewhere."""

from __future__ import annotations

from itertools import count

import pytest

from gateway.chat.rulesets import Ruleset
from gateway.judge.rows import Row
from gateway.judge.run import Judge
from seawall.events import Message, User
from seawall.policy.diff import diff
from seawall.policy.model import Policy
from tests.seawall.policy.writing import MANIFEST, policy_of, problems_of

RULES = """\
- {window: copies, key: [room, fingerprint], of: user, limit: 2, per: 60s, count: attempted}
- {rule: shouts, category: spam, when: "repeat.words or shape.caps", then: hold}
"""
TENANT = "emotes: [PogWOW]\nrooms: {lobby: {emotes: [LobbyHype, HYPERCLAP]}}\n"
_NUMBERS = count(1)


@pytest.fixture(scope="module")
def policy() -> Policy:
    return policy_of(RULES, tenant=TENANT)


@pytest.fixture
def judge(policy: Policy) -> Judge:
    return Judge(policy)


def say(judge: Judge, room: str, text: str) -> str:
    """Return what becomes of a message of a user who has said nothing before."""
    number = next(_NUMBERS)
    message = Message("acme", f"m{number}", room, User(f"u{number}"), text, 100.0, 100.0)
    return judge.judge(Row(message, True)).action


def test_a_room_has_its_own_beside_the_tenants(policy: Policy) -> None:
    assert policy.emotes == ("PogWOW",)
    assert policy.rooms["lobby"].emotes == ("PogWOW", "LobbyHype", "HYPERCLAP")
    assert policy.rooms["lobby"].emote_words == {b"pogwow", b"lobbyhype", b"hyperclap"}


@pytest.mark.parametrize("text", ["LobbyHype " * 30, "HYPERCLAP " * 12])
def test_a_wall_of_a_rooms_emotes_is_a_wall_elsewhere(judge: Judge, text: str) -> None:
    assert say(judge, "lobby", text) == "allow"
    assert say(judge, "hall", text) == "hold"
    assert say(judge, "lobby", text) == "allow"  # what is remembered of a text is each room's own


def test_emotes_are_copies_of_nothing(judge: Judge) -> None:
    said = [say(judge, "lobby", "LobbyHype PogWOW LobbyHype Hyperclap") for _ in range(4)]
    assert said == ["allow"] * 4
    said = [say(judge, "hall", "LobbyHype PogWOW LobbyHype Hyperclap") for _ in range(4)]
    assert said == ["allow", "allow", "block", "block"]


def test_copies_are_copies_whatever_emotes_stand_among_them(judge: Judge) -> None:
    texts = [f"{emotes} buy followers at my channel" for emotes in ("", "LobbyHype", "PogWOW")]
    assert [say(judge, "lobby", text) for text in texts] == ["allow", "allow", "block"]
    assert [say(judge, "hall", text) for text in texts] == ["allow", "allow", "allow"]


def test_detectors_are_shared_but_for_the_emotes(policy: Policy) -> None:
    ruleset = Ruleset.made(policy)
    assert ruleset.detectors_of("hall") is ruleset.detectors
    lobby = ruleset.detectors_of("lobby")
    assert lobby is not ruleset.detectors
    assert lobby._lexicon == ruleset.detectors._lexicon
    assert Ruleset.made(policy_of(RULES, tenant="emotes: [a]\n")).rooms == {}


def test_what_a_rooms_emotes_become_is_told(policy: Policy) -> None:
    other = policy_of(RULES, tenant=TENANT.replace("LobbyHype, ", ""))
    (told,) = [each for each in diff(policy, other) if "emotes" in each.name]
    assert ("2 words" in told.told, "1 words" in told.told, told.dangerous) == (True, True, False)


def test_emotes_are_a_list_of_words() -> None:
    manifest = MANIFEST + "rooms: {lobby: {emotes: LobbyHype}}\n"
    (problem,) = problems_of(RULES, manifest=manifest)
    assert "expected a list of texts" in problem
