"""The gateway's hold on the zygote: has decoders forked and killed, hears when they are gone.

The zygote is a process that has imported codecs and forks a decoder per stream. When it dies, its
decoders die with it and are forked anew once it is back: a second for each stream, nothing else.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable

import msgspec

from workers.streams.child import Child
from workers.streams.orders import Awake, FromZygote, Gone, Kill, Spawn, Spawned
from workers.streams.pipe import Pipe

__all__ = ["Host", "HostLimits"]

_LOG = logging.getLogger("seawall.workers")
_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE = msgspec.msgpack.Decoder(FromZygote).decode


class HostLimits(msgspec.Struct, frozen=True):
    """What a decoder may take, and how patient we are with the zygote."""

    memory_mb: int = 512
    nice: int = 5
    step_cpu_s: float = 5.0
    start_s: float = 20.0
    """The zygote must have imported everything by then."""
    answer_s: float = 5.0
    """It must have forked, or ended, a decoder by then."""


class Host:
    """The zygote, kept alive. Create it in the loop that uses it."""

    def __init__(
        self,
        gone: Callable[[Gone, str], None],
        awake: Callable[[], None],
        limits: HostLimits,
        module: str = "workers.streams.zygote",
    ) -> None:
        """`gone` hears of decoders that ended, and what `kill` said why, "" for of themselves.

        `awake` is called when some can be forked, again.
        """
        self.child = Child("zygote", module, (), self)
        self.ready = False
        self.rss_mb = 0.0
        self.forked = 0
        self._gone = gone
        self._awake = awake
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._pipe: Pipe | None = None
        self._began = 0.0
        self._asked: dict[int, float] = {}
        self._pids: dict[int, int] = {}
        self._killed: dict[int, str] = {}

    @property
    def problem(self) -> str:
        """Why no decoder can be forked now, "" where one can."""
        return "" if self.ready else self.child.problem

    def pid(self, handle: int) -> int | None:
        """Return the process id of a decoder, None where none is known."""
        return self._pids.get(handle)

    def spawn(self, handle: int) -> socket.socket | None:
        """Have a decoder forked; return our end of its socket, None where that cannot be now.

        Bytes may be written to it at once.
        """
        pipe = self._pipe
        if not self.ready or pipe is None:
            return None
        limits = self._limits
        order = Spawn(handle, limits.memory_mb, limits.nice, limits.step_cpu_s)
        try:
            ours, theirs = socket.socketpair()
        except OSError as error:  # no descriptor to be had; asked again by whoever wants it
            _LOG.error("no socket for a decoder: %s", error.strerror)
            return None
        with theirs:
            if not pipe.hand(_ENCODE(order), [theirs]):
                ours.close()
                self.child.end("does not read its orders")
                return None
        self.forked += 1
        self._asked[handle] = self._loop.time()
        return ours

    def kill(self, handle: int, why: str) -> None:
        """End a decoder at once, if it lives."""
        if self._pipe is None or not self._pipe.is_open:
            return
        if handle not in self._pids and handle not in self._asked:
            return  # of one that is gone nothing follows
        self._asked.setdefault(handle, self._loop.time())
        self._killed[handle] = why
        self._pipe.write(_ENCODE(Kill(handle)))

    @property
    def ends(self) -> dict[str, dict[str, int]]:
        """Return how many zygotes ended, by name and how."""
        return {self.child.name: dict(self.child.ends)}

    async def close(self) -> None:
        """End it, and its decoders."""
        await self.child.close()

    # -- the zygote's face -------------------------------------------------------------------------

    def prepare(self) -> None:
        """Need nothing for it."""

    def began(self, pipe: Pipe) -> None:
        """Wait for it to have imported everything."""
        self._pipe = pipe
        self._began = self._loop.time()

    def arrived(self, body: bytes) -> None:
        """Take what it says. Raises ValueError for what cannot be."""
        said = _DECODE(body)
        if isinstance(said, Awake):
            if self.ready:
                raise ValueError("awoke twice")
            self.ready = True
            self.rss_mb = said.rss_mb
            self.child.settled.set()
            self._awake()
        elif isinstance(said, Spawned):
            if self._asked.pop(said.handle, None) is None:
                raise ValueError("forked what nobody asked for")
            self._pids[said.handle] = said.pid
        else:
            self._asked.pop(said.handle, None)
            self._pids.pop(said.handle, None)
            self._gone(said, self._killed.pop(said.handle, ""))

    def overdue(self, now: float) -> str:
        """Say when it has not done for too long what it was told."""
        limits = self._limits
        if not self.ready and now - self._began > limits.start_s:
            return f"did not start within {limits.start_s:g} s"
        oldest = next(iter(self._asked.values()), now)
        if now - oldest > limits.answer_s:
            return f"did nothing for {limits.answer_s:g} s"
        return ""

    def ended(self) -> None:
        """Forget its decoders: they died with it, which their sockets tell."""
        self.ready = False
        self._pipe = None
        self._asked.clear()
        self._pids.clear()
        self._killed.clear()

    @property
    def unable(self) -> str:
        """It has no way to say so."""
        return ""
