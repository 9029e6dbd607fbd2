"""How soon a stream that is cut is dark: with a server that obeys at once, and nobody to veto.

    seawall bench time-to-dark [--cuts 20] [--every 2] [--json]

Streams of 720p30 show a QR code after some seconds; a rule cuts for it at once. Time counts from
the capture of the frame that was sampled to the last byte, as the stream's server knows them; the
gateway's own figures (`/v1/streams`, `seawall_time_to_dark_seconds`) must say the same. Exits 1
when p95 is over 2 s, or when they do not.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec

from bench.live.clips import drawn, looped
from bench.live.figures import Lags, dark, lags, percentile
from bench.live.gateway import Gateway, policy_with
from bench.live.sender import Work
from bench.live.stage import CUT_RULE

__all__ = ["Figures", "main"]

_BAR_S = 2.0
_SAME_S = 0.1
_CODE_S, _LONG_S = 4.0, 20.0
_SLIP_MS = 50.0
_SEEN_S = 3.0


class Figures(msgspec.Struct):
    """What came of it. `apart_s`: the most by which the gateway's figure differs from ours."""

    cuts: int
    dark: Lags
    found: Lags
    """From the frame's capture to the command's arrival at the server."""
    apart_s: float
    histogram: tuple[float, float]
    """The metric's count and mean."""
    slip_p99_ms: float

    @property
    def kept(self) -> bool:
        """Whether the bar is, and the gateway's figures are ours."""
        agreed = self.apart_s <= _SAME_S and self.histogram[0] == self.cuts
        return self.dark.p95_s <= _BAR_S and agreed and self.slip_p99_ms <= _SLIP_MS


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="seawall bench time-to-dark", description=__doc__)
    parser.add_argument("--cuts", type=int, default=20)
    parser.add_argument("--every", type=float, default=2.0, help="seconds between (%(default)g)")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="seawall-bench-") as name:
        figures = measured(Path(name), given.cuts, given.every)
    if given.json:
        print(msgspec.json.encode(figures).decode())
    else:
        dark, found = figures.dark, figures.found
        print(
            f"{figures.cuts} of {given.cuts} cut; frame to last byte p50 {dark.p50_s:.2f}"
            f" p95 {dark.p95_s:.2f} most {dark.most_s:.2f} s (bar {_BAR_S:g} s);"
            f" frame to command p50 {found.p50_s:.2f} p95 {found.p95_s:.2f} s\n"
            f"the gateway says the same to {1000 * figures.apart_s:.0f} ms; its metric counts"
            f" {figures.histogram[0]:.0f}, mean {figures.histogram[1]:.2f} s;"
            f" slip p99 {figures.slip_p99_ms:.0f} ms{'' if figures.kept else '  MISSED'}"
        )
    return 0 if figures.kept and figures.cuts == given.cuts else 1


def measured(folder: Path, cuts: int, every_s: float) -> Figures:
    """Have so many streams cut, one begun every so often."""
    clip = drawn(_LONG_S, code_from=_CODE_S)
    file = folder / "scam.slices"
    file.write_bytes(msgspec.msgpack.encode(list(looped(clip, _LONG_S))))
    works = [Work(f"s{n}", str(file), "mp4", n * every_s, _LONG_S) for n in range(cuts)]
    settings = {"media": "true"}
    with Gateway(folder, policy_with(folder, "fast", CUT_RULE), settings) as gateway:
        told = gateway.send(works).told(cuts * every_s + 4 * _LONG_S)
        time.sleep(_SEEN_S)
        metrics = gateway.metrics()
        shown: dict[str, Any] = {
            each["stream"]: each for each in gateway.ask("/v1/streams")["cuts"]
        }
    count = metrics.get("seawall_time_to_dark_seconds_count", 0.0)
    total = metrics.get("seawall_time_to_dark_seconds_sum", 0.0)
    ours = {part.stream: dark(part) for part in told.parts}
    cut = {stream: each for stream, each in ours.items() if each is not None}
    apart = [
        abs(dark_s - (shown.get(stream, {}).get("dark_s") or float("inf")))
        for stream, (dark_s, _) in cut.items()
    ]
    slips = [slip for part in told.parts for slip in part.slips_ms]
    return Figures(
        len(cut),
        lags([dark_s for dark_s, _ in cut.values()]),
        lags([found_s for _, found_s in cut.values()]),
        max(apart, default=float("inf")),
        (count, total / count if count else 0.0),
        percentile(slips, 0.99),
    )


if __name__ == "__main__":
    raise SystemExit(main())
