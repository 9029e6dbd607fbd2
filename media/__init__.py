"""Floor 2: bytes to samples. Demux, decode, choose frames, cut utterances."""

from __future__ import annotations

__all__: list[str] = []
