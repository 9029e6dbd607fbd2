"""Floor 4: detectors in other processes. Jobs, batches, deadlines, supervision."""

from __future__ import annotations

__all__: list[str] = []
