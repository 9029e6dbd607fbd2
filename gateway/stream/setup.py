"""The ingest put together: workers, registry, door. Nothing here runs before `start`.

path = StreamPath(workers, limits, judge, taps, media, metrics.unchecked)
await path.start()
path.stream_open(connection, message); path.lost(connection)
path.binary(connection, piece, data, read)
await path.drain(10.0); await path.close()
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from prometheus_client.core import Metric

from gateway.stream.ingest import Ingest
from gateway.stream.limits import StreamLimits
from gateway.stream.metrics import StreamNumbers, stream_metrics
from gateway.stream.ports import Judge, Tap
from gateway.stream.registry import Media, Peer, Registry, usual
from seawall import wire
from seawall.binary import Piece
from workers.streams.client import StreamWorkers, WorkerOptions

__all__ = ["StreamPath"]


class StreamPath:
    """Everything between a connection that carries streams and the judge. Build it in the loop."""

    def __init__(
        self,
        options: WorkerOptions,
        limits: StreamLimits,
        judge: Judge,
        taps: Sequence[Tap],
        media: Media = usual,
        unchecked: Counter[tuple[str, str]] | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """`unchecked` is the gateway's table of units nobody examined, by unit and cause."""
        self.numbers = StreamNumbers(unchecked)
        self.workers = StreamWorkers(options)
        self.streams = Registry(self.workers, limits, self.numbers, judge, taps, media, wall)
        self._ingest = Ingest(self.streams, self.numbers, wall)

    async def start(self, deadline_s: float = 60.0) -> None:
        """Start the workers; return when all are ready or have failed, at the deadline at last."""
        await self.workers.start(deadline_s)

    def stream_open(self, peer: Peer, message: wire.StreamOpen) -> None:
        """Answer a `stream.open`."""
        self._ingest.open(peer, message)

    def stat(self, peer: Peer, message: wire.StreamStat) -> None:
        """Take a `stream.stat`."""
        self._ingest.stat(peer, message)

    def stream_close(self, peer: Peer, message: wire.StreamClose) -> None:
        """Answer a `stream.close`."""
        self._ingest.close(peer, message)

    def binary(self, peer: Peer, piece: Piece, data: bytes, read: float) -> None:
        """Take a piece, and the message it came in. `read`: when that was read, monotonic."""
        self._ingest.binary(peer, piece, data, read)

    def resume(self, peer: Peer) -> int:
        """Let a server's streams go on, on this connection; return how many there were.

        Each is told by `stream.opened` again, with the handle it had and the credit that is left.
        """
        return self.streams.resume(peer)

    def lost(self, peer: Peer) -> None:
        """Note that a connection is gone."""
        self.streams.broke(peer)

    async def drain(self, deadline_s: float) -> bool:
        """End every stream and say what was examined of it; open none."""
        return await self.streams.drain(deadline_s)

    async def close(self) -> None:
        """End everything."""
        self.streams.stop()
        await self.workers.close()

    def metrics(self) -> Iterable[Metric]:
        """Yield the numbers of streams."""
        return stream_metrics(self.numbers, self.workers.stats())

    def problems(self) -> dict[str, str]:
        """Say of each worker that does not do its work why that is."""
        return self.workers.problems()
