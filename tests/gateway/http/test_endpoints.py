"""Routes and the OpenAPI document come from one tuple, and the document holds together."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from gateway.http.app import make_app
from gateway.http.endpoints import ENDPOINTS, document
from gateway.http.openapi import short_name
from gateway.roles import PERMISSIONS
from tests.gateway.http.serving import ask, at_ease, serving


def references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [ref for value in node for ref in references(value)]
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [ref for value in node.values() for ref in references(value)]
    return []


async def test_the_document_names_every_route_and_no_other() -> None:
    async with serving() as port:
        status, body, _ = await ask(port, "/openapi.json", role="")
    assert status == 200
    assert body == msgspec.json.decode(msgspec.json.encode(document()))
    told = {(verb.upper(), path) for path, verbs in body["paths"].items() for verb in verbs}
    routes = {
        (route.method, route.resource.canonical)
        for route in make_app(at_ease()).router.routes()
        if route.method != "HEAD" and route.resource is not None
    }
    assert routes - told == {("GET", "/{tail}")}  # the console
    assert told <= routes


def test_every_reference_leads_somewhere_and_every_name_is_plain() -> None:
    told = document()
    parts = told["components"]
    names = {f"#/components/{kind}/{name}" for kind, named in parts.items() for name in named}
    assert set(references(told)) <= names
    assert not [name for name in names if "." in name]


def test_two_shapes_of_one_name_are_told_apart() -> None:
    schemas = document()["components"]["schemas"]
    assert "room" in schemas["Restriction"]["properties"]
    assert "room" not in schemas["StreamRestriction"]["properties"]
    assert short_name("gateway.stream.moderating.Restriction") == "StreamRestriction"


def test_each_operation_has_a_name_of_its_own_and_a_permission() -> None:
    paths = document()["paths"].values()
    ids = Counter(each["operationId"] for verbs in paths for each in verbs.values())
    assert [name for name, count in ids.items() if count > 1] == []
    for endpoint in ENDPOINTS:
        assert endpoint.permission is None or endpoint.permission in PERMISSIONS
        if endpoint.open_to_all or endpoint.path.startswith("/v1/session"):
            assert endpoint.permission is None
        else:
            assert endpoint.permission is not None, endpoint.path


def test_whatever_changes_the_desk_is_in_the_audit() -> None:
    own = ("/v1/session", "/v1/moderators", "/v1/roles")  # they write their own lines
    for endpoint in ENDPOINTS:
        if endpoint.method == "GET" or not endpoint.changes or endpoint.path.startswith(own):
            continue
        assert endpoint.audits, f"{endpoint.method} {endpoint.path}"
