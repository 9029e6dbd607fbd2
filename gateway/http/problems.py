"""Errors of the HTTP API in one shape: RFC 9457, with our code in it.

`code` is what a program looks at; `message` repeats `detail` for clients that know it by that name;
`stands` is what stands instead, where somebody else was first.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from aiohttp import web

from gateway.refusal import Refused

__all__ = ["MEDIA_TYPE", "problem", "refusal"]

MEDIA_TYPE = "application/problem+json"


def problem(
    status: int,
    code: str,
    message: str,
    headers: Mapping[str, str] | None = None,
    stands: msgspec.Struct | None = None,
) -> web.Response:
    """Answer that something is wrong. `message` is one sentence without secrets."""
    body: dict[str, Any] = {  # `stands` is any of the API's structs
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": message,
        "code": code,
        "message": message,
    }
    if stands is not None:
        body["stands"] = stands
    return web.Response(
        body=msgspec.json.encode(body), status=status, headers=headers, content_type=MEDIA_TYPE
    )


def refusal(refused: Refused) -> web.Response:
    """Answer with a refusal."""
    headers = {}
    if refused.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if refused.retry_after_s is not None:
        headers["Retry-After"] = str(max(1, math.ceil(refused.retry_after_s)))
    elif refused.status in (429, 503):
        headers["Retry-After"] = "1"
    return problem(refused.status, refused.code, refused.message, headers, refused.shown)
