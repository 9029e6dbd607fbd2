"""Who waits to hear when exactly words were spoken: told once each, by a deadline."""

from __future__ import annotations

from collections.abc import Callable

from workers.streams.reports import Aligned

__all__ = ["ALIGN_S", "Aligning"]

ALIGN_S = 1.8
_MOST = 256


class Aligning:
    """Questions to the speech worker about utterances, by its handle and number."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: dict[tuple[int, int], tuple[float, list[Callable[[Aligned], None]]]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def ask(self, key: tuple[int, int], done: Callable[[Aligned], None], now: float) -> bool:
        """Have `done` wait; say whether the worker must be asked. `now` is monotonic."""
        waiting = self._waiting.get(key)
        if waiting is not None:
            waiting[1].append(done)
            return False
        self._waiting[key] = (now + ALIGN_S, [done])
        if len(self._waiting) > _MOST:
            self._tell(next(iter(self._waiting)), Aligned(0, 0, []))
        return True

    def answer(self, aligned: Aligned) -> None:
        """Tell who waits for this; nobody, where it comes too late."""
        self._tell((aligned.handle, aligned.n), aligned)

    def overdue(self, now: float) -> None:
        """Tell those who have waited long enough that nothing came."""
        for key in [key for key, (until, _) in self._waiting.items() if until <= now]:
            self._tell(key, Aligned(*key, []))

    def give_up(self) -> None:
        """Tell everybody that nothing comes."""
        for key in list(self._waiting):
            self._tell(key, Aligned(*key, []))

    def _tell(self, key: tuple[int, int], aligned: Aligned) -> None:
        _, waiting = self._waiting.pop(key, (0.0, []))
        for done in waiting:
            done(aligned)
