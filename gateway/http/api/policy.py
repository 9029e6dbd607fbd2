"""The policy, to be read: the live one, its versions, and what differs between two."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from gateway.http.endpoint import Call, Endpoint
from gateway.http.parts import here
from gateway.shapes.rooms import DiffShown, PolicyShown, PolicyVersions

__all__ = ["ENDPOINTS", "DiffQuery"]

_Version = Annotated[str, Meta(min_length=1, max_length=128)]


class DiffQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which two versions."""

    old: _Version
    new: _Version


async def show_policy(call: Call) -> PolicyShown:
    """Show the policy that is live."""
    return await here(call.parts.policies).shown(call.tenant, None)


async def list_versions(call: Call) -> PolicyVersions:
    """List the versions of the policy, the newest first."""
    return await here(call.parts.policies).versions(call.tenant)


async def show_version(call: Call) -> PolicyShown:
    """Show one version of the policy."""
    return await here(call.parts.policies).shown(call.tenant, call.path["version"])


async def diff_versions(call: Call) -> DiffShown:
    """Say what differs between two versions."""
    asked: DiffQuery = call.query
    return await here(call.parts.policies).diff(call.tenant, asked.old, asked.new)


_ONE = "/v1/policy/versions/{version}"

ENDPOINTS = (
    Endpoint(
        "GET", "/v1/policy", "policy.read", "The policy that is live", show_policy, PolicyShown
    ),
    Endpoint(
        "GET",
        "/v1/policy/versions",
        "policy.read",
        "Versions of the policy, the newest first",
        list_versions,
        PolicyVersions,
    ),
    Endpoint("GET", _ONE, "policy.read", "One version of the policy", show_version, PolicyShown),
    Endpoint(
        "GET",
        "/v1/policy/diff",
        "policy.read",
        "What differs between two versions",
        diff_versions,
        DiffShown,
        query=DiffQuery,
        refuses=(404,),
    ),
)
