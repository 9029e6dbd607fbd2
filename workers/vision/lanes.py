"""The two threads that look: one at frames, one that reads text and yields to everybody.

A thread that ends by an error of ours ends the process: the gateway starts another.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import partial
from time import monotonic

from detectors.pictures import PictureDetector
from workers.vision.desk import Desk
from workers.vision.frames import FRAME, OCR
from workers.vision.looking import Looking

__all__ = ["Lanes"]

_WAIT_S = 0.5
_READING_NICE = 15


class Lanes:
    """Starts the threads; they run until the process ends."""

    def __init__(
        self,
        desk: Desk,
        looking: Looking,
        reader: PictureDetector | None,
        fault: Callable[[], None],
    ) -> None:
        """`fault` is called from a thread that cannot go on."""
        self._desk = desk
        self._looking = looking
        self._reader = reader
        self._fault = fault

    def start(self) -> None:
        """Start them."""
        self._thread("look", self._look, 0)
        if self._reader is not None:
            self._thread("read", partial(self._read, self._reader), _READING_NICE)

    def _thread(self, name: str, what: Callable[[], None], nice: int) -> None:
        thread = threading.Thread(target=self._run, args=(what, nice), name=name, daemon=True)
        thread.start()

    def _run(self, what: Callable[[], None], nice: int) -> None:
        try:
            if nice:
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), nice)
            while True:
                what()
        finally:
            self._fault()

    def _look(self) -> None:
        desk, looking = self._desk, self._looking
        frames, heavy = desk.next_frames(looking.most, _WAIT_S)
        if not frames:
            return
        began = monotonic()
        pictures = [frame.copied() for frame in frames]
        desk.release(FRAME, frames)
        told = looking.look(frames, pictures, heavy, began)
        desk.learn(looking.light_s, looking.heavy_s)
        desk.say(FRAME, told, began)

    def _read(self, reader: PictureDetector) -> None:
        desk = self._desk
        frame = desk.next_text(_WAIT_S)
        if frame is None:
            return
        began = monotonic()
        picture = frame.copied()
        desk.release(OCR, [frame])
        told = self._looking.read(reader, frame, picture)
        desk.say(OCR, [told], began)
        desk.lagged(monotonic() - frame.came)
