"""Train the scorer of look-alike hosts: `python -m bench.train_hosts` (scikit-learn, scipy).

Learns from `text/phish_domains` of the folder in SEAWALL_DATA, from the hosts in its benign
replays, from `bench/ordinary_hosts.txt` and from invented names, with the brands of the shipped
policy. Splits are by cluster (one registrable domain, or names nearly the same), thresholds are
chosen inside the folds. The lists of the policy are off throughout. `--write` puts table and
description into `detectors/`.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import scipy.sparse
import yaml
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein
from sklearn.linear_model import LogisticRegression

from bench.invented_hosts import invented_hosts
from detectors.hostfeatures import bucket, describe
from detectors.hostscore import SIZE, Learned
from detectors.lookalike import LookAlikes
from detectors.skeleton import skeleton
from detectors.suffixes import registrable, split_host
from detectors.urls import LinkFinder
from seawall.hosts import to_unicode

__all__ = ["main"]

_ROOT = Path(__file__).parent.parent
_BENIGN = ("ubuntu_irc", "twitch_50k_2025")
_POINTS = ((0.1, 0.3), (0.03, 0.5), (0.004, 0.6), (0.0015, 0.8))
"""Of the hard honest hosts, this part may reach this score."""
_FOLDS = 5
_C = 0.03
_HONEST_WEIGHT = 3.0
_INVENTED = 800
_INVENTED_WEIGHT = 1.0
_OTHER = "eval_only/phish_domains_evalonly.jsonl"
_OWN = -1e3
"""The sum of a host that a brand owns: it is never scored."""

Floats = np.ndarray[Any, np.dtype[np.float64]]  # Any: numpy's own shape parameter
Ints = np.ndarray[Any, np.dtype[np.int64]]  # Any: as above


class Hosts:
    """Hosts described once: a sparse row each, and what the rules alone say."""

    def __init__(self, names: Sequence[str], lookalikes: LookAlikes) -> None:
        self.names = list(names)
        self.own = np.array([lookalikes.is_own(name) for name in names], dtype=bool)
        places: list[int] = []
        ends = [0]
        rules: list[float] = []
        for name in names:
            likeness, _ = lookalikes.resemble(name)
            rules.append(likeness.rules)
            places += sorted({bucket(piece, SIZE) for piece in describe(name, likeness)})
            ends.append(len(places))
        self.rules = np.where(self.own, 0.0, np.array(rules))
        self.rows = scipy.sparse.csr_matrix(
            (np.ones(len(places)), places, ends), shape=(len(names), SIZE)
        )


@dataclass(frozen=True, slots=True)
class Sets:
    """What is learned from, and two sets that never are: `other` bad ones, `unseen` invented."""

    hard: Hosts
    labels: Ints
    natural: Hosts
    invented: Hosts
    other: Hosts
    unseen: Hosts


def main() -> int:
    """Train, report, and write when asked to."""
    parser = argparse.ArgumentParser(prog="seawall bench train-hosts", description=__doc__)
    parser.add_argument("--write", action="store_true", help="replace the table in detectors/")
    options = parser.parse_args()
    data = Path(os.environ.get("SEAWALL_DATA", "../shared/data"))
    lookalikes = _lookalikes()
    rows = _rows(data / "text/phish_domains.jsonl")
    sets = Sets(
        Hosts([row["text"].lower() for row in rows], lookalikes),
        np.array([row["label"] for row in rows]),
        Hosts(_natural(data), lookalikes),
        Hosts(invented_hosts(_INVENTED), lookalikes),
        Hosts([row["text"].lower() for row in _rows(data / _OTHER)], lookalikes),
        Hosts(invented_hosts(_INVENTED, seed=1), lookalikes),
    )
    _report(sets)
    weights, bias, points = _final(sets)
    scale = float(np.abs(weights).max()) / 127
    table = np.round(weights / scale).astype(np.int8).tobytes()
    learned = Learned(sha256(table).hexdigest(), scale, bias, points)
    print(f"table {len(table)} bytes, sha256 {learned.sha256}")
    if options.write:
        (_ROOT / "detectors/hosts.weights").write_bytes(table)
        described = msgspec.json.format(msgspec.json.encode(learned), indent=2)
        (_ROOT / "detectors/hosts.json").write_bytes(described + b"\n")
    return 0


def _rows(path: Path) -> list[dict[str, Any]]:  # Any: rows of JSON
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _lookalikes() -> LookAlikes:
    """Return the rules of the shipped brands, the lists of hosts off."""
    policy = _ROOT / "policies/default"
    brands = yaml.safe_load((policy / "brands.yaml").read_text(encoding="utf-8"))["brands"]
    hosting = yaml.safe_load((policy / "hosts.yaml").read_text(encoding="utf-8"))["free_hosting"]
    return LookAlikes(brands, (), hosting)


def _natural(data: Path) -> list[str]:
    """Return hosts that people link to without harm, each once."""
    ordinary = (_ROOT / "bench/ordinary_hosts.txt").read_text(encoding="utf-8").splitlines()
    found = {host for line in ordinary if not line.startswith("#") for host in line.split()}
    finder = LinkFinder(lambda host: False)
    for name in _BENIGN:
        for row in _rows(data / f"replay/{name}.jsonl"):
            found.update(
                link.host for link in finder.find(row.get("text") or "") if not link.address
            )
    return sorted(found)


def _clusters(names: Sequence[str]) -> Ints:
    """Number clusters: names of one registrable domain, and those four fifths the same."""
    leader = list(range(len(names)))

    def lead(at: int) -> int:
        while leader[at] != at:
            leader[at] = leader[leader[at]]
            at = leader[at]
        return at

    first: dict[str, int] = {}
    for at, name in enumerate(names):
        leader[lead(at)] = lead(first.setdefault(registrable(name), at))
    looks = [skeleton(split_host(to_unicode(name))[1]) for name in names]
    near = process.cdist(
        looks, looks, scorer=Levenshtein.normalized_similarity, score_cutoff=0.8, dtype=np.float32
    )
    for one, two in zip(*np.nonzero(np.triu(near, 1)), strict=True):
        leader[lead(int(one))] = lead(int(two))
    return np.array([lead(at) for at in range(len(names))])


def _folds(groups: Ints, seed: int) -> Ints:
    """Give every group one of the folds by chance."""
    known = np.unique(groups)
    chosen = np.random.default_rng(seed).integers(0, _FOLDS, len(known))
    return chosen[np.searchsorted(known, groups)]


class _Fold:
    """One split: sums of what was left out, by a model of the rest."""

    def __init__(self, sets: Sets, kept: Ints, kept_natural: Ints) -> None:
        rows = (sets.hard.rows[kept], sets.natural.rows[kept_natural], sets.invented.rows)
        honest = np.zeros(len(kept_natural) + len(sets.invented.names), dtype=np.int64)
        labels = np.r_[sets.labels[kept], honest]
        weight = np.where(labels == 0, _HONEST_WEIGHT, 1.0)
        weight[-len(sets.invented.names) :] = _INVENTED_WEIGHT
        self.model = LogisticRegression(
            C=_C, solver="liblinear", dual=True, max_iter=5000, random_state=0
        )
        self.model.fit(scipy.sparse.vstack(rows).tocsr(), labels, sample_weight=weight)

    def sums(self, hosts: Hosts) -> Floats:
        found = self.model.decision_function(hosts.rows)
        return np.asarray(np.where(hosts.own, _OWN, found), dtype=np.float64)


def _left_out(sets: Sets, which: Ints, groups: Ints, seed: int) -> Floats:
    """Return the sums of the hard hosts in `which`, out of fold."""
    folds = _folds(groups[which], seed)
    natural = np.arange(len(sets.natural.names))
    sums = np.zeros(len(which))
    for fold in range(_FOLDS):
        part = _Fold(sets, which[folds != fold], natural)
        sums[folds == fold] = part.sums(sets.hard)[which[folds == fold]]
    return sums


def _points(sums: Floats) -> tuple[tuple[float, float], ...]:
    """Return the points of the scale, from the sums of hard honest hosts left out."""
    ranked = np.sort(sums)[::-1]
    points = [(float(ranked[int(part * len(ranked))]) + 1e-6, score) for part, score in _POINTS]
    rise = points[-1][0] - points[-2][0]
    return (*points, (points[-1][0] + rise, 0.95))


def _scores(hosts: Hosts, sums: Floats, points: tuple[tuple[float, float], ...]) -> Floats:
    """Return the scores as `hostscore` gives them, for brands that are not the tenant's."""
    learned = np.interp(sums, [sum_ for sum_, _ in points], [score for _, score in points])
    rules = np.where(hosts.rules >= 0.89, hosts.rules, np.minimum(hosts.rules, 0.59))
    return np.asarray(np.maximum(learned, rules), dtype=np.float64)


def _report(sets: Sets) -> None:
    """Print recall and false positives, five-fold; the scale is chosen inside every fold."""
    hard, labels, natural = sets.hard, sets.labels, sets.natural
    groups = _clusters(hard.names)
    folds = _folds(groups, 0)
    natural_folds = _folds(np.arange(len(natural.names)), 7)
    scores = np.zeros(len(labels))
    natural_scores = np.zeros(len(natural.names))
    other_scores = np.zeros(len(sets.other.names))
    unseen_scores = np.zeros(len(sets.unseen.names))
    for fold in range(_FOLDS):
        kept, out = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        inner = _left_out(sets, kept, groups, fold + 1)
        points = _points(inner[labels[kept] == 0])
        part = _Fold(sets, kept, np.flatnonzero(natural_folds != fold))
        scores[out] = _scores(hard, part.sums(hard), points)[out]
        found = _scores(natural, part.sums(natural), points)
        natural_scores[natural_folds == fold] = found[natural_folds == fold]
        other_scores += _scores(sets.other, part.sums(sets.other), points) / _FOLDS
        unseen_scores += _scores(sets.unseen, part.sums(sets.unseen), points) / _FOLDS
    foreign = ~hard.own[labels == 0]
    print(f"{len(labels)} hosts, {labels.sum()} bad, {len(np.unique(groups))} clusters;")
    print(f"{len(natural.names)} natural; {len(other_scores)} bad ones never learned from")
    wrong = sorted(zip(natural_scores, natural.names, strict=True), reverse=True)[:12]
    print("highest natural:", *(f"{name} {score:.2f}" for score, name in wrong))
    print("score  recall  false+ hard (not own)  natural  invented  recall elsewhere")
    for least in (0.5, 0.6, 0.7, 0.8, 0.9):
        bad = scores[labels == 0] >= least
        print(
            f"{least:5} {np.mean(scores[labels == 1] >= least):7.3f}"
            f" {bad.mean():11.4f} {bad[foreign].mean():9.4f}"
            f" {np.mean(natural_scores >= least):9.4f} {np.mean(unseen_scores >= least):9.4f}"
            f" {np.mean(other_scores >= least):8.3f}"
        )


def _final(sets: Sets) -> tuple[Floats, float, tuple[tuple[float, float], ...]]:
    """Return weights, bias and scale of the model of everything."""
    everything = np.arange(len(sets.labels))
    sums = _left_out(sets, everything, _clusters(sets.hard.names), 0)
    whole = _Fold(sets, everything, np.arange(len(sets.natural.names)))
    points = _points(sums[sets.labels == 0])
    return whole.model.coef_[0], float(whole.model.intercept_[0]), points


if __name__ == "__main__":
    raise SystemExit(main())
