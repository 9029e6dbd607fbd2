"""Shapes of answers that are no structs, as the OpenAPI document shows them."""

from __future__ import annotations

from typing import Any

__all__ = ["READINESS"]

READINESS: dict[str, Any] = {
    "type": "object",
    "required": ["ready", "problems", "degraded", "because"],
    "properties": {
        "ready": {"type": "boolean"},
        "problems": {
            "type": "array",
            "items": {"type": "string"},
            "description": "what keeps traffic away",
        },
        "degraded": {
            "type": "array",
            "items": {"type": "string"},
            "description": "what is weak while this gateway serves all the same",
        },
        "because": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "a sentence for what is degraded",
        },
        "policy": {"type": "string"},
        "connections": {"type": "integer"},
        "loop_lag_ms": {"type": "number"},
    },
}
