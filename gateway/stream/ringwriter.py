"""The thread that writes evidence: the loop hands it pieces and never waits for a disk.

Rules:
1. What waits is bounded in bytes; a piece that finds no room is dropped and counted, and so is one
   that cannot be written. A ring that lost a piece goes on behind the gap.
2. All rings together are bounded too: the largest gives up its oldest segment first. Clips are
   bounded apart, and none is ever given up for another: what finds no room is refused, aloud.
3. Everything that was asked is answered on the loop, once: with what came of it, or with an error.
"""

from __future__ import annotations

import asyncio
import errno
import shutil
import threading
from collections import Counter, deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from secrets import token_hex

import msgspec

from gateway.record.clips import Clip, Clips, Key
from gateway.stream.ring import Ring
from seawall.errors import ConfigError

__all__ = ["Frozen", "RingLimits", "RingWriter"]

RINGS = Path("evidence") / "streams"
_GATHER_S = 0.05
"""How long pieces gather before they are written together: a thread that wakes for each costs the
loop more than the writing does."""

Frozen = Callable[[Clip | None, str], None]
"""Gets the clip, or None and why there is none: `empty`, `full` or what the system said."""


class RingLimits(msgspec.Struct, frozen=True):
    """Bounds in bytes: of one ring, all rings, all clips, and what waits to be written."""

    stream: int = 32 << 20
    rings: int = 2 << 30
    clips: int = 8 << 30
    waiting: int = 64 << 20


class RingWriter:
    """Rings by their stream's handle. Start it in the loop that asks; then `stop` it."""

    def __init__(self, data: Path, clips: Clips, limits: RingLimits) -> None:
        self.counts: Counter[str] = Counter()
        """`kept` and `refused` clips; pieces `dropped` (no room) and `failed`; segments `evicted`
        for all rings' bound; clips `deleted` with their decision's evidence."""
        self.stored = 0
        self.clipped = 0
        self.trouble = ""
        """What the system said of the last write; empty when it went well."""
        self._folder = data / RINGS
        self._clips = clips
        self._limits = limits
        self._rings: dict[int, Ring] = {}
        self._known: dict[Key, int] = {}
        self._todo: deque[tuple[int, Callable[[], None]]] = deque()
        self._put = self._taken = 0  # each is counted up by one side alone
        self._hurry = threading.Event()
        self._asked = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="evidence", daemon=True)

    def start(self) -> None:
        """Begin; rings of an earlier life are deleted, its clips are counted."""
        self._loop = asyncio.get_running_loop()
        self._add(0, self._begin)
        self._thread.start()

    async def stop(self) -> None:
        """Write what waits, delete the rings, end the thread."""
        self._stopping = True
        self._wake()
        await asyncio.to_thread(self._thread.join)

    # -- from the loop --------------------------------------------------------------------------

    @property
    def waiting(self) -> int:
        """Bytes that wait to be written."""
        return self._put - self._taken

    def open(self, handle: int, keep_s: float) -> None:
        """Begin a stream's ring."""
        self._add(0, partial(self._open, handle, keep_s))

    def write(self, handle: int, data: bytes, at: float) -> None:
        """Add a piece to a stream's ring, or drop it where too much waits."""
        if self.waiting + len(data) > self._limits.waiting:
            self.counts["dropped"] += 1
            return
        self._add(len(data), partial(self._write, handle, data, at))

    def freeze(self, handle: int, key: Key, stream: str, container: str, done: Frozen) -> None:
        """Keep what is in a ring as the clip of a decision."""
        self._add(0, partial(self._freeze, handle, key, stream, container, done))
        self._hurry.set()

    def close(self, handle: int) -> None:
        """End a stream's ring."""
        self._add(0, partial(self._close, handle))

    def known(self, done: Callable[[list[Key]], None]) -> None:
        """Hear of which decisions clips lie here."""
        self._add(0, lambda: self._tell(done, list(self._known)))
        self._hurry.set()

    def delete(self, keys: list[Key]) -> None:
        """Delete clips."""
        self._add(0, partial(self._delete, keys))

    # -- in the thread --------------------------------------------------------------------------

    def _add(self, size: int, work: Callable[[], None]) -> None:
        self._put += size
        self._todo.append((size, work))
        if not self._asked.is_set():  # it is cleared before what waits is taken, never after
            self._asked.set()

    def _wake(self) -> None:
        self._hurry.set()
        self._asked.set()

    def _run(self) -> None:
        while not (self._stopping and not self._todo):
            self._asked.wait(1.0)
            self._asked.clear()
            while self._todo:
                size, work = self._todo.popleft()
                self._do(work)
                self._taken += size
            self._hurry.wait(_GATHER_S)
            self._hurry.clear()
        for ring in self._rings.values():
            ring.close()

    def _do(self, work: Callable[[], None]) -> None:
        try:
            work()
        except OSError as error:
            self.counts["failed"] += 1
            self.trouble = error.strerror or str(error)
        else:
            self.stored = sum(ring.stored for ring in self._rings.values())

    def _begin(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._clips.folder.mkdir(parents=True, exist_ok=True)
        for path in (self._folder, self._clips.folder, self._folder.parent):
            path.chmod(0o700)
        for clip in self._clips.all():
            self._know(clip)

    def _know(self, clip: Clip) -> None:
        self._known[clip.tenant, clip.event, clip.rev] = clip.bytes
        self.clipped = sum(self._known.values())

    def _open(self, handle: int, keep_s: float) -> None:
        self._close(handle)
        name = token_hex(8)
        self._rings[handle] = Ring(self._folder, self._clips, name, keep_s, self._limits.stream)

    def _write(self, handle: int, data: bytes, at: float) -> None:
        ring = self._rings.get(handle)
        if ring is None:
            return
        before = ring.stored
        ring.write(data, at)
        self.trouble = ""
        self.stored += ring.stored - before
        while self.stored > self._limits.rings:
            largest = max(self._rings.values(), key=lambda each: each.stored)
            before = largest.stored
            if not largest.drop_oldest():
                break
            self.counts["evicted"] += 1
            self.stored -= before - largest.stored

    def _close(self, handle: int) -> None:
        ring = self._rings.pop(handle, None)
        if ring is not None:
            ring.close()

    def _freeze(self, handle: int, key: Key, stream: str, container: str, done: Frozen) -> None:
        ring = self._rings.get(handle)
        try:
            if ring is not None and self.clipped + ring.stored > self._limits.clips:
                raise OSError(errno.EDQUOT, "no room for more clips")
            clip = None if ring is None else ring.freeze(key, stream, container)
        except (OSError, ConfigError) as error:
            self.counts["refused"] += 1
            self.trouble = str(error)
            self._tell(done, None, str(error))
            return
        if clip is None:
            self._tell(done, None, "empty")
            return
        self.counts["kept"] += 1
        self._know(clip)
        self._tell(done, clip, "")

    def _delete(self, keys: list[Key]) -> None:
        for key in keys:
            self._clips.delete(key)
            self._known.pop(key, None)
            self.counts["deleted"] += 1
        self.clipped = sum(self._known.values())

    def _tell(self, done: Callable[..., None], *what: object) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(done, *what)
