"""When to stop asking somebody who does not answer: a circuit breaker, told the time."""

from __future__ import annotations

__all__ = ["Breaker"]


class Breaker:
    """Opens after `failures` in a row; then lets one through after a pause that doubles."""

    def __init__(self, failures: int = 5, pause_s: float = 1.0, most_s: float = 60.0) -> None:
        """Take how many failures open it, the first pause and the longest."""
        self._failures = failures
        self._first_s = pause_s
        self._most_s = most_s
        self._failed = 0
        self._pause_s = pause_s
        self._shut_until = 0.0

    @property
    def open(self) -> bool:
        """Whether nobody, or only one, may pass."""
        return self._failed >= self._failures

    def allows(self, now: float) -> bool:
        """Say whether to try; while open, the one let through takes the turn of all others."""
        if not self.open:
            return True
        if now < self._shut_until:
            return False
        self._shut_until = now + self._pause_s
        return True

    def succeeded(self) -> None:
        """Close it."""
        self._failed = 0
        self._pause_s = self._first_s

    def failed(self, now: float) -> None:
        """Count a failure."""
        self._failed += 1
        if self.open:
            self._shut_until = now + self._pause_s
            self._pause_s = min(self._pause_s * 2, self._most_s)
