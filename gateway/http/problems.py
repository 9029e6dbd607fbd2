"""Errors of the HTTP API in one shape: RFC 9457, with our code in it.

`code` is what a program looks at; `message` repeats `detail` for clients that know it by that name.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web

__all__ = ["MEDIA_TYPE", "problem"]

MEDIA_TYPE = "application/problem+json"


def problem(
    status: int, code: str, message: str, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Answer that something is wrong. `message` is one sentence without secrets."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": message,
        "code": code,
        "message": message,
    }
    return web.json_response(body, status=status, headers=headers, content_type=MEDIA_TYPE)
