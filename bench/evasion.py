"""Print what each disguise costs: of messages that are found as written, how many still are.

Run `python -m bench.evasion`. Messages are read from the text sets in SEAWALL_DATA (default
`../shared/data`); nothing of them is part of this project. A violating message is found when
lexicon or patterns of the shipped policy say something of a category about it, marks of low
severity (a ticker) apart; it stays found when one of the same categories is still said. Disguises
are those of `bench.evaluation.perturb`, with a seed of each message's own. Benign messages are
disguised too: of how many in a thousand something is said only then stands in the last column.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from zlib import crc32

from bench.evaluation.perturb import PERTURBATIONS
from detectors.inline import InlineDetectors
from gateway.policy.load import load_policy
from seawall.events import User
from seawall.fold import fold
from seawall.taxonomy import Severity

__all__ = ["main"]

_USER: Final = User("bench")
_BARS: Final = dict.fromkeys(("homoglyph", "styled", "fullwidth", "zero_width"), 0.05)
_BARS_OF_SHAPE: Final = dict.fromkeys(("leet", "spaced", "dotted"), 0.08)
_DETECTORS: Final = frozenset({"lexicon", "patterns"})


def main() -> int:
    """Print a table; 0, 1 where a bar is missed, 2 when the data is absent."""
    parser = argparse.ArgumentParser(prog="seawall bench evasion", description=__doc__)
    parser.add_argument("--policy", default="policies/default", help="folder of the policy")
    parser.add_argument("--most", type=int, default=2_000, help="messages of each kind")
    options = parser.parse_args()
    data = Path(os.environ.get("SEAWALL_DATA", "../shared/data")) / "text"
    if not data.is_dir():
        print(f"no evaluation data: {data} (set SEAWALL_DATA)", file=sys.stderr)
        return 2
    detectors = InlineDetectors(load_policy(options.policy))
    rows = sorted(_rows(data), key=lambda row: crc32(row[0].encode("utf-8", "replace")))
    found: list[tuple[str, frozenset[str]]] = []
    benign: list[tuple[str, frozenset[str]]] = []
    for text, is_violating in rows:
        if is_violating and len(found) < options.most:
            said = _said(detectors, text)
            if said:
                found.append((text, said))
        elif not is_violating and len(benign) < options.most:
            benign.append((text, _said(detectors, text)))
    print(f"{len(found)} messages found as written; {len(benign)} benign ones")
    print(f"{'disguise':16}{'still found':>12}{'cost':>8}{'bar':>6}{'benign +':>10}")
    return _print(detectors, found, benign)


def _print(
    detectors: InlineDetectors,
    found: list[tuple[str, frozenset[str]]],
    benign: list[tuple[str, frozenset[str]]],
) -> int:
    missed = 0
    for name, change in PERTURBATIONS.items():
        kept = sum(
            not said.isdisjoint(_said(detectors, change(text, _rng(name, text))))
            for text, said in found
        )
        more = sum(
            bool(_said(detectors, change(text, _rng(name, text))) - said) for text, said in benign
        )
        cost = 1 - kept / max(1, len(found))
        bar = (_BARS | _BARS_OF_SHAPE).get(name)
        missed += bar is not None and cost > bar
        told = f"{bar:6.0%}" if bar is not None else f"{'':6}"
        print(
            f"{name:16}{1 - cost:12.1%}{cost:8.1%}{told}{more * 1000 / max(1, len(benign)):10.1f}"
        )
    return int(missed > 0)


def _rng(name: str, text: str) -> random.Random:
    return random.Random(crc32(f"{name} {text}".encode("utf-8", "replace")))


def _said(detectors: InlineDetectors, text: str) -> frozenset[str]:
    signals = detectors.detect(fold(text), _USER)
    found = (each for each in signals.items if each.detector in _DETECTORS)
    return frozenset(
        each.category for each in found if each.category and each.severity != Severity.LOW
    )


def _rows(data: Path) -> Iterator[tuple[str, bool]]:
    for file in sorted(data.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            text = row.get("text")
            if isinstance(text, str) and 8 <= len(text) <= 400:
                label = str(row.get("label"))
                yield text, label not in ("0", "benign", "None", "False")


if __name__ == "__main__":
    sys.exit(main())
