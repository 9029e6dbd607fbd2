"""Who waits behind a message that is being looked up: the same user in the same room, in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

__all__ = ["Author", "Recalls", "Step"]

Author = tuple[str, str, str]
"""(tenant, room, user)."""
Act = Callable[[], None]


class Step:
    """One message's turn; `act` is there once it is known what to do with it."""

    __slots__ = ("act",)

    def __init__(self, act: Act | None = None) -> None:
        self.act = act


class Recalls:
    """Messages by author, first come first served. Bounded by the messages that are in work."""

    def __init__(self) -> None:
        self.lines: dict[Author, deque[Step]] = {}
        """Who has a message that waits; empty mostly."""

    def begin(self, author: Author) -> Step:
        """Take a place in an author's line for a message that is being looked up."""
        step = Step()
        self.lines.setdefault(author, deque()).append(step)
        return step

    def end(self, author: Author, step: Step, act: Act) -> None:
        """Say what to do with it; it is done as soon as all before it are."""
        step.act = act
        line = self.lines[author]
        while line and (act_next := line[0].act) is not None:
            act_next()
            line.popleft()
        if not line:
            del self.lines[author]

    def follow(self, author: Author, act: Act) -> bool:
        """Have a message wait behind those of its author; False when nobody is before it."""
        line = self.lines.get(author)
        if line is None:
            return False
        line.append(Step(act))
        return True
