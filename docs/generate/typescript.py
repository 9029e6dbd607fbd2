"""The API's shapes for the console: a TypeScript interface for each struct that goes over it.

Rules:
1. What is told is always there, but for fields that may be unset and structs that leave out their
   defaults; what is asked (a struct that refuses unknown fields) may leave its defaults out.
2. Two structs of one name: that of `gateway.shapes` keeps it, the other is named after its package
   too. The OpenAPI document names them the same way.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import UNSET, Struct, inspect

import gateway.shapes
from gateway.http.endpoints import ENDPOINTS
from gateway.http.openapi import short_name

__all__ = ["shapes", "shapes_text"]

Kind = type[Struct]
_HEAD = "// Generated from gateway/shapes by `python -m docs.generate`; do not edit.\n"
_SCALARS: dict[type[inspect.Type], str] = {
    inspect.AnyType: "unknown",
    inspect.BoolType: "boolean",
    inspect.FloatType: "number",
    inspect.IntType: "number",
    inspect.NoneType: "null",
    inspect.StrType: "string",
}


def shapes() -> list[Kind]:
    """Return every struct that goes over the API, and those inside them."""
    found: dict[Kind, None] = {}
    for kind in [*_declared(), *_exchanged()]:
        _walk(inspect.type_info(kind), found)
    return list(found)


def shapes_text() -> str:
    """Write `console/src/api/shapes.ts`."""
    kinds = shapes()
    names = _names(kinds)
    ordered = sorted(kinds, key=lambda kind: names[kind])
    return "\n".join([_HEAD, *(_interface(kind, names) for kind in ordered)])


def _declared() -> list[Kind]:
    found: list[Kind] = []
    for info in pkgutil.iter_modules(gateway.shapes.__path__, "gateway.shapes."):
        module = importlib.import_module(info.name)
        every = [getattr(module, name) for name in module.__all__]
        found += [each for each in every if isinstance(each, type) and issubclass(each, Struct)]
    return found


def _exchanged() -> list[Kind]:
    found: list[Any] = []
    for endpoint in ENDPOINTS:
        gives = endpoint.gives if isinstance(endpoint.gives, tuple) else (endpoint.gives,)
        found += [endpoint.takes, *gives, *(kind for _, kind in endpoint.also)]
    return [each for each in found if isinstance(each, type)]


def _walk(kind: inspect.Type, found: dict[Kind, None]) -> None:
    match kind:
        case inspect.StructType():
            if kind.cls not in found:
                found[kind.cls] = None
                for field in kind.fields:
                    _walk(field.type, found)
        case inspect.UnionType():
            for each in kind.types:
                _walk(each, found)
        case inspect.TupleType():
            for each in kind.item_types:
                _walk(each, found)
        case inspect.DictType():
            _walk(kind.value_type, found)
        case inspect.ListType() | inspect.VarTupleType() | inspect.SetType():
            _walk(kind.item_type, found)
        case inspect.Metadata():
            _walk(kind.type, found)
        case _:
            return


def _names(kinds: Iterable[Kind]) -> dict[Kind, str]:
    kinds = list(kinds)
    often = Counter(kind.__name__ for kind in kinds)
    return {
        kind: kind.__name__
        if often[kind.__name__] == 1
        else short_name(f"{kind.__module__}.{kind.__name__}")
        for kind in kinds
    }


def _interface(kind: Kind, names: dict[Kind, str]) -> str:
    config = kind.__struct_config__
    lines = [f"export interface {names[kind]} {{"]
    if config.tag is not None:
        lines.append(f"  {config.tag_field}: {json.dumps(config.tag)}")
    described = inspect.type_info(kind)
    assert isinstance(described, inspect.StructType)
    for field, own in zip(described.fields, msgspec.structs.fields(kind), strict=True):
        asked = config.forbid_unknown_fields or config.omit_defaults
        optional = own.default is UNSET or (asked and not field.required)
        text = _text(field.type, names)
        lines.append(f"  {field.encode_name}{'?' if optional else ''}: {text}")
    return "\n".join([*lines, "}\n"])


def _text(kind: inspect.Type, names: dict[Kind, str]) -> str:
    match kind:
        case inspect.StructType():
            return names[kind.cls]
        case inspect.LiteralType():
            return " | ".join(json.dumps(value) for value in sorted(kind.values, key=str))
        case inspect.UnionType():
            return _union(kind, names)
        case inspect.TupleType():
            return f"[{', '.join(_text(each, names) for each in kind.item_types)}]"
        case inspect.DictType():
            return f"Record<string, {_text(kind.value_type, names)}>"
        case inspect.ListType() | inspect.VarTupleType() | inspect.SetType():
            item = _text(kind.item_type, names)
            return f"({item})[]" if " | " in item and not item.endswith("}") else f"{item}[]"
        case inspect.Metadata():
            return _text(kind.type, names)
        case _:
            return _SCALARS[type(kind)]


def _union(kind: inspect.UnionType, names: dict[Kind, str]) -> str:
    every = sorted(kind.types, key=lambda each: isinstance(each, inspect.NoneType))  # null is last
    return " | ".join(dict.fromkeys(_text(each, names) for each in every))
