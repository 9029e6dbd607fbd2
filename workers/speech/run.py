"""The process that listens: speech of all streams becomes text, until its gateway's socket ends.

    python -P -m workers.speech.run --fd 7 --parent 4242 --listen PATH --memory-mb 1024 [--standby]

1. The first frame of the gateway says what to be (`SpeechOptions`); then it may ask to align.
2. This thread reads, looks for voices and decides who is next; the others (`crew`) only hear.
3. It dies with its gateway, even when that is killed, and ignores the signals that mean "drain".
4. What fails hurts one stream or one utterance. Only a thread that never returns ends us all, and
   more memory than we may take: that is looked at every second, since networks reserve GB that they
   never touch.
5. With `--standby` it loads everything and waits to be told `Serve`: no door, no thread that hears
   till then.
"""

from __future__ import annotations

import argparse
import selectors
import socket
import sys
import time
from collections.abc import Sequence

import msgspec

from seawall.errors import SeawallError
from workers.door import listen, same_user
from workers.life import die_with, last_words, limit, rss_mb, say
from workers.speech.crew import Crew, Done
from workers.speech.desk import Desk
from workers.speech.doors import Decoder, Gateway
from workers.speech.models import Models, load_models
from workers.speech.options import SpeechOptions
from workers.streams.beginning import Beginning
from workers.streams.reports import Align, FromSpeech, Loaded, Ready, Stats
from workers.streams.units import Attach, Sound

__all__ = ["EXIT_FAULT", "EXIT_MODEL", "Listening", "main"]

EXIT_MODEL, EXIT_FAULT = 2, 3
_TICK_S = 0.05
_STATS_S = 1.0
_SILENT_S = 5.0
_STUCK_S = 60.0
_RESERVED_MB = 4096
"""What the networks' libraries map and never touch, two GB as measured, and as much again."""

_OPTIONS = msgspec.msgpack.Decoder(SpeechOptions).decode
_ALIGN = msgspec.msgpack.Decoder(Align).decode


class Listening:
    """All that the main thread does."""

    def __init__(
        self,
        gateway: Gateway,
        door: socket.socket,
        models: Models,
        options: SpeechOptions,
        memory_mb: int = 0,
    ) -> None:
        now = time.monotonic()
        self._gateway = gateway
        self._door = door
        self._options = options
        self._memory_mb = memory_mb
        self._rss_mb = 0.0
        self._weak = models.weak
        small, catalogue = models.small is not None, models.catalogue
        self._desk = Desk(options, models.vad, now, small=small, catalogue=catalogue)
        self._crew = Crew(models, options.threads)
        self._decoders: dict[int, Decoder] = {}
        self._handles: dict[int, Decoder] = {}
        self._resting: set[Decoder] = set()
        self._poll = selectors.DefaultSelector()
        for each in (gateway, door, self._crew):
            self._poll.register(each, selectors.EVENT_READ, each)
        self._lies = 0
        self._waits = False
        self._ticked = self._told = now

    def run(self) -> int:
        """Listen until the gateway is gone; return the exit status."""
        while True:
            for key, _ in self._poll.select(_TICK_S):
                if not self._ready(key.data):
                    return 0
            now = time.monotonic()
            if now - self._ticked >= _TICK_S:
                self._tick(now)
            if why := self._unfit(now):
                say("speech", why)
                return EXIT_FAULT
            while self._crew.idle and (job := self._desk.take(now)) is not None:
                self._crew.give(job, now)
            if not self._say():
                return 0

    def _ready(self, which: Gateway | socket.socket | Crew | Decoder) -> bool:
        """Do what a descriptor is ready for; False when the gateway is gone."""
        match which:
            case Gateway():
                return self._asked()
            case Crew():
                for done in which.through():
                    self._through(done)
            case Decoder():
                self._heard(which)
            case _:
                self._accept()
        return True

    def _asked(self) -> bool:
        frames = self._gateway.read()
        for body in frames or ():
            asked = _ALIGN(body)
            self._desk.align(asked.handle, asked.n, time.monotonic())
        return frames is not None

    def _through(self, done: Done) -> None:
        now = time.monotonic()
        if done.failed:
            say("speech", f"a pass failed: {done.failed}")
            self._desk.failed(done.job, now)
        elif isinstance(done.job, tuple):
            self._desk.done(done.job, done.texts, now)
        else:
            self._desk.aligned(done.job, done.words)

    def _accept(self) -> None:
        try:
            sock, _ = self._door.accept()
        except OSError:  # it hung up before we came, or no descriptor is left
            return
        if len(self._decoders) >= self._options.streams or not same_user(sock):
            sock.close()
            return
        decoder = Decoder(sock, time.monotonic(), self._attached, self._sounded)
        self._decoders[sock.fileno()] = decoder
        self._poll.register(decoder, selectors.EVENT_READ, decoder)

    def _attached(self, said: Attach) -> None:
        self._desk.attach(said.handle, said.hearing, time.monotonic())

    def _sounded(self, handle: int, sound: Sound) -> None:
        self._desk.sound(handle, sound, time.monotonic())

    def _heard(self, decoder: Decoder) -> None:
        try:
            lives = decoder.read()
        except (ValueError, msgspec.MsgspecError):
            self._lies += 1
            lives = False
        handle = decoder.handle
        if handle is not None and self._handles.get(handle) is not decoder:
            before = self._handles.get(handle)
            self._handles[handle] = decoder
            if before is not None:  # its successor has come: the stream is that one's
                self._hang_up(before)
        if not lives:
            self._hang_up(decoder)
        elif handle is not None and self._desk.crowded(handle):
            self._poll.unregister(decoder)
            self._resting.add(decoder)

    def _hang_up(self, decoder: Decoder) -> None:
        if self._decoders.pop(decoder.fileno(), None) is None:
            return
        if decoder in self._resting:
            self._resting.discard(decoder)
        else:
            self._poll.unregister(decoder)
        decoder.close()
        if decoder.handle is not None and self._handles.get(decoder.handle) is decoder:
            del self._handles[decoder.handle]
            self._desk.detach(decoder.handle, time.monotonic())

    def _tick(self, now: float) -> None:
        self._ticked = now
        self._desk.tick(now)
        for decoder in [each for each in self._resting if not self._is_crowded(each)]:
            self._resting.discard(decoder)
            self._poll.register(decoder, selectors.EVENT_READ, decoder)
        for decoder in list(self._decoders.values()):
            if decoder.handle is None and now - decoder.since > _SILENT_S:
                self._hang_up(decoder)
        if now - self._told >= _STATS_S:
            self._told = now
            self._gateway.say(self._stats(now))

    def _is_crowded(self, decoder: Decoder) -> bool:
        return decoder.handle is not None and self._desk.crowded(decoder.handle)

    def _say(self) -> bool:
        for each in self._desk.out:
            self._gateway.say(each)
        self._desk.out.clear()
        alive = self._gateway.write()
        if self._waits != self._gateway.waits:
            self._waits = self._gateway.waits
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._waits else 0)
            self._poll.modify(self._gateway, events, self._gateway)
        return alive

    def _unfit(self, now: float) -> str:
        """Say why this process must be replaced, "" for no reason."""
        if self._crew.longest_s(now) > _STUCK_S:
            return f"a thread did not return within {_STUCK_S:g} s"
        if 0 < self._memory_mb < self._rss_mb:
            return f"takes {self._rss_mb:.0f} MB, it may take {self._memory_mb}"
        return ""

    def _stats(self, now: float) -> Stats:
        desk = self._desk
        depth = {
            "passes": len(desk.queue),
            "final": desk.queue.finals(),
            "streams": len(desk.streams),
            "connections": len(self._decoders),
            "resting": len(self._resting),
        }
        done = {**desk.done_counts, "replaced": desk.queue.replaced}
        lost = {**desk.lost, "lies": self._lies}
        hop_s = desk.widening.hop_s(1.5)
        lag_s = round(desk.queue.oldest_s(now), 3)
        busy_s = round(self._crew.busy_s, 3)
        self._rss_mb = rss_mb()
        return Stats(depth, done, lost, busy_s, self._rss_mb, max(lag_s, 0.0), hop_s, self._weak)


def _serve(sock: socket.socket, path: str, memory_mb: int, standby: bool) -> int:
    gateway, beginning = Gateway(sock), Beginning(sock)
    try:
        told = beginning.options()
        if told is None:
            return 0
        options = _OPTIONS(told)
        models = load_models(options, in_turn=standby)
        if standby and not (_tell(gateway, Loaded()) and beginning.called()):
            return 0
        door = listen(path)
    except (SeawallError, msgspec.MsgspecError, OSError, MemoryError) as error:
        _tell(gateway, Ready(problem=f"{error}"[:4000] or type(error).__name__))
        return EXIT_MODEL
    if not _tell(gateway, Ready(models.versions, models.device)):
        return 0
    for what, why in models.weak.items():
        say("speech", f"{what}: {why}")
    return Listening(gateway, door, models, options, memory_mb).run()


def _tell(gateway: Gateway, what: FromSpeech) -> bool:
    gateway.say(what)
    return gateway.write()


def main(arguments: Sequence[str]) -> int:
    """Be the process."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--listen", required=True)
    parser.add_argument("--memory-mb", type=int, default=0)
    parser.add_argument("--standby", action="store_true")
    options = parser.parse_args(arguments)
    die_with(options.parent)
    limit((options.memory_mb + _RESERVED_MB) << 20 if options.memory_mb else 0)
    sys.excepthook = last_words("speech")
    sock = socket.socket(fileno=options.fd)
    return _serve(sock, options.listen, options.memory_mb, options.standby)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
