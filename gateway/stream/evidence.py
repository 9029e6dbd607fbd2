"""What streams showed and said of late, kept for decisions: the loop's side of the evidence ring.

Rules:
1. Every stream's bytes go through a ring on disk (`ring`), written by a thread (`ringwriter`); the
   loop never waits for it. A disk that is full or slow costs evidence, which is counted and told,
   and never a verdict.
2. A decision that restricts freezes the ring into a clip. What came of it is in the journal: the
   clip's sha256, or why there is none. The still lies with the decision's evidence in the database.
3. A clip goes when its decision's evidence row goes: by its time to live, an erasure, unless a
   legal hold keeps both; also where streams are taken in no more (`sweep_left`).
4. Decisions close together share a clip, which grows until it shows them all, but a cut has one of
   its own: nobody shall have to look for what a stream was cut for. It grows where the cut is
   ordered after a countdown.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

from gateway.log import log
from gateway.record.clips import Clip, Clips, Key
from gateway.record.entry import Entry
from gateway.stream.ports import Live
from gateway.stream.ringwriter import RingLimits, RingWriter
from seawall.errors import RecordUnavailable

__all__ = ["Evidence", "Rows", "sweep_left"]

TELL_S = 60.0
SWEEP_S = 60.0
LEFT_S = 600.0
"""Clips that nobody adds to are swept so often: each is opened for it."""
AGAIN_S = 10.0
"""A stream's ring is frozen at most so often but for cuts: what one clip holds another need not."""
GROW_S = 1.0
"""A clip that others share grows at most so often."""
GRACE_S = 900.0
"""A clip as young as this waits for its row: the row may lie in the spill file."""

Note = Callable[[Entry], None]


class Rows(Protocol):
    """The table of evidence."""

    async def gone(self, keys: Iterable[Key]) -> set[Key]:
        """Return those whose row is gone. Raises RecordUnavailable."""


class Evidence:
    """A tap on every stream, and who is asked for a clip."""

    def __init__(
        self,
        data: Path,
        secret: bytes,
        rows: Rows,
        note: Note,
        keep_s: Callable[[Live], float] = lambda live: 30.0,
        limits: RingLimits | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """`note` records an entry; `keep_s` is policy's word for how long a ring reaches back."""
        self.clips = Clips(data, secret)
        self.writer = RingWriter(data, self.clips, limits or RingLimits())
        self._rows = rows
        self._note = note
        self._keep_s = keep_s
        self._wall = wall
        self._frozen: dict[int, tuple[float, Key]] = {}
        self._sharing: dict[int, tuple[Live, list[tuple[Key, str]]]] = {}
        self._young: dict[Key, float] = {}
        self._told = -TELL_S
        self._lost = 0

    def start(self) -> None:
        """Start the thread; in the loop."""
        self.writer.start()

    async def stop(self) -> None:
        """Write what waits and end the thread."""
        for handle in list(self._sharing):
            self._grow(handle)
        await self.writer.stop()

    # -- a tap ----------------------------------------------------------------------------------

    def opened(self, live: Live) -> None:
        """Begin a stream's ring, unless policy wants none."""
        keep_s = self._keep_s(live)
        if keep_s > 0:
            self.writer.open(live.handle, keep_s)

    def took(self, live: Live, data: bytes, at: float) -> None:
        """Put bytes into the ring."""
        self.writer.write(live.handle, data, at)

    def closed(self, live: Live, why: str) -> None:
        """Delete the ring; what was frozen stays."""
        self._grow(live.handle)
        self._frozen.pop(live.handle, None)
        self.writer.close(live.handle)

    # -- clips ----------------------------------------------------------------------------------

    def freeze(self, live: Live, key: Key, surface: str, cuts: bool = False) -> None:
        """Keep the ring as the clip of a decision that is durable.

        One that does not cut shares the clip that was just kept, if there is one.
        """
        now = self._wall()
        at, _ = self._frozen.get(live.handle, (-AGAIN_S, key))
        if not cuts and 0 <= now - at < AGAIN_S:
            self._share(live, key, surface)
            return
        self._frozen[live.handle] = (now, key)
        self._young[key] = now

        def done(clip: Clip | None, why: str) -> None:
            if clip is None:
                self._note(self._entry(live, key, surface, "no_clip", why[:200]))
            else:
                self._note(self._entry(live, key, surface, "clip", f"sha256:{clip.sha256}"))

        self.writer.freeze(live.handle, key, live.stream, live.container, done)

    def _share(self, live: Live, key: Key, surface: str) -> None:
        """Let a decision see the clip that was kept last, once that has grown to show it."""
        _, others = self._sharing.setdefault(live.handle, (live, []))
        others.append((key, surface))
        if len(others) == 1:
            asyncio.get_running_loop().call_later(GROW_S, self._grow, live.handle)

    def _grow(self, handle: int) -> None:
        """Add what came since to the clip of a stream that others share."""
        live, others = self._sharing.pop(handle, (None, []))
        if live is None:  # it was grown when the stream ended
            return
        _, last = self._frozen[handle]

        def done(clip: Clip | None, why: str) -> None:
            action, what = "clip", f"see {last[1]} rev {last[2]}"
            if clip is None:
                action, what = "no_clip", why[:200]
            for key, surface in others:
                self._note(self._entry(live, key, surface, action, what))

        self.writer.freeze(handle, last, live.stream, live.container, done)

    def _entry(self, live: Live, key: Key, surface: str, action: str, what: str) -> Entry:
        return Entry(
            "stream", live.tenant, key[1], self._wall(), action, key[2], live.room, live.user.id,
            surface, rule=what, ref=live.stream,
        )  # fmt: skip

    def look(self) -> None:
        """Tell once a minute what could not be kept."""
        counts, now = self.writer.counts, self._wall()
        lost = counts["dropped"] + counts["failed"] + counts["refused"]
        if lost > self._lost and not 0 <= now - self._told < TELL_S:
            fields = {"more": lost - self._lost, "why": self.writer.trouble or "too much waits"}
            log.error("evidence lost", extra={"fields": fields})
            self._lost, self._told = lost, now

    async def run(self, spilled: Callable[[], int]) -> None:
        """Sweep each minute until cancelled, unless entries wait for the database (`spilled`)."""
        while True:
            await asyncio.sleep(SWEEP_S)
            self.look()
            if spilled():
                continue
            try:
                await self.sweep()
            except RecordUnavailable as problem:
                log.warning("clips not swept", extra={"fields": {"why": str(problem)}})

    async def sweep(self) -> None:
        """Delete the clips whose decision has no evidence any more. Raises RecordUnavailable."""
        asked: asyncio.Future[list[Key]] = asyncio.get_running_loop().create_future()
        self.writer.known(lambda found: None if asked.done() else asked.set_result(found))
        async with asyncio.timeout(SWEEP_S):
            found = await asked
        now = self._wall()
        for key in [key for key, at in self._young.items() if not 0 <= now - at < GRACE_S]:
            del self._young[key]
        old = [key for key in found if key not in self._young]
        if old:
            gone = await self._rows.gone(old)
            if gone:
                self.writer.delete(sorted(gone))


async def sweep_left(
    clips: Clips, rows: Rows, spilled: Callable[[], int], every_s: float = LEFT_S
) -> None:
    """Delete clips whose decision has no evidence any more, now and again until cancelled.

    For a gateway that takes in no streams: nobody else looks after its clips.
    """
    while True:
        await asyncio.sleep(every_s)
        if spilled():
            continue
        try:
            found = await asyncio.to_thread(lambda: list(clips.all()))
            gone = await rows.gone([(clip.tenant, clip.event, clip.rev) for clip in found])
            for key in sorted(gone):
                await asyncio.to_thread(clips.delete, key)
        except (RecordUnavailable, OSError) as problem:
            log.warning("clips not swept", extra={"fields": {"why": str(problem)}})
