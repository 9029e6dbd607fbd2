"""How much a host looks like phishing: what was learned from some, with the rules on brands.

1. An own host of a brand scores nothing, whatever it is called.
2. What was learned (`hosts.json`, `hosts.weights`; its card is `hosts.md`) gives a score on the
   scale the policy uses: of deliberately hard honest hosts 1 % at most score 0.6 or more, and half
   a percent 0.8.
3. The rules on brands stand beside it where they are hardly ever wrong (0.9 and more), and for the
   tenant's own brands, of which it knows nothing. A weaker likeness to another brand alone is
   doubtful: at most 0.59.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from functools import cache, lru_cache
from hashlib import sha256
from importlib.resources import files

import msgspec

from detectors.hostfeatures import bucket, describe
from detectors.lookalike import LookAlikes
from seawall.errors import ConfigError

__all__ = ["SIZE", "HostScores", "Learned", "Weights", "installed"]

SIZE = 1 << 15
"""Weights in the table, a byte each."""
_LEAST = 0.5
_DOUBTFUL = 0.59
_SURE = 0.89
"""Rules at least so sure stand by themselves; sums of theirs are not exact."""


class Learned(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands in `hosts.json`. A weight is its byte times `scale`; `points` are the sums, in
    rising order, at which the scores of the second column are reached.
    """

    sha256: str
    scale: float
    bias: float
    points: tuple[tuple[float, float], ...]


class Weights:
    """The table and the scale. Raises ConfigError for a table that is not the one described."""

    def __init__(self, learned: Learned, table: bytes) -> None:
        if len(table) != SIZE:
            raise ConfigError(f"hosts.weights holds {len(table)} bytes instead of {SIZE}")
        if sha256(table).hexdigest() != learned.sha256:
            raise ConfigError("hosts.weights does not have the checksum that hosts.json gives")
        if len(learned.points) < 2 or list(learned.points) != sorted(learned.points):
            raise ConfigError("hosts.json: `points` must rise, and be two at least")
        self._table = memoryview(table).cast("b")
        self._learned = learned
        self._sums = [sum_ for sum_, _ in learned.points]

    def sum(self, pieces: Iterable[str]) -> float:
        """Return the sum of the weights of a host's pieces."""
        table = self._table
        # Two pieces in one bucket count once, as they did in training.
        places = {bucket(piece, SIZE) for piece in pieces}
        total = sum([table[place] for place in places])
        return total * self._learned.scale + self._learned.bias

    def score(self, pieces: Iterable[str]) -> float:
        """Return the score of a host's pieces, 0…1."""
        return interpolated(self.sum(pieces), self._sums, self._learned.points)


def interpolated(
    sum_: float, sums: Sequence[float], points: Sequence[tuple[float, float]]
) -> float:
    """Return the score of a sum on the line through the points, flat beyond both ends."""
    at = bisect_right(sums, sum_)
    if at == 0:
        return points[0][1]
    if at == len(points):
        return points[-1][1]
    (left, low), (right, high) = points[at - 1], points[at]
    return low + (high - low) * (sum_ - left) / (right - left)


@cache
def installed() -> Weights:
    """Read the table that is shipped. Raises ConfigError when it is damaged."""
    folder = files("detectors")
    try:
        learned = msgspec.json.decode(folder.joinpath("hosts.json").read_bytes(), type=Learned)
    except msgspec.DecodeError as error:
        raise ConfigError(f"hosts.json cannot be used: {error}") from error
    return Weights(learned, folder.joinpath("hosts.weights").read_bytes())


class HostScores:
    """Scores hosts; what the last few thousand got is kept.

    `own_brands` are the names of brands that are the tenant's own.
    """

    def __init__(self, lookalikes: LookAlikes, own_brands: Collection[str] = ()) -> None:
        self._lookalikes = lookalikes
        self._own_brands = frozenset(own_brands)
        self._weights = installed()
        self.score = lru_cache(maxsize=4096)(self._score)

    def _score(self, host: str) -> tuple[float, str]:
        """Return (score, brand or own domain it is like, if any): (0, "") for none."""
        if self._lookalikes.is_own(host):
            return 0.0, ""
        likeness, brand = self._lookalikes.resemble(host)
        score = likeness.rules
        if score < _SURE and brand not in self._own_brands:
            score = min(score, _DOUBTFUL)
        score = round(max(score, self._weights.score(describe(host, likeness))), 3)
        return (score, brand) if score >= _LEAST else (0.0, "")
