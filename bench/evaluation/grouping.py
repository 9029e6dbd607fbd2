"""Which labelled rows belong together when intervals are drawn: templates and near-duplicates."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bench.evaluation.cases import Case
from bench.training.clusters import cluster
from bench.training.rows import FUNCTIONAL, Row

__all__ = ["clusters_of"]


def clusters_of(cases: Sequence[Case]) -> list[int]:
    """Return a cluster for each case, as the classifier's folds are split."""
    return cluster([_row(case) for case in cases])


def _row(case: Case) -> Row:
    number = re.search(r"(\d+)$", case.id)
    order = int(number[1]) if number and case.source in FUNCTIONAL else 0
    return Row(case.source, case.text, case.lang, case.category, order, case.functionality)
