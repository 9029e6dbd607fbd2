"""The ledger of a run: every message that was sent gets exactly one answer, and nothing else does.

An answer is a verdict, or an `error` about the message (it was not accepted). Numbers are those of
`bench.load.plan`; what bears no number of the run is unknown from the start.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Ledger"]

Places = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Ledger:
    """Holds for each of `total` numbers, of which this process sends every `parts`th, its answers.

    `first` says of each answer, in order of arrival, whether it is the first to its message;
    `places` is which of this process's messages it answers, -1 for an unknown one.
    """

    def __init__(self, sent: Flags, numbers: NDArray[np.int64], part: int, parts: int) -> None:
        places = (numbers - part) // parts
        known = (numbers >= part) & ((numbers - part) % parts == 0) & (places < len(sent))
        known[known] = sent[places[known]]
        self.places: Places = np.where(known, places, -1)
        self.counts: Places = np.bincount(self.places[known], minlength=len(sent))
        self.first: Flags = np.zeros(len(numbers), dtype=np.bool_)
        _, where = np.unique(self.places, return_index=True)
        self.first[where] = True
        self.first &= known
        self._sent = sent

    @property
    def unknown(self) -> int:
        """Answers to nothing that was sent."""
        return int((self.places < 0).sum())

    def unanswered(self) -> Places:
        """Return the places of messages that were sent and never answered."""
        return np.flatnonzero(self._sent & (self.counts == 0))

    def doubled(self) -> Places:
        """Return how often each message was answered beyond the first time."""
        return np.maximum(self.counts - 1, 0)
