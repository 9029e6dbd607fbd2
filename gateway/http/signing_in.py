"""Who asks: the session of a cookie, or a key (`Authorization: Bearer sw_…`), as an Actor.

Rules:
1. A request with a key counts as the key's, whatever cookie comes with it: no browser adds a key.
2. A change by cookie needs the session's CSRF token and comes from a page of ours (`csrf`).
3. Everything is looked up in memory. A session that another gateway has opened this very moment is
   looked for in the record first (`look`).
4. What is refused is counted and told to the log, without what was shown.
"""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web
from msgspec import Struct

from gateway.http.asker import working_key
from gateway.http.csrf import check_origin, check_token
from gateway.http.parts import here
from gateway.people.people import People
from gateway.people.session_table import Signed
from gateway.people.tokens import read_cookie
from gateway.refusal import Refused
from gateway.roles import Actor

__all__ = ["DESK", "PeopleDesk", "by_tls", "desk_of", "look", "signed_of", "token_of", "who"]


class PeopleDesk(Struct, frozen=True):
    """What the endpoints about people stand on.

    `origins` are pages besides our own that may ask (`https://mod.example`, lower case). `tls`: TLS
    ends in front of us, so cookies are as if it ended here. `socket` is the live socket's address
    for a page that was asked by TLS (or not) on a host; `on_call` says of (tenant, name).
    """

    people: People
    socket: Callable[[bool, str], str]
    origins: frozenset[str] = frozenset()
    tls: bool = False
    on_call: Callable[[str, str], bool] = lambda tenant, name: False


DESK: web.AppKey[PeopleDesk] = web.AppKey("people", PeopleDesk)
_SIGNED: web.RequestKey[Signed] = web.RequestKey("signed", Signed)


async def look(request: web.Request) -> None:
    """Look for the session in the record if this gateway does not know it yet.

    RecordUnavailable rises: then nobody can say whose the cookie is.
    """
    token = token_of(request)
    sessions = desk_of(request).people.sessions
    if token and "Authorization" not in request.headers and sessions.find(token) is None:
        await sessions.look(token)


def who(request: web.Request, changes: bool) -> Actor:
    """Return who asks. Raises Refused 401 (`unauthorized signed_out session_expired`), 403."""
    desk = desk_of(request)
    if "Authorization" in request.headers or "Cookie" not in request.headers:
        return desk.people.sessions.actor_of_key(working_key(request))
    sessions, token = desk.people.sessions, token_of(request)
    signed = sessions.find(token)
    if signed is None:
        why = sessions.why(token) if token else "missing"
        _tell(request, why)
        if why == "expired":
            raise Refused(401, "session_expired", "the session has run out: sign in again")
        raise Refused(401, "signed_out", "sign in first")
    if changes:
        try:
            check_origin(request.headers, desk.origins)
            check_token(request.headers, signed.csrf)
        except Refused as refused:
            _tell(request, refused.code, tenant=signed.tenant, name=signed.name)
            raise
    sessions.touch(signed)
    request[_SIGNED] = signed
    return sessions.actor(signed)


def desk_of(request: web.Request) -> PeopleDesk:
    """Return what the endpoints about people stand on. Raises Refused 503 where there is none."""
    return here(request.app.get(DESK))


def signed_of(request: web.Request) -> Signed:
    """Return the session that asks. Raises Refused 403 where it is a key."""
    if _SIGNED not in request:
        raise Refused(403, "no_session", "that is for people who signed in: a key has no session")
    return request[_SIGNED]


def by_tls(request: web.Request) -> bool:
    """Say whether the browser speaks TLS, with us or with what stands in front of us."""
    return request.secure or desk_of(request).tls


def token_of(request: web.Request) -> str:
    """Return the token in the cookie; empty where there is none of ours."""
    return read_cookie(request.headers.getall("Cookie", []), by_tls(request))


def _tell(request: web.Request, why: str, **about: str) -> None:
    refused = desk_of(request).people.signing.refused
    refused.tell(why, remote=request.remote or "", **about)
