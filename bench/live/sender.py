"""A stream server of its own process: pushes slices when they are due, obeys, notes what it hears.

    python -m bench.live.sender < job.json > told.json

The absolute clock rules: a piece is stamped with when it was due, and how late it went out is
noted (`slips_ms`); a generator that slips measures itself. Only a capacity run (`pace` "max")
sends as fast as the gateway gives credit: nothing is dropped, and no lag of it means anything.
On SIGTERM every stream ends as one does that is over.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec

from bench.live.clips import Slice
from seawall import client, wire
from seawall.errors import WireError
from seawall.live import LiveStream
from seawall.streaming import KEEP_S

__all__ = ["Job", "Part", "Told", "Work", "main"]

_ORDER_S = 5.0
_CLOSE_S = 25.0
_CREDIT_S = 60.0
_SLICES = msgspec.msgpack.Decoder(list[Slice])


class Work(msgspec.Struct, frozen=True):
    """One stream to send: its slices lie in a file; it begins `after_s`, and ends at `for_s`."""

    stream: str
    file: str
    container: str
    after_s: float = 0.0
    for_s: float = 60.0
    pace: Literal["clock", "max"] = "clock"


class Job(msgspec.Struct, frozen=True):
    """What one generator sends, and where."""

    uri: str
    key: str
    works: list[Work]


class Part(msgspec.Struct):
    """What became of one stream. Times are seconds since the epoch.

    A finding is (heard, surface, from, to, action); coverage is (from, to, frames, speech, causes).
    `began` is the capture time of its first byte, 0 where it never began. `closing_s` is how long
    the gateway took to confirm the end, below 0 where it did not.
    """

    stream: str
    began: float = 0.0
    closing_s: float = -1.0
    sent: int = 0
    dropped: int = 0
    cut_at: float | None = None
    last_at: float = 0.0
    findings: list[tuple[float, str, float, float, str]] = []
    coverage: list[tuple[float, float, float, float, list[str]]] = []
    unchecked: list[tuple[float, float, str, str]] = []
    slips_ms: list[float] = []
    problem: str = ""


class Told(msgspec.Struct):
    """What a generator says at its end."""

    parts: list[Part]
    cpu_s: float


def main() -> int:
    """Read the job, send, tell."""
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    files = {work.file for work in job.works}
    slices = {name: _SLICES.decode(Path(name).read_bytes()) for name in files}
    parts = asyncio.run(_send_all(job, slices))
    sys.stdout.buffer.write(msgspec.json.encode(Told(parts, time.process_time())))
    return 0


async def _send_all(job: Job, slices: dict[str, list[Slice]]) -> list[Part]:
    begins = time.time() + 0.5
    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    return list(
        await asyncio.gather(
            *(_send(job, work, slices[work.file], begins, over) for work in job.works)
        )
    )


class _Hearing:
    """What a stream server hears of its stream, written down as it comes."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self.cut = asyncio.Event()

    async def obey(self, command: wire.Command) -> None:
        if command.kind == "cut" and command.for_s != 0:
            self._part.cut_at = time.time()
            self.cut.set()

    async def found(self, said: wire.Finding) -> None:
        told = (time.time(), said.surface, said.from_, said.to_, said.action)
        self._part.findings.append(told)

    async def covered(self, said: wire.Coverage) -> None:
        part, causes = self._part, sorted({each.cause for each in said.unchecked})
        part.coverage.append((said.from_, said.to_, said.frames, said.speech, causes))
        part.unchecked += [(each.from_, each.to_, each.unit, each.cause) for each in said.unchecked]


async def _send(
    job: Job, work: Work, slices: list[Slice], begins: float, over: asyncio.Event
) -> Part:
    part = Part(work.stream, findings=[], coverage=[], unchecked=[], slips_ms=[])
    hearing = _Hearing(part)
    stopped = hearing.cut
    with suppress(TimeoutError):
        await asyncio.wait_for(over.wait(), max(0.0, begins + work.after_s - 0.4 - time.time()))
    if over.is_set():
        return part
    connection = client.connect(
        job.uri,
        key=job.key,
        server=f"bench-{work.stream}",
        rooms=[work.stream],
        on_command=hearing.obey,
        on_finding=hearing.found,
        on_coverage=hearing.covered,
    )
    async with (
        connection as sea,
        sea.stream(
            stream=work.stream,
            room=work.stream,
            user={"id": f"u-{work.stream}"},
            container=work.container,
            keep_s=KEEP_S if work.pace == "clock" else float("inf"),
        ) as live,
    ):
        part.began = max(time.time(), begins + work.after_s)
        await _play(live, slices, work, part, stopped, over)
        if stopped.is_set():
            live.stop()
        part.dropped = live.dropped
        ended = time.time()
        if await live.close("cut" if stopped.is_set() else "ended", _CLOSE_S):
            part.closing_s = time.time() - ended
        part.sent = live.sent
        await asyncio.sleep(0.2)
    return part


async def _play(
    live: LiveStream,
    slices: list[Slice],
    work: Work,
    part: Part,
    stopped: asyncio.Event,
    over: asyncio.Event,
) -> None:
    """Send every slice when it is due, until the time is over or the stream is cut."""
    for each in slices:
        if work.pace == "max":
            await live.drained(_CREDIT_S)
        else:
            await asyncio.sleep(max(0.0, part.began + each.due - time.time()))
        if stopped.is_set() or over.is_set() or each.due >= work.for_s:
            return
        if work.pace == "clock":
            part.slips_ms.append(max(0.0, time.time() - part.began - each.due) * 1000)
        try:
            await live.send(each.data, at=part.began + each.due)
        except WireError as refusal:  # of a stream that is cut: the command is on its way
            part.problem = str(refusal)
            with suppress(TimeoutError):
                await asyncio.wait_for(stopped.wait(), _ORDER_S)
            return
        part.last_at = time.time()


if __name__ == "__main__":
    raise SystemExit(main())
