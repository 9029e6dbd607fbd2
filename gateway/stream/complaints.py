"""What a stream's server is told is wrong with it, each once in a while: it may go on for hours."""

from __future__ import annotations

import msgspec

from gateway.stream.ports import Live
from seawall import wire
from workers.streams.units import Failed

__all__ = ["Complaints"]

_encode = msgspec.json.Encoder().encode
_ERROR_S = 1.0
"""One stream hears of one kind of error at most so often."""
_FAILED_S = 60.0
"""... and of one and the same failure to decode so often."""


class Complaints:
    """Those about one stream. Times are seconds since the epoch."""

    __slots__ = ("_live", "_told", "why")

    def __init__(self, live: Live) -> None:
        self.why = ""
        """In a word, why it could not be decoded last; "" where it could."""
        self._live = live
        self._told: dict[str, float] = {}

    def of(self, code: str) -> bool:
        """Say whether anything of that code was told."""
        return code in self._told

    def tell(self, code: str, message: str, now: float = 0.0) -> None:
        """Tell what is wrong; with `now` unless the same was told a moment ago."""
        if now and now - self._told.get(code, 0.0) < _ERROR_S:
            return
        self._told[code] = now
        if self._live.connected:
            self._live.send(_encode(wire.Error(self._live.stream, None, code, message)))

    def failed(self, failed: Failed, now: float) -> None:
        """Tell that it cannot be decoded."""
        if now - self._told.get(failed.message, 0.0) >= _FAILED_S:
            self._told = {failed.message: now}
            known = failed.code in wire.ERROR_CODES
            self.tell(failed.code if known else "unsupported", failed.message)
        self.why = failed.message.partition(":")[0]
