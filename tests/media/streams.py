"""Sources over bytes that lie in memory, as the media tests read them."""

from __future__ import annotations

from collections.abc import Iterator

from media.containers import wanted
from media.demux import Opening, open_next
from media.openings import Openings
from media.source import Piece, Source

__all__ = ["openings", "source"]


def source(data: bytes, container: str = "auto", size: int = 4096, rate: float = 1e5) -> Source:
    """Return a source over bytes, captured at so many bytes a second from 1000 on."""
    pieces = iter(
        [Piece(1000 + at / rate, data[at : at + size]) for at in range(0, len(data), size)]
    )
    return Source(Openings(wanted(container)), lambda: next(pieces, None))


def openings(from_: Source, container: str = "auto") -> Iterator[Opening]:
    """Open one after the other."""
    while (opening := open_next(from_, wanted(container))) is not None:
        yield opening
        opening.close()
