"""Floor 6: load, peers, faults, reports. A number in the docs names its command here."""

from __future__ import annotations

__all__: list[str] = []
