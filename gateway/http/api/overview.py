"""The day in numbers."""

from __future__ import annotations

from gateway.http.endpoint import Call, Endpoint
from gateway.http.parts import here
from gateway.shapes.rooms import Overview

__all__ = ["ENDPOINTS"]


async def show_overview(call: Call) -> Overview:
    """Show the day in numbers."""
    return await here(call.parts.overviews).overview(call.tenant)


ENDPOINTS = (
    Endpoint("GET", "/v1/overview", "overview.read", "The day in numbers", show_overview, Overview),
)
