"""The OpenAPI document, written from the same endpoints as the routes."""

from __future__ import annotations

import json
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.json import schema_components

from gateway.http.calling import KEY_HEADER
from gateway.http.endpoint import JSON, Answer, Call, Endpoint
from gateway.http.problems import MEDIA_TYPE
from gateway.http.reading import ID_BYTES, MOST_REV, NUMBERS, path_names

__all__ = ["describe", "document_of", "short_name"]

_REF = "#/components/schemas/{name}"
Plain = dict[str, Any]  # a piece of JSON

_ERROR: Plain = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "message"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "for programs"},
        "message": {"type": "string", "description": "the same as detail"},
        "stands": {"description": "what stands instead, where somebody was first"},
    },
}
_PROBLEM: Plain = {"schema": {"$ref": "#/components/schemas/Error"}}
_SCHEMES: Plain = {
    "key": {"type": "http", "scheme": "bearer", "description": "a key of a moderator or an admin"},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "seawall",
        "description": "of POST /v1/session (`__Host-seawall` over TLS); what changes anything "
        "needs X-Seawall-CSRF too",
    },
}
_ABOUT = (
    "Lists are `{items, next}`: give `next` as `cursor` for the rest. Errors are problems "
    "(RFC 9457) with a `code`. A POST may carry an `Idempotency-Key`: who repeats the request "
    "under it within 24 hours is given the same answer."
)


def describe(endpoints: tuple[Endpoint, ...]) -> Plain:
    """Return the OpenAPI 3.1 document of these endpoints."""
    paths: Plain = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Seawall",
            "version": "1",
            "description": _ABOUT,
            "license": {"name": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "securitySchemes": _SCHEMES,
            "responses": _problems(endpoints),
            "schemas": {**_schemas(endpoints), "Error": _ERROR},
        },
    }


def short_name(qualified: str) -> str:
    """Return the name of a shape whose own name another has too (`gateway.PACKAGE.MODULE.Name`)."""
    _, package, *_, name = qualified.split(".")
    return name if package == "shapes" else package.title() + name


def document_of(endpoints: tuple[Endpoint, ...]) -> Endpoint:
    """Return the endpoint that gives the document of these endpoints and itself."""

    async def openapi(call: Call) -> Answer:
        """Give the OpenAPI document."""
        return Answer(_bytes((*endpoints, itself)))

    itself = Endpoint(
        "GET", "/openapi.json", None, "This document", openapi, JSON, open_to_all=True
    )
    return itself


@lru_cache(maxsize=2)
def _bytes(endpoints: tuple[Endpoint, ...]) -> bytes:
    return msgspec.json.encode(describe(endpoints))


def _operation(endpoint: Endpoint) -> Plain:
    found: Plain = {"summary": endpoint.summary, "operationId": endpoint.call.__name__}
    if not endpoint.open_to_all:
        found["security"] = [{"key": []}, {"session": []}]
    if endpoint.permission is not None:
        found["description"] = f"Takes `{endpoint.permission}`."
    if parameters := [*_in_path(endpoint), *_in_query(endpoint), *_headers(endpoint)]:
        found["parameters"] = parameters
    if endpoint.takes is not None:
        content = {JSON: {"schema": _shape(endpoint.takes)}}
        found["requestBody"] = {"required": _must(endpoint.takes), "content": content}
    found["responses"] = _responses(endpoint)
    return found


def _in_path(endpoint: Endpoint) -> list[Plain]:
    whole = {"type": "integer", "minimum": 0, "maximum": MOST_REV}
    text = {"type": "string", "minLength": 1, "maxLength": ID_BYTES}
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": whole if name in NUMBERS else text,
        }
        for name in path_names(endpoint.path)
    ]


def _in_query(endpoint: Endpoint) -> list[Plain]:
    (shape,), parts = schema_components([endpoint.query], ref_template="{name}")
    described = parts[shape["$ref"]]
    must = described.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in must, "schema": _asked(schema)}
        for name, schema in described["properties"].items()
    ]


def _asked(schema: Plain) -> Plain:
    """Leave out of a question's schema that it may be null: then it is not said."""
    schema = {
        name: value for name, value in schema.items() if name != "default" or value is not None
    }
    if "anyOf" in schema:
        (schema,) = [each for each in schema["anyOf"] if each.get("type") != "null"]
    return schema


def _headers(endpoint: Endpoint) -> list[Plain]:
    found: list[Plain] = []
    if endpoint.if_match != "no":
        say = "the ETag that was given with what is edited"
        must = endpoint.if_match == "must"
        text = {"type": "string", "pattern": '^"[0-9]{1,15}"$'}
        found.append(_header("If-Match", say, text, must))
    if endpoint.keyed:
        text = {"type": "string", "pattern": "^[!-~]{1,128}$"}
        found.append(_header(KEY_HEADER, "a word of your own for this one request", text, False))
    return found


def _header(name: str, says: str, schema: Plain, must: bool) -> Plain:
    return {"name": name, "in": "header", "required": must, "description": says, "schema": schema}


def _responses(endpoint: Endpoint) -> Plain:
    found: Plain = {}
    match endpoint.gives:
        case None:
            found["204"] = {"description": "Done"}
        case str() as media:
            found[str(endpoint.status)] = _given(endpoint.summary, {media: {}})
        case shape:
            content = {JSON: {"schema": _shape(shape)}}
            found[str(endpoint.status)] = _given(endpoint.summary, content)
            if endpoint.version is not None:
                found[str(endpoint.status)]["headers"] = {"ETag": {"schema": {"type": "string"}}}
    if endpoint.empty:
        found["204"] = {"description": "Nothing yet"}
    for status, other in endpoint.also:
        found[str(status)] = _given(_title(status), {JSON: {"schema": _shape(other)}})
    for status in sorted(_refusals(endpoint)):
        if str(status) in found:
            found[str(status)]["content"][MEDIA_TYPE] = _PROBLEM
        else:
            found[str(status)] = {"$ref": f"#/components/responses/{_name(status)}"}
    return found


def _given(says: str, content: Plain) -> Plain:
    return {"description": says, **({"content": content} if content else {})}


def _refusals(endpoint: Endpoint) -> set[int]:
    found = {400, 503, *endpoint.refuses}
    if not endpoint.open_to_all:
        found |= {401, 403}
    if endpoint.method != "GET":
        found |= {409, 413, 415}
    if path_names(endpoint.path):
        found.add(404)
    if endpoint.keyed:
        found.add(422)
    if endpoint.if_match != "no":
        found |= {412, 428} if endpoint.if_match == "must" else {412}
    return found


def _problems(endpoints: tuple[Endpoint, ...]) -> Plain:
    """Return the answers that are problems and nothing else, once each."""
    every = sorted({status for endpoint in endpoints for status in _refusals(endpoint)})
    return {_name(status): _given(_title(status), {MEDIA_TYPE: _PROBLEM}) for status in every}


def _name(status: int) -> str:
    return _title(status).title().replace(" ", "")


def _title(status: int) -> str:
    return HTTPStatus(status).phrase


def _shape(kind: type[Struct] | tuple[type[Struct], ...]) -> Plain:
    if isinstance(kind, tuple):
        return {"anyOf": [_named(each) for each in kind]}
    return _named(kind)


def _must(kind: type[Struct]) -> bool:
    return any(field.required for field in msgspec.structs.fields(kind))


def _named(kind: type[Struct]) -> Plain:
    return {"$ref": _REF.format(name=kind.__name__)}


def _schemas(endpoints: tuple[Endpoint, ...]) -> Plain:
    """Return the schemas of all structs that are given or taken."""
    kinds: dict[str, type[Struct]] = {}
    for endpoint in endpoints:
        gives = endpoint.gives if isinstance(endpoint.gives, tuple) else (endpoint.gives,)
        also = [kind for _, kind in endpoint.also]
        for kind in (endpoint.takes, *gives, *also):
            if isinstance(kind, type):
                assert kinds.setdefault(kind.__name__, kind) is kind, f"two shapes: {kind}"
    shown = schema_components(list(kinds.values()), ref_template=_REF)[1]
    text = json.dumps(shown)  # a default may be a tuple: JSON knows none
    for name in shown:
        if "." in name:
            text = text.replace(f'"{name}"', f'"{short_name(name)}"')
            text = text.replace(
                f'"{_REF.format(name=name)}"', f'"{_REF.format(name=short_name(name))}"'
            )
    found: Plain = json.loads(text)
    return found
