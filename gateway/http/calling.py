"""From a request to an answer, the same way for every endpoint.

Rules, in this order:
1. Who asks (401), whether they may ask this at all (403), what they ask (400, 413, 415, 428).
2. A POST under an `Idempotency-Key` that was answered is answered the same; see `answered`.
3. The audit's line is durable; then the endpoint's function runs. Its refusals rise to the errors'
   middleware in `app`, and leave nothing under the key.
4. What was cancelled for want of time stays under way: nobody knows whether it was done.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web
from msgspec import Struct

from gateway.http.answered import Kept, Mark, fingerprint
from gateway.http.asker import NOBODY, by_key
from gateway.http.endpoint import Answer, Call, Endpoint
from gateway.http.parts import here
from gateway.http.reading import Reader, bad_field
from gateway.http.signing_in import DESK, look, who
from gateway.log import log
from gateway.refusal import forbidden
from gateway.roles import Actor, Permission
from seawall.errors import RecordUnavailable, SeawallError

__all__ = ["KEY_HEADER", "REPLAYED_HEADER", "Handler", "handler", "may_somewhere"]

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
KEY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotent-Replayed"
_KEY = re.compile(r"[!-~]{1,128}")
_AUDITED = (
    "choice",
    "action",
    "kind",
    "id",
    "rev",
    "on",
    "for_s",
    "to",
    "queue",
    "cases",
)
_encode = msgspec.json.Encoder().encode


def handler(endpoint: Endpoint) -> Handler:
    """Make an endpoint answer requests."""
    reader = Reader(endpoint)

    async def handle(request: web.Request) -> web.StreamResponse:
        actor = NOBODY
        if not endpoint.open_to_all:
            actor = await _asker(request, endpoint.method != "GET" and endpoint.csrf)
        if endpoint.permission is not None and not may_somewhere(actor, endpoint.permission):
            raise forbidden(endpoint.permission)
        path, query = reader.path(request), reader.query(request)
        data, body = b"", None
        if endpoint.method != "GET":
            data, body = await reader.body(request)
        if_match = reader.if_match(request)
        remote, agent = request.remote or "", request.headers.get("User-Agent", "")[:256]
        call = Call(actor, path, body, query, request, remote, agent, if_match)
        mark = _mark(call, endpoint)
        if mark is None:
            return _response(await _called(endpoint, call))
        return await _once(endpoint, call, mark, data)

    return handle


def may_somewhere(actor: Actor, permission: Permission) -> bool:
    """Say whether they may do this at all: everywhere, or in one queue."""
    rights = actor.rights
    if permission in rights.everywhere:
        return True
    return any(actor.may(permission, queue) for queue in rights.queues)


async def _asker(request: web.Request, changes: bool) -> Actor:
    if DESK not in request.app:
        return by_key(request)
    await look(request)
    return who(request, changes)


async def _called(endpoint: Endpoint, call: Call) -> Kept:
    if endpoint.audits:
        target = "/".join(call.path.values())
        await here(call.parts.audit).note(call.actor, endpoint.audits, target, **_detail(call))
    return _rendered(endpoint, await endpoint.call(call))


def _detail(call: Call) -> dict[str, str]:
    """Return what the audit says besides: what was chosen, never what anybody wrote."""
    found = {}
    for name in _AUDITED:
        said = getattr(call.body, name, None)
        if said is not None and said != "":
            found[name] = str(len(said)) if isinstance(said, list) else str(said)
    return found


async def _once(endpoint: Endpoint, call: Call, mark: Mark, data: bytes) -> web.Response:
    answered = here(call.context.answered)
    asked = fingerprint(call.request.method, call.request.raw_path, data)
    before = await answered.begin(mark, asked)
    if before is not None:
        response = _response(before)
        response.headers[REPLAYED_HEADER] = "true"
        return response
    try:
        answer = await _called(endpoint, call)
    except SeawallError:
        await answered.drop(mark)
        raise
    try:
        if answer.status < web.HTTPBadRequest.status_code:
            await answered.finish(mark, answer)
        else:
            await answered.drop(mark)
    except RecordUnavailable:  # it is done: to say 503 now would be to say that it is not
        fields = {"fields": {"path": endpoint.path}}
        log.warning("an answer is not kept: who repeats the request does it anew", extra=fields)
    return _response(answer)


def _mark(call: Call, endpoint: Endpoint) -> Mark | None:
    key = call.request.headers.get(KEY_HEADER)
    if key is None or not endpoint.keyed:
        return None
    if _KEY.fullmatch(key) is None:
        raise bad_field(f"{KEY_HEADER}: 1 to 128 visible ASCII characters")
    return Mark(call.tenant, f"{call.actor.via}:{call.actor.name}", key)


def _rendered(endpoint: Endpoint, given: Struct | Answer) -> Kept:
    answer = given if isinstance(given, Answer) else Answer(given)
    headers = answer.headers
    if endpoint.version is not None and isinstance(answer.body, Struct):
        headers = (*headers, ("ETag", f'"{endpoint.version(answer.body)}"'))
    match answer.body:
        case None:
            return Kept(answer.status or 204, "", headers, b"")
        case bytes() as body:
            return Kept(answer.status or endpoint.status, answer.media, headers, body)
        case shown:
            return Kept(answer.status or endpoint.status, answer.media, headers, _encode(shown))


def _response(answer: Kept) -> web.Response:
    response = web.Response(status=answer.status, body=answer.body)
    if answer.media:
        response.headers["Content-Type"] = answer.media
    for name, value in answer.headers:
        response.headers.add(name, value)
    return response
