"""Spoiled media through real decoders: each ends in words or by a signal, and the zygote lives on.

The files under SEAWALL_DATA (default `../shared/data`) are spoiled, too, where they are present. A
decoder that a codec's fault ends is counted and printed: the process is there for that.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

import msgspec
import pytest

from bench.decoders import Decoders, Played
from tests.media.clips import FRAGMENTS, Made, jpegs, made
from workers.streams.orders import Gone
from workers.streams.units import Bytes, Chosen, Ended, Failed, Finish, Pace, Sampling
from workers.units import frame

AT_ONCE = 8
DEADLINE_S = 60.0
MOST_FILE_BYTES = 300_000
SAMPLING = Sampling(max_gap_s=1.0, min_gap_s=0.0)
KINDS = {
    "fmp4": Made("mp4", "libx264", "aac", 1.0, options=FRAGMENTS),
    "mp4": Made("mp4", "libx265", "aac", 1.0, options=(("movflags", "faststart"),)),
    "webm": Made("webm", "libvpx", "libopus", 1.0),
    "mkv": Made("matroska", "libvpx-vp9", "libopus", 1.0),
    "matroska": Made("webm", "libsvtav1", "libopus", 0.6),
    "mpegts": Made("mpegts", "libx264", "aac", 1.0, bframes=2),
    "ts": Made("mpegts", "libx265", "aac", 1.0),
    "flv": Made("flv", "libx264", "aac", 1.0),
    "ogg": Made("ogg", "", "libopus", 1.0),
    "adts": Made("adts", "", "aac", 1.0),
    "mp3": Made("mp3", "", "libmp3lame", 1.0),
    "flac": Made("flac", "", "flac", 1.0),
    "wav": Made("wav", "", "pcm_s16le", 1.0),
    "avi": Made("avi", "mpeg4", "libmp3lame", 1.0),
    "h264": Made("h264", "libx264", seconds=1.0),
}


def whole() -> list[tuple[str, bytes]]:
    """Return what is spoiled: a container's name, and its bytes."""
    clips = [(name, made(what)) for name, what in KINDS.items()]
    return [*clips, ("mjpeg", jpegs(6))]


def files(most: int = 20) -> list[tuple[str, bytes]]:
    folder = Path(os.environ.get("SEAWALL_DATA", "../shared/data")) / "media"
    small = [
        path for path in sorted(folder.glob("*.*"))
        if path.suffix != ".jsonl" and path.stat().st_size <= MOST_FILE_BYTES
    ]  # fmt: skip
    step = max(1, len(small) // most)
    return [("auto", path.read_bytes()) for path in small[::step][:most]]


def spoiled(data: bytes, other: bytes, rng: Random) -> bytes:
    """Return bytes with a few things done to them."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        if len(out) < 64:
            break
        at = rng.randrange(len(out))
        length = rng.choice((1, 4, 64, 188, 1024, max(1, len(out) // 4)))
        match rng.choice(("flip", "flip", "number", "cut", "again", "splice", "end", "blank")):
            case "flip":
                for _ in range(rng.choice((1, 8, 64))):
                    out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
            case "number":
                lie = rng.choice((b"\0" * 4, b"\xff" * 4, b"\x7f\xff\xff\xff", b"\0\0\0\1"))
                out[at : at + 4] = lie
            case "cut":
                del out[at : at + length]
            case "again":
                out[at:at] = out[at : at + length]
            case "splice":
                from_ = rng.randrange(len(other))
                out[at : at + length] = other[from_ : from_ + length]
            case "end":
                del out[max(64, at) :]
            case _:
                out[at : at + length] = bytes([rng.choice((0, 0x47, 0xFF))]) * length
    return bytes(out[: 4 * len(data) + 4096])


def runs(count: int, seed: int, seeds: list[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    """Give so many spoiled streams, the same ones for the same seed."""
    for n in range(count):
        rng = Random(seed * 1_000_003 + n)
        name, data = seeds[n % len(seeds)]
        yield (
            rng.choice((name, name, "auto", rng.choice(seeds)[0])),
            spoiled(data, rng.choice(seeds)[1], rng),
        )


class Run(threading.Thread):
    """One stream through one decoder."""

    def __init__(self, decoders: Decoders, container: str, data: bytes, rng: Random) -> None:
        super().__init__(daemon=True)
        self.handle, self._sock = decoders.spawn()
        self._sock.settimeout(DEADLINE_S)
        self.played = Played()
        self.what = f"{container}, {len(data)} bytes"
        size = rng.choice((700, 4096, 65_536))
        pieces = [data[at : at + size] for at in range(0, len(data), size)]
        self._said: list[object] = [
            Bytes(n + 1, 1000.0 + n / 10, piece, gap=n > 0 and rng.random() < 0.02)
            for n, piece in enumerate(pieces)
        ]
        if rng.random() < 0.2:
            self._said.insert(rng.randrange(len(self._said) + 1), Pace(True))
        self._first = decoders.start(self.handle, container, SAMPLING)

    def run(self) -> None:
        feeder = threading.Thread(target=self._feed, daemon=True)
        feeder.start()
        with self._sock:
            self.played.listen(self._sock, time.monotonic() + DEADLINE_S)
            feeder.join(DEADLINE_S)

    def _feed(self) -> None:
        try:
            self._sock.sendall(self._first)
            for each in (*self._said, Finish()):
                self._sock.sendall(frame(msgspec.msgpack.encode(each)))
        except OSError:
            return  # the decoder ended first, which `Gone` tells


def fuzz(decoders: Decoders, streams: Iterator[tuple[str, bytes]], seed: int) -> Counter[str]:
    """Play all streams, a few at a time; count how their decoders ended."""
    ends: Counter[str] = Counter()
    rng = Random(seed)
    while batch := list(islice(streams, AT_ONCE)):
        playing = [Run(decoders, name, data, rng) for name, data in batch]
        for run in playing:
            run.start()
        gone: dict[int, Gone] = {}
        while len(gone) < len(playing):
            said = decoders.heard()
            if isinstance(said, Gone):
                gone[said.handle] = said
        for run in playing:
            run.join(DEADLINE_S)
            assert not run.is_alive(), f"{run.what}: the decoder does not end"
            ends[judged(run, gone[run.handle])] += 1
        decoders.ear.sounds.clear()
        decoders.eye.shown.clear()
    return ends


def judged(run: Run, gone: Gone) -> str:
    if gone.status < 0:
        return signal.Signals(-gone.status).name
    assert gone.status == 0, f"{run.what}: our own code failed"
    (last,) = [each for each in run.played.said if isinstance(each, Ended | Failed)]
    return type(last).__name__.lower()


@pytest.mark.fault
@pytest.mark.parametrize(
    ("count", "seed"),
    [
        pytest.param(60, 1, marks=pytest.mark.timeout(120)),
        pytest.param(2000, 2, marks=[pytest.mark.soak, pytest.mark.timeout(3600)]),
    ],
)
def test_spoiled_media_ends_in_words_and_never_ends_the_zygote(count: int, seed: int) -> None:
    seeds = whole() if count < 100 else whole() + files()
    with Decoders(step_cpu_s=2.0) as decoders:
        ends = fuzz(decoders, runs(count, seed, seeds), seed)
        print(f"\n{count} spoiled streams: {dict(ends)}")
        assert ends.total() == count
        assert ends["ended"] > count / 4
        assert decoders.process.poll() is None
        pieces = [Bytes(1, 1000.0, made(KINDS["mpegts"]))]
        assert decoders.play(pieces, "mpegts").of(Chosen)
        assert len(list(Path(f"/proc/{decoders.process.pid}/task").iterdir())) == 1
