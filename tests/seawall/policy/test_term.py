"""A term tells every name it reads."""

from __future__ import annotations

from seawall.policy.expression import compile_expression
from seawall.policy.term import names_in
from tests.seawall.policy.sentences import VOCABULARY


def test_names_are_found_in_every_kind_of_term() -> None:
    text = (
        "(link.any if user.new else -link.listed) + max(user.risk, 1) > 0 "
        "and not (room.mode in ['a'] or window.alike)"
    )
    found = [name.name for name in names_in(compile_expression(text, VOCABULARY).term)]
    assert found == [
        "user.new",
        "link.any",
        "link.listed",
        "user.risk",
        "room.mode",
        "window.alike",
    ]
