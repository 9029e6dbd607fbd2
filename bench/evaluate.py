"""How right is the shipped policy on text? Every set and language, with intervals; HTML and JSON.

Run `seawall bench evaluate`. Labelled sets, functional cases and streams are read from the folder
in SEAWALL_DATA (default `../shared/data`) and are no part of this project. Texts are judged by the
same code as in the gateway. The classifier was trained on `text/`: with `--held-out FILE` (written
by `seawall bench train-text --held-out FILE`) those rows get the answers of folds that never saw
them, else the report says that they are in sample. `--compare OLD.json` exits with 1 when a figure
has lost ground.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from bench.commands.options import whole
from bench.evaluation.bars import Bar, compared, told
from bench.evaluation.cases import Case, read_sets
from bench.evaluation.given import read_bars, read_held_out
from bench.evaluation.grouping import clusters_of
from bench.evaluation.hosts import HostScore, score_hosts
from bench.evaluation.judging import ModelScores, judged, without_lists
from bench.evaluation.labelled import LabelledScore, score_labelled
from bench.evaluation.page import page
from bench.evaluation.streams import STREAMS, StreamScore, score_stream, stream_texts
from bench.evaluation.suite import SuiteScore, read_suite, score_suite, suite_policy, suite_texts
from bench.evaluation.summary import bars_of
from gateway.config import shipped_policy
from gateway.policy.load import load_policy
from seawall.errors import ConfigError, SeawallError
from seawall.policy.model import Policy
from seawall.signals import Signal

__all__ = ["Report", "main"]

PARTS = ("suite", "streams", "labelled", "hosts")


class Report(msgspec.Struct):
    """All results of one run."""

    policy: str
    model: str
    in_sample: bool
    absent: list[str]
    seconds: float = 0.0
    suite: SuiteScore | None = None
    streams: dict[str, StreamScore] = {}
    labelled: LabelledScore | None = None
    unlisted: LabelledScore | None = None
    hosts: HostScore | None = None
    bars: list[Bar] = []


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the bars and write the report; 1 when ground was lost, 2 when it cannot be judged."""
    options = _options(arguments)
    try:
        return _run(options)
    except SeawallError as problem:
        print(f"seawall bench evaluate: {problem}", file=sys.stderr)
        return 2


def _run(options: argparse.Namespace) -> int:
    """Read what was given, judge, show. Raises SeawallError before anything was judged."""
    data = Path(os.environ.get("SEAWALL_DATA", "../shared/data"))
    if not data.is_dir():
        raise ConfigError(f"no evaluation data at {data} (set SEAWALL_DATA)")
    old = read_bars(Path(options.compare)) if options.compare else None
    held_out = read_held_out(Path(options.held_out)) if options.held_out else {}
    if options.out:
        _make(Path(options.out))
    began = time.monotonic()
    report = _evaluated(options, data, held_out)
    report.seconds = round(time.monotonic() - began, 1)
    report.bars = bars_of(report.suite, report.streams, report.labelled, report.hosts)
    _show(report, options)
    if options.out:
        _write(report, Path(options.out))
    if old is None:
        return 0
    worse = compared(old, report.bars)
    print("\n".join(worse) if worse else "no ground lost", file=sys.stderr)
    return 1 if worse else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="seawall bench evaluate", description=__doc__)
    parser.add_argument("--policy", default=shipped_policy(), help="folder of the policy")
    parser.add_argument("--only", choices=PARTS, action="append", help="only this part")
    parser.add_argument("--models", choices=("linear", "none"), default="linear")
    parser.add_argument("--held-out", metavar="FILE", help="answers of folds, JSON lines")
    parser.add_argument("--sample", type=whole, metavar="N", help="only every Nth labelled row")
    parser.add_argument("--hosts", metavar="ENDING", help="give the suite's hosts this ending")
    parser.add_argument("--wrong", metavar="PREFIX", nargs="?", const="", help="list suite errors")
    parser.add_argument("--out", metavar="DIR", help="write evaluation.json and evaluation.html")
    parser.add_argument("--compare", metavar="OLD.json", help="exit 1 where ground was lost")
    return parser.parse_args(arguments)


def _evaluated(
    options: argparse.Namespace, data: Path, held_out: dict[str, list[Signal]]
) -> Report:
    parts = options.only or list(PARTS)
    policy = load_policy(Path(options.policy))
    cases, absent = read_sets(data) if "labelled" in parts else ([], [])
    cases = cases[:: options.sample or 1]
    suite_file = data / "suite" / "suite.jsonl"
    suite = read_suite(suite_file, options.hosts) if suite_file.is_file() else []
    texts = [case.text for case in cases] + suite_texts(suite)
    for name in STREAMS if "streams" in parts else ():
        texts += stream_texts(data, name)
    models = None
    if options.models != "none":
        models = ModelScores(texts, held_out)
    report = Report(
        policy.version[:16],
        models.model.version if models is not None else "",
        models is not None and not options.held_out,
        absent,
    )
    if "suite" in parts and suite:
        own = suite_policy(Path(options.policy), data / "suite" / "README.md")
        report.suite = score_suite(suite, own, models)
    elif "suite" in parts:
        report.absent.append(str(suite_file))
    if "streams" in parts:
        scores = {name: score_stream(data, name, policy, models) for name in STREAMS}
        report.streams = {name: score for name, score in scores.items() if score is not None}
        report.absent += [name for name, score in scores.items() if score is None]
    if cases:
        report.labelled, report.unlisted = _labelled(cases, policy, models)
    if "hosts" in parts:
        report.hosts = score_hosts(data, policy)
    return report


def _labelled(
    cases: Sequence[Case], policy: Policy, models: ModelScores | None
) -> tuple[LabelledScore, LabelledScore]:
    clusters = clusters_of(cases)
    texts = [(case.text, case.lang) for case in cases]
    scores = [
        score_labelled(cases, judged(texts, each, models), clusters, models)
        for each in (policy, without_lists(policy))
    ]
    return scores[0], scores[1]


def _show(report: Report, options: argparse.Namespace) -> None:
    print(f"policy {report.policy}, classifier {report.model or 'not asked'}")
    if report.in_sample:
        print("text/ is in sample: the classifier has seen it (see --held-out)")
    for place in report.absent:
        print(f"absent: {place}")
    print("\n".join(told(report.bars)))
    if report.suite is not None and options.wrong is not None:
        for wrong in report.suite.wrong:
            if wrong["id"].startswith(options.wrong):
                rules = f" [{', '.join(wrong['rules'])}]" if wrong["rules"] else ""
                print(
                    f"{wrong['label']:<9} {wrong['id']:<28} {wrong['lang']}{rules}: {wrong['text']}"
                )
    print(f"{report.seconds} s")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise ConfigError(f"{folder}: {problem.strerror}") from problem


def _write(report: Report, folder: Path) -> None:
    encoded = msgspec.json.format(msgspec.json.encode(report), indent=1)
    (folder / "evaluation.json").write_bytes(encoded)
    (folder / "evaluation.html").write_text(page(json.loads(encoded)), encoding="utf-8")
    print(f"wrote {folder / 'evaluation.json'} and {folder / 'evaluation.html'}")


if __name__ == "__main__":
    sys.exit(main())
