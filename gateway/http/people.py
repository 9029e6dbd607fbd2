"""Accounts of others, the matrix of roles, and the audit."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from gateway.http.endpoint import Call, Endpoint
from gateway.http.signing_in import desk_of
from gateway.shapes.people import (
    AuditPage,
    Matrix,
    MatrixBody,
    ModeratorBody,
    ModeratorChange,
    ModeratorList,
    ModeratorMade,
)

__all__ = ["ENDPOINTS", "Audited"]

Words = Annotated[str, Meta(min_length=1, max_length=256)]


class Audited(
    Struct, frozen=True, forbid_unknown_fields=True, rename={"since": "from", "until": "to"}
):
    """Which lines of the audit. `from` and `to` are seconds since the epoch.

    `what` may end in a point: `case.` finds all that was done to cases.
    """

    who: Words | None = None
    what: Words | None = None
    target: Words | None = None
    since: float | None = None
    until: float | None = None
    cursor: Annotated[str, Meta(min_length=1, max_length=512)] | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 100


async def list_moderators(call: Call) -> ModeratorList:
    """List the tenant's accounts."""
    return await desk_of(call.request).people.admin.all(call.actor)


async def add_moderator(call: Call) -> ModeratorMade:
    """Make an account; its first password is in the answer and nowhere else."""
    return await desk_of(call.request).people.admin.add(call.actor, call.body)


async def change_moderator(call: Call) -> ModeratorMade:
    """Change an account; a new password is in the answer and nowhere else."""
    admin = desk_of(call.request).people.admin
    return await admin.change(call.actor, call.path["name"], call.body, call.if_match)


async def show_roles(call: Call) -> Matrix:
    """Show the matrix of roles."""
    return await desk_of(call.request).people.admin.matrix(call.actor)


async def put_roles(call: Call) -> Matrix:
    """Write the matrix of roles anew."""
    admin = desk_of(call.request).people.admin
    return await admin.put_matrix(call.actor, call.body, call.if_match)


async def list_audit(call: Call) -> AuditPage:
    """Show who saw or did what, the newest first."""
    asked: Audited = call.query
    return await desk_of(call.request).people.audit.page(
        call.tenant,
        who=asked.who,
        what=asked.what,
        target=asked.target,
        since=asked.since,
        until=asked.until,
        cursor=asked.cursor,
        limit=asked.limit,
    )


def _version(made: ModeratorMade) -> int:
    return made.moderator.version


ENDPOINTS = (
    Endpoint("GET", "/v1/moderators", "people.read", "Accounts", list_moderators, ModeratorList),
    Endpoint(
        "POST",
        "/v1/moderators",
        "people.manage",
        "Make an account",
        add_moderator,
        ModeratorMade,
        takes=ModeratorBody,
        status=201,
        version=_version,
        refuses=(409, 422),
    ),
    Endpoint(
        "PATCH",
        "/v1/moderators/{name}",
        "people.manage",
        "Change an account",
        change_moderator,
        ModeratorMade,
        takes=ModeratorChange,
        version=_version,
        if_match="may",
        refuses=(404, 409, 412),
    ),
    Endpoint(
        "GET",
        "/v1/roles",
        "people.read",
        "Which role may do what",
        show_roles,
        Matrix,
        version=lambda matrix: matrix.version,
    ),
    Endpoint(
        "PUT",
        "/v1/roles",
        "people.manage",
        "Say which role may do what",
        put_roles,
        Matrix,
        takes=MatrixBody,
        version=lambda matrix: matrix.version,
        if_match="must",
        refuses=(412, 422),
    ),
    Endpoint(
        "GET",
        "/v1/audit",
        "audit.read",
        "Who saw or did what, the newest first",
        list_audit,
        AuditPage,
        query=Audited,
    ),
)
