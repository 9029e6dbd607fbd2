"""What a request says, read strictly: its path, its question, its body, what it saw before.

Whatever is not exactly what the endpoint names is refused: 400 `bad_field` (it says which), 400
`bad_json`, 413 `too_large`, 415 `unsupported_media_type`.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
from aiohttp import web
from msgspec import Struct, inspect

from gateway.http.endpoint import Endpoint
from gateway.refusal import Refused

__all__ = ["ID_BYTES", "MOST_REV", "NUMBERS", "Reader", "bad_field", "path_names"]

ID_BYTES = 128
NUMBERS = frozenset({"rev", "n"})
"""Parts of a path that are whole numbers."""
MOST_REV = 2**31 - 1
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,15})(\.[0-9]{1,9})?")
_ETAG = re.compile(r'"([0-9]{1,15})"')
_PART = re.compile(r"{(\w+)}")


class Empty(Struct, frozen=True, forbid_unknown_fields=True):
    """A body in which nothing is said: none at all, or an empty object."""


class Reader:
    """Reads the requests of one endpoint."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._body = msgspec.json.Decoder(endpoint.takes or Empty)
        self._kinds = {field.encode_name: _kind(field.type) for field in _fields(endpoint.query)}

    def path(self, request: web.Request) -> dict[str, str]:
        """Return the parts of the path that are in braces. Raises Refused."""
        found = dict(request.match_info)
        for name, text in found.items():
            if name in NUMBERS:
                if not _is_whole(text):
                    raise bad_field(f"{name}: a whole number")
            elif not text or _bytes(text) > ID_BYTES:
                raise bad_field(f"{name}: 1 to {ID_BYTES} bytes")
        return found

    def query(self, request: web.Request) -> Any:  # of the type the endpoint names
        """Return the question. Raises Refused."""
        said: dict[str, Any] = {}
        for name, text in request.query.items():
            if name not in self._kinds:
                raise bad_field(f"{name[:64]}: no such question here")
            if name in said:
                raise bad_field(f"{name}: said twice")
            said[name] = _value(name, text, self._kinds[name])
        try:
            return msgspec.convert(said, self._endpoint.query)
        except msgspec.ValidationError as wrong:
            raise bad_field(str(wrong)) from wrong

    async def body(self, request: web.Request) -> tuple[bytes, Any]:
        """Return the body's bytes and what they say. Raises Refused."""
        most = self._endpoint.body_bytes
        if (request.content_length or 0) > most:
            raise _too_large(most)
        try:
            data = await request.read()
        except web.HTTPRequestEntityTooLarge:
            raise _too_large(most) from None
        if len(data) > most:
            raise _too_large(most)
        by_key = "Authorization" in request.headers  # which no page makes a browser add
        if data and request.content_type != "application/json" and not by_key:
            raise Refused(415, "unsupported_media_type", "a body is application/json here")
        try:
            return data, self._body.decode(data or b"{}")
        except msgspec.ValidationError as wrong:
            raise bad_field(str(wrong)) from wrong
        except (msgspec.DecodeError, UnicodeError) as wrong:
            raise Refused(400, "bad_json", "the body is not a JSON object") from wrong

    def if_match(self, request: web.Request) -> int | None:
        """Return the version the asker has seen. Raises Refused 400, 428."""
        if self._endpoint.if_match == "no":
            return None
        said = request.headers.get("If-Match")
        if said is None:
            if self._endpoint.if_match == "may":
                return None
            raise Refused(
                428, "if_match", "say what you saw: If-Match with the ETag you were given"
            )
        found = _ETAG.fullmatch(said.strip())
        if found is None:
            raise bad_field('If-Match: one ETag as it was given, "<version>"')
        return int(found[1])


def bad_field(message: str) -> Refused:
    """Return the refusal of what is not as it should be. `message` names the field."""
    return Refused(400, "bad_field", message)


def path_names(path: str) -> list[str]:
    """Return the names in braces of an endpoint's path, in order."""
    return _PART.findall(path)


def _fields(query: type[Struct]) -> tuple[inspect.Field, ...]:
    described = inspect.type_info(query)
    assert isinstance(described, inspect.StructType)
    return described.fields


def _kind(described: inspect.Type) -> type:
    """Return what a field of a question is: bool, int, float or str."""
    every = described.types if isinstance(described, inspect.UnionType) else (described,)
    for each in every:
        match each:
            case inspect.BoolType():
                return bool
            case inspect.IntType():
                return int
            case inspect.FloatType():
                return float
            case inspect.StrType() | inspect.LiteralType():
                return str
    raise TypeError(f"a question cannot be {described}")


def _value(name: str, text: str, kind: type) -> bool | int | float | str:
    if kind is str:
        _bytes(text)
        return text
    if kind is bool:
        if text not in ("true", "false"):
            raise bad_field(f"{name}: true or false")
        return text == "true"
    if _NUMBER.fullmatch(text) is None or (kind is int and "." in text):
        raise bad_field(f"{name}: a {'whole ' if kind is int else ''}number")
    return int(text) if kind is int else float(text)


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 10 and int(text) <= MOST_REV


def _bytes(text: str) -> int:
    try:
        return len(text.encode())
    except UnicodeEncodeError as wrong:
        raise bad_field("half a character") from wrong


def _too_large(most: int) -> Refused:
    return Refused(413, "too_large", f"a body has at most {most} bytes here")
