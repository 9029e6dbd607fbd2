"""How long a writer has owed a word, and when that means that it hangs: no clock, no process.

1. Only what passes between two looks counts, and of that two looks' time at most: where this
   process stood still (stopped, or its machine), nobody could be heard, and nobody was silent.
2. A writer answers from its main thread whatever the database does, so only its disk can make it
   slow. Each hang doubles the patience with the next writer, up to `_MOST` times: on a disk that
   takes longer than that patience, a new writer would not be heard sooner.
3. `_PROMPT` looks that heard something, with no long silence between them, bring the first patience
   back.
"""

from __future__ import annotations

__all__ = ["PATIENCE_S", "Silence"]

PATIENCE_S = 5.0
_LOOKS = 10
_MOST = 12
_PROMPT = 20


class Silence:
    """Judges one writer after another. Look at it each `look_s` seconds."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        """Take how long a writer may be silent while something waits for it, seconds."""
        self.look_s = patience_s / _LOOKS
        self.silent_s = 0.0
        self.patience_s = patience_s
        self._first_s = patience_s
        self._prompt = 0
        self._is_owed = False
        self._heard = 0
        self._looked_at = 0.0

    def begin(self, now: float, heard: int) -> None:
        """Turn to a new writer; `now` is monotonic seconds, `heard` counts what it has said."""
        self.silent_s, self._looked_at, self._heard = 0.0, now, heard
        self._is_owed = False

    def look(self, now: float, heard: int, waits: bool) -> bool:
        """Say whether the writer hangs. `waits`: something is not answered."""
        passed = min(now - self._looked_at, 2 * self.look_s)
        spoke, self._heard, self._looked_at = heard != self._heard, heard, now
        if spoke or not waits:
            self.silent_s, self._is_owed = 0.0, False
            self._prompt += spoke
            if self._prompt >= _PROMPT:
                self.patience_s = self._first_s
            return False
        self.silent_s += passed if self._is_owed else 0.0  # since when it is, nobody saw
        self._is_owed = True
        if self.silent_s >= self._first_s:
            self._prompt = 0
        return self.silent_s >= self.patience_s

    def replaced(self) -> None:
        """Note that a writer was killed for its silence: the next one gets twice as long."""
        self._prompt = 0
        self.patience_s = min(self.patience_s * 2, self._first_s * _MOST)
