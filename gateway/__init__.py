"""Floor 5: the outside world. Edge, state, journal, cases, HTTP API, command line."""

from __future__ import annotations

__all__: list[str] = []
