"""The OpenAPI document, written beside the routes it describes; a test compares the two."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web
from msgspec.json import schema_components

from gateway.chat.reverts import Reverted
from gateway.chat.switches import Switch
from gateway.http.asked import LIMIT
from gateway.http.problems import MEDIA_TYPE
from gateway.http.reverts import RevertBody
from gateway.http.rooms import SwitchBody
from gateway.http.schemas import READINESS
from gateway.http.streams import ActionBody, EvidenceShown, StreamsShown, VetoBody, Vetoed
from gateway.record.cases import CaseLine
from gateway.record.headfile import Published
from gateway.stream.moderating import Acted, StreamShown

__all__ = ["document", "openapi"]

_ERROR = {
    "description": "What is wrong, in one shape (RFC 9457).",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Error"}}},
}
_REFUSALS = dict.fromkeys(("400", "401", "403", "503"), _ERROR)
_ERROR_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "message"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "for programs"},
        "message": {"type": "string", "description": "the same as detail"},
    },
}
_HOLD = {
    "type": "object",
    "required": ["id", "rev", "room", "user", "created", "expires"],
    "properties": {
        "id": {"type": "string"},
        "rev": {"type": "integer"},
        "room": {"type": "string"},
        "user": {"type": "string"},
        "name": {"type": "string"},
        "text": {"type": "string"},
        "rule": {"type": "string"},
        "category": {"type": "string"},
        "created": {"type": "number", "description": "seconds since the epoch"},
        "expires": {"type": "number", "description": "seconds since the epoch"},
        "outcome": {"type": ["string", "null"], "enum": ["approved", "denied", "expired", None]},
        "by": {"type": ["string", "null"]},
    },
}


def document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of this API."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Seawall", "version": "1", "license": {"name": "Apache-2.0"}},
        "paths": {
            "/healthz": _open("Whether the process answers", "application/json"),
            "/readyz": _open("Whether to send traffic here", "application/json", not_ready=True),
            "/metrics": _open("Every number, in Prometheus' text format", "text/plain"),
            "/openapi.json": _open("This document", "application/json"),
            "/v1/holds": {
                "get": _list("Open holds of the key's tenant, soonest to expire first", "Hold")
            },
            "/v1/holds/{id}/{rev}/approve": {"post": _decision("Let a held message through")},
            "/v1/holds/{id}/{rev}/deny": {"post": _decision("Refuse a held message")},
            "/v1/decisions/{event}/revert": {
                "post": _call("Undo all that a decision did", ["event"], "Reverted", "RevertBody")
            },
            "/v1/rooms/{room}/switches": {"get": _switches()},
            "/v1/rooms/{room}/switches/{name}": {
                "put": _call("Turn a switch", ["room", "name"], "Switch", "SwitchBody"),
                "delete": _call("Take the hand off a switch", ["room", "name"], "Switch"),
            },
            **_stream_paths(),
            "/v1/cases": {
                "get": _list("Lines in the lives of the tenant's cases, newest first", "CaseLine")
            },
            "/v1/journal/heads": {
                "get": _list("Published ends of the journal's chains, newest first", "Published")
            },
        },
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                **_structs(),
                "Hold": _HOLD,
                "Readiness": READINESS,
                "Error": _ERROR_SCHEMA,
            },
        },
    }


def _stream_paths() -> dict[str, Any]:
    return {
        "/v1/streams": {
            "get": _streams("The tenant's open streams here and last cuts, newest first")
        },
        "/v1/streams/{stream}": {"get": _call("How one stream stands", ["stream"], "StreamShown")},
        "/v1/streams/{stream}/veto": {
            "post": _call("Let a stream go on", ["stream"], "Vetoed", "VetoBody")
        },
        "/v1/streams/{stream}/actions": {
            "post": _call("Put a hand on a stream", ["stream"], "Acted", "ActionBody")
        },
        "/v1/streams/{stream}/decisions/{event}": {
            "get": _of_decision("What a decision was about", "application/json")
        },
        "/v1/streams/{stream}/decisions/{event}/still": {
            "get": _of_decision("The picture it saw", "image/jpeg")
        },
        "/v1/streams/{stream}/decisions/{event}/clip": {
            "get": _of_decision("The seconds before it", "video/x-matroska")
        },
    }


async def openapi(request: web.Request) -> web.Response:
    """Give the OpenAPI document."""
    return web.json_response(document())


def _open(summary: str, media: str, not_ready: bool = False) -> dict[str, Any]:
    schema = {"schema": {"$ref": "#/components/schemas/Readiness"}} if not_ready else {}
    responses: dict[str, Any] = {"200": {"description": summary, "content": {media: schema}}}
    if not_ready:
        down = {"description": "Send no traffic here; why", "content": {media: schema}}
        responses["503"] = down
    return {"get": {"summary": summary, "responses": responses}}


def _list(summary: str, item: str) -> dict[str, Any]:
    schema = {
        "type": "object",
        "required": ["items"],
        "properties": {"items": {"type": "array", "items": _ref(item)}},
    }
    return {
        "summary": summary,
        "security": [{"key": []}],
        "parameters": [
            {
                "name": "limit",
                "in": "query",
                "schema": {"type": "integer", "minimum": 1, "maximum": LIMIT, "default": 100},
            }
        ],
        "responses": {
            "200": {"description": summary, "content": {"application/json": {"schema": schema}}},
            **_REFUSALS,
        },
    }


def _call(summary: str, path: list[str], answer: str, body: str = "") -> dict[str, Any]:
    given = {"requestBody": {"content": {"application/json": {"schema": _ref(body)}}}}
    return {
        "summary": summary,
        "security": [{"key": []}],
        "parameters": [_in_path(name) for name in path],
        **(given if body else {}),
        "responses": {
            "200": {
                "description": "What stands now",
                "content": {"application/json": {"schema": _ref(answer)}},
            },
            **_REFUSALS,
            "404": _ERROR,
        },
    }


def _streams(summary: str) -> dict[str, Any]:
    listing = _list(summary, "StreamShown")
    listing["responses"]["200"]["content"] = {"application/json": {"schema": _ref("StreamsShown")}}
    return listing


def _of_decision(summary: str, media: str) -> dict[str, Any]:
    """Describe what is given of one decision on a stream."""
    schema = {"schema": _ref("EvidenceShown")} if media == "application/json" else {}
    rev = {
        "name": "rev",
        "in": "query",
        "description": "Which revision; without it the newest of which there is any",
        "schema": {"type": "integer", "minimum": 0},
    }
    return {
        "summary": summary,
        "security": [{"key": []}],
        "parameters": [_in_path("stream"), _in_path("event"), rev],
        "responses": {
            "200": {"description": summary, "content": {media: schema}},
            **_REFUSALS,
            "404": _ERROR,
            "409": _ERROR,
            "422": _ERROR,
        },
    }


def _switches() -> dict[str, Any]:
    listing = _list("How every switch of a room stands", "Switch")
    return {**listing, "parameters": [_in_path("room")]}


def _in_path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _structs() -> dict[str, Any]:
    """Return the schemas of what is a struct in the code."""
    shapes = (
        *(Reverted, RevertBody, Switch, SwitchBody, CaseLine, Published),
        *(StreamShown, VetoBody, Vetoed, ActionBody, Acted, EvidenceShown, StreamsShown),
    )
    shown = schema_components(shapes, ref_template="#/components/schemas/{name}")[1]
    found: dict[str, Any] = json.loads(json.dumps(shown))  # a default may be a tuple
    return found


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _decision(summary: str) -> dict[str, Any]:
    hold = {"application/json": {"schema": _ref("Hold")}}
    return {
        "summary": summary,
        "security": [{"key": []}],
        "parameters": [
            _in_path("id"),
            {"name": "rev", "in": "path", "required": True, "schema": {"type": "integer"}},
        ],
        "responses": {
            "200": {"description": "Decided by you", "content": hold},
            **_REFUSALS,
            "404": _ERROR,
            "409": {"description": "Somebody else was first; this is what stands", "content": hold},
        },
    }
