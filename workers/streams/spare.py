"""A worker that is loaded and waits: it takes the place of one that dies, and nobody waits for it.

1. It is told what to be, loads everything, says `Loaded` and computes nothing more until `Serve`.
2. It yields from its first moment, and loads one thing after another: nobody needs it yet. Only one
   that has loaded takes a place: before that, another that hurries is there as soon.
3. One at a time. Where it dies it is started again, after a pause (`child`).
4. It costs as much memory as the one that works, so none is kept where there is not thrice as much
   to be had.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from workers.streams.child import Child, Process
from workers.streams.pipe import Pipe
from workers.streams.reports import Loaded, Ready

__all__ = ["Spare", "has_room"]

_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE = msgspec.msgpack.Decoder(Loaded | Ready).decode
_TIMES = 3.0


def has_room(rss_mb: float, meminfo: str) -> bool:
    """Say whether a second process of this size fits; `meminfo` is what Linux tells of memory."""
    for line in meminfo.splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) >= _TIMES * rss_mb * 1024
    return False


class Spare:
    """At most one process. Create it in the loop that uses it."""

    def __init__(
        self,
        name: str,
        module: str,
        arguments: Sequence[str],
        options: msgspec.Struct,
        nice: int,
        start_s: float,
    ) -> None:
        """Take what the worker is started with; it must have loaded within `start_s`."""
        self.loaded = False
        """Whether it has nothing more to do before it can serve."""
        self.ends: dict[str, int] = {}
        """How many ended of themselves, by how, as `Child.ends`."""
        self._name = f"{name} spare"
        self._module, self._arguments = module, (*arguments, "--standby")
        self._options, self._nice, self._start_s = options, nice, start_s
        self._loop = asyncio.get_running_loop()
        self._child: Child | None = None
        self._began_at = 0.0
        self._unable = ""

    @property
    def pid(self) -> int | None:
        """The process's id, None while there is none."""
        return None if self._child is None else self._child.pid

    @property
    def wanted(self) -> bool:
        """Whether one is kept, loaded or not yet."""
        return self._child is not None

    @property
    def loading(self) -> bool:
        """Whether one is at work to become ready."""
        return not self.loaded and self.pid is not None

    def want(self) -> None:
        """Keep one from now on, until it is taken. Call from the main thread."""
        if self._child is None:
            self._child = Child(self._name, self._module, self._arguments, self)
            self._child.ends = self.ends
            self._child.start()

    def take(self) -> Process | None:
        """Give it away, once it has loaded; it is to be told `Serve`. None where none is."""
        child = self._child
        handed = child.hand() if child is not None and self.loaded else None
        if handed is not None:
            self._child = None
        return handed

    async def close(self) -> None:
        """End it."""
        if self._child is not None:
            await self._child.close()
            self._child = None

    # -- the spare's face --------------------------------------------------------------------------

    def prepare(self) -> None:
        """Need nothing: its door is made once it serves."""

    def began(self, pipe: Pipe) -> None:
        """Tell it what to be."""
        self.loaded = False
        self._unable = ""
        self._began_at = self._loop.time()
        pipe.write(_ENCODE(self._options))
        if self._child is not None:
            self._child.yield_to_us(self._nice)

    def arrived(self, body: bytes) -> None:
        """Take what it says. Raises ValueError for what cannot be."""
        said = _DECODE(body)
        if isinstance(said, Loaded):
            self.loaded = True
            return
        if not said.problem:
            raise ValueError("serves before it was told to")
        self._unable = said.problem
        if self._child is not None:
            self._child.end("said no more than that it is unable", "unable")

    def overdue(self, now: float) -> str:
        """Say when it has been loading for too long."""
        if self.loaded or now - self._began_at <= self._start_s:
            return ""
        return f"did not load within {self._start_s:g} s"

    def ended(self) -> None:
        """Note that it is gone, or somebody else's."""
        self.loaded = False

    @property
    def unable(self) -> str:
        """Return what it says it lacks for good."""
        return self._unable
