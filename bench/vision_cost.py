"""What seeing costs: each detector a frame, the handoff, and a worker under twenty streams.

Run `python -m bench.vision_cost`. Frames are drawn by this script (720p: shapes, a code, a few
lines of text on some). Costs are CPU time, so another load on the machine spoils little; waits are
wall time and do not. Exits 1 when the 95th percentile from showing a frame to its answer (text
apart) is above `--limit` ms, or an idle worker needs more than 1 ms at the median to begin.

`--cuda` asks for the GPU and adds the throughput of the image models by batch, beside a bare loop
over ONNX Runtime with the same network.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Final, NamedTuple

import cv2
import numpy as np

from bench.vision_streams import WITHIN_S, Figures, Stage, percentile
from detectors.models import registry
from detectors.models.device import for_onnx
from detectors.networks import BUCKETS, Network
from detectors.pictures import Picture, PictureDetector
from detectors.vision.nudity import Nudity
from detectors.vision.safety import Safety
from workers.vision.build import build
from workers.vision.options import HashFile, VisionOptions
from workers.vision.queue import FrameQueue
from workers.vision.shedding import Shedding

__all__ = ["frames", "main", "reckoned"]

_IDLE_LIMIT_MS: Final = 1.0
_LEAST_RATIO: Final = 0.85
_REPEATS: Final = 5
_GRID: Final = (18, 32)
_TEXTS: Final = ("OFFICIAL GIVEAWAY", "send 1 ETH, get 2 back", "claim now")


class _Reckoned(NamedTuple):
    """A frame that is only thought of."""

    handle: int
    until: float
    came: float
    every_s: float = 0.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Print tables; 0, or 1 when a limit is broken."""
    parser = argparse.ArgumentParser(prog="seawall bench vision-cost", description=__doc__)
    parser.add_argument("--limit", type=float, default=500.0, help="ms to the verdict, p95")
    parser.add_argument("--streams", type=int, default=20)
    parser.add_argument("--fps", type=float, default=0.5, help="frames a second of each stream")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--cuda", action="store_true", help="the GPU's figures instead")
    options = parser.parse_args(arguments)
    cv2.setNumThreads(0)
    if options.cuda:
        return _throughput()
    pictures = frames(8)
    with TemporaryDirectory() as name:
        folder = Path(name)
        hashes = (HashFile("bench", _hash_file(folder, 10_000)),)
        light_ms, heavy_ms = _costs(pictures, VisionOptions(device="cpu", hashes=hashes))
        load = (options.streams, options.fps, options.seconds)
        alone = reckoned(light_ms, heavy_ms, options.streams, options.fps, 600.0)
        print(
            f"reckoned from these costs, on a core of its own, {options.streams} streams at "
            f"{options.fps:g}: to the verdict ms p50 {percentile(alone.verdict_ms, 50):.0f} "
            f"p95 {percentile(alone.verdict_ms, 95):.0f}; partly {alone.partly} of {alone.shown}"
        )
        idle = _idle(folder, pictures)
        looks = VisionOptions(detectors=("pdq", "codes", "nudity", "safety"), hashes=hashes)
        p95 = _under("all but ocr", folder, pictures, looks, *load)
        reads = VisionOptions(hashes=hashes)
        worst = max(p95, _under("and ocr", folder, pictures, reads, *load))
    print(
        f"to the verdict p95 {worst:.0f} ms, limit {options.limit:g}; "
        f"idle, shown to answered p50 {idle:.2f} ms, limit {_IDLE_LIMIT_MS:g}"
    )
    return int(worst > options.limit or idle > _IDLE_LIMIT_MS)


def frames(count: int) -> list[Picture]:
    """Draw some 720p frames; every second one carries text."""
    random = np.random.default_rng(5)
    drawn = []
    for number in range(count):
        coarse = random.integers(0, 256, (*_GRID, 3), np.uint8)
        smooth = cv2.resize(coarse, (1280, 720), interpolation=cv2.INTER_CUBIC)
        picture = np.asarray(
            cv2.add(smooth, random.integers(0, 12, smooth.shape, np.uint8)), np.uint8
        )
        if number % 2:
            cv2.rectangle(picture, (80, 420), (900, 660), (20, 20, 30), -1)
            for row, text in enumerate(_TEXTS):
                place = (100, 490 + row * 70)
                cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, 1.3, (250, 250, 250), 3)
        drawn.append(picture)
    return drawn


def _costs(pictures: Sequence[Picture], options: VisionOptions) -> tuple[float, float]:
    """Print what each detector costs by itself; return what the light and the heavy ones do, ms."""
    built = build(options)
    print("CPU ms a 720p frame")
    costs = {each.name: _cost(each, pictures) for each in (*built.light, *built.heavy)}
    for name, cost in costs.items():
        print(f"  {name:<18}{cost:8.2f}")
    light = sum(costs[each.name] for each in built.light)
    print(f"  {'all of these':<18}{sum(costs.values()):8.2f}")
    if built.text is not None:
        print(f"  {'ocr, no text':<18}{_cost(built.text, pictures[::2]):8.2f}")
        print(f"  {'ocr, three lines':<18}{_cost(built.text, pictures[1::2]):8.2f}")
    return light, sum(costs.values()) - light


def _cost(detector: PictureDetector, pictures: Sequence[Picture]) -> float:
    best = float("inf")
    for _ in range(_REPEATS):
        began = process_time()
        for picture in pictures:
            detector.look([picture])
        best = min(best, process_time() - began)
    return best / len(pictures) * 1000


def reckoned(light_ms: float, heavy_ms: float, streams: int, fps: float, seconds: float) -> Figures:
    """Run the worker's own queue and shedding in thought, each frame costing what was measured.

    On a machine that does other things, too, waiting says more of them than of us; this does not.
    """
    random = np.random.default_rng(3)
    offsets = random.uniform(0.0, 1 / fps, streams)
    come = sorted(
        (float(offset) + number / fps, handle)
        for handle, offset in enumerate(offsets)
        for number in range(int(seconds * fps))
    )
    queue: FrameQueue[_Reckoned] = FrameQueue()
    shedding = Shedding(light_ms / 1000, heavy_ms / 1000)
    figures, now, following = Figures(shown=len(come), verdict_ms=[], lost={}), 0.0, 0
    while following < len(come) or len(queue):
        while following < len(come) and (come[following][0] <= now or not len(queue)):
            at, handle = come[following]
            now, following = max(now, at), following + 1
            queue.put(_Reckoned(handle, at + WITHIN_S, at))
        queue.late(now)
        for frame in queue.take(1):
            [looks] = shedding.heavy([frame], now, len(queue))
            now += (light_ms + heavy_ms * looks) / 1000
            figures.partly += not looks
            figures.verdict_ms.append((now - frame.came) * 1000)
    return figures


def _idle(folder: Path, pictures: Sequence[Picture]) -> float:
    """Return the median of showing a frame to an answer with nothing looked for, in ms.

    That is more than from showing it to the start: it holds the copy and the way back, too.
    """
    with Stage(folder, VisionOptions(detectors=(), device="cpu"), 1) as stage:
        figures = stage.run(pictures, 20.0, 5.0)
    print(
        f"idle: shown to answered p50 {percentile(figures.verdict_ms, 50):.2f} ms "
        f"p95 {percentile(figures.verdict_ms, 95):.2f}; "
        f"of that waiting in the worker p50 {percentile(figures.queue_ms, 50):.2f}"
    )
    return percentile(figures.verdict_ms, 50)


def _under(
    title: str,
    folder: Path,
    pictures: Sequence[Picture],
    options: VisionOptions,
    streams: int,
    fps: float,
    seconds: float,
) -> float:
    """Print what a worker does under a load; return the p95 to the verdict in ms."""
    with Stage(folder, options, streams) as stage:
        figures = stage.run(pictures, fps, seconds)
    verdict, text = figures.verdict_ms, figures.text_ms
    print(f"{title}: {streams} streams at {fps:g} frames a second, {figures.shown} frames")
    print(
        f"  shown to verdict ms p50 {percentile(verdict, 50):.0f} p95 {percentile(verdict, 95):.0f}"
        f" p99 {percentile(verdict, 99):.0f}; partly {figures.partly}, no slot {figures.full}"
    )
    if text:
        print(
            f"  shown to text read ms p50 {percentile(text, 50):.0f} p95 {percentile(text, 95):.0f}"
        )
    a_frame = figures.cpu_s / max(1, figures.shown) * 1000
    a_core = streams / (figures.cpu_s / (figures.shown / (streams * fps)))
    print(
        f"  CPU {a_frame:.1f} ms a frame, {a_core:.1f} such streams a core; "
        f"RSS {figures.rss_mb:.0f} MB; lost {figures.lost or 'nothing'}"
    )
    return percentile(verdict, 95)


def _throughput() -> int:
    """Print frames a second of the image models by batch, beside a bare loop; 1 below 0.85x."""
    compute = for_onnx("cuda")
    pictures = frames(BUCKETS[-1])
    worst = float("inf")
    for detector, weights, shape in (
        (Nudity(compute), "opennsfw", (224, 224, 3)),
        (Safety(compute), "image-safety", (3, 224, 224)),
    ):
        [content] = registry.load(weights).values()
        bare = Network(weights, content, shape, compute)
        for size in BUCKETS:
            batch = np.zeros((size, *shape), np.float32)
            alone = size / _wall(partial(bare.run, batch))
            ours = size / _wall(partial(detector.look, pictures[:size]))
            worst = min(worst, ours / alone)
            print(f"{weights:<14} batch {size:>2}: {ours:8.0f} frames a second, "
                  f"bare {alone:8.0f}, ratio {ours / alone:.2f}")  # fmt: skip
    return int(worst < _LEAST_RATIO)


def _wall(what: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(_REPEATS * 4):
        began = perf_counter()
        what()
        best = min(best, perf_counter() - began)
    return best


def _hash_file(folder: Path, count: int) -> str:
    random = np.random.default_rng(1)
    path = folder / "known.txt"
    path.write_text("\n".join(random.bytes(32).hex() for _ in range(count)))
    return str(path)


if __name__ == "__main__":
    sys.exit(main())
