"""The manifest is read whole, and what it leaves out has its default."""

from __future__ import annotations

import pytest

from seawall.ladder import NO_LADDER, Step
from seawall.policy.draft import Manifest
from seawall.policy.model import Budget
from seawall.policy.problems import Problems
from seawall.policy.read_manifest import DEFAULT_BUDGETS, ROOMS, read_manifest
from tests.seawall.policy.writing import node_of

FULL = """\
policy: default
budgets:
  chat: {ms: 40, on_timeout: hold}
restrictions:
  slow: {every: 5s}
  slow_all: {every: 15s}
  newcomer: 20m
  shield: {every: 30s}
hold: {for: 2m, expiry: approved}
exempt: {windows: [mod, staff]}
notices:
  scam.phishing: {en: "It looked like theft.", pt-BR: "Parecia roubo."}
ladder:
  half_life: 14d
  steps:
    - {strikes: 6, then: {ban: until_reversed}}
    - {strikes: 3, then: {mute: 10m}}
rooms:
  "lobby":
    windows: {too-fast: {limit: 3}}
    rules: {coarse: {stage: shadow}}
    budgets: {chat: {ms: 30}}
"""


def read(text: str) -> tuple[Manifest, tuple[str, ...]]:
    problems = Problems()
    return read_manifest(node_of(text, "policy.yaml"), problems), problems.errors


def test_everything_that_is_written_is_read() -> None:
    manifest, problems = read(FULL)
    assert problems == ()
    assert manifest.name == "default"
    assert manifest.budgets == {**DEFAULT_BUDGETS, "chat": Budget(40.0, "hold")}
    assert (manifest.slow_s, manifest.slow_all_s, manifest.shield_s) == (5.0, 15.0, 30.0)
    assert (manifest.newcomer_s, manifest.hold_s, manifest.hold_expiry) == (1200, 120, "approved")
    assert manifest.exempt == {"mod", "staff"}
    notice = manifest.notices["scam.phishing"]
    assert notice.value == {"en": "It looked like theft.", "pt-br": "Parecia roubo."}
    assert str(notice.where) == "policy.yaml:12"
    assert manifest.ladder.steps == (Step(3.0, "mute", 600.0), Step(6.0, "ban", None))
    assert manifest.ladder.half_life_s == 14 * 86_400
    [room] = manifest.rooms
    assert room.id == "lobby"
    assert set(room.rules) == {"coarse"}
    assert set(room.windows) == {"too-fast"}
    assert room.budgets == {"chat": Budget(30.0, "allow")}


def test_what_is_not_written_has_its_default() -> None:
    manifest, problems = read("policy: small\n")
    assert problems == ()
    assert manifest.budgets == DEFAULT_BUDGETS
    assert (manifest.slow_s, manifest.slow_all_s, manifest.shield_s) == (10.0, 10.0, 10.0)
    assert (manifest.newcomer_s, manifest.hold_s, manifest.hold_expiry) == (600, 300, "denied")
    assert manifest.exempt == frozenset()
    assert manifest.ladder == NO_LADDER
    assert manifest.rooms == ()


P = "policy: small\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("hold: {}", "1: the manifest needs the key 'policy'"),
        (P + "budget: {}", "2: unknown key of the manifest 'budget'; did you mean 'budgets'?"),
        (P + "budgets: {chta: {ms: 5}}", "2: unknown surface 'chta'; did you mean 'chat'?"),
        (P + "budgets: {chat: {ms: 1}}", "2: 'ms' must be from 5 to 60000"),
        (P + "budgets: {chat: {}}", "2: a budget needs the key 'ms'"),
        (
            P + "budgets: {chat: {ms: 5, on_timeout: blok}}",
            "2: unknown outcome 'blok'; did you mean 'block'?",
        ),
        (
            P + "budgets:\n  chat:\n    ms: 5\n    on_load: {laen: hold}",
            "5: unknown key of `on_load` 'laen'; did you mean 'lean'?",
        ),
        (
            P + "budgets:\n  chat:\n    ms: 5\n    on_load: {lean: blok}",
            "5: unknown outcome 'blok'; did you mean 'block'?",
        ),
        (
            P + "budgets:\n  chat:\n    ms: 5\n    categories:\n      scams: hold",
            "6: unknown key of `categories` 'scams'; did you mean 'scam'?",
        ),
        (P + "restrictions: {slow: 10s}", "2: `slow` must be a map of keys, not the text '10s'"),
        (P + "restrictions: {slow: {}}", "2: `slow` needs the key 'every'"),
        (P + "hold: {for: 30d}", "2: 'for' must be from 1 to 604800 seconds"),
        (P + "hold: {expiry: deny}", "2: unknown outcome 'deny'; did you mean 'denied'?"),
        (P + "exempt: {windows: [mods]}", "2: unknown role 'mods'; did you mean 'mod'?"),
        (P + "notices: {spam: text}", "2: a notice must be a map of keys, not the text 'text'"),
        (P + "notices: {spam: {english: x}}", "2: 'english' is not a language tag such as en"),
        (P + "notices: {spam: {en: 1}}", "2: expected text, found the number 1; put it in quotes"),
        (P + "ladder: {}", "2: `ladder` needs the key 'steps'"),
        (P + "ladder: {steps: 1}", "2: expected a list of steps, found the number 1"),
        (
            P + "ladder: {steps: [{strikes: 1, then: [warn, {mute: 1m}]}]}",
            "2: a step does one thing to the user",
        ),
        (
            P + "ladder: {steps: [{strikes: 1, then: warn}, {strikes: 1, then: {mute: 1m}}]}",
            "2: two steps begin at 1 strikes",
        ),
        (
            P + "ladder: {steps: [{strikes: 1, then: block}]}",
            "2: 'block' acts on a message: not possible here",
        ),
        (P + "rooms: {a: {rule: {}}}", "2: unknown key of a room 'rule'; did you mean 'rules'?"),
        (P + "rooms: {a: {rules: {x: 1}}}", "2: an override must be a map, not the number 1"),
        (P + "rooms: {a: {rules: {x: {rule: y}}}}", "2: an override cannot rename a rule"),
        (P + f"rooms: {{{'a' * 129}: {{}}}}", "2: a room's id must be 1 to 128 bytes long"),
    ],
)
def test_what_is_wrong_is_told_by_its_line(text: str, told: str) -> None:
    _, problems = read(text)
    assert f"policy.yaml:{told}" in problems


def test_rooms_are_bounded() -> None:
    rooms = "".join(f"  r{number}: {{}}\n" for number in range(ROOMS + 1))
    manifest, problems = read(f"{P}rooms:\n{rooms}")
    assert problems == (f"policy.yaml:3: {ROOMS + 1} rooms have overrides; at most {ROOMS} may",)
    assert len(manifest.rooms) == ROOMS
