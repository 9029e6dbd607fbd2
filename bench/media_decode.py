"""What decoding and gating keyframes costs, beside the ffmpeg program on the same clip.

Run `seawall bench media-decode`. A 1080p H.264 clip is made once (20 s, a keyframe each two
seconds, two B-frames) of noise, or of a film (`--like`), and kept in the temporary folder. Printed,
in CPU seconds of whole pairs that were measured in turn:

- ours: demux, decode of the keyframes, the near-duplicate gate; against `-skip_frame nokey`;
- streams a core, from that (1080p30 in real time), also with the random frame between keyframes and
  with frames converted and handed over;
- the hand-over of a frame into shared memory, against a copy of as many bytes.

Exits 1 where a bar is missed: 1.15 times ffmpeg, 80 streams a core, 1.5 times the copy.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from statistics import median
from time import process_time
from typing import Final

import av
import cv2
import numpy as np

from media.alike import Gate
from media.choose import Chooser, Rates
from media.clock import Clock
from media.containers import wanted
from media.demux import open_next
from media.openings import Openings
from media.pictures import Painter
from media.source import Piece, Source
from media.watching import Look, Watcher
from workers.streams.mailbox import Mailbox

__all__ = ["decoded_s", "main"]

_SECONDS: Final = 20
_FPS: Final = 30
_GOP: Final = 60
_WIDE: Final = 1920
_HIGH: Final = 1080
_PIECE_BYTES: Final = 65_536
_BARS: Final = {"ffmpeg": 1.15, "streams": 80.0, "copy": 1.5}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the ratios; 0, or 1 where a bar is missed."""
    parser = argparse.ArgumentParser(prog="seawall bench media-decode", description=__doc__)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--mbit", type=float, default=6.0, help="megabits a second of the clip")
    parser.add_argument("--like", type=Path, metavar="FILE", help="show this film instead of noise")
    options = parser.parse_args(arguments)
    cv2.setNumThreads(0)
    av.logging.set_level(None)
    clip = _clip(options.mbit, options.like)
    data = clip.read_bytes()
    key_kb = _key_bytes(clip) / 1000
    rate = len(data) * 8 / _SECONDS / 1e6
    print(f"{clip.name}: {rate:.1f} Mbit/s, 1080p{_FPS}, GOP {_GOP}, keyframes of {key_kb:.0f} KB")
    pairs = [(decoded_s(data), _theirs(clip)) for _ in range(options.pairs)]
    ratio = median(ours / theirs for ours, theirs in pairs)
    ours, theirs = median(one for one, _ in pairs), median(two for _, two in pairs)
    print(f"keyframes decoded and gated: {ours:.3f} s, ffmpeg {theirs:.3f} s: {ratio:.2f}x")
    streams = _SECONDS / ours
    print(f"streams a core: {streams:.0f} (ffmpeg {_SECONDS / theirs:.0f})")
    for name, cost in (
        ("a random frame besides", median(decoded_s(data, random=True) for _ in range(3))),
        ("frames handed over", median(decoded_s(data, hand=True) for _ in range(3))),
        ("promoted, all decoded", decoded_s(data, promoted=True)),
    ):
        print(f"  {name}: {_SECONDS / cost:.0f} streams a core")
    copy = _copy(data)
    print(f"hand-over into shared memory: {copy:.2f}x a copy of the same bytes")
    missed = ratio > _BARS["ffmpeg"] or streams < _BARS["streams"] or copy > _BARS["copy"]
    print(f"bars {_BARS}: {'missed' if missed else 'kept'}")
    return int(missed)


def decoded_s(
    data: bytes, random: bool = False, hand: bool = False, promoted: bool = False
) -> float:
    """Return the CPU seconds of one stream from bytes to gated frames.

    `random`: also the frame between keyframes; `hand`: frames are converted and copied into shared
    memory; `promoted`: all frames are decoded. Raises RuntimeError where there is no picture.
    """
    began = process_time()
    box, painter = (Mailbox(1280 * 1280 * 3), Painter(1280)) if hand else (None, None)
    for look in _looks(data, random, promoted):
        if box is not None and painter is not None:
            painted = painter.paint(look.frame)
            painted.copy_to(box.rows(0, painted.width, painted.height))
    if box is not None:
        box.close()
    return process_time() - began


def _looks(data: bytes, random: bool, promoted: bool) -> list[Look]:
    pieces = iter(range(0, len(data), _PIECE_BYTES))

    def more() -> Piece | None:
        at = next(pieces, None)
        return None if at is None else Piece(at / 1e6, data[at : at + _PIECE_BYTES])

    asked = wanted("fmp4")
    opening = open_next(Source(Openings(asked), more), asked)
    if opening is None or opening.video is None:
        raise RuntimeError("the clip has no picture")
    chooser, clock, gate = Chooser(Rates(random=random), seed=1), Clock(), Gate(0.02, 10.0)
    chooser.promote(promoted)
    watcher = Watcher(opening.video.codec_context, chooser, 7680 * 4320)
    shown: list[Look] = []
    for unit in opening.units():
        for look in watcher.packet(
            unit.packet, clock.place(unit.track, unit.pts, unit.lasts, unit.seen)
        ):
            if gate.same(look.small, look.moment.pace) is None:
                gate.show(len(shown), look.small, look.moment.pace)
                shown.append(look)
    opening.close()
    return shown


def _key_bytes(clip: Path) -> float:
    """Return how large a keyframe is: what decoding one costs grows with that."""
    with av.open(str(clip), "r") as container:
        return median(packet.size for packet in container.demux(video=0) if packet.is_keyframe)


def _theirs(clip: Path) -> float:
    """Return the CPU seconds of the ffmpeg program."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        ["ffmpeg", "-v", "error", "-threads", "1", "-skip_frame", "nokey", "-i", str(clip),
         "-an", "-f", "null", "-"],
        check=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _copy(data: bytes, times: int = 60) -> float:
    """Return what the hand-over costs, as a multiple of copying as many bytes."""
    painted = Painter(1280).paint(_looks(data, random=False, promoted=False)[0].frame)
    box = Mailbox(1280 * 1280 * 3)
    rows = box.rows(0, painted.width, painted.height)
    plain, other = painted.array(), painted.array()
    ratios = []
    for _ in range(5):
        began = process_time()
        for _ in range(times):
            np.copyto(other, plain)
        between = process_time()
        for _ in range(times):
            painted.copy_to(rows)
        ratios.append((process_time() - between) / (between - began))
    box.close()
    return median(ratios)


def _clip(mbit: float, like: Path | None) -> Path:
    """Return the clip, made where it is not there yet."""
    shown = "noise" if like is None else like.stem
    path = Path(tempfile.gettempdir()) / f"seawall-bench-1080p30-{shown}-{mbit:g}mbit.mp4"
    if path.is_file():
        return path
    half = path.with_suffix(".part")
    options = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    with av.open(str(half), "w", format="mp4", options=options) as container:
        video = container.add_stream("libx264", rate=_FPS)
        video.width, video.height, video.pix_fmt = _WIDE, _HIGH, "yuv420p"
        video.bit_rate = int(mbit * 1e6)
        video.codec_context.gop_size, video.codec_context.max_b_frames = _GOP, 2
        video.codec_context.options = {"preset": "veryfast", "sc_threshold": "0"}
        for n, frame in enumerate(_noise() if like is None else _film(like)):
            frame.pts, frame.time_base = n, Fraction(1, _FPS)
            frame.pict_type = av.video.frame.PictureType.NONE
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    return half.rename(path)


def _noise() -> Iterator[av.VideoFrame]:
    """Yield a moving picture under a camera's noise: about the worst that encoders are given."""
    rng = np.random.default_rng(1)
    scene = cv2.resize(
        rng.integers(0, 255, (_HIGH // 16 + 40, _WIDE // 16 + 80), dtype=np.uint8),
        None, fx=16, fy=16, interpolation=cv2.INTER_CUBIC,
    )  # fmt: skip
    noise = [rng.integers(-3, 4, (_HIGH, _WIDE), dtype=np.int16) for _ in range(4)]
    for n in range(_SECONDS * _FPS):
        part = scene[n // 2 : n // 2 + _HIGH, n * 2 : n * 2 + _WIDE].astype(np.int16)
        gray = np.clip(part + noise[n % 4], 0, 255).astype(np.uint8)
        yield av.VideoFrame.from_ndarray(gray, "gray").reformat(format="yuv420p")


def _film(source: Path) -> Iterator[av.VideoFrame]:
    """Yield a film's frames in the clip's size, from the beginning again where it is too short."""
    shown = 0
    while shown < _SECONDS * _FPS:
        before = shown
        with av.open(str(source)) as film:
            for frame in film.decode(video=0):
                if shown == _SECONDS * _FPS:
                    return
                shown += 1
                yield frame.reformat(_WIDE, _HIGH, "yuv420p")
        if shown == before:
            raise RuntimeError(f"{source} shows nothing")


if __name__ == "__main__":
    sys.exit(main())
