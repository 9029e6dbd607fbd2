"""All of the HTTP API: the one tuple that routes and the OpenAPI document come from."""

from __future__ import annotations

from typing import Any

from gateway.http import people, sessions
from gateway.http.api import (
    cases,
    decisions,
    health,
    holds,
    moves,
    nukes,
    overview,
    paging,
    pictures,
    policy,
    record,
    rooms,
    stills,
    streams,
    switches,
)
from gateway.http.endpoint import Endpoint
from gateway.http.openapi import describe, document_of

__all__ = ["ENDPOINTS", "document"]

_ALL: tuple[Endpoint, ...] = (
    *health.ENDPOINTS,
    *sessions.ENDPOINTS,
    *cases.ENDPOINTS,
    *moves.ENDPOINTS,
    *pictures.ENDPOINTS,
    *decisions.ENDPOINTS,
    *rooms.ENDPOINTS,
    *switches.ENDPOINTS,
    *nukes.ENDPOINTS,
    *streams.ENDPOINTS,
    *stills.ENDPOINTS,
    *holds.ENDPOINTS,
    *policy.ENDPOINTS,
    *overview.ENDPOINTS,
    *paging.ENDPOINTS,
    *people.ENDPOINTS,
    *record.ENDPOINTS,
)
ENDPOINTS: tuple[Endpoint, ...] = (*_ALL, document_of(_ALL))


def document() -> dict[str, Any]:  # JSON
    """Return the OpenAPI 3.1 document of this API."""
    return describe(ENDPOINTS)
