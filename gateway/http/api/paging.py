"""Rota, channels, who is on call, pages and deliveries."""

from __future__ import annotations

from typing import Literal

from gateway.http.endpoint import Call, Endpoint, Listed
from gateway.http.parts import here
from gateway.shapes.paging import (
    Channels,
    ChannelsBody,
    DeliveryLine,
    DeliveryPage,
    DrillBody,
    OnCallList,
    PageLine,
    PagePage,
    Rota,
    RotaBody,
)

__all__ = ["ENDPOINTS"]


class DeliveryQuery(Listed, frozen=True, forbid_unknown_fields=True):
    """Which deliveries."""

    state: Literal["waiting", "sent", "dead", "dropped"] | None = None


async def show_rota(call: Call) -> Rota:
    """Show the rota."""
    return await here(call.parts.paging).rota(call.tenant)


async def write_rota(call: Call) -> Rota:
    """Write the rota anew."""
    return await here(call.parts.paging).write_rota(call.actor, call.body, call.if_match)


async def show_channels(call: Call) -> Channels:
    """Show the channels, never their secrets."""
    return await here(call.parts.paging).channels(call.tenant)


async def write_channels(call: Call) -> Channels:
    """Write all channels anew."""
    return await here(call.parts.paging).write_channels(call.actor, call.body, call.if_match)


async def show_on_call(call: Call) -> OnCallList:
    """Show who is on call now."""
    return await here(call.parts.paging).on_call(call.tenant)


async def list_pages(call: Call) -> PagePage:
    """List pages."""
    asked: Listed = call.query
    return await here(call.parts.paging).pages(call.tenant, asked.cursor, asked.limit)


async def ack_page(call: Call) -> PageLine:
    """Answer a page."""
    return await here(call.parts.paging).ack(call.actor, call.path["id"])


async def drill(call: Call) -> PageLine:
    """Call somebody for practice."""
    return await here(call.parts.paging).drill(call.actor, call.body)


async def list_deliveries(call: Call) -> DeliveryPage:
    """List deliveries."""
    asked: DeliveryQuery = call.query
    find = here(call.parts.paging).deliveries
    return await find(call.tenant, asked.state, asked.cursor, asked.limit)


async def retry_delivery(call: Call) -> DeliveryLine:
    """Try a dead delivery again."""
    return await here(call.parts.paging).retry(call.actor, call.path["id"])


def _version(shown: Rota | Channels) -> int:
    return shown.version


ENDPOINTS = (
    Endpoint("GET", "/v1/rota", "pages.read", "The rota", show_rota, Rota, version=_version),
    Endpoint(
        "PUT", "/v1/rota", "pages.manage", "Write the rota anew", write_rota, Rota,
        takes=RotaBody, version=_version, if_match="must", audits="rota.write",
        refuses=(404, 412),
    ),
    Endpoint(
        "GET", "/v1/channels", "pages.read", "Ways to reach people", show_channels, Channels,
        version=_version,
    ),
    Endpoint(
        "PUT", "/v1/channels", "pages.manage", "Write all channels anew", write_channels, Channels,
        takes=ChannelsBody, version=_version, if_match="must", audits="channels.write",
        refuses=(412,),
    ),
    Endpoint(
        "GET", "/v1/oncall", "pages.read", "Who is on call now", show_on_call, OnCallList
    ),
    Endpoint(
        "GET", "/v1/pages", "pages.read", "Pages, the newest first", list_pages, PagePage,
        query=Listed,
    ),
    Endpoint(
        "POST", "/v1/pages/drill", "pages.manage", "Call somebody for practice", drill, PageLine,
        takes=DrillBody, audits="pages.drill", refuses=(404,),
    ),
    Endpoint(
        "POST", "/v1/pages/{id}/ack", "pages.ack", "Answer a page", ack_page, PageLine,
        audits="pages.ack", refuses=(404, 409),
    ),
    Endpoint(
        "GET", "/v1/deliveries", "pages.read", "Deliveries, the newest first", list_deliveries,
        DeliveryPage, query=DeliveryQuery,
    ),
    Endpoint(
        "POST", "/v1/deliveries/{id}/retry", "pages.manage", "Try a dead delivery again",
        retry_delivery, DeliveryLine, audits="deliveries.retry", refuses=(404, 409),
    ),
)  # fmt: skip
