"""One's own session: sign in and out, who one is, settings, password."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

from aiohttp import web

from gateway.http.csrf import check_origin
from gateway.http.endpoint import Answer, Call, Endpoint
from gateway.http.signing_in import by_tls, desk_of, signed_of, token_of
from gateway.people.session_table import Signed
from gateway.people.signing import SignedIn
from gateway.people.tokens import cookie_header
from gateway.refusal import Refused
from gateway.roles import PERMISSIONS, Actor
from gateway.shapes.people import PasswordBody, SessionShown, Settings, SignInBody

__all__ = ["ENDPOINTS", "socket_address"]

_SHORT = 16 * 1024


async def sign_in(call: Call) -> Answer:
    """Begin a session; its cookie is in the answer."""
    desk = desk_of(call.request)
    check_origin(call.request.headers, desk.origins)
    before = token_of(call.request)
    done = await desk.people.signing.sign_in(call.body, call.remote, call.agent, before)
    return _with_cookie(call.request, done)


async def show_session(call: Call) -> SessionShown:
    """Say who is signed in."""
    return _shown(call.request, call.actor, signed_of(call.request))


async def sign_out(call: Call) -> Answer:
    """End the session."""
    request = call.request
    await desk_of(request).people.signing.sign_out(signed_of(request))
    gone = cookie_header("", by_tls(request), 0)
    return Answer(None, headers=(("Set-Cookie", gone),))


async def change_settings(call: Call) -> SessionShown:
    """Keep how the console shall be."""
    signed = signed_of(call.request)
    await desk_of(call.request).people.signing.change_settings(signed, call.body)
    return _shown(call.request, call.actor, signed)


async def change_password(call: Call) -> Answer:
    """Change one's password; all other sessions end, and this one gets a new cookie."""
    signed = signed_of(call.request)
    signing = desk_of(call.request).people.signing
    done = await signing.change_password(signed, call.body, call.remote, call.agent)
    return _with_cookie(call.request, done)


def socket_address(secure: bool, host: str, port: int) -> str:
    """Return the live socket's address on the host that a page was served from."""
    try:
        name = urlsplit(f"//{host}").hostname or "localhost"
    except ValueError as error:
        raise Refused(400, "bad_host", "the Host header is no host") from error
    name = f"[{name}]" if ":" in name else name
    return f"{'wss' if secure else 'ws'}://{name}:{port}/console"


def _with_cookie(request: web.Request, done: SignedIn) -> Answer:
    desk = desk_of(request)
    actor = desk.people.sessions.actor(done.signed)
    cookie = cookie_header(done.token, by_tls(request), desk.people.sessions.ends.whole_s)
    return Answer(_shown(request, actor, done.signed), headers=(("Set-Cookie", cookie),))


def _shown(request: web.Request, actor: Actor, signed: Signed) -> SessionShown:
    desk = desk_of(request)
    sessions = desk.people.sessions
    account = sessions.account(actor.tenant, actor.name)
    some = actor.rights.everywhere.union(*actor.rights.queues.values())
    return SessionShown(
        actor.tenant,
        actor.name,
        actor.pseudonym,
        list(actor.roles),
        [each for each in PERMISSIONS if each in some],
        sorted(actor.queues),
        sorted(actor.langs),
        sorted(actor.skills),
        Settings() if account is None else account.settings,
        signed.csrf,
        desk.socket(by_tls(request), request.host),
        time.time(),
        sessions.ends_at(signed),
        account is not None and account.totp is not None,
        desk.on_call(actor.tenant, actor.name),
    )


ENDPOINTS = (
    Endpoint(
        "POST",
        "/v1/session",
        None,
        "Sign in",
        sign_in,
        SessionShown,
        takes=SignInBody,
        open_to_all=True,
        refuses=(401, 429),
        body_bytes=_SHORT,
    ),
    Endpoint("GET", "/v1/session", None, "Who is signed in", show_session, SessionShown),
    Endpoint("DELETE", "/v1/session", None, "Sign out", sign_out, None, status=204),
    Endpoint(
        "PUT",
        "/v1/session/settings",
        None,
        "Keep how the console shall be",
        change_settings,
        SessionShown,
        takes=Settings,
        body_bytes=_SHORT,
    ),
    Endpoint(
        "PUT",
        "/v1/session/password",
        None,
        "Change one's own password",
        change_password,
        SessionShown,
        takes=PasswordBody,
        refuses=(412, 422, 429),
        body_bytes=_SHORT,
    ),
)
