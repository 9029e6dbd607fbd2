"""The matrix: what follows from it, and that it cannot lock everybody out."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from gateway.people.documents import NOTHING, Document
from gateway.people.matrix import check_matrix, encode_matrix, read_matrix, rights_of
from gateway.refusal import Refused
from gateway.roles import DEFAULT_MATRIX, PERMISSIONS, ROLES, Actor, Permission, Role
from gateway.shapes.people import Matrix, MatrixBody

roles = st.sampled_from(ROLES)
permissions = st.lists(st.sampled_from(PERMISSIONS), max_size=6)
DEFAULT = {role: list(may) for role, may in DEFAULT_MATRIX.items()}


def matrix(
    everywhere: dict[Role, list[Permission]],
    queues: dict[str, dict[Role, list[Permission]]] | None = None,
) -> Matrix:
    return Matrix(everywhere, queues or {}, 1, "ann", 1.0)


def test_before_anybody_wrote_one_the_default_holds() -> None:
    found = read_matrix(NOTHING)
    assert found.version == 0
    assert found.roles == DEFAULT
    for role in ROLES:
        assert rights_of(found, [role]).everywhere == frozenset(DEFAULT_MATRIX[role])


def test_a_queue_overrides_the_roles_it_names() -> None:
    rights = rights_of(
        matrix(DEFAULT, {"minors": {"moderator": [], "analyst": ["cases.claim"]}}),
        ["moderator"],
    )
    assert rights.allow("cases.decide", "fraud")
    assert not rights.allow("cases.decide", "minors")
    both = rights_of(matrix(DEFAULT, {"minors": {"moderator": []}}), ["moderator", "lead"])
    assert both.allow("cases.bulk", "minors")
    actor = Actor("t", "ann", "m", ("moderator",), rights, queues=frozenset({"fraud"}))
    assert actor.may("cases.claim", "fraud")
    assert not actor.may("cases.claim", "spam")


@given(st.dictionaries(roles, permissions), st.lists(roles, max_size=3))
def test_with_more_roles_one_may_more(
    everywhere: dict[Role, list[Permission]], mine: list[Role]
) -> None:
    rights = rights_of(matrix(everywhere), mine)
    for role in mine:
        assert rights.everywhere >= frozenset(everywhere.get(role, []))


@given(
    st.fixed_dictionaries(dict.fromkeys(ROLES, permissions)),
    st.dictionaries(st.text(max_size=70), st.dictionaries(roles, permissions), max_size=3),
)
def test_what_is_accepted_is_read_back_and_admins_keep_their_hand_on_it(
    everywhere: dict[Role, list[Permission]], queues: dict[str, dict[Role, list[Permission]]]
) -> None:
    body = MatrixBody(everywhere, queues)
    if "people.manage" not in everywhere["admin"] or not all(
        1 <= len(name) <= 64 for name in queues
    ):
        with pytest.raises(Refused):
            check_matrix(body)
        return
    checked = check_matrix(body)
    again = read_matrix(Document(3, encode_matrix(checked), "ann", 2.0))
    assert (again.version, again.by, again.at) == (3, "ann", 2.0)
    assert check_matrix(MatrixBody(again.roles, again.queues)) == checked
    assert rights_of(again, ["admin"]).allow("people.manage")


def test_what_is_refused() -> None:
    for body, why in (
        (MatrixBody({"admin": ["people.manage"]}), "every role"),
        (MatrixBody({**DEFAULT, "admin": ["people.read"]}), "admins keep"),
        (MatrixBody(DEFAULT, {"": {}}), "queue's name"),
        (MatrixBody(DEFAULT, {str(n): {} for n in range(257)}), "at most"),
    ):
        with pytest.raises(Refused, match=why):
            check_matrix(body)
