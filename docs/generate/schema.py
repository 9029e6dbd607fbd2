"""Schemas as files: the wire (JSON Schema, draft 2020-12) and the HTTP API (OpenAPI)."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from docs.generate.fields import parts
from docs.generate.meanings import meaning
from gateway.http.endpoints import document
from seawall import wire

__all__ = ["DIALECT", "openapi_text", "wire_schema", "wire_schema_text"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def wire_schema() -> dict[str, Any]:
    """Describe every message; `#/$defs/ToGateway` and `#/$defs/ToServer` are the two directions."""
    unions, components = msgspec.json.schema_components(
        [wire.ClientMessage, wire.ServerMessage], ref_template="#/$defs/{name}"
    )
    for cls in _all_types():
        described = components[cls.__name__]
        for field in msgspec.structs.fields(cls):
            entry = described["properties"][field.encode_name]
            note = entry.get("description")
            words = meaning(cls.__name__, field.encode_name)
            entry["description"] = f"{words} ({note})" if note else words
    return {
        "$schema": DIALECT,
        "title": f"Seawall wire, version {wire.VERSION}",
        "description": "One JSON object per text frame. Generated from seawall/wire.py.",
        "anyOf": [{"$ref": "#/$defs/ToGateway"}, {"$ref": "#/$defs/ToServer"}],
        "$defs": {"ToGateway": unions[0], "ToServer": unions[1], **components},
    }


def _all_types() -> list[type[Any]]:
    messages = [*wire.CLIENT_TYPES, *wire.SERVER_TYPES]
    return [*messages, *parts(messages)]


def wire_schema_text() -> str:
    """Write the schema as a file: `docs/reference/wire.schema.json`."""
    return json.dumps(wire_schema(), indent=2, ensure_ascii=False) + "\n"


def openapi_text() -> str:
    """Write the HTTP API's document as a file: `docs/reference/openapi.json`."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"
