"""Rules, windows and patterns are read whole, or told what they lack."""

from __future__ import annotations

import pytest

from seawall.events import SURFACES
from seawall.policy.model import CaseSpec, Effect
from seawall.policy.problems import Problems
from seawall.policy.read_rules import PATTERN_LENGTH, Entries, read_entries
from seawall.taxonomy import Severity
from tests.seawall.policy.writing import RULE, node_of, problems_of

FULL = """\
- rule: wallet-drainer-link
  category: scam.phishing
  severity: high
  on: [chat, post]
  when: |
    link.listed
    or link.lookalike
  then: [hold, {mute: 10m}]
  strikes: 3
  case: {queue: fraud, priority: p2}
  stage: shadow
  percent: 10
  exempt: [staff]
  notice: scam.phishing
- window: crowd
  key: [room]
  of: user
  on: [join]
  count: attempted
  limit: 30
  per: 1m
  when: user.new
  over: {message: allow, then: [slow_all, {shield: 5m}], for: 30s}
  category: spam
  severity: medium
  stage: hold
  case: {queue: raids}
  exempt: []
- pattern: seed-ask
  category: scam.phishing
  severity: critical
  regex: "send .{0,20} seed"
"""


def read(text: str) -> tuple[Entries, tuple[str, ...]]:
    problems = Problems()
    return read_entries(node_of(text), problems), problems.errors


def test_everything_that_is_written_is_read() -> None:
    (rules, windows, patterns), problems = read(FULL)
    assert problems == ()
    [rule], [window], [pattern] = rules, windows, patterns
    assert rule.name == "wallet-drainer-link"
    assert rule.category == "scam.phishing"
    assert rule.severity is Severity.HIGH
    assert rule.on == {"chat", "post"}
    assert rule.when.value == "link.listed\nor link.lookalike"
    assert str(rule.when.where) == "rules.yaml:5"
    assert rule.then == (Effect("message", "hold"), Effect("user", "mute", 600.0))
    assert (rule.strikes, rule.percent, rule.stage) == (3, 10.0, "shadow")
    assert rule.case == CaseSpec("fraud", "p2")
    assert rule.exempt == {"staff"}
    assert rule.notice is not None
    assert rule.notice.value == "scam.phishing"
    assert str(rule.where) == "rules.yaml:1"
    assert window.key == ("room",)
    assert window.of == "user"
    assert window.on == {"join"}
    assert (window.accepted, window.limit, window.per_s) == (False, 30, 60.0)
    assert window.then == (Effect("room", "slow_all", 30.0), Effect("room", "shield", 300.0))
    assert window.message == "allow"
    assert window.case == CaseSpec("raids", "p3")
    assert window.exempt == frozenset()
    assert (pattern.value.name, pattern.value.regex) == ("seed-ask", "send .{0,20} seed")
    assert pattern.value.where == "rules.yaml:29"


def test_what_is_not_written_has_its_default() -> None:
    (rules, windows, patterns), problems = read(
        RULE + "- {window: w, key: user, limit: 1, per: 1}\n- {pattern: p, regex: x}\n"
    )
    assert problems == ()
    assert rules[0].on == set(SURFACES)
    assert rules[0].severity is Severity.MEDIUM
    assert (rules[0].stage, rules[0].percent, rules[0].strikes) == ("act", 100.0, 0)
    assert rules[0].case is None
    assert rules[0].notice is None
    assert windows[0].on == {"chat", "comment"}
    assert (windows[0].of, windows[0].accepted, windows[0].message) == ("event", True, "block")
    assert (windows[0].category, windows[0].severity) == ("flood", Severity.LOW)
    assert windows[0].exempt is None
    assert windows[0].when is None
    assert patterns[0].value.category is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1", ["1: a rules file must be a list of entries, not a map"]),
        ("- x", ["1: an entry must begin with `rule:`, `window:` or `pattern:`"]),
        ("- {rul: x}", ["1: an entry must begin with `rule:`, `window:` or `pattern:`"]),
        (
            "- rule: x",
            [
                "1: a rule needs the key 'category'",
                "1: a rule needs the key 'then'",
                "1: a rule needs the key 'when'",
            ],
        ),
        (
            "- window: x",
            [
                "1: a window needs the key 'key'",
                "1: a window needs the key 'limit'",
                "1: a window needs the key 'per'",
            ],
        ),
        ("- pattern: x", ["1: a pattern needs the key 'regex'"]),
        (
            RULE + "  wen: 1\n",
            ["5: unknown key of a rule 'wen'; did you mean 'when'?"],
        ),
        (
            RULE.replace("scam.phishing", "scam.phising"),
            ["2: unknown category 'scam.phising'; did you mean 'scam.phishing'?"],
        ),
        (
            RULE + "  on: [chta]\n",
            ["5: `on` names no surface", "5: unknown surface 'chta'; did you mean 'chat'?"],
        ),
        (RULE + "  on: []\n", ["5: `on` names no surface"]),
        (
            RULE + "  on: [join]\n",
            [
                "5: `on` names no surface",
                "5: unknown surface 'join'; "
                "known are chat, post, comment, profile, title, speech, frame",
            ],
        ),
        (RULE + "  severity: hihg\n", ["5: unknown severity 'hihg'; did you mean 'high'?"]),
        (RULE + "  stage: shadwo\n", ["5: unknown stage 'shadwo'; did you mean 'shadow'?"]),
        (RULE + "  exempt: [mods]\n", ["5: unknown role 'mods'; did you mean 'mod'?"]),
        (RULE + "  percent: 0\n", ["5: 'percent' must be more than 0; use `stage: shadow`"]),
        (RULE + "  percent: 101\n", ["5: 'percent' must be from 0 to 100"]),
        (RULE + "  strikes: 1.5\n", ["5: 'strikes' must be a whole number"]),
        (RULE + "  case: fraud\n", ["5: a case must be a map of keys, not the text 'fraud'"]),
        (
            RULE + "  case: {queue: q, priority: p9}\n",
            ["5: unknown priority 'p9'; known are p0, p1, p2, p3, p4"],
        ),
        (
            RULE.replace("listed-link", "Listed link"),
            [
                "1: the name 'Listed link' must be lower-case letters and digits "
                "joined by single hyphens"
            ],
        ),
        ("- {pattern: import, regex: x}", ["1: 'import' cannot be written in a condition"]),
        (
            "- {pattern: x, regex: " + "y" * (PATTERN_LENGTH + 1) + "}",
            [
                f"1: the text has {PATTERN_LENGTH + 1} characters; "
                f"at most {PATTERN_LENGTH} are allowed"
            ],
        ),
        (
            "- {window: w, key: [rom], limit: 1, per: 1}",
            ["1: unknown key part 'rom'; did you mean 'room'?"],
        ),
        ("- {window: w, key: room, limit: 0, per: 1}", ["1: 'limit' must be from 1 to 100000"]),
        (
            "- {window: w, key: room, limit: 1, per: 1y}",
            ["1: expected a duration such as 30s, 10m, 2h or 7d, found the text '1y'"],
        ),
        (
            "- {window: w, key: room, limit: 1, per: 1, of: text}",
            ["1: unknown member 'text'; known are event, user, room, fingerprint"],
        ),
        (
            "- {window: w, key: room, limit: 1, per: 1, over: {then: block}}",
            ["1: 'block' acts on a message: not possible here"],
        ),
        (
            "- {window: w, key: room, limit: 1, per: 1, over: {message: remove}}",
            ["1: unknown message action 'remove'; known are allow, mask, hold, block"],
        ),
        (RULE.replace("link.listed", "[link.listed]"), ["3: expected text, found a list"]),
        (RULE.replace(" link.listed", ""), ["3: expected text, found nothing"]),
    ],
)
def test_what_is_wrong_is_told_by_its_line(text: str, told: list[str]) -> None:
    _, problems = read(text)
    assert sorted(problems) == sorted(f"rules.yaml:{line}" for line in told)


def test_true_is_a_condition_without_quotes() -> None:
    (rules, _, _), problems = read(RULE.replace("link.listed", "True"))
    assert rules[0].when.value == "True"
    assert problems == ()


def test_an_overlarge_condition_is_told() -> None:
    rule = RULE.replace("link.listed", "link.listed or " * 200 + "link.any")
    assert problems_of(rule) == (
        "rules.yaml:3: the condition has 3008 characters; at most 2000 are allowed",
    )
