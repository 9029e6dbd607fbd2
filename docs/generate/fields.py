"""Read off the code what a type of the wire consists of, ready to be printed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import UNSET, Struct, inspect

from docs.generate.meanings import meaning

__all__ = ["Field", "fields", "parts", "tag", "type_text"]

SCALARS: dict[type[inspect.Type], str] = {
    inspect.BoolType: "true or false",
    inspect.FloatType: "number",
    inspect.IntType: "integer",
    inspect.StrType: "string",
}


class Field(Struct, frozen=True):
    """One field: its name on the wire, what it may hold, and whether it is always there."""

    name: str
    type: str
    required: bool
    meaning: str


def tag(cls: type[Any]) -> str:
    """Return the value of `type` that announces this message."""
    return str(cls.__struct_config__.tag)


def fields(cls: type[Any], *, sent: bool) -> list[Field]:
    """List a type's fields in order.

    Required means: the sender must give it. For what we send (`sent`) it means: it is always there,
    though it may be empty.
    """
    rows = []
    for field in msgspec.structs.fields(cls):
        required = field.required
        if sent and not required:
            required = not cls.__struct_config__.omit_defaults and field.default is not UNSET
        name = field.encode_name
        kind = inspect.type_info(field.type)
        text = type_text(kind)
        if required and isinstance(kind, inspect.UnionType) and kind.includes_none:
            text += " or null"
        rows.append(Field(name, text, required, meaning(cls.__name__, name)))
    return rows


def parts(classes: Iterable[type[Any]]) -> list[type[Any]]:
    """List the types that stand inside these, each once, in order of first use."""
    top = list(classes)
    found: list[type[Any]] = []
    queue = list(top)
    while queue:
        cls = queue.pop(0)
        for field in msgspec.structs.fields(cls):
            for inner in _structs(inspect.type_info(field.type)):
                if inner not in top and inner not in found:
                    found.append(inner)
                    queue.append(inner)
    return found


def _structs(kind: inspect.Type) -> list[type[Any]]:
    match kind:
        case inspect.StructType(cls=cls):
            return [cls]
        case inspect.Metadata(type=inner):
            return _structs(inner)
        case inspect.ListType(item_type=inner) | inspect.DictType(value_type=inner):
            return _structs(inner)
        case inspect.UnionType(types=types):
            return [cls for inner in types for cls in _structs(inner)]
        case _:
            return []


def type_text(kind: inspect.Type) -> str:
    """Say in words what a field may hold; types of ours become links to their table."""
    match kind:
        case inspect.Metadata(type=inner, extra_json_schema=extra):
            note = (extra or {}).get("description")
            return f"{SCALARS[type(inner)]}, {note}" if note else type_text(inner)
        case inspect.StructType(cls=cls):
            name = cls.__struct_config__.tag or cls.__name__
            return f"[{name}](#{str(name).lower().replace('.', '')})"
        case inspect.LiteralType(values=values):
            return " ".join(f"`{value}`" for value in values)
        case inspect.ListType(item_type=inner):
            return f"list of {type_text(inner)}"
        case inspect.TupleType(item_types=items):
            return f"[{', '.join(type_text(item) for item in items)}]"
        case inspect.DictType(value_type=inner):
            return f"object of {type_text(inner)}"
        case inspect.UnionType(types=types):
            named = [type_text(inner) for inner in types if not isinstance(inner, inspect.NoneType)]
            return " or ".join(named)
        case _:
            return SCALARS[type(kind)] + _bounds(kind)


def _bounds(kind: inspect.Type) -> str:
    if isinstance(kind, inspect.StrType) and kind.max_length is not None:
        return f", at most {kind.max_length} characters"
    if isinstance(kind, inspect.IntType) and kind.ge is not None:
        return f", {kind.ge} or more"
    return ""
