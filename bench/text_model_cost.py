"""What the text classifier costs: microseconds of CPU a message, by batch size.

Run `python -m bench.text_model_cost`. Lines are read from the folder in SEAWALL_DATA (default
`../shared/data`); without it from a few sentences that stand here. Exits 1 when a message at a
batch of 64 costs more than `--limit` (100 µs).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import process_time
from typing import Final

from detectors.models.features import extract, read
from detectors.models.linear import Linear
from detectors.models.unit import Unit

__all__ = ["main"]

_BATCHES: Final = (1, 16, 64, 256)
_MEASURED: Final = 64
_REPEATS: Final = 3
_SETS: Final = ("replay/twitch_live_2023", "replay/ubuntu_irc", "text/vi_hate", "text/cold_zh")
_SPOKEN: Final = (
    "gg that was a great round",
    "can somebody tell me which microphone she uses, the sound is so clear tonight",
    "bạn ơi hôm nay chơi game gì vậy, mình mới vào xem lần đầu",
    "привет всем, кто знает когда начнётся следующая серия?",
    "今天的直播太好看了,主播唱歌真好听",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a table; 0, or 1 when the limit is broken."""
    parser = argparse.ArgumentParser(prog="seawall bench text-model-cost", description=__doc__)
    parser.add_argument("--limit", type=float, default=100.0, help="µs a message at batch 64")
    parser.add_argument("--lines", type=int, default=1500, help="messages of each set")
    options = parser.parse_args(arguments)
    limit = float(options.limit)
    model = Linear()
    print(f"weights {model.version}{' (the fold has changed since)' if model.stale else ''}")
    print("µs of CPU a message" + "".join(f"{f'batch {size}':>12}" for size in _BATCHES))
    worst = 0.0
    for name, texts in _texts(options.lines):
        print(f"{name}: {sum(map(len, texts)) / len(texts):.0f} characters a message")
        for title, step in _steps(model):
            costs = [_cost(step, texts, size) for size in _BATCHES]
            print(f"  {title:<17}" + "".join(f"{cost:>12.1f}" for cost in costs))
        worst = max(worst, costs[_BATCHES.index(_MEASURED)])
    print(f"dearest at batch {_MEASURED}: {worst:.1f} µs; limit {limit:g}")
    return int(worst > limit)


def _steps(model: Linear) -> list[tuple[str, Callable[[Sequence[str]], object]]]:
    """Name the stages; each holds the one before, the last is everything."""
    return [
        ("fold and read", lambda texts: [read(text) for text in texts]),
        ("… and features", extract),
        ("… and judge", lambda texts: model.judge([Unit(0, text) for text in texts])),
    ]


def _cost(step: Callable[[Sequence[str]], object], texts: Sequence[str], size: int) -> float:
    batches = [texts[at : at + size] for at in range(0, len(texts), size)]
    best = float("inf")
    for _ in range(_REPEATS):
        began = process_time()
        for batch in batches:
            step(batch)
        best = min(best, process_time() - began)
    return best / len(texts) * 1e6


def _texts(most: int) -> list[tuple[str, list[str]]]:
    data = Path(os.environ.get("SEAWALL_DATA", "../shared/data"))
    found = []
    for name in _SETS:
        path = data / f"{name}.jsonl"
        if path.is_file():
            with path.open(encoding="utf-8") as lines:
                found.append((name, [json.loads(line)["text"] for line in lines][:most]))
    if not found:
        print(f"no data at {data} (set SEAWALL_DATA); a few sentences instead")
        found.append(("sentences", (list(_SPOKEN) * most)[:most]))
    return found


if __name__ == "__main__":
    sys.exit(main())
