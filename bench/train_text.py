"""Train the text classifier: `python -m bench.train_text` writes its weights and its card.

The data is read from the folder in SEAWALL_DATA (default `../shared/data`); nothing of it is part
of this project. The same data and the same program give the same bytes. It takes about four
minutes on two cores and needs the extra `train`. `--measure` prints the card and writes nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from bench.training.calibrate import Calibration, Floats
from bench.training.card import write_card
from bench.training.clusters import cluster, folds
from bench.training.fit import Corpus, Head, corpus, fit, margins
from bench.training.measure import HELD, figures, held_out
from bench.training.plain import plain_talk
from bench.training.rows import Row, is_coarse, read_licences, read_rows, targets
from detectors.models.features import RECIPE, fingerprint
from detectors.models.linear import Linear
from detectors.models.unit import Unit
from detectors.models.weights import HEADS, Header, pack_weights

__all__ = ["main"]

LICENCE: Final = "CC-BY-SA-4.0"
_FOLDS: Final = 5
_UNSEEN: Final = "twitch_live_2023"

_Integers = NDArray[np.int64]


class _Job(msgspec.Struct, frozen=True):
    """Learn one head, without one fold, or (-1) from everything."""

    head: int
    fold: int


class _Bench:
    """The rows, made ready once."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self.targets: _Integers = np.array([targets(row) for row in rows])
        self.folds = folds(rows, cluster(rows), _FOLDS)
        self.corpus: Corpus = corpus(rows)

    def learn(self, job: _Job) -> tuple[Head, Floats]:
        """Return a head and its margins for the rows of the fold it did not see."""
        wanted = self.targets[:, job.head]
        places = np.flatnonzero((wanted >= 0) & (self.folds != job.fold))
        head = fit(self.corpus, places, wanted[places])
        return head, margins(self.corpus, head, np.flatnonzero(self.folds == job.fold))


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, measure and write; 0, or 2 when the data is absent."""
    options = _options(arguments)
    data = Path(os.environ.get("SEAWALL_DATA", "../shared/data"))
    try:
        rows = [*read_rows(data), *plain_talk()]
    except FileNotFoundError as error:
        print(f"no data to train with: {error} (set SEAWALL_DATA)", file=sys.stderr)
        return 2
    options.into.mkdir(parents=True, exist_ok=True)
    print(f"{len(rows)} rows; this takes some minutes", flush=True)
    bench = _Bench(rows)
    heads, unseen = _learned(bench, options.processes)
    calibration = Calibration(rows, bench.targets)
    packed = _packed(bench, heads, calibration, unseen)
    if options.held_out:
        _write_held_out(bench, unseen, calibration, Path(options.held_out))
    found = figures(rows, bench.targets, unseen, bench.folds, calibration)
    with tempfile.NamedTemporaryFile() as file:
        file.write(packed)
        file.flush()
        model = Linear(file.name)
    found = msgspec.structs.replace(found, streams=found.streams | _unseen_streams(data, model))
    licences = read_licences(data) | {"plain_talk": "Apache-2.0 (ours)"}
    card = write_card(rows, licences, found, model.version, len(packed), LICENCE)
    if options.measure:
        print(card)
        return 0
    (options.into / "linear.weights").write_bytes(packed)
    (options.into / "linear.card.md").write_text(card, encoding="utf-8")
    print(f"{options.into}/linear.weights: version {model.version}, {len(packed)} bytes")
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="seawall bench train-text", description=__doc__)
    parser.add_argument(
        "--into", default="detectors/models", type=Path, help="folder of weights and card"
    )
    parser.add_argument("--processes", type=int, default=2, help="how many learn at a time")
    parser.add_argument(
        "--held-out", metavar="FILE", help="write what folds said that never saw it"
    )
    parser.add_argument("--measure", action="store_true", help="write nothing, print the card")
    return parser.parse_args(arguments)


_inherited: list[_Bench] = []  # what a forked process finds there; sending it would take longer


def _learned(bench: _Bench, processes: int) -> tuple[list[Head], Floats]:
    """Return the heads learned from everything, and margins of all rows out of fold."""
    jobs = [_Job(head, fold) for head in range(len(HEADS)) for fold in range(-1, _FOLDS)]
    heads: list[Head] = []
    unseen = np.zeros((len(bench.rows), len(HEADS)))
    _inherited.append(bench)
    with ProcessPoolExecutor(processes, get_context("fork")) as pool:
        for job, (head, found) in zip(jobs, pool.map(_learn, jobs), strict=True):
            if job.fold < 0:
                heads.append(head)
            else:
                unseen[bench.folds == job.fold, job.head] = found
    _inherited.clear()
    return heads, unseen


def _learn(job: _Job) -> tuple[Head, Floats]:
    return _inherited[0].learn(job)


def _packed(
    bench: _Bench, heads: Sequence[Head], calibration: Calibration, unseen: Floats
) -> bytes:
    everything = np.ones(len(bench.rows), np.bool_)
    header = Header(
        recipe=RECIPE,
        heads=HEADS,
        scales=tuple(head.scale for head in heads),
        biases=tuple(head.bias for head in heads),
        levels={
            name: calibration.levels(at, unseen[:, at], everything) for at, name in enumerate(HEADS)
        },
        fold=fingerprint(),
        data=_digest(bench.rows),
        rows=len(bench.rows),
        licence=LICENCE,
    )
    return pack_weights(header, np.stack([head.whole for head in heads], axis=1))


def _write_held_out(bench: _Bench, unseen: Floats, calibration: Calibration, file: Path) -> None:
    """Write what `seawall bench evaluate --held-out` reads."""
    with file.open("w", encoding="utf-8") as out:
        for text, scores in held_out(bench.rows, unseen, bench.folds, calibration):
            out.write(json.dumps({"text": text, "scores": scores}, ensure_ascii=False) + "\n")
    print(f"wrote {file}")


def _digest(rows: Iterable[Row]) -> str:
    hashed = sha256()
    for row in rows:
        hashed.update(msgspec.json.encode([row.name, row.text, row.lang, row.category]))
    return hashed.hexdigest()[:16]


def _unseen_streams(data: Path, model: Linear) -> dict[str, dict[str, float]]:
    """Count what the weights say of a replay they were not trained on, bots left out."""
    path = data / "replay" / f"{_UNSEEN}.jsonl"
    if not path.is_file():
        print(f"no chat to try the weights on: {path}", file=sys.stderr)
        return {}
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    texts = [row["text"] for row in rows if not row["bot"] and not is_coarse(row["text"])]
    answers = model.judge([Unit(at, text) for at, text in enumerate(texts)])
    found: dict[str, float] = {}
    for at in HELD:
        told = [{signal.name for signal in answer if signal.score >= at} for answer in answers]
        for head in HEADS:
            count = sum(f"linear.{head}" in names for names in told)
            found[f"{head} >= {at}"] = 1000 * count / len(texts)
        found[f"any >= {at}"] = 1000 * sum(map(bool, told)) / len(texts)
    return {_UNSEEN: found}


if __name__ == "__main__":
    sys.exit(main())
