"""A condition either is refused with PolicyError or answers yes or no for whatever it is asked."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from seawall.errors import PolicyError
from seawall.events import Joined, User
from seawall.policy.expression import Expression, check_expression, compile_expression
from seawall.policy.model import Env, Facts, Label
from seawall.policy.vocabulary import Vocabulary
from tests.seawall.policy.sentences import VOCABULARY, conditions, envs, joins
from tests.seawall.policy.writing import env

_WORDS = st.sampled_from(
    [
        *"()[]{}.,:=<>+-*/%@~^|&#\\\"'`!?\n\t \x00\ud800",
        *("and", "or", "not", "in", "is", "if", "else", "lambda x:", "for x in", "await", "yield"),
        *("import os", "__class__", "__import__('os')", "link.any", "user.roles", "text.length"),
        *("min", "max", "1", "1e999", "0x1f", "b''", "f'{x}'", "None", "True", "...", "**", "//"),
        *(":=", "0_0", "1j", "link", "10**10"),
    ]
)


def problems_of(text: str) -> tuple[str, ...]:
    """Compile a text; what else it may raise goes through."""
    try:
        compile_expression(text, VOCABULARY)
    except PolicyError as error:
        return error.problems
    return ()


def refused_or_sound(text: str) -> None:
    checked = check_expression(text, VOCABULARY)
    problems = problems_of(text)
    assert isinstance(checked, Expression) == (not problems)
    assert all("\n" not in problem for problem in problems)


@given(st.text(max_size=60))
def test_no_text_escapes(text: str) -> None:
    refused_or_sound(text)


@given(st.lists(_WORDS, max_size=25).map(" ".join) | st.lists(_WORDS, max_size=25).map("".join))
def test_no_heap_of_words_escapes(text: str) -> None:
    refused_or_sound(text)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 900 + ")" * 900,
        "not " * 400 + "link.any",
        "-" * 1900 + "1",
        "[" * 1000,
        "1" * 1999,
        "link.any" + " + 1" * 400,
        "link" + ".any" * 400,
        "lambda: " * 200 + "1",
        "x if " * 300,
    ],
)
def test_depth_and_size_are_refused_not_suffered(text: str) -> None:
    with pytest.raises(PolicyError):
        compile_expression(text, VOCABULARY)


@given(conditions, envs())
def test_a_sound_condition_never_raises_and_says_yes_or_no(text: str, asked: Env) -> None:
    expression = compile_expression(text, VOCABULARY)
    assert type(expression.test(asked)) is bool


@given(conditions, envs(st.just({})))
def test_a_triggered_condition_is_false_without_signals(text: str, quiet: Env) -> None:
    expression = compile_expression(text, VOCABULARY)
    if expression.triggered:
        assert expression.signals
        assert expression.test(quiet) is False


@given(conditions, envs())
def test_only_the_signals_named_matter(text: str, asked: Env) -> None:
    expression = compile_expression(text, VOCABULARY)
    named = {name: score for name, score in asked.scores.items() if name in expression.signals}
    less = Env(asked.event, named, asked.facts, asked.windows)
    assert expression.test(asked) == expression.test(less)


@given(conditions, envs())
def test_what_is_always_the_same_is(text: str, asked: Env) -> None:
    expression = compile_expression(text, VOCABULARY)
    if expression.always is not None:
        assert expression.test(asked) is expression.always


@given(conditions, joins)
def test_a_condition_over_joins_never_asks_for_a_message(text: str, asked: Env) -> None:
    assert isinstance(asked.event, Joined)
    checked = check_expression(text, VOCABULARY, "join")
    if isinstance(checked, Expression):
        assert type(checked.test(asked)) is bool


@pytest.mark.parametrize(
    ("text", "asked", "wanted"),
    [
        ("link.listed", env(link__listed=1.0), True),
        ("link.listed", env(link__listed=0.0), False),
        ("link.listed", env(), False),
        ("link.lookalike >= high", env(link__lookalike=0.75), True),
        ("lexicon.scam.phishing >= critical", env(lexicon__scam__phishing=0.75), False),
        ("user.age_days < 7", env(user=User("u", created_at=1_000_000.0 - 86_400)), True),
        ("user.age_days < 7", env(), False),
        ("user.age_days == 0", env(user=User("u", created_at=2_000_000.0)), True),
        ("user.seen_minutes < 5", env(user=User("u", first_seen=1_000_000.0 - 120)), True),
        ("user.seen_minutes > 525600", env(), True),
        ("user.new", env(user=User("u", first_seen=1_000_000.0 - 599)), True),
        ("user.new", env(user=User("u", first_seen=1_000_000.0 - 600)), False),
        ("user.new", env(), False),
        ("'mod' in user.roles", env(user=User("u", roles=frozenset({"mod"}))), True),
        ("user.risk > 0.5", env(user=User("u", risk=0.9)), True),
        ("user.risk > 0.5", env(), False),
        ("user.verified", env(facts=Facts(user={"verified": Label("verified")})), True),
        ("user.strikes", env(facts=Facts(strikes=2.5)), True),
        ("room.viewers > 1e9", env(facts=Facts(viewers=10**400)), True),
        ("room.viewers * 2 > 1e9", env(facts=Facts(viewers=10**400)), True),
        ("room.mode == 'slow'", env(facts=Facts(mode="slow")), True),
        ("'btc' in room.topic", env(facts=Facts(topic="about btc")), True),
        ("text.length == 5", env("hello"), True),
        ("text.lang == ''", env(), True),
        ("event.surface in ['chat', 'post']", env(), True),
        ("event.rev or event.reply", env(), False),
        ("window.too_fast > 3", env(windows={"too-fast": 4}), True),
        ("window.too_fast > 3", env(), False),
        ("pattern.act_now_2", Env(env().event, {"pattern.act-now-2": 1.0}, Facts(), {}), True),
        ("0 < text.length <= 5", env("hello"), True),
        ("max(link.any, link.listed) - 0.5 > 0", env(link__any=0.6), True),
        ("abs(-1 * text.length) / 2 == 2.5", env("hello"), True),
        ("(link.any if user.new else link.listed) > 0", env(link__listed=1.0), True),
        ("link.any and\nnot link.official  # ours", env(link__any=1.0), True),
    ],
)
def test_names_mean_what_the_reference_says(text: str, asked: Env, wanted: bool) -> None:
    assert compile_expression(text, VOCABULARY).test(asked) is wanted


def test_an_expression_tells_what_it_reads() -> None:
    expression = compile_expression(
        "pattern.seed_ask  and\n (link.any or user.new)", VOCABULARY, where="rules.yaml:3"
    )
    assert expression.text == "pattern.seed_ask and (link.any or user.new)"
    assert expression.signals == {"pattern.seed-ask", "link.any"}
    assert [name.name for name in expression.names] == ["pattern.seed_ask", "link.any", "user.new"]
    assert expression.triggered
    assert expression.always is None


def test_every_complaint_is_told_with_its_place() -> None:
    with pytest.raises(PolicyError) as raised:
        compile_expression("lnk.any or user.age_day > 3", VOCABULARY, where="rules.yaml:3")
    assert raised.value.problems == (
        "rules.yaml:3: unknown name `lnk.any`; did you mean 'link.any'?",
        "rules.yaml:3: unknown name `user.age_day`; did you mean 'user.age_days'?",
    )


def test_the_newcomer_of_the_policy_counts() -> None:
    asked = env(user=User("u", first_seen=1_000_000.0 - 100))
    assert not compile_expression("user.new", Vocabulary(newcomer_s=60)).test(asked)
