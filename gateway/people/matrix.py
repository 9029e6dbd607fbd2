"""The matrix of roles: read from its document, checked before it is written, and what follows.

Somebody with several roles may do what any of them may. A queue in which a role is named overrides
that role there; roles it does not name may do there what they may everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from gateway.people.documents import NOTHING, Document
from gateway.refusal import Refused
from gateway.roles import DEFAULT_MATRIX, PERMISSIONS, ROLES, Permission, Rights, Role
from gateway.shapes.people import Matrix, MatrixBody

__all__ = ["DOCUMENT", "check_matrix", "encode_matrix", "read_matrix", "rights_of"]

DOCUMENT = "roles"
MOST_QUEUES = 256
MOST_QUEUE_CHARACTERS = 64
_DECODE = msgspec.json.Decoder(MatrixBody).decode
_ORDER = {name: place for place, name in enumerate(PERMISSIONS)}


def read_matrix(document: Document) -> Matrix:
    """Return the matrix in a document; the default one (version 0) where there is none."""
    if document == NOTHING:
        everywhere = {role: list(may) for role, may in DEFAULT_MATRIX.items()}
        return Matrix(everywhere, {}, 0, "", 0.0)
    body = _DECODE(document.body)
    return Matrix(body.roles, body.queues, document.version, document.by, document.at)


def check_matrix(body: MatrixBody) -> MatrixBody:
    """Return it in one order, each permission once. Raises Refused 422 `bad_matrix`."""
    missing = [role for role in ROLES if role not in body.roles]
    if missing:
        raise _bad(f"every role needs its line, be it empty: {', '.join(missing)}")
    if "people.manage" not in body.roles["admin"]:
        raise _bad("admins keep people.manage: without it nobody could change this back")
    if len(body.queues) > MOST_QUEUES:
        raise _bad(f"at most {MOST_QUEUES} queues")
    if not all(0 < len(queue) <= MOST_QUEUE_CHARACTERS for queue in body.queues):
        raise _bad(f"a queue's name has 1 to {MOST_QUEUE_CHARACTERS} characters")
    queues = {queue: _tidy(roles) for queue, roles in sorted(body.queues.items()) if roles}
    return MatrixBody(_tidy(body.roles), queues)


def encode_matrix(body: MatrixBody) -> str:
    """Return the document's body."""
    return msgspec.json.encode(body).decode()


def rights_of(matrix: Matrix, roles: Iterable[Role]) -> Rights:
    """Return what somebody with these roles may do."""
    roles = tuple(roles)
    queues = {
        queue: _union(over.get(role, matrix.roles.get(role, [])) for role in roles)
        for queue, over in matrix.queues.items()
    }
    return Rights(_union(matrix.roles.get(role, []) for role in roles), queues)


def _union(lists: Iterable[Iterable[Permission]]) -> frozenset[Permission]:
    return frozenset(permission for each in lists for permission in each)


def _tidy(roles: dict[Role, list[Permission]]) -> dict[Role, list[Permission]]:
    named = [role for role in ROLES if role in roles]
    return {role: sorted(set(roles[role]), key=_ORDER.__getitem__) for role in named}


def _bad(why: str) -> Refused:
    return Refused(422, "bad_matrix", why)
