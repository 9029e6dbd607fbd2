"""The gateway's hold on a worker that sees or hears: its process, its door, its signs of life.

Decoders connect by themselves to the unix socket it listens on; here only its answers arrive. It is
ready once its models are warm. It says its counts every second: one that is silent is ended.

While there is something to examine a second one is kept loaded (`Spare`), and takes its place.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

import msgspec

from workers.streams.child import Child, Process
from workers.streams.pipe import Pipe
from workers.streams.reports import (
    Aligned,
    Listened,
    Lost,
    Matched,
    Ready,
    Saw,
    Serve,
    Spoke,
    Stats,
)
from workers.streams.spare import Spare, has_room

__all__ = ["Inference", "InferenceLimits", "Told"]

_ENCODE = msgspec.msgpack.Encoder().encode
_UNABLE = "said no more than that it is unable"

Told = Saw | Lost | Spoke | Listened | Matched | Aligned
"""What a worker says of streams, besides what it says of itself."""
From = TypeVar("From", bound=Told)


class InferenceLimits(msgspec.Struct, frozen=True):
    """What a worker may take, and how patient we are with it."""

    memory_mb: int = 0
    """What it may allocate; 0: no limit."""
    nice: int = 5
    """How much it yields to the gateway, once it is ready."""
    start_s: float = 60.0
    """Its models must be loaded and warm by then."""
    patience_s: float = 5.0
    """Longer than this it may not be silent."""
    spare: bool = True
    """Whether a second one is kept loaded; never on a GPU, whose memory is for one."""
    spare_after_s: float = 3.0
    """So long one that has just begun has the processor to itself."""


class Inference(Generic[From]):
    """One worker, kept alive. Create it in the loop that uses it."""

    def __init__(
        self,
        name: str,
        module: str,
        path: str,
        options: msgspec.Struct,
        limits: InferenceLimits,
        decode: Callable[[bytes], From | Ready | Stats],
        heard: Callable[[From], None],
        down: Callable[[], None],
    ) -> None:
        """`path` is where it listens; `options` is the first frame it gets.

        `heard` gets what it says of streams, `down` is called when it is gone.
        """
        memory = str(limits.memory_mb)
        arguments = ("--listen", path, "--memory-mb", memory)
        start = options, limits.nice, limits.start_s
        self.spare = Spare(name, module, arguments, *start)
        self.child = Child(name, module, arguments, self, self._taken)
        self.path = path
        self.ready = False
        self.greeting = Ready()
        self.stats = Stats()
        self._options = options
        self._limits = limits
        self._decode = decode
        self._heard = heard
        self._down = down
        self._loop = asyncio.get_running_loop()
        self._pipe: Pipe | None = None
        self._heard_at = self._ready_at = 0.0
        self._patience_s = limits.start_s
        self._replaces = False
        """Whether the process that has just begun was the spare."""

    @property
    def problem(self) -> str:
        """Why nothing is examined by it now, "" where it is."""
        return "" if self.ready else self.child.problem

    @property
    def weak(self) -> str:
        """What it cannot look for while it works, and why; "" where there is nothing."""
        return "; ".join(f"{what}: {why}" for what, why in sorted(self.stats.weak.items()))

    def say(self, message: msgspec.Struct) -> bool:
        """Tell it something; False where it is not there to hear it."""
        if not self.ready or self._pipe is None:
            return False
        self._pipe.write(_ENCODE(message))
        return True

    @property
    def ends(self) -> dict[str, dict[str, int]]:
        """Return how many processes ended, by name and how; a spare's apart, where one did."""
        ends = {self.child.name: dict(self.child.ends)}
        if self.spare.ends:
            ends[f"{self.child.name} spare"] = dict(self.spare.ends)
        return ends

    def look(self, now: float) -> bool:
        """Have a spare loaded where there is none; say whether one was begun.

        Call now and then while there are streams.
        """
        if not self._limits.spare or not self.ready or self.spare.wanted:
            return False
        if self.greeting.device != "cpu" or now - self._ready_at < self._limits.spare_after_s:
            return False
        with suppress(OSError), open("/proc/meminfo", encoding="ascii") as file:
            if has_room(self.stats.rss_mb, file.read()):
                self.spare.want()
        return self.spare.wanted

    async def close(self) -> None:
        """End it, and its spare."""
        await asyncio.gather(self.spare.close(), self.child.close())

    def _taken(self) -> Process | None:
        taken, limits = self.spare.take(), self._limits
        self._replaces = taken is not None
        self._patience_s = limits.patience_s if self._replaces else limits.start_s
        return taken

    # -- the worker's face -------------------------------------------------------------------------

    def prepare(self) -> None:
        """Take away the door of the one before."""
        with suppress(FileNotFoundError):
            os.unlink(self.path)

    def began(self, pipe: Pipe) -> None:
        """Tell it what to be."""
        self._pipe = pipe
        self._heard_at = self._loop.time()
        self.greeting = Ready()
        pipe.write(_ENCODE(Serve() if self._replaces else self._options))

    def arrived(self, body: bytes) -> None:
        """Take what it says. Raises ValueError for what cannot be."""
        self._heard_at = self._loop.time()
        said = self._decode(body)
        if isinstance(said, Stats):
            self.stats = said
        elif isinstance(said, Ready):
            if self.ready:
                raise ValueError("was ready twice")
            self.greeting = said
            if said.problem:
                self.child.end(_UNABLE, "unable")
                return
            self._down()  # what was announced late of what the one before was given
            self.ready = True
            self._ready_at = self._heard_at
            self.child.yield_to_us(self._limits.nice)  # not before: streams go unchecked meanwhile
            self.child.settled.set()
        elif self.ready:
            self._heard(said)

    def overdue(self, now: float) -> str:
        """Say when it has been silent for too long."""
        patience_s = self._limits.patience_s if self.ready else self._patience_s
        if now - self._heard_at <= patience_s:
            return ""
        return f"{'said nothing' if self.ready else 'did not start'} within {patience_s:g} s"

    def ended(self) -> None:
        """Give up what it was asked."""
        self.ready = False
        self._pipe = None
        self.stats = Stats()
        self._down()

    @property
    def unable(self) -> str:
        """Return what it says it lacks for good."""
        return self.greeting.problem
