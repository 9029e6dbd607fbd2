"""A room's switches: a moderator's hand on shield, slow mode, links and the like."""

from __future__ import annotations

import time
from typing import Annotated

import msgspec
from aiohttp import web

from gateway.chat.switches import Switch, Switches
from gateway.http.context import KEY
from gateway.http.problems import problem
from seawall.restrictions import ROOM_LABELS

__all__ = ["SWITCHES", "SwitchBody", "list_switches", "release_switch", "turn_switch"]

SWITCHES: web.AppKey[Switches] = web.AppKey("switches", Switches)
ID_BYTES = 128


class SwitchBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """On or off, for seconds or (None) until reversed."""

    on: bool
    for_s: Annotated[float, msgspec.Meta(gt=0, le=366 * 86_400)] | None = None


_DECODER = msgspec.json.Decoder(SwitchBody)


async def list_switches(request: web.Request) -> web.Response:
    """List how every switch of a room stands."""
    wrong = _wrong(request)
    if wrong is not None:
        return wrong
    found = request.app[SWITCHES].of(request[KEY].tenant, request.match_info["room"], time.time())
    return web.json_response({"items": [msgspec.to_builtins(each) for each in found]})


async def turn_switch(request: web.Request) -> web.Response:
    """Switch a restriction of a room on or off: a human's word wins over what is automatic."""
    wrong = _wrong(request)
    if wrong is not None:
        return wrong
    try:
        body = _DECODER.decode(await request.read())
    except msgspec.ValidationError as refused:
        return problem(400, "bad_field", str(refused))
    except (msgspec.DecodeError, UnicodeError):
        return problem(400, "bad_json", "the body is not a JSON object")
    key, asked = request[KEY], request.match_info
    return _shown(
        await request.app[SWITCHES].turn(
            key.tenant,
            asked["room"],
            asked["name"],
            body.on,
            body.for_s,
            f"moderator:{key.name}",
            time.time(),
        )
    )


async def release_switch(request: web.Request) -> web.Response:
    """Take the hand off a switch: it is automatic again."""
    wrong = _wrong(request)
    if wrong is not None:
        return wrong
    key, asked = request[KEY], request.match_info
    by = f"moderator:{key.name}"
    return _shown(
        await request.app[SWITCHES].release(
            key.tenant, asked["room"], asked["name"], by, time.time()
        )
    )


def _wrong(request: web.Request) -> web.Response | None:
    asked = request.match_info
    if len(asked["room"].encode("utf-8", "surrogatepass")) > ID_BYTES:
        return problem(400, "bad_field", f"room: at most {ID_BYTES} bytes")
    if "name" in asked and asked["name"] not in ROOM_LABELS:
        return problem(404, "not_found", f"switches: {', '.join(sorted(ROOM_LABELS))}")
    return None


def _shown(switch: Switch) -> web.Response:
    return web.json_response(msgspec.to_builtins(switch))
