"""What the gateway holds of the workers of live streams: decoders, and who sees and hears.

    workers = StreamWorkers(WorkerOptions(vision=..., speech=...))
    await workers.start()
    decoder = workers.open(handle, "webm", Sampling(), Hearing(), sink)
    decoder.feed(seq, at, data, gap=False)

No codec, no model and no numeric library is loaded here. Everything is called in one loop.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Iterable

import msgspec

from seawall.errors import ConfigError, OurFault
from workers.streams.aligning import Aligning
from workers.streams.answers import pass_on
from workers.streams.decoding import Decoding, DecodingLimits
from workers.streams.host import Host, HostLimits
from workers.streams.inference import Inference, InferenceLimits, Told
from workers.streams.numbers import stream_of
from workers.streams.orders import Gone
from workers.streams.reports import (
    Align,
    Aligned,
    FromSpeech,
    FromVision,
    Listened,
    Lost,
    Matched,
    Ready,
    Saw,
    Spoke,
    Stats,
)
from workers.streams.sink import Sink
from workers.streams.units import Hearing, Sampling, Start

__all__ = ["MEMORY_MB", "Decoding", "Sink", "StreamStats", "StreamWorkers", "WorkerOptions"]

_LOOK_S = 0.25
_LEAVE_S = 1.0
"""A decoder whose socket is closed ends by itself within this."""
_PATH_BYTES = 107
"""What fits into a unix socket's address, its end mark aside."""
_ZYGOTE, _VISION, _SPEECH = (
    "workers.streams.zygote",
    "workers.vision.run",
    "workers.speech.run",
)

_Seen = Saw | Lost
_Heard = Spoke | Listened | Matched | Aligned
_Worker = Inference[_Seen] | Inference[_Heard]


MEMORY_MB = 1536
"""What a worker may allocate, unless it is told otherwise."""


class WorkerOptions(msgspec.Struct, frozen=True):
    """Which workers run, what they are told first, and what each may take."""

    vision: msgspec.Struct | None = None
    """First frame to the vision worker; None: pictures are not looked at."""
    speech: msgspec.Struct | None = None
    """First frame to the speech worker; None: sound is not listened to."""
    decoding: DecodingLimits = DecodingLimits()
    host: HostLimits = HostLimits()
    vision_limits: InferenceLimits = InferenceLimits(memory_mb=MEMORY_MB)
    speech_limits: InferenceLimits = InferenceLimits(memory_mb=MEMORY_MB)
    folder: str = ""
    """Where the private folder of the workers' sockets is made; empty: the system's place."""
    modules: tuple[str, str, str] = (_ZYGOTE, _VISION, _SPEECH)


class StreamStats(msgspec.Struct):
    """What runs now, and counts since the start."""

    streams: int = 0
    decoders: int = 0
    forked: int = 0
    held_bytes: int = 0
    unanswered: int = 0
    decoder_ends: dict[str, int] = {}
    """Decoders that ended before their time: `signal status unforked`, or `killed` by us."""
    ends: dict[str, dict[str, int]] = {}
    """Ends of the zygote and the workers, by process and how."""
    workers: dict[str, Stats] = {}
    """What the workers count themselves, by name; those that run."""
    down: frozenset[str] = frozenset()
    """Processes that do not do their work now."""
    spares: frozenset[str] = frozenset()
    """Workers of which a second one is loaded and waits."""
    decoder_cpu_s: float = 0.0
    """CPU time of the decoders that have ended."""


class StreamWorkers:
    """The processes behind live streams. Any of them may be down at any time."""

    def __init__(self, options: WorkerOptions) -> None:
        """Take what shall run. Create it in the loop that uses it."""
        self._options = options
        self._loop = asyncio.get_running_loop()
        self._streams: dict[int, Decoding] = {}
        self._aligning = Aligning()
        self._ends = dict.fromkeys(("signal", "status", "unforked", "killed"), 0)
        self._cpu_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._folder = ""
        self._host: Host | None = None
        self._vision: Inference[_Seen] | None = None
        self._speech: Inference[_Heard] | None = None

    # -- life --------------------------------------------------------------------------------------

    async def start(self, deadline_s: float = 60.0) -> None:
        """Spawn everything; return when each is ready or has failed, at the deadline at last.

        Call from the main thread. What fails raises nothing: `problems` names it, and it is tried
        again. Raises ConfigError where no folder for sockets can be had.
        """
        if threading.current_thread() is not threading.main_thread():
            raise OurFault("workers would die with this thread: start them from the main one")
        options = self._options
        self._folder = _private_folder(options.folder)
        self._host = Host(self._decoder_gone, self._awake, options.host, options.modules[0])
        if options.vision is not None:
            self._vision = Inference(
                "vision",
                options.modules[1],
                f"{self._folder}/vision",
                options.vision,
                options.vision_limits,
                msgspec.msgpack.Decoder(FromVision).decode,
                self._told,
                lambda: self._down("frames"),
            )
        if options.speech is not None:
            self._speech = Inference(
                "speech",
                options.modules[2],
                f"{self._folder}/speech",
                options.speech,
                options.speech_limits,
                msgspec.msgpack.Decoder(FromSpeech).decode,
                self._told,
                lambda: self._down("speech"),
            )
        children = [part.child for part in self._parts()]
        for child in children:
            child.start()
        self._timer = self._loop.call_later(_LOOK_S, self._look)
        waiting = [asyncio.ensure_future(child.settled.wait()) for child in children]
        try:
            await asyncio.wait(waiting, timeout=deadline_s)
        finally:
            for task in waiting:
                task.cancel()

    async def close(self) -> None:
        """End everything at once; streams that are open hear nothing more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for decoding in list(self._streams.values()):
            decoding.abort()
        self._aligning.give_up()
        await asyncio.gather(*(part.close() for part in self._parts()))
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = ""

    # -- what the gateway asks ---------------------------------------------------------------------

    @property
    def ready(self) -> bool:
        """Whether a stream can be taken: decoders can be had."""
        return self._host is not None and self._host.ready

    @property
    def sees(self) -> bool:
        """Whether pictures are to be looked at."""
        return self._options.vision is not None

    @property
    def hears(self) -> bool:
        """Whether sound is to be listened to."""
        return self._options.speech is not None

    def open(
        self, handle: int, container: str, sampling: Sampling, hearing: Hearing, sink: Sink
    ) -> Decoding:
        """Begin to decode a stream; its first decoder is forked at once.

        `handle` must never have been used before (0 to 2**40 - 1). Raises OurFault if it is open.
        """
        if handle in self._streams:
            raise OurFault(f"stream {handle} is open already")
        seed = random.getrandbits(62)  # when frames are looked at must not be foreseen
        start = Start(handle, container, sampling, hearing, seed=seed)
        decoding = Decoding(start, sink, self, self._options.decoding)
        self._streams[handle] = decoding
        decoding.look(self._loop.time())
        return decoding

    def align(self, handle: int, n: int, done: Callable[[Aligned], None]) -> None:
        """Ask when the words of an utterance were spoken.

        `done` is called once, within 2 s and never from within this call; without words where
        nobody can tell.
        """
        decoding, speech = self._streams.get(handle), self._speech
        key = None if decoding is None else decoding.numbers.find(n)
        if key is None or speech is None or not speech.ready:
            self._loop.call_soon(done, Aligned(handle, n, []))
            return

        def tell(aligned: Aligned) -> None:
            done(Aligned(handle, n, aligned.words))

        if self._aligning.ask(key, tell, self._loop.time()):
            speech.say(Align(*key))

    def problems(self) -> dict[str, str]:
        """Say of each process that does not do its work now, or not all, why; for `/readyz`."""
        weak = {name: each.weak for name, each in self._workers() if each.weak}
        return {**weak, **self._absent()}

    def _absent(self) -> dict[str, str]:
        return {part.child.name: part.problem for part in self._parts() if part.problem}

    def models(self) -> dict[str, Ready]:
        """Return what each worker said when it was ready: models with versions, device."""
        return {name: each.greeting for name, each in self._workers() if each.ready}

    def stats(self) -> StreamStats:
        """Return what runs and what was counted."""
        streams, host = self._streams.values(), self._host
        return StreamStats(
            streams=len(streams),
            decoders=sum(1 for each in streams if each.alive),
            forked=host.forked if host is not None else 0,
            held_bytes=sum(each.held_bytes for each in streams),
            unanswered=sum(each.pending.frames for each in streams),
            decoder_ends=dict(self._ends),
            ends={name: ends for part in self._parts() for name, ends in part.ends.items()},
            workers={name: each.stats for name, each in self._workers() if each.ready},
            down=frozenset(self._absent()),
            spares=frozenset(name for name, each in self._workers() if each.spare.loaded),
            decoder_cpu_s=self._cpu_s,
        )

    def pids(self) -> dict[str, int | None]:
        """Return the process ids of the zygote and the workers."""
        return {part.child.name: part.child.pid for part in self._parts()}

    def decoder_pid(self, handle: int) -> int | None:
        """Return the process id of a stream's decoder, None while there is none."""
        decoding = self._streams.get(handle)
        if decoding is None or self._host is None:
            return None
        return self._host.pid(decoding.numbers.life)

    # -- the workshop of a stream ------------------------------------------------------------------

    def spawn(self, handle: int) -> socket.socket | None:
        """Fork a decoder; None where that cannot be now."""
        return None if self._host is None else self._host.spawn(handle)

    def kill(self, handle: int, why: str) -> None:
        """End a decoder: at once for its faults, else if it does not go by itself."""
        if self._host is None:
            return
        if why == "killed":
            self._host.kill(handle, why)
        else:
            self._loop.call_later(_LEAVE_S, self._host.kill, handle, why or "over")

    def doors(self) -> tuple[str, str]:
        """Return where the workers listen."""
        vision, speech = self._vision, self._speech
        return (
            vision.path if vision is not None else "",
            speech.path if speech is not None else "",
        )

    def over(self, decoding: Decoding) -> None:
        """Forget a stream."""
        self._streams.pop(decoding.handle, None)

    def now(self) -> float:
        """Return the loop's time."""
        return self._loop.time()

    # -- what happens ------------------------------------------------------------------------------

    def _parts(self) -> Iterable[Host | _Worker]:
        return [part for part in (self._host, self._vision, self._speech) if part is not None]

    def _workers(self) -> Iterable[tuple[str, _Worker]]:
        parts = (("vision", self._vision), ("speech", self._speech))
        return [(name, part) for name, part in parts if part is not None]

    def _look(self) -> None:
        self._timer = self._loop.call_later(_LOOK_S, self._look)
        now = self._loop.time()
        for decoding in self._streams.values():
            # Each by itself: what one stream's sink raises must not leave others unwatched.
            self._loop.call_soon(decoding.look, now)
        self._aligning.overdue(now)
        workers = [worker for _, worker in self._workers()]
        if self._streams and not any(worker.spare.loading for worker in workers):
            # One after the other: streams need the processor.
            next((worker for worker in workers if worker.look(now)), None)

    def _awake(self) -> None:
        for decoding in list(self._streams.values()):
            decoding.awake()

    def _down(self, unit: str) -> None:
        if unit == "speech":
            self._aligning.give_up()
        for decoding in list(self._streams.values()):
            decoding.down(unit)

    def _told(self, told: Told) -> None:
        if isinstance(told, Aligned):
            self._aligning.answer(told)
            return
        decoding = self._streams.get(stream_of(told.handle))
        if decoding is not None:
            pass_on(told, decoding.numbers, decoding.pending, decoding.sink)

    def _decoder_gone(self, gone: Gone, why: str) -> None:
        self._cpu_s += gone.cpu_s
        if why:
            self._ends["killed"] += why == "killed"
        elif not gone.pid:
            self._ends["unforked"] += 1
        elif gone.status:
            self._ends["signal" if gone.status < 0 else "status"] += 1


def _private_folder(where: str) -> str:
    """Make a folder only we can look into, with a path that leaves room for a socket's name."""
    place = where or tempfile.gettempdir()
    if len(os.fsencode(place)) > _PATH_BYTES - 40 and not where:
        place = "/tmp"
    try:
        folder = tempfile.mkdtemp(prefix="seawall-", dir=place)  # 0700
    except OSError as error:
        raise ConfigError(f"{place}: no folder for sockets: {error.strerror}") from error
    if len(os.fsencode(folder)) + len("/vision") > _PATH_BYTES:
        shutil.rmtree(folder, ignore_errors=True)
        raise ConfigError(f"{place}: too long a path for sockets")
    return folder
