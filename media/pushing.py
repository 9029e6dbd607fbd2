"""Pushes a source over the wire at its pace, tells what comes back, and obeys.

The absolute clock rules: a slice that is due goes out, however late the one before it was. What is
captured when follows the media's own time, so that a file sent faster than it plays keeps its
length. `pace` 0 sends as fast as the gateway takes it: there nothing is dropped, everything waits.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from media.containers import NAMES, wanted
from media.heads import Head
from media.pacing import Slice, begins_with_media, slices
from media.remuxing import index_is_last, remux
from seawall import client, wire
from seawall.errors import NetworksFault, SeawallError, WireError
from seawall.live import LiveStream
from seawall.streaming import KEEP_S

__all__ = ["Job", "Opened", "in_words", "opened", "push", "push_all"]

_WAIT_S: Final = 10.0
_CLOSE_S: Final = 30.0
_STUCK_S: Final = 60.0
_AHEAD: Final = 64 * 1024
_STEP_S: Final = 0.04
_BYTES: Final = {"16": 2, "24": 3, "32": 4}
Found = Generator[Slice, None, None]
Tell = Callable[[dict[str, Any]], None]  # Any: JSON


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What to send where, and how. `pace` 0: as fast as it goes. `for_s` None: to the end."""

    source: str
    uri: str
    key: str
    room: str
    user: str
    stream: str
    server: str = "send"
    pace: float = 1.0
    container: str = ""
    viewers: int | None = None
    loop: bool = False
    for_s: float | None = None


class Opened(msgspec.Struct, frozen=True):
    """A source that can be sent: what to announce it as, its slices, and what was done to it."""

    container: str
    slices: Found
    note: str = ""


class _Ended(Exception):
    """The time that was asked for is over."""


def opened(source: str, container: str = "") -> Opened:
    """Open a source. Blocks. Raises OSError for no file, NetworksFault for no address."""
    if "://" in source:
        name, found = remux(source)
        return Opened(container or name, found, f"copied into {name} as it plays")
    path = Path(source)
    with path.open("rb") as file:
        shown = begins_with_media(file.read(4096))
    if container.startswith("pcm_"):
        return Opened(container, slices(path, _rate(container)))
    ending = path.suffix[1:].lower()
    name = container or (ending if shown == "auto" and ending in NAMES else shown)
    if not index_is_last(path):
        return Opened(name, slices(path))
    try:
        found = remux(source, "mp4").slices
    except NetworksFault as error:
        return Opened(name, slices(path), f"its index is last, and it is sent so: {error}")
    return Opened(name, found, "its index was last: copied into a fragmented MP4")


async def push_all(job: Job, connections: int = 1) -> int:
    """Send a source over so many connections; return 0 where all of them were taken, else 2."""
    names = [
        f"{job.stream}-{n}" if connections > 1 else job.stream for n in range(1, connections + 1)
    ]
    jobs = [
        msgspec.structs.replace(
            job, stream=name, server=job.server if connections == 1 else f"{job.server}-{name}"
        )
        for name in names
    ]
    done = await asyncio.gather(*(_told(each) for each in jobs))
    return 0 if all(done) else 2


async def _told(job: Job) -> bool:
    """Send one stream; say on standard error how it went."""
    try:
        summary = await push(job, _print)
    except (SeawallError, OSError) as problem:
        print(f"{job.stream}: {in_words(problem)}", file=sys.stderr)
        return False
    print(f"{job.stream}: {summary}", file=sys.stderr)
    return True


def in_words(problem: SeawallError | OSError) -> str:
    """Say what is wrong without the number that the system has for it."""
    if not isinstance(problem, OSError) or not problem.strerror:
        return str(problem)
    return f"{problem.filename}: {problem.strerror}" if problem.filename else problem.strerror


async def push(job: Job, tell: Tell) -> str:
    """Send one stream to its end; return a summary. Raises SeawallError, OSError."""
    source = await asyncio.to_thread(opened, job.source, job.container)
    if source.note:
        print(f"{job.stream}: {source.note}", file=sys.stderr)
    try:
        return await _Push(job, tell).run(source)
    except WireError as error:
        told = {"stream": job.stream, "code": error.code, "message": error.message}
        tell({"type": "error", **told})
        raise


class _Push:
    """One stream on its way."""

    def __init__(self, job: Job, tell: Tell) -> None:
        self._job = job
        self._tell = tell
        self._live: LiveStream | None = None
        self._head = Head()
        self._began = self._wall = 0.0

    async def run(self, source: Opened) -> str:
        job = self._job
        async with (
            client.connect(
                job.uri,
                key=job.key,
                server=job.server,
                rooms=[job.room],
                on_command=self._obey,
                on_finding=self._hear,
                on_coverage=self._hear,
                wait_s=_WAIT_S,
            ) as sea,
            sea.stream(
                stream=job.stream,
                room=job.room,
                user={"id": job.user},
                container=source.container,
                viewers=job.viewers,
                keep_s=KEEP_S if job.pace else float("inf"),
                within_s=_WAIT_S,
            ) as live,
        ):
            self._live = live
            self._tell({"type": "opened", "stream": job.stream, "container": source.container})
            self._began, self._wall = time.monotonic(), time.time()
            with suppress(_Ended):
                await self._play(source, live)
            return await self._end(live)

    async def _end(self, live: LiveStream) -> str:
        reason = "cut" if live.stopped else "ended"
        took = time.monotonic() - self._began
        confirmed = await live.close(reason, _CLOSE_S)
        if live.refused is not None and not live.stopped:
            raise live.refused
        if live.complaint is not None and not live.stopped:
            raise live.complaint
        self._tell(
            {
                "type": "closed",
                "stream": live.stream,
                "reason": reason,
                "sent": live.sent,
                "dropped": live.dropped,
                "seconds": round(took, 3),
                "confirmed": confirmed,
            }
        )
        return (
            f"{reason} after {took:.1f} s; {live.sent} bytes sent, {live.dropped} dropped, opened "
            f"{live.opens} times{'' if confirmed else '; the gateway did not confirm the end'}"
        )

    async def _play(self, source: Opened, live: LiveStream) -> None:
        """Send every slice when it is due, again and again where that is asked for."""
        behind = 0.0
        while True:
            due, some = 0.0, False
            async with aclosing(_read(source.slices)) as found:
                async for due, data in found:
                    some = True
                    await self._until_due(behind + due)
                    if live.stopped:
                        return
                    await self._send(live, data, behind + due)
            if not self._job.loop or not some:
                return
            behind += due + _STEP_S
            source = await asyncio.to_thread(opened, self._job.source, self._job.container)

    async def _send(self, live: LiveStream, data: bytes, due: float) -> None:
        if self._head.feed(data):
            live.begins_with(self._head.found)
        await live.send(data, at=self._wall + due)
        if not self._job.pace:
            await self._drained(live)

    async def _until_due(self, due: float) -> None:
        """Wait for a slice's turn. Raises _Ended when the time that was asked for is over."""
        job, now = self._job, time.monotonic() - self._began
        at = due / job.pace if job.pace else now
        if job.for_s is not None and max(at, now) >= job.for_s:
            raise _Ended
        if at > now:
            await asyncio.sleep(at - now)

    @staticmethod
    async def _drained(live: LiveStream) -> None:
        if live.waiting > _AHEAD and not await live.drained(_STUCK_S):
            raise NetworksFault(f"the gateway took nothing for {_STUCK_S:.0f} s")

    async def _obey(self, command: wire.Command) -> None:
        """Carry out what can be: `done` is said when this returns. Raises WireError for others'."""
        target = command.target
        if target.kind == "stream" and target.id not in (None, self._job.stream):
            raise WireError("unknown_stream", "another server sends it")  # its `failed`
        self._tell(_plain(command))
        if command.kind == "cut" and command.for_s != 0 and self._live is not None:
            self._live.stop()

    async def _hear(self, news: wire.Finding | wire.Coverage) -> None:
        self._tell(_plain(news))


async def _read(found: Found) -> AsyncGenerator[Slice, None]:
    """Read slices in a thread: files block, and addresses more so."""
    try:
        while (one := await asyncio.to_thread(next, found, None)) is not None:
            yield one
    finally:
        with suppress(ValueError):  # a thread still reads; the file is closed when it is done
            found.close()


def _rate(container: str) -> float:
    """Return the bytes a second of raw samples. Raises Unreadable."""
    options = wanted(container).options
    size = next((_BYTES[bits] for bits in _BYTES if bits in container.partition(";")[0]), 1)
    channels = int(options["ch_layout"].removesuffix("c"))
    return float(int(options["sample_rate"]) * channels * size)


def _plain(message: msgspec.Struct) -> dict[str, Any]:  # Any: JSON
    plain: dict[str, Any] = msgspec.to_builtins(message)
    return plain


def _print(told: dict[str, Any]) -> None:  # Any: as above
    print(msgspec.json.encode(told).decode(), flush=True)
