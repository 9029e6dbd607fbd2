"""What a condition may not say is refused in words that tell how to say it."""

from __future__ import annotations

import pytest

from seawall.policy.expression import Expression, check_expression
from seawall.policy.grammar import Complaint
from seawall.policy.vocabulary import Scope
from tests.seawall.policy.sentences import VOCABULARY

GOLDEN: tuple[tuple[str, str, str | None], ...] = (
    ("lexicon.scam.phising", "unknown name `lexicon.scam.phising`", "lexicon.scam.phishing"),
    ("pattern.seed_aks", "unknown name `pattern.seed_aks`", "pattern.seed_ask"),
    ("window.to_fast > 1", "unknown name `window.to_fast`", "window.too_fast"),
    ("link.any > hgih", "unknown name `hgih`", "high"),
    ("true", "unknown name `true`", "True"),
    ("zzzzzzzz", "unknown name `zzzzzzzz`", None),
    ("user", "unknown name `user`", "user.new"),
    ("'x'.upper", "`'x'.upper` is not a name", None),
    ("user.roles", "`user.roles` is a list of texts, not a condition; compare it", None),
    ("room.topic and True", "`room.topic` is a text, not a condition; compare it", None),
    ("'mdo' in user.roles", "user.roles is never 'mdo'", "mod"),
    ("event.surface in ['chat', 'pots']", "event.surface is never 'pots'", "post"),
    ("event.surface == 'join'", "event.surface is never 'join'", None),
    ("user.new > 1", "yes or no cannot be compared with a number by `>`", None),
    ("user.new + 1 > 1", "`user.new` is yes or no, not a number", None),
    ("text.lang > 'en'", "a text cannot be compared with a text by `>`", None),
    (
        "user.roles == ['mod']",
        "a list of texts cannot be compared with a list of texts by `==`",
        None,
    ),
    ("1 in user.roles", "a number cannot be compared with a list of texts by `in`", None),
    ("link.any is True", "write == instead of `is`", None),
    ("link.any is not 1", "write != instead of `is not`", None),
    ("len(room.topic) > 1", "`len(room.topic)`: only min(), max() and abs() may be called", None),
    ("min(link.any)", "min() takes two numbers or more", None),
    ("max(link.any)", "max() takes two numbers or more", None),
    ("abs(1, 2)", "abs() takes one number", None),
    ("min(link.any, 'a')", "`'a'` is a text, not a number", None),
    ("max(*user.roles)", "`*user.roles`: this is not part of the policy language", None),
    ("min(1, 2, key=3)", "`min(1, 2, key=3)`: only min(), max() and abs() may be called", None),
    ("user.strikes / user.risk > 1", "only a number other than 0 may divide", None),
    ("user.strikes / 0 > 1", "only a number other than 0 may divide", None),
    ("user.strikes / -0.0 > 1", "only a number other than 0 may divide", None),
    ("user.strikes ** 2 > 1", "`user.strikes ** 2`: only + - * / are allowed", None),
    ("user.strikes % 2 > 1", "`user.strikes % 2`: only + - * / are allowed", None),
    ("1e13 > 1", "a number must be 0 or from 1e-12 to 1e12", None),
    ("1e999 > 1", "a number must be 0 or from 1e-12 to 1e12", None),
    ("1e-13 > 1", "a number must be 0 or from 1e-12 to 1e12", None),
    ("1j", "`1j` is not a number, a text, True or False", None),
    ("None", "`None` is not a number, a text, True or False", None),
    ("b'x' == room.topic", "`b'x'` is not a number, a text, True or False", None),
    ("room.mode in []", "a list must hold constants, all texts or all numbers", None),
    ("room.mode in ['a', 1]", "a list must hold constants, all texts or all numbers", None),
    ("link.any in [1, True]", "a list must hold constants, all texts or all numbers", None),
    ("room.mode in [a.b]", "unknown name `a.b`", None),
    ("room.mode in [room.topic]", "a list must hold constants, all texts or all numbers", None),
    ("room.mode in ('a', 'b')", "`('a', 'b')`: write a list in square brackets", None),
    ("room.mode in {'a'}", "`{'a'}`: write a list in square brackets", None),
    (
        "user.roles[0] == 'mod'",
        "`user.roles[0]`: square brackets may only hold a list of constants",
        None,
    ),
    ("(1 if user.new else 'a') > 0", "`1 if user.new else 'a'` is a number or a text", None),
    ("lambda: 1", "`lambda: 1`: this is not part of the policy language", None),
    ("(x := 1)", "`(x := 1)`: this is not part of the policy language", None),
    ("f'{user}' == 'a'", "`f'{user}'`: this is not part of the policy language", None),
    ("+1 > link.any", "`+1`: this is not part of the policy language", None),
    ("~1 > link.any", "`~1`: this is not part of the policy language", None),
    (
        "__import__('os').system('x')",
        "`__import__('os').system('x')`: only min(), max() and abs() may be called",
        None,
    ),
)


@pytest.mark.parametrize(("text", "message", "suggestion"), GOLDEN, ids=[row[0] for row in GOLDEN])
def test_a_refusal_says_what_is_wrong(text: str, message: str, suggestion: str | None) -> None:
    assert check_expression(text, VOCABULARY) == (Complaint(message, suggestion),)


@pytest.mark.parametrize(
    ("text", "scope", "message"),
    [
        ("text.length > 1", "join", "text.length is not known when somebody joins"),
        ("link.any", "join", "link.any is not known when somebody joins"),
        ("window.too_fast > 1", "window", "window.too_fast is not known when a window is asked"),
        ("window.too_fast > 1", "join", "window.too_fast is not known when somebody joins"),
    ],
)
def test_nobody_asks_for_what_is_not_known_yet(text: str, scope: Scope, message: str) -> None:
    assert check_expression(text, VOCABULARY, scope) == (Complaint(message),)


def test_a_window_may_look_at_text_and_user() -> None:
    text = "text.length >= 12 and not user.verified and link.any"
    assert isinstance(check_expression(text, VOCABULARY, "window"), Expression)


def test_all_complaints_are_told_once_each() -> None:
    refused = check_expression("a.b or a.b or (c.d and min(1)) or not user.roles", VOCABULARY)
    assert refused == (
        Complaint("unknown name `a.b`"),
        Complaint("unknown name `c.d`"),
        Complaint("min() takes two numbers or more"),
        Complaint("`user.roles` is a list of texts, not a condition; compare it"),
    )


def test_a_long_part_is_shown_short() -> None:
    refused = check_expression("user.roles if " + "a" * 100 + " else 1", VOCABULARY)
    assert isinstance(refused, tuple)
    assert all(len(complaint.message) < 120 for complaint in refused)
