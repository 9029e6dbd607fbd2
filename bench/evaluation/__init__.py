"""How right the gateway judges text: data, measures, and a report that keeps us honest."""

from __future__ import annotations

__all__: list[str] = []
