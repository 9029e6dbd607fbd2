"""The wire as an AsyncAPI 3.0 document, seen from the gateway: `docs/reference/asyncapi.yaml`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml

from docs.generate.fields import tag
from docs.generate.samples import sample
from seawall import __version__, wire

__all__ = ["asyncapi", "asyncapi_text"]

REPLIES: dict[str, tuple[str, ...]] = {
    "hello": ("HelloReply", "Error"),
    "chat": ("Verdict", "Verdicts", "Error"),
    "edit": ("Verdict", "Verdicts", "Error"),
    "batch": ("Verdict", "Verdicts", "Error"),
    "profile": ("Verdict", "Error"),
    "report": ("Ack", "Error"),
    "answer": ("Ack", "Error"),
    "stream.open": ("StreamOpened", "Error"),
    "stream.close": ("Ack", "Error"),
    "resume": ("Command", "Error"),
}
"""What may answer a message; the others are answered only by `error`, when they are wrong."""


def asyncapi() -> dict[str, Any]:
    """Describe the one channel, what the gateway receives on it, and what it sends."""
    messages = [*wire.CLIENT_TYPES, *wire.SERVER_TYPES]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Seawall",
            "version": __version__,
            "description": "A real-time moderation gateway. Generated from seawall/wire.py.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "local": {
                "host": "127.0.0.1:7400",
                "protocol": "ws",
                "description": "The address that `seawall serve` listens on by default.",
                "security": [{"$ref": "#/components/securitySchemes/key"}],
            }
        },
        "channels": {
            "gateway": {
                "address": f"/v{wire.VERSION}",
                "description": f"Subprotocol `{wire.SUBPROTOCOL}`.",
                "messages": {
                    **{cls.__name__: _message_ref(cls.__name__) for cls in messages},
                    "Media": _message_ref("Media"),
                },
            }
        },
        "operations": {**_received(), **_sent()},
        "components": {
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "bearerFormat": "sw_…"}
            },
            "messages": {**_messages(messages), "Media": _media()},
        },
    }


def _message_ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/messages/{name}"}


def _on_channel(names: Iterable[str]) -> list[dict[str, str]]:
    return [{"$ref": f"#/channels/gateway/messages/{name}"} for name in names]


def _received() -> dict[str, Any]:
    channel = {"$ref": "#/channels/gateway"}
    operations: dict[str, Any] = {}
    for cls in wire.CLIENT_TYPES:
        operation: dict[str, Any] = {
            "action": "receive",
            "channel": channel,
            "messages": _on_channel([cls.__name__]),
            "reply": {
                "channel": channel,
                "messages": _on_channel(REPLIES.get(tag(cls), ("Error",))),
            },
        }
        operations[f"receive.{tag(cls)}"] = operation
    operations["receive.media"] = {
        "action": "receive",
        "channel": channel,
        "messages": _on_channel(["Media"]),
    }
    return operations


def _sent() -> dict[str, Any]:
    return {
        f"send.{tag(cls)}": {
            "action": "send",
            "channel": {"$ref": "#/channels/gateway"},
            "messages": _on_channel([cls.__name__]),
        }
        for cls in wire.SERVER_TYPES
    }


def _messages(types: Iterable[type[Any]]) -> dict[str, Any]:
    return {
        cls.__name__: {
            "name": tag(cls),
            "summary": (cls.__doc__ or "").strip().partition("\n")[0],
            "payload": {"$ref": f"wire.schema.json#/$defs/{cls.__name__}"},
            "examples": [{"payload": sample(cls)}],
        }
        for cls in types
    }


def _media() -> dict[str, Any]:
    return {
        "name": "media",
        "summary": f"Binary: header {wire.HEADER} (handle, sequence, capture time), then bytes.",
        "contentType": "application/octet-stream",
        "payload": {"type": "string", "format": "binary"},
    }


class _Plain(yaml.SafeDumper):
    """Write every value where it stands: no anchors."""

    def ignore_aliases(self, data: Any) -> bool:  # Any: PyYAML hands over whatever it dumps
        return True


def asyncapi_text() -> str:
    """Write the document as a file."""
    text: str = yaml.dump(asyncapi(), Dumper=_Plain, sort_keys=False, allow_unicode=True, width=100)
    return text
