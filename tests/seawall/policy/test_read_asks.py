"""Asks say who is asked, of what, when, and for how long; slips are told with their line."""

from __future__ import annotations

import pytest

from seawall.events import SURFACES
from tests.seawall.policy.writing import RULE, env, policy_of, problems_of, warnings_of

ASKS = """
- ask: opinion
  on: [chat]
  when: 0.5 <= linear.abuse < 0.95
  wait_ms: 40
  within_ms: 2000
  share: 5
- {ask: linear, exempt: [mod]}
- {ask: "encoder:toxic-xlm", on: [post], wait_ms: 30}
"""


def test_first_opinions_come_first_and_conditions_are_compiled() -> None:
    models = policy_of(RULE, asks=ASKS).models
    assert set(models) == set(SURFACES)
    assert [ask.model for ask in models["chat"]] == ["linear", "opinion"]
    assert [ask.model for ask in models["post"]] == ["linear", "encoder:toxic-xlm"]
    linear, opinion = models["chat"]
    assert (linear.wait_s, linear.within_s, linear.share) == (0.02, 0.02, 100.0)
    assert linear.exempt == {"mod"}
    assert (opinion.wait_s, opinion.within_s, opinion.share) == (0.04, 2.0, 5.0)
    assert opinion.when is not None
    assert [opinion.when(env(linear__abuse=score)) for score in (0.4, 0.6, 0.96)] == [
        False,
        True,
        False,
    ]


def test_a_policy_without_asks_asks_nobody() -> None:
    assert policy_of(RULE).models == {}


@pytest.mark.parametrize(
    ("asks", "told"),
    [
        ("ask: linear", "asks.yaml:1: expected a list of asks, found a map"),
        ("- {ask: Linear}", "asks.yaml:1: the name 'Linear' must be lower-case"),
        ("- {ask: linear, on: [chats]}", "asks.yaml:1: unknown surface 'chats'"),
        ("- {ask: linear, when: linar.abuse}", "asks.yaml:1: unknown name `linar.abuse`"),
        ("- {ask: linear, when: window.x > 1}", "asks.yaml:1: unknown name `window.x`"),
        ("- {ask: linear, wait_ms: 50, within_ms: 20}", "asks.yaml:1: a verdict cannot wait 50 ms"),
        ("- {ask: linear, share: 0}", "asks.yaml:1: "),
        ("- {ask: linear}\n- {ask: linear}", "asks.yaml:2: the model 'linear' is asked at"),
    ],
)
def test_what_cannot_be_asked_keeps_the_policy_back(asks: str, told: str) -> None:
    assert any(problem.startswith(told) for problem in problems_of(RULE, asks=asks))


def test_a_model_that_is_read_and_never_asked_is_warned_of() -> None:
    rule = "- {rule: r, category: spam, when: linear.spam > 0.9, then: hold}\n"
    assert any("nobody asks the model 'linear'" in each for each in warnings_of(rule))
    assert not any("nobody asks" in each for each in warnings_of(rule, asks="- {ask: linear}"))
    vendor = "- {rule: r, category: spam, when: vendor.spam > 0.9, then: hold}\n"
    assert not any("nobody asks" in each for each in warnings_of(vendor))
