"""Questions are read strictly: exactly what the endpoint names, or told which is wrong."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Any, Literal

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from hypothesis import given, strategies as st
from msgspec import Meta, Struct, field
from yarl import URL

from gateway.http.endpoint import Call, Endpoint, NoQuery
from gateway.http.reading import Reader, path_names
from gateway.refusal import Refused


class Asked(Struct, frozen=True, forbid_unknown_fields=True):
    """One of each kind."""

    word: Annotated[str, Meta(max_length=8)] | None = None
    kind: Literal["a", "b"] = "a"
    flag: bool | None = None
    many: Annotated[int, Meta(ge=1, le=200)] = 100
    since: float | None = field(default=None, name="from")


async def nothing(call: Call) -> NoQuery:
    return NoQuery()


READER = Reader(Endpoint("GET", "/x", None, "", nothing, NoQuery, query=Asked))


def asking(**said: str) -> web.Request:
    return make_mocked_request("GET", str(URL("/x").with_query(said)))


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({}, Asked()),
        ({"word": "1"}, Asked(word="1")),
        ({"word": "null"}, Asked(word="null")),
        ({"flag": "true", "many": "7"}, Asked(flag=True, many=7)),
        ({"from": "1700000000.25"}, Asked(since=1700000000.25)),
        ({"from": "-1"}, Asked(since=-1.0)),
    ],
)
def test_what_is_asked_is_read(said: dict[str, str], found: Asked) -> None:
    assert READER.query(asking(**said)) == found


@pytest.mark.parametrize(
    "said",
    [
        {"since": "1"},
        {"flag": "True"},
        {"flag": ""},
        {"many": "1.0"},
        {"many": "007"},
        {"many": "\uff11"},
        {"many": "99999999999999999999"},
        {"from": "inf"},
        {"from": "1e5"},
        {"from": "."},
        {"kind": "c"},
        {"word": "ninechars"},
    ],
)
def test_what_is_not_exactly_that_is_refused(said: dict[str, str]) -> None:
    with pytest.raises(Refused) as stopped:
        READER.query(asking(**said))
    assert (stopped.value.status, stopped.value.code) == (400, "bad_field")


@given(st.dictionaries(st.sampled_from([*"abc", *Asked.__struct_encode_fields__]), st.text()))
def test_a_question_is_read_or_refused_and_nothing_else(said: dict[str, Any]) -> None:
    with suppress(Refused):
        assert isinstance(READER.query(asking(**said)), Asked)


def test_the_parts_of_a_path_have_names() -> None:
    assert path_names("/v1/cases/{case}/members/{event}/{rev}/still") == ["case", "event", "rev"]
