"""The OpenAPI document, written beside the routes it describes; a test compares the two."""

from __future__ import annotations

from typing import Any

from aiohttp import web

__all__ = ["document", "openapi"]

_ERROR = {
    "description": "What is wrong, in one shape.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
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
            "/v1/holds": {"get": _list()},
            "/v1/holds/{id}/{rev}/approve": {"post": _decision("Let a held message through")},
            "/v1/holds/{id}/{rev}/deny": {"post": _decision("Refuse a held message")},
        },
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "Hold": _HOLD,
                "Error": {
                    "type": "object",
                    "required": ["code", "message"],
                    "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
                },
            },
        },
    }


async def openapi(request: web.Request) -> web.Response:
    """Give the OpenAPI document."""
    return web.json_response(document())


def _open(summary: str, media: str, not_ready: bool = False) -> dict[str, Any]:
    responses: dict[str, Any] = {"200": {"description": summary, "content": {media: {}}}}
    if not_ready:
        responses["503"] = {"description": "Not ready, with the reasons", "content": {media: {}}}
    return {"get": {"summary": summary, "responses": responses}}


def _list() -> dict[str, Any]:
    schema = {
        "type": "object",
        "properties": {"items": {"type": "array", "items": {"$ref": "#/components/schemas/Hold"}}},
    }
    return {
        "summary": "Open holds of the key's tenant, soonest to expire first",
        "security": [{"key": []}],
        "parameters": [
            {
                "name": "limit",
                "in": "query",
                "schema": {"type": "integer", "minimum": 1, "maximum": 200, "default": 100},
            }
        ],
        "responses": {
            "200": {"description": "Holds", "content": {"application/json": {"schema": schema}}},
            "400": _ERROR,
            "401": _ERROR,
            "403": _ERROR,
        },
    }


def _decision(summary: str) -> dict[str, Any]:
    hold = {"application/json": {"schema": {"$ref": "#/components/schemas/Hold"}}}
    return {
        "summary": summary,
        "security": [{"key": []}],
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
            {"name": "rev", "in": "path", "required": True, "schema": {"type": "integer"}},
        ],
        "responses": {
            "200": {"description": "Decided by you", "content": hold},
            "400": _ERROR,
            "401": _ERROR,
            "403": _ERROR,
            "404": _ERROR,
            "409": {"description": "Somebody else was first; this is what stands", "content": hold},
        },
    }
