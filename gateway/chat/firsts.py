"""First verdicts that only the record knows: whoever re-sends after a break hears them again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from gateway.chat.answers import Answer
from gateway.chat.job import Job, Waiter
from gateway.chat.load import STILL_S
from gateway.chat.lookup import Lookup
from gateway.chat.recalls import Recalls
from seawall.events import Message

__all__ = ["Firsts"]

Key = tuple[str, str, int]


class Firsts:
    """Looks for first verdicts; `recalled` is told each one found.

    `budget_s` gives the chat budget of a tenant's room; a third of it is what looking may take.
    """

    def __init__(
        self,
        lookup: Lookup,
        recalls: Recalls,
        budget_s: Callable[[str, str], float],
        recalled: Callable[[Key, Answer[Waiter], bytes], None],
        clock: Callable[[], float],
    ) -> None:
        self._lookup = lookup
        self._lines = recalls
        self._budget_s = budget_s
        self._recalled = recalled
        self._clock = clock

    def recall(
        self,
        key: Key,
        author: tuple[str, str, str],
        repeats: bool,
        answer: Answer[Waiter],
        after: Callable[[float], None],
    ) -> bool:
        """Look for a first verdict in the record; False when `after` may be called at once.

        Until it is known, later messages of the same user in the same room wait behind it.
        """
        lines, clock = self._lines, self._clock
        if not repeats:
            return lines.follow(author, lambda: after(clock()))
        wait = lines.begin(author)

        def act(found: bytes | None) -> None:
            after(clock()) if found is None else self._recalled(key, answer, found)

        within_s = self._budget_s(key[0], author[1]) / 3
        self._lookup.ask(key, within_s, lambda found: lines.end(author, wait, partial(act, found)))
        return True

    def tell(self, job: Job, event: Message, fails: Callable[[], None]) -> None:
        """Answer with the verdict that is in the record; `fails` where it cannot be had in time."""
        key, answer = (event.tenant, event.id, event.rev), job.answer
        assert answer is not None  # a message has one

        def done(first: bytes | None) -> None:
            self._recalled(key, answer, first) if first else fails()

        self._lookup.ask(key, self._budget_s(event.tenant, event.room) / 3, done)

    def look_again(self, job: Job, after: Callable[[], None]) -> bool:
        """Ask about a message that waited so long that another gateway may have answered it."""
        event, answer = job.event, job.answer
        if job.looked_up or answer is None or not isinstance(event, Message):
            return False
        job.looked_up, key = True, (event.tenant, event.id, event.rev)

        def done(first: bytes | None) -> None:
            self._recalled(key, answer, first) if first else after()

        self._lookup.ask(key, STILL_S / 2, done)
        return True
