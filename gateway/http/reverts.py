"""Take a decision back. The second to ask is told who was first."""

from __future__ import annotations

import time
from typing import Annotated

import msgspec
from aiohttp import web

from gateway.chat.reverts import Reverts
from gateway.http.context import KEY
from gateway.http.problems import problem
from seawall.wire import Rev

__all__ = ["REVERTS", "RevertBody", "revert"]

REVERTS: web.AppKey[Reverts] = web.AppKey("reverts", Reverts)
ID_BYTES = 128


class RevertBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is reverted besides the event's id, and why."""

    rev: Rev = 0
    reason: Annotated[str, msgspec.Meta(max_length=512)] = ""


_DECODER = msgspec.json.Decoder(RevertBody)


async def revert(request: web.Request) -> web.Response:
    """Undo all that the decision on an event did, and nothing that anybody else did."""
    key, event = request[KEY], request.match_info["event"]
    if len(event.encode("utf-8", "surrogatepass")) > ID_BYTES:
        return problem(400, "bad_field", f"event: at most {ID_BYTES} bytes")
    try:
        body = _DECODER.decode(await request.read() or b"{}")
    except msgspec.ValidationError as wrong:
        return problem(400, "bad_field", str(wrong))
    except (msgspec.DecodeError, UnicodeError):
        return problem(400, "bad_json", "the body is not a JSON object")
    done = await request.app[REVERTS].revert(
        key.tenant, event, body.rev, f"moderator:{key.name}", body.reason, time.time()
    )
    if done is None:
        return problem(404, "not_found", "no decision on this (event, rev) is recorded here")
    return web.json_response(msgspec.to_builtins(done))
