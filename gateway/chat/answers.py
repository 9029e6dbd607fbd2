"""Memory of answered ids: a re-sent id gets its first verdict, other content is told `id_reused`.

Bounded in seconds and bytes, both told in `hello`. What is still being judged is never forgotten;
it is bounded by the connections' inflight limits.
"""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

__all__ = ["ANSWER_BYTES", "Answer", "Answers", "content_of"]

Waiter = TypeVar("Waiter")

ANSWER_BYTES = 400
"""What an answer costs in memory besides its verdict: key, ids and table slots, measured."""

Key = tuple[str, str, int]


class Answer(msgspec.Struct, Generic[Waiter]):
    """What one (tenant, id, rev) was answered. `verdict` None: an `allow` with no reasons.

    While it is being judged `at` is 0 and `waiting` holds whoever wants to hear.
    """

    content: int
    at: float = 0.0
    verdict: bytes | None = None
    waiting: tuple[Waiter, ...] = ()


def content_of(room: str, user: str, text: str) -> int:
    """Return a number that tells one content from another, within this process only."""
    return hash((room, user, text))


class Answers(Generic[Waiter]):
    """Answers by (tenant, id, rev), oldest first."""

    def __init__(self, seconds: float, size: int) -> None:
        self._pending: dict[Key, Answer[Waiter]] = {}
        self._known: dict[Key, Answer[Waiter]] = {}
        self._seconds = seconds
        self._size = size
        self.used = 0

    def find(self, key: Key) -> Answer[Waiter] | None:
        """Return what is known of a key, judged or being judged."""
        return self._pending.get(key) or self._known.get(key)

    def open(self, key: Key, content: int, waiter: Waiter) -> Answer[Waiter]:
        """Note that a key is being judged for `waiter`."""
        answer = self._pending[key] = Answer(content, waiting=(waiter,))
        return answer

    def close(self, key: Key, verdict: bytes | None, now: float) -> tuple[Waiter, ...]:
        """Note what a key was answered; return who waits for it."""
        answer = self._pending.pop(key)
        waiting = answer.waiting
        answer.waiting = ()
        answer.at = now
        answer.verdict = verdict
        self._known[key] = answer
        self.used += ANSWER_BYTES + (len(verdict) if verdict else 0)
        if self.used > self._size:
            self.forget(now)
        return waiting

    def drop(self, key: Key) -> tuple[Waiter, ...]:
        """Forget a key that was refused instead of answered; return who waited."""
        return self._pending.pop(key).waiting

    def forget(self, now: float) -> None:
        """Forget what is too old or too much. `now` is monotonic seconds."""
        oldest = now - self._seconds
        known = self._known
        while known:
            key = next(iter(known))
            answer = known[key]
            if answer.at >= oldest and self.used <= self._size:
                return
            del known[key]
            self.used -= ANSWER_BYTES + (len(answer.verdict) if answer.verdict else 0)

    def __len__(self) -> int:
        return len(self._known) + len(self._pending)
