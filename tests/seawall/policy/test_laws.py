"""Each law says what it forbids, and is silent about what it allows."""

from __future__ import annotations

import pytest

from seawall.policy.check import ENTRY_LAWS, WHOLE_LAWS
from seawall.policy.check.sizes_are_bounded import RULES, WINDOWS
from seawall.restrictions import ROOM_LABELS, SILENCING
from tests.seawall.policy.writing import MANIFEST, RULE, WINDOW, problems_of, warnings_of

CARE = """\
- rule: in-need
  category: self_harm
  when: lexicon.self_harm
  then: {care: null}
  case: {queue: care, priority: p1}
"""
ALIKE = """\
- window: alike
  key: [room, fingerprint]
  of: user
  limit: 5
  per: 30s
"""

DOUBTFUL = "3: 'listed-link' may block without a list, a severe term or a pattern; consider hold"
PUNISHED = "1: 'listed-link' punishes profanity; consider `then: allow`"
SHORT = "1: 'alike' counts short texts too; consider `when: text.length >= 12`"


def test_a_small_policy_breaks_no_law() -> None:
    rules = RULE + WINDOW + CARE + ALIKE + "  when: text.length >= 12\n"
    assert problems_of(rules) == ()
    assert warnings_of(rules) == ()


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        # names_are_unique
        (RULE + RULE, "5: the name 'listed-link' is taken by rules.yaml:1"),
        (
            RULE + WINDOW.replace("too-fast", "listed-link"),
            "5: the name 'listed-link' is taken by rules.yaml:1",
        ),
        (
            RULE + "- {pattern: p, regex: a}\n- {pattern: p, regex: a}\n",
            "6: the pattern 'p' says the same as at rules.yaml:5",
        ),
        # care_is_never_a_penalty
        (
            CARE.replace("{care: null}", "block"),
            "1: self_harm is never penal: 'in-need' may give care, not block",
        ),
        (
            CARE.replace("{care: null}", "hold"),
            "1: self_harm is never penal: 'in-need' may give care, not hold",
        ),
        (
            CARE.replace("{care: null}", "warn"),
            "1: self_harm is never penal: 'in-need' may give care, not warn",
        ),
        (CARE + "  strikes: 1\n", "1: self_harm never strikes: 'in-need' does"),
        (
            CARE + "  stage: hold\n",
            "1: self_harm is never penal: stage hold would hold what 'in-need' finds",
        ),
        (
            WINDOW + "  category: self_harm\n",
            "1: self_harm is never penal: 'too-fast' may give care, not slow",
        ),
        (
            WINDOW + "  category: self_harm\n",
            "1: self_harm is never penal: 'too-fast' needs message: allow",
        ),
        # counts_are_taken_where_read
        (
            WINDOW
            + RULE.replace("link.listed", "window.too_fast > 3 and link.any")
            + "  on: [frame]\n",
            "8: window.too_fast is not counted on frame, only on chat, comment",
        ),
        # notices_exist
        (
            RULE + "  notice: scam.phising\n",
            "5: unknown notice 'scam.phising'; did you mean 'scam.phishing'?",
        ),
        # windows_can_count
        (WINDOW.replace("[room, user]", "[]"), "1: 'too-fast' has an empty key"),
        (
            ALIKE.replace("of: user", "of: fingerprint"),
            "1: 'alike' counts each fingerprint apart, so it can never count more than one",
        ),
        (
            WINDOW + "  on: [chat, join]\n",
            "1: 'too-fast' counts joins and messages; make two windows of it",
        ),
        (ALIKE + "  on: [join]\n", "1: 'alike' counts joins, which have no text to compare"),
        # sizes_are_bounded
        (
            "".join(WINDOW.replace("too-fast", f"w{n}") for n in range(WINDOWS + 1)),
            f"policy.yaml:1: {WINDOWS + 1} windows count chat; at most {WINDOWS} may",
        ),
        (
            "".join(RULE.replace("listed-link", f"r{n}") for n in range(RULES + 1)),
            f"policy.yaml:1: the policy has {RULES + 1} rules; at most {RULES} are allowed",
        ),
    ],
)
def test_what_a_law_forbids_keeps_the_policy_back(rules: str, told: str) -> None:
    line = told if told.startswith("policy.yaml") else f"rules.yaml:{told}"
    assert line in problems_of(rules)


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        # blocks_rest_on_evidence
        (RULE.replace("link.listed", "shape.caps > 0.5"), DOUBTFUL),
        (RULE.replace("link.listed", "link.listed or user.new"), DOUBTFUL),
        (RULE.replace("link.listed", "lexicon.spam"), DOUBTFUL),
        # slurs_are_held
        (
            RULE.replace("link.listed", "lexicon.hate >= high").replace("scam.phishing", "hate"),
            "1: 'listed-link' blocks slurs; consider hold",
        ),
        # profanity_is_only_flagged
        (RULE.replace("scam.phishing", "profanity"), PUNISHED),
        (
            RULE.replace("scam.phishing", "profanity").replace("block", "allow") + "  strikes: 1\n",
            PUNISHED,
        ),
        # dangerous_actions_are_for_people
        (
            RULE.replace("block", "[block, kick]"),
            "1: 'listed-link' does kick without a person's decision",
        ),
        (
            RULE.replace("block", "{ban: 1d}"),
            "1: 'listed-link' does ban without a person's decision",
        ),
        (WINDOW.replace("slow", "kick"), "1: 'too-fast' does kick without a person's decision"),
        # duplicates_are_long
        (ALIKE, SHORT),
        (ALIKE + "  when: user.new\n", SHORT),
        # nobody_passes_listed_links
        (
            RULE + "  exempt: [mod, host]\n",
            "1: 'listed-link' lets host, mod post listed links; such accounts are hijacked too",
        ),
        # notices_exist
        (
            RULE.replace("scam.phishing", "spam"),
            "1: 'listed-link' restricts, and neither it nor spam has a notice",
        ),
        (
            WINDOW + "  category: spam\n",
            "1: 'too-fast' restricts, and neither it nor spam has a notice",
        ),
        # signals_are_read
        (RULE + "- {pattern: p, regex: a}\n", "5: no condition reads the pattern 'p'"),
        # conditions
        (RULE.replace("link.listed", "True"), "3: the condition of 'listed-link' is always true"),
        (RULE.replace("link.listed", "1 > 2"), "3: the condition of 'listed-link' is never true"),
    ],
)
def test_what_a_law_doubts_is_a_warning(rules: str, told: str) -> None:
    assert f"rules.yaml:{told}" in warnings_of(rules)


@pytest.mark.parametrize(
    "rules",
    [
        WINDOW.replace("then: slow, for: 30s", "message: allow") + "  category: self_harm\n",
        RULE.replace("link.listed", "link.listed or link.lookalike >= 0.8 and user.age_days < 7"),
        RULE.replace("link.listed", "lexicon.scam.phishing >= high"),
        RULE.replace("link.listed", "shape.caps").replace("block", "hold"),
        RULE.replace("link.listed", "shape.caps") + "  stage: hold\n",
        RULE.replace("scam.phishing", "profanity").replace("block", "allow"),
        RULE.replace("block", "[block, kick]") + "  stage: shadow\n",
        RULE.replace("scam.phishing", "spam") + "  stage: shadow\n",
        RULE.replace("scam.phishing", "spam") + "  notice: flood\n",
        "- {window: joins, key: room, of: user, on: [join], limit: 9, per: 1m, category: spam}\n",
    ],
)
def test_what_a_law_allows_is_not_mentioned(rules: str) -> None:
    assert warnings_of(rules) == ()


def test_a_pattern_is_evidence_and_being_read_is_enough() -> None:
    rules = RULE.replace("link.listed", "pattern.p") + "- {pattern: p, regex: a}\n"
    assert warnings_of(rules) == ()


def test_notices_belong_to_somebody_and_say_something() -> None:
    manifest = MANIFEST + "  scam.phising: {en: x}\n  listed-link: {}\n  spam: {de: x}\n"
    assert problems_of(manifest=manifest) == (
        "policy.yaml:6: unknown category, rule, window or restriction 'scam.phising'; "
        "did you mean 'scam.phishing'?",
        "policy.yaml:7: the notice 'listed-link' has no text",
    )
    assert warnings_of(manifest=MANIFEST + "  spam: {de: x}\n") == (
        "policy.yaml:6: the notice 'spam' has no text in 'en'",
    )
    own = RULE + "  notice: my-own\n"
    assert problems_of(own, manifest=MANIFEST + "  my-own: {en: x}\n") == ()


@pytest.mark.parametrize("name", [*SILENCING, "slow", *sorted(ROOM_LABELS)])
def test_a_notice_may_be_a_restrictions(name: str) -> None:
    assert problems_of(manifest=MANIFEST + f"  restriction.{name}: {{en: x}}\n") == ()


@pytest.mark.parametrize(
    ("written", "meant"), [("read-only", "read_only"), ("lock", "locked"), ("mutes", "mute")]
)
def test_a_notice_of_no_restriction_is_refused(written: str, meant: str) -> None:
    assert problems_of(manifest=MANIFEST + f"  restriction.{written}: {{en: x}}\n") == (
        f"policy.yaml:6: unknown category, rule, window or restriction 'restriction.{written}'; "
        f"did you mean 'restriction.{meant}'?",
    )


def test_being_verified_is_no_restriction() -> None:
    [told] = problems_of(manifest=MANIFEST + "  restriction.verified: {en: x}\n")
    assert "unknown category, rule, window or restriction 'restriction.verified'" in told


def test_a_ladder_of_dangerous_steps_is_a_warning() -> None:
    ladder = "ladder: {steps: [{strikes: 3, then: {mute: 1d}}, {strikes: 9, then: kick}]}\n"
    assert warnings_of(manifest=MANIFEST + ladder) == (
        "policy.yaml:1: the ladder does kick without a person's decision",
    )


def test_a_host_is_of_one_kind() -> None:
    hosts = "listed: [a.example]\nallowed:\n  - b.example\n  - a.example\n"
    assert problems_of(hosts=hosts) == (
        "hosts.yaml:1: the host 'a.example' is listed here and allowed at hosts.yaml:4",
    )


def test_terms_are_distinct_long_enough_and_read() -> None:
    lexicon = (
        "lexicon: en\nterms:\n"
        "  - {term: Nazi, category: hate}\n"
        "  - {term: nazi, category: hate}\n"
        "  - {term: fag, category: hate, match: squashed}\n"
        "  - {term: 操, category: hate, match: squashed}\n"
    )
    rule = RULE.replace("link.listed", "lexicon.hate").replace("block", "hold")
    assert warnings_of(rule, lexicon=lexicon) == (
        "lexicon.yaml:4: the term 'nazi' is already at lexicon.yaml:3",
        "lexicon.yaml:5: the term 'fag' is short enough to be found inside words",
    )
    assert "lexicon.yaml:3: no condition reads lexicon.hate; its terms do nothing" in warnings_of(
        lexicon=lexicon
    )


HELD = RULE.replace("link.listed", "lexicon.hate").replace("block", "hold")


def term(written: str, match: str = "word") -> str:
    """Return a lexicon of one term, in its third line."""
    return f"lexicon: en\nterms:\n  - {{term: '{written}', category: hate, match: {match}}}\n"


@pytest.mark.parametrize("written", ["x", "ж", "é", "7", "a."])
def test_one_letter_is_no_term_inside_words_and_a_doubtful_one_alone(written: str) -> None:
    assert problems_of(HELD, lexicon=term(written, "substring")) == (
        f"lexicon.yaml:3: the term {written!r} is one letter, found inside nearly every message; "
        "did you mean match: word?",
    )
    assert warnings_of(HELD, lexicon=term(written)) == (
        f"lexicon.yaml:3: the term {written!r} is one letter, found wherever it stands alone",
    )


@pytest.mark.parametrize("written", ["foo.*bar", "[a-z]+", "(?:a|b)"])
@pytest.mark.parametrize("match", ["word", "substring"])
def test_a_term_like_a_regular_expression_is_a_warning(written: str, match: str) -> None:
    assert warnings_of(HELD, lexicon=term(written, match)) == (
        f"lexicon.yaml:3: the term {written!r} looks like a regular expression, and is looked for "
        "as it is written; expressions are patterns",
    )


@pytest.mark.parametrize("written", ["操", "좆", "ㅄ", "ア", "xx", "$EA!!", "c++", "a b"])
@pytest.mark.parametrize("match", ["word", "substring"])
def test_syllables_and_short_words_are_terms(written: str, match: str) -> None:
    assert warnings_of(HELD, lexicon=term(written, match)) == ()


def test_a_law_is_a_file_of_its_name() -> None:
    for law in (*ENTRY_LAWS, *WHOLE_LAWS):
        assert law.__module__ == f"seawall.policy.check.{law.__name__}"
