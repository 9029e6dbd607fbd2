"""Who asks, where only keys are known: `Authorization: Bearer sw_…` of a moderator or an admin."""

from __future__ import annotations

from aiohttp import web

from gateway.http.context import CONTEXT
from gateway.record.keys import Key
from gateway.record.refusals import Refusals
from gateway.refusal import Refused
from gateway.roles import DEFAULT_MATRIX, Actor, Rights, Role

__all__ = ["NOBODY", "REFUSALS", "by_key", "working_key"]

REFUSALS: web.AppKey[Refusals] = web.AppKey("refusals", Refusals)
NOBODY = Actor("", "", "", (), Rights(frozenset()))
"""Who asks an endpoint that is open to all."""


def by_key(request: web.Request) -> Actor:
    """Return whose key it is, with what such a key may do. Raises Refused 401, 403."""
    key = working_key(request)
    role: Role = "admin" if key.role == "admin" else "moderator"
    rights = Rights(frozenset(DEFAULT_MATRIX[role]))
    return Actor(key.tenant, key.name, key.name, (role,), rights, via="key")


def working_key(request: web.Request) -> Key:
    """Return the key that was shown, which may decide. Raises Refused 401, 403."""
    given = request.headers.get("Authorization", "")
    scheme, _, token = given.partition(" ")
    key = request.app[CONTEXT].find_key(token.strip()) if scheme.lower() == "bearer" else None
    refused, remote = request.app[REFUSALS], request.remote or ""
    if key is None:
        refused.tell("unknown" if given else "missing", remote=remote)
        raise Refused(401, "unauthorized", "sign in, or give a key: Authorization: Bearer sw_…")
    if key.role not in ("moderator", "admin"):
        refused.tell("role", remote=remote, key=key.id, tenant=key.tenant)
        raise Refused(
            403, "forbidden", "a server's key may not decide; make one with --role moderator"
        )
    return key
