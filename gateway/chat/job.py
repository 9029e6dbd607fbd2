"""One event on its way through the chat path, and who stands at its two ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

import msgspec

from gateway.chat.answers import Answer
from gateway.chat.replies import Stages
from gateway.chat.rulesets import Ruleset
from seawall import wire
from seawall.decide import NO_NEEDS, Needs
from seawall.events import Joined, Message, Surface
from seawall.fold import Folded, fold
from seawall.policy.model import Facts, ModelAsk, Policy
from seawall.signals import NO_SIGNALS, Signals
from seawall.windows import Check

__all__ = ["Counts", "Job", "Judged", "Waiter", "WindowAsker", "folded_at_least", "place_of"]

Judged = wire.Chat | wire.Edit | wire.Profile
Counts = Callable[[list[int], bool], None]
"""Gets signed counts in order, and whether they are this process's own."""
_PROFILED: tuple[Surface, None, None] = ("profile", None, None)


class Waiter(Protocol):
    """Whoever sent a message and wants its verdict."""

    tenant: str
    recovers_until: float
    """Until when it may send again what a broken connection did not hear, monotonic seconds."""

    def repeats(self, claimed_at: float) -> bool:
        """Say whether a message that claims to be of that time may have been sent before."""

    def answer(self, ref: str, rev: int, verdict: bytes) -> None:
        """Hand over an encoded verdict; it leaves with the tick."""

    def refuse(self, ref: str, rev: int, code: str, message: str, retry_after: float) -> None:
        """Say that the message was not accepted after all."""

    def complain(self, ref: str, rev: int, code: str, message: str) -> None:
        """Send an error about a message and go on owing the verdict of another of the same id."""


class WindowAsker(Protocol):
    """Where windows are counted."""

    def submit(self, checks: list[Check], now_ms: int | None, done: Counts) -> None:
        """Ask all checks at once; `done` gets signed counts in order, and if they are local."""


class Job(msgspec.Struct, gc=False):
    """One event on its way. Times are monotonic seconds."""

    event: Message | Joined
    answer: Answer[Waiter] | None
    ruleset: Ruleset
    policy: Policy
    facts: Facts
    epoch: int
    """Of the labels that `facts` were taken from."""
    read: float
    decoded: float
    unchecked: str = ""
    """Why not all of it was examined, empty when it was."""
    signals: Signals = NO_SIGNALS
    needs: Needs = NO_NEEDS
    detected: float = 0.0
    counted: float = 0.0
    decided: float = 0.0
    category: str = ""
    awaited: int = 0
    """Answers of models that its verdict waits for."""
    seconds: tuple[ModelAsk, ...] = ()
    """Second opinions to think of once the first are heard."""
    counts: Sequence[int] | None = None
    """What its windows counted, once it is known and the verdict still waits."""
    degraded: bool = False
    said: str = "allow"
    """The action that its verdict said."""
    plain: bool = False
    """Whether it is allowed for no reason unless a window is over its limit."""
    looked_up: bool = False
    """Whether the record was asked again for a first verdict, after it had waited long."""

    def stages(self, now: float) -> Stages:
        """Return where the time up to `now` went. What is asked together is counted together."""
        read, decoded, detected, counted = self.read, self.decoded, self.detected, self.counted
        return (
            decoded - read, detected - decoded, counted - detected, self.decided - counted,
            now - read,
        )  # fmt: skip


def place_of(message: Judged) -> tuple[Surface, str | None, str | None]:
    """Return where a message shows, its language, and what it answers."""
    if type(message) is wire.Chat or type(message) is wire.Edit:
        return message.surface, message.lang, message.parent
    return _PROFILED


def folded_at_least(text: str) -> Folded:
    """Fold a text on which a detector failed: copies of it are counted all the same."""
    with suppress(Exception):  # whatever failed may have been the folding
        return fold(text)
    return fold("")
