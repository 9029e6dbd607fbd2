"""What is to be heard next: the sound that has waited longest, of whichever stream.

1. Passes are taken in the order in which their first sound that nobody has heard was born
   (`workers.speech.timeline`): the earliest first. A stream that floods waits behind all others.
2. An utterance has one pass that waits. A newer provisional one replaces it, the final one replaces
   every provisional one, and nothing replaces the final one.
3. A final pass that has waited too long is taken out and told. A provisional one never is: its
   final pass covers it.
4. What waits is bounded, in bytes of sound. Only final passes hold sound.
5. Two provisional passes of one stream never run at once.
"""

from __future__ import annotations

from collections.abc import Callable, Container

import msgspec

__all__ = ["Pass", "Passes"]


class Pass(msgspec.Struct, frozen=True):
    """One utterance to be heard, or a part of it. Times on the monotonic clock, seconds."""

    handle: int
    n: int
    final: bool
    since: float
    """When its first sound that was not heard yet was born."""
    until: float
    """When its last sound was born."""
    asked: float = 0.0
    """From when on it has waited to be heard."""
    small: bool = False
    """Whether the small model hears it."""
    size: int = 0
    """The bytes of sound it holds."""


class Passes:
    """The passes that wait."""

    def __init__(self, most_bytes: int) -> None:
        """Take how much sound may wait."""
        self._most_bytes = most_bytes
        self._waiting: dict[tuple[int, int], Pass] = {}
        self.bytes = 0
        """The sound that waits."""
        self.replaced = 0
        """How many provisional passes were replaced before anybody heard them."""

    def __len__(self) -> int:
        return len(self._waiting)

    def finals(self) -> int:
        """Return how many of them are final."""
        return sum(each.final for each in self._waiting.values())

    def offer(self, new: Pass) -> bool:
        """Let a pass wait; False where there is no room for its sound, or a final one waits."""
        key = (new.handle, new.n)
        old = self._waiting.get(key)
        if old is not None and old.final:
            return False
        if self.bytes + new.size > self._most_bytes:
            return False
        if old is not None:
            self.replaced += 1
            self._remove(old)
            new = msgspec.structs.replace(new, asked=old.asked)
        self._waiting[key] = new
        self.bytes += new.size
        return True

    def take(
        self, now: float, most: int = 1, busy: Container[int] = (), deep: int = 3
    ) -> list[Pass]:
        """Take the next pass out, and where `deep` or more wait up to `most` of its kind.

        `busy` are the streams a provisional pass of which runs. Passes that are not born yet wait
        behind all others, and are taken where there is nobody else.
        """
        ready = [each for each in self._waiting.values() if each.final or each.handle not in busy]
        ready.sort(key=lambda each: (each.since, each.handle, each.n))
        if not ready:
            return []
        first = ready[0]
        many = min(most, len(ready) // deep + 1) if len(ready) >= deep else 1
        taken, streams = [first], {first.handle}
        for each in ready[1:]:
            if len(taken) >= many:
                break
            if each.small == first.small and (each.final or each.handle not in streams):
                taken.append(each)
                streams.add(each.handle)
        for each in taken:
            self._remove(each)
        return taken

    def late(self, now: float, most_s: float) -> list[Pass]:
        """Take out and return the final passes that waited longer than `most_s`."""
        return self._out(lambda each: each.final and now - each.until > most_s)

    def forget(self, handle: int, n: int | None = None) -> list[Pass]:
        """Take out and return a stream's passes, or one utterance's."""
        return self._out(lambda each: each.handle == handle and n in (None, each.n))

    def oldest_s(self, now: float) -> float:
        """Return how long the pass that waits longest has waited; 0 where none does."""
        return max((now - each.asked for each in self._waiting.values()), default=0.0)

    def held(self, handle: int) -> int:
        """Return the bytes of sound of a stream that wait."""
        return sum(each.size for each in self._waiting.values() if each.handle == handle)

    def _out(self, goes: Callable[[Pass], bool]) -> list[Pass]:
        out = [each for each in self._waiting.values() if goes(each)]
        for each in out:
            self._remove(each)
        return out

    def _remove(self, each: Pass) -> None:
        del self._waiting[each.handle, each.n]
        self.bytes -= each.size
