"""What the vision and speech workers say, passed on to the stream it is about."""

from __future__ import annotations

import msgspec

from workers.streams.inference import Told
from workers.streams.numbers import Numbers
from workers.streams.pending import Pending
from workers.streams.reports import Aligned, Listened, Lost, Matched, Saw
from workers.streams.sink import Sink

__all__ = ["pass_on"]

_replace = msgspec.structs.replace


def pass_on(told: Told, numbers: Numbers, pending: Pending, sink: Sink) -> None:
    """Tell a stream's sink, in the stream's own numbers. Raises ValueError for impossible ones.

    What is about a decoder's life that is long over is nobody's.
    """
    handle = numbers.handle
    if isinstance(told, Saw | Lost):
        n = numbers.frame(told.n, told.handle)
        if n is None:
            return
        if told.unit == "frame":
            pending.answered(n)
        if n != told.n or told.handle != handle:
            told = _replace(told, handle=handle, n=n)
        if isinstance(told, Saw):
            sink.saw(told)
        else:
            sink.lost(told)
    elif isinstance(told, Listened):
        pending.listened(told.from_, told.to)
        sink.listened(told if told.handle == handle else _replace(told, handle=handle))
    elif isinstance(told, Matched):
        sink.matched(told if told.handle == handle else _replace(told, handle=handle))
    elif not isinstance(told, Aligned):
        n = numbers.utterance(told.n, told.handle)
        if n is not None:
            sink.spoke(
                told
                if n == told.n and told.handle == handle
                else _replace(told, handle=handle, n=n)
            )
