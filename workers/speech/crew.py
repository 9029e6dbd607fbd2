"""The threads that hear: each does one job at a time, and hands back what it wrote.

1. A job is a value and so is what comes back: threads share nothing but the networks.
2. There are never more jobs than threads, so nothing queues here.
3. What fails fails that job alone. A thread that is through wakes the poller by `fileno`.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Sequence
from queue import SimpleQueue

import msgspec

from detectors.audio.whisper import CONTEXT, LONG, Whisper
from workers.speech.aligning import Aligning
from workers.speech.desk import Job
from workers.speech.models import Models
from workers.speech.transcribing import Text, floats, hear

__all__ = ["Crew", "Done", "work"]

Words = Sequence[tuple[str, float, float]]


class Done(msgspec.Struct, frozen=True):
    """A job that is through. `failed` names the error, "" for none; `took_s` is wall time."""

    job: Job
    texts: Sequence[Text] = ()
    words: Words = ()
    failed: str = ""
    took_s: float = 0.0


def work(job: Job, large: Whisper, small: Whisper | None) -> Done:
    """Do a job in this thread."""
    began = time.monotonic()
    try:
        if isinstance(job, Aligning):
            done = Done(job, words=_aligned(job, large))
        else:
            whisper = small if small is not None and job[0].small else large
            done = Done(job, hear(whisper, job))
    except (RuntimeError, ValueError, MemoryError) as error:  # of the network's own library
        done = Done(job, failed=type(error).__name__)
    return msgspec.structs.replace(done, took_s=time.monotonic() - began)


class Crew:
    """So many threads. Give a job only while one is idle."""

    def __init__(self, models: Models, threads: int) -> None:
        self._models = models
        self._jobs: SimpleQueue[Job] = SimpleQueue()
        self._done: deque[Done] = deque(maxlen=threads)
        self._read, self._write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._began: dict[int, float] = {}
        self.idle = threads
        """How many threads have nothing to do."""
        self.busy_s = 0.0
        """How long they have worked, all together."""
        for number in range(threads):
            threading.Thread(target=self._run, name=f"hears {number}", daemon=True).start()

    def fileno(self) -> int:
        """Return what becomes readable when a job is through."""
        return self._read

    def give(self, job: Job, now: float) -> None:
        """Let an idle thread do a job."""
        self.idle -= 1
        self._began[id(job)] = now
        self._jobs.put(job)

    def through(self) -> list[Done]:
        """Return the jobs that are through."""
        try:
            os.read(self._read, 4096)
        except BlockingIOError:
            return []
        through = []
        while self._done:
            done = self._done.popleft()
            self._began.pop(id(done.job), None)
            self.busy_s += done.took_s
            self.idle += 1
            through.append(done)
        return through

    def longest_s(self, now: float) -> float:
        """Return how long the oldest job has been worked on."""
        return max((now - began for began in self._began.values()), default=0.0)

    def _run(self) -> None:
        models = self._models
        while True:
            job = self._jobs.get()
            self._done.append(work(job, models.large, models.small))
            os.write(self._write, b"\0")


def _aligned(job: Aligning, whisper: Whisper) -> Words:
    text = job.text
    context = LONG if text.tries > 1 else CONTEXT
    encoded = text.encoded or whisper.encode(floats(job.piece.pcm), text.language, context)
    return [(each.text, each.from_s, each.to_s) for each in whisper.align(encoded, text.tokens)]
