"""What a request asks for, read strictly."""

from __future__ import annotations

from aiohttp import web

from gateway.http.problems import problem

__all__ = ["LIMIT", "limit_of"]

LIMIT = 200


def limit_of(request: web.Request) -> int | web.Response:
    """Return how many items are wanted, 100 unless told; or the answer that it is no such number.

    Only ASCII digits count: `isdecimal` alone takes other scripts' too.
    """
    text = request.query.get("limit", "100")
    if text.isascii() and text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= LIMIT:
        return int(text)
    return problem(400, "bad_field", f"limit: a number from 1 to {LIMIT}")
