"""The reference says what the code says, about every field, and its examples keep their schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from jsonschema import Draft202012Validator

from docs.generate.__main__ import PAGES, REFERENCE, outdated
from docs.generate.asyncapi import REPLIES, asyncapi
from docs.generate.fields import fields, parts, tag
from docs.generate.meanings import MEANINGS, meaning
from docs.generate.page import wire_page
from docs.generate.samples import sample
from docs.generate.schema import wire_schema
from seawall import wire

MESSAGES = [*wire.CLIENT_TYPES, *wire.SERVER_TYPES]
EVERY = [*MESSAGES, *parts(MESSAGES)]
SCHEMA = wire_schema()


def test_the_committed_pages_are_what_the_code_says() -> None:
    assert outdated() == []


def test_a_page_that_differs_is_noticed(tmp_path: Path) -> None:
    for name, _ in PAGES:
        (tmp_path / name).write_bytes((REFERENCE / name).read_bytes())
    (tmp_path / "wire.md").write_text("something else", "utf-8")
    (tmp_path / "asyncapi.yaml").unlink()
    assert outdated(tmp_path) == ["asyncapi.yaml", "wire.md"]


def test_every_field_has_its_words_and_no_words_are_left_over() -> None:
    used = set()
    for cls in EVERY:
        for field in msgspec.structs.fields(cls):
            assert meaning(cls.__name__, field.encode_name)
            own = f"{cls.__name__}.{field.encode_name}"
            used.add(own if own in MEANINGS else field.encode_name)
    unused = set(MEANINGS) - used
    assert not unused


@pytest.mark.parametrize("cls", MESSAGES, ids=lambda cls: cls.__name__)
def test_a_message_is_in_the_page_with_all_its_fields(cls: type[Any]) -> None:
    page = wire_page()
    assert f"### `{tag(cls)}`" in page
    for row in fields(cls, sent=cls in wire.SERVER_TYPES):
        assert f"| `{row.name}` | {row.type} | {row.meaning} |" in page


@pytest.mark.parametrize("cls", MESSAGES, ids=lambda cls: cls.__name__)
def test_an_example_keeps_the_schema_and_is_read_back(cls: type[Any]) -> None:
    example = sample(cls)
    schema = {**SCHEMA, "anyOf": [{"$ref": f"#/$defs/{cls.__name__}"}]}
    Draft202012Validator(schema).validate(example)
    union = wire.ClientMessage if cls in wire.CLIENT_TYPES else wire.ServerMessage
    read: Any = msgspec.json.decode(msgspec.json.encode(example), type=union)
    assert type(read) is cls


def test_the_schema_is_one_and_refuses_what_the_wire_refuses() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    validator = Draft202012Validator({**SCHEMA, "anyOf": [{"$ref": "#/$defs/ToGateway"}]})
    chat = sample(wire.Chat)
    assert validator.is_valid(chat)
    assert validator.is_valid({**chat, "unheard_of": 1})
    assert not validator.is_valid({**chat, "type": "no_such_type"})
    assert not validator.is_valid({**chat, "at": "yesterday"})
    assert not validator.is_valid({name: chat[name] for name in chat if name != "user"})


def test_every_code_is_in_the_page() -> None:
    page = wire_page()
    assert not [code for code in wire.ERROR_CODES if f"| `{code}` |" not in page]
    assert not [code for code in wire.CLOSE_CODES if f"| {code} | `" not in page]


def references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [ref for value in node.values() for ref in references(value)]
    if isinstance(node, list):
        return [ref for value in node for ref in references(value)]
    return []


def test_every_reference_in_the_asyncapi_document_leads_somewhere() -> None:
    document: Any = yaml.safe_load((REFERENCE / "asyncapi.yaml").read_text("utf-8"))
    assert document == asyncapi()
    files = {"": document, "wire.schema.json": SCHEMA}
    for reference in references(document):
        file, _, pointer = reference.partition("#/")
        node = files[file]
        for step in pointer.split("/"):
            node = node[step]


def test_every_message_has_its_operation_in_the_asyncapi_document() -> None:
    operations = asyncapi()["operations"]
    received = {f"receive.{tag(cls)}" for cls in wire.CLIENT_TYPES}
    sent = {f"send.{tag(cls)}" for cls in wire.SERVER_TYPES}
    assert received | sent | {"receive.media"} == set(operations)
    assert set(REPLIES) <= {tag(cls) for cls in wire.CLIENT_TYPES}


def test_the_metrics_of_streams_are_listed() -> None:
    page = (REFERENCE / "metrics.md").read_text("utf-8")
    for name in (
        "seawall_streams",
        "seawall_stream_unchecked_seconds_total",
        "seawall_stream_lag_seconds",
        "seawall_stream_cuts_total",
        "seawall_media_up",
        "seawall_time_to_dark_seconds",
        "seawall_evidence_total",
        "seawall_evidence_bytes",
    ):
        assert f"| `{name}` |" in page
