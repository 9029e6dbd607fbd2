"""The record, read only: where the journal's chains end."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from gateway.http.endpoint import Call, Endpoint
from gateway.record.headfile import Published

__all__ = ["ENDPOINTS", "HeadList", "Heading"]


class Heading(Struct, frozen=True, forbid_unknown_fields=True):
    """How many are wanted."""

    limit: Annotated[int, Meta(ge=1, le=200)] = 100


class HeadList(Struct, frozen=True):
    """Published heads, the newest first."""

    items: list[Published]


async def list_heads(call: Call) -> HeadList:
    """List the newest published heads; `journal verify --head` is held against them.

    They are the gateway's, not a tenant's: a chain holds all tenants' decisions, a head no
    content.
    """
    return HeadList(list(await call.context.heads(call.query.limit)))


ENDPOINTS = (
    Endpoint(
        "GET",
        "/v1/journal/heads",
        "decisions.read",
        "Published ends of the journal's chains, newest first",
        list_heads,
        HeadList,
        query=Heading,
    ),
)
