"""Memory of answered ids: a re-sent id gets its first verdict, other content is told `id_reused`.

Bounded in seconds and bytes, both told in `hello`. What is still being judged is never forgotten;
it is bounded by the connections' inflight limits.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

__all__ = ["ANSWER_BYTES", "Answer", "Answers"]

Waiter = TypeVar("Waiter")

ANSWER_BYTES = 430
"""What an answer costs in memory besides its verdict: key, ids and table slots. Measured: 270 bytes
with ids of 8 bytes, 419 with those of 128, which a stranger may choose."""

Key = tuple[str, str, int]


class Answer(msgspec.Struct, Generic[Waiter], gc=False):
    """What one (tenant, id, rev) was answered. `verdict` None: an `allow` with no reasons.

    While it is being judged `at` is 0 and `waiting` holds whoever wants to hear.
    """

    content: int
    waiting: tuple[Waiter, ...]
    at: float = 0.0
    verdict: bytes | None = None


class Answers(Generic[Waiter]):
    """Answers by (tenant, id, rev), oldest first."""

    def __init__(self, seconds: float, size: int) -> None:
        self._known: dict[Key, Answer[Waiter]] = {}
        self.find: Callable[[Key], Answer[Waiter] | None] = self._known.get
        """Returns what is known of a key, judged or being judged."""
        self._order: deque[Key] = deque()  # a dict's own first key is dear to find after deletions
        self._seconds = seconds
        self._size = size
        self.used = 0

    def open(self, key: Key, content: int, waiter: Waiter) -> Answer[Waiter]:
        """Note that a key is being judged for `waiter`."""
        answer = self._known[key] = Answer(content, (waiter,))
        self._order.append(key)
        return answer

    def close(
        self, answer: Answer[Waiter], verdict: bytes | None, now: float
    ) -> tuple[Waiter, ...]:
        """Note what a key was answered; return who waits for it. `now` is monotonic seconds."""
        waiting = answer.waiting
        answer.waiting = ()
        answer.at = now
        answer.verdict = verdict
        self.used += ANSWER_BYTES + (len(verdict) if verdict else 0)
        if self.used > self._size:
            self.forget(now)
        return waiting

    def drop(self, key: Key) -> tuple[Waiter, ...]:
        """Forget a key that was refused instead of answered; return who waited."""
        return self._known.pop(key).waiting

    def forget(self, now: float) -> None:
        """Forget what is too old or too much, oldest first. `now` is monotonic seconds.

        Keys stand in the order they came; one that is still being judged ends the sweep, which is
        short: it will be answered within its budget.
        """
        oldest = now - self._seconds
        known, order = self._known, self._order
        while order:
            answer = known.get(order[0])
            if answer is not None:
                if answer.at == 0.0 or (answer.at >= oldest and self.used <= self._size):
                    return
                del known[order[0]]
                self.used -= ANSWER_BYTES + (len(answer.verdict) if answer.verdict else 0)
            order.popleft()

    def __len__(self) -> int:
        return len(self._known)
