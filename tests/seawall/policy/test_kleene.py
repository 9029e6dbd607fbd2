"""What cannot be known stays unknown; what can be known without it is."""

from __future__ import annotations

import pytest

from seawall.policy.expression import Expression, check_expression
from seawall.policy.kleene import UNKNOWN, Unknown, quiet_value, value_given
from seawall.policy.term import Value
from seawall.policy.vocabulary import Name
from tests.seawall.policy.sentences import VOCABULARY


def expression(text: str) -> Expression:
    checked = check_expression(text, VOCABULARY)
    assert isinstance(checked, Expression), checked
    return checked


@pytest.mark.parametrize(
    ("text", "worth"),
    [
        ("link.any", False),
        ("not link.any", True),
        ("user.new", UNKNOWN),
        ("not user.new", UNKNOWN),
        ("link.any and user.new", False),
        ("user.new and link.any", False),
        ("link.any or user.new", UNKNOWN),
        ("user.new or not link.any", True),
        ("user.new and not link.any", UNKNOWN),
        ("link.any * user.risk > 0", UNKNOWN),
        ("link.any + link.listed > 0.5", False),
        ("-link.any < 0", False),
        ("max(link.any, link.listed) >= low", False),
        ("max(link.any, user.risk) >= low", UNKNOWN),
        ("0.2 < link.any < user.risk", False),
        ("link.any in [1, 2]", False),
        ("link.any not in [1, 2]", True),
        ("link.any / 2 + 1 > 1", False),
        ("(link.any if user.new else link.listed) > 0", False),
        ("(link.any if user.new else 1) > 0", UNKNOWN),
        ("link.any if link.listed else user.new", UNKNOWN),
        ("user.new if link.listed else link.any", False),
        ("link.official or window.too_fast > 3", UNKNOWN),
        ("True", True),
    ],
)
def test_without_signals(text: str, worth: Value | Unknown) -> None:
    found = expression(text)
    assert quiet_value(found.term) == worth
    assert found.triggered == (worth is False)


def test_other_things_may_be_taken_for_known() -> None:
    def assume(name: Name) -> Value | Unknown:
        return 0.5 if name.signal == "lexicon.hate" else UNKNOWN

    assert value_given(expression("lexicon.hate >= high and user.new").term, assume) is False
    assert value_given(expression("lexicon.hate >= medium and user.new").term, assume) is UNKNOWN
