"""The client's side of the conversation, without I/O: frames in, answers out; words in, frames out.

`session` is its counterpart on the gateway's side. Outcomes of messages are returned, never
awaited here: the shell around it (`client`) holds the futures, the socket and the clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from enum import Enum
from typing import cast

import msgspec

from seawall import wire
from seawall.errors import HandshakeRefused, NotConnected, WireError
from seawall.ledger import ACK, Applied, Arrival, Counts, Frame, Key, Ledger
from seawall.outgoing import Judged, OnTimeout, unchecked
from seawall.retry import RETRIED
from seawall.streaming import Flows

__all__ = ["Dialogue", "End", "Heard", "News", "Outcome"]

_ACKS = 1024
_ASSUMED = wire.Limits(wire.TEXT_BYTES, wire.FRAME_BYTES, wire.BATCH_ITEMS, 1024, 0.0)
"""Limits until the gateway has told its own."""


class End(Enum):
    """Why a message got no answer of the gateway; the value is the rule of a verdict made then."""

    WRITTEN = "written"
    """It gets none: handing it to the socket was all."""
    TIMEOUT = "client.timeout"
    OVERLOADED = "client.overloaded"
    DISCONNECTED = "client.disconnected"
    REFUSED = "client.refused"


Outcome = wire.Verdict | wire.Ack | wire.Error | End
News = wire.Hold | wire.Finding | wire.Coverage
"""What the gateway tells without being asked, and nothing answers."""
Heard = tuple[Key, Outcome] | wire.Command | News | wire.Error
"""What a frame asks of the shell: resolve, carry out, hand over, or log (an unexplained error)."""


class Dialogue:
    """What is said between one client and its gateway over any number of connections."""

    def __init__(self, server: str, rooms: Sequence[str]) -> None:
        self.counts = Counts()
        self.hello: wire.HelloReply | None = None
        self.limits = _ASSUMED
        self.retry_after_s = 0.0
        """How long the gateway's `bye` asks to stay away."""
        self.ledger = Ledger(_ASSUMED.inflight, self.counts)
        self.applied = Applied(self.counts)
        self.flows = Flows()
        self.greeting = msgspec.json.encode(wire.Hello(server, list(rooms)))
        self._acks: deque[bytes] = deque(maxlen=_ACKS)  # one lost is asked for again
        self._decoder = msgspec.json.Decoder(wire.ServerMessage)

    def greeted(self, frame: bytes) -> None:
        """Take the answer to our `hello`. Raises HandshakeRefused or NotConnected."""
        reply = self._read(frame)
        if isinstance(reply, wire.Error) and reply.code not in RETRIED:
            raise HandshakeRefused(f"the gateway refused hello: {reply.code}: {reply.message}")
        if not isinstance(reply, wire.HelloReply):
            raise NotConnected("the gateway did not greet")
        self._acks.clear()  # what was not confirmed is sent to us again after `resume`
        if self.hello is not None:
            self._acks.append(msgspec.json.encode(wire.Resume(self.hello.session)))
        self.hello, self.limits = reply, reply.limits
        self.ledger.inflight = max(1, reply.limits.inflight)
        self.retry_after_s = 0.0

    def next_frame(self) -> Frame | None:
        """Return what to send next: confirmations first, then messages in the order of asking."""
        if self._acks:
            return Frame(self._acks.popleft())
        return self.ledger.take(self.limits.batch_items, self.limits.frame_bytes)

    def written(self, frame: Frame) -> list[Heard]:
        """Settle a frame that is on its way and that nothing will answer."""
        return [] if frame.plain is None else self._settle(frame.plain, End.WRITTEN)

    def received(self, frame: bytes, now: float = 0.0) -> list[Heard]:
        """Take a frame of the gateway in. What cannot be read is counted and ignored.

        `now` is monotonic; only streams that are refused for a while ask for it.
        """
        message = self._read(frame)
        if message is not None and self.flows.hear(message, now):
            self.counts.errors += isinstance(message, wire.Error)
            return []
        match message:
            case wire.Verdict() as verdict:
                return self._settle((verdict.id, verdict.rev), verdict)
            case wire.Verdicts(items=items):
                return [
                    heard for item in items for heard in self._settle((item.id, item.rev), item)
                ]
            case wire.Ack(ref=ref) as ack:
                return self._settle((ref, ACK), ack)
            case wire.Error() as error:
                return self._refused(error)
            case wire.Command() as order:
                return [order]
            case wire.Hold() as hold:
                return [hold] if self.applied.is_news(hold) else []
            case wire.Finding() | wire.Coverage() as told:
                return [told]
            case wire.Bye(retry_after=retry_after):
                self.retry_after_s = retry_after or 0.0
        return []

    def broke(self, *, resend: bool) -> list[Key]:
        """The connection is gone; return the messages that `resend` False gives up."""
        self.flows.broke()
        return self.ledger.break_off(resend=resend)

    def terms(self, message: Judged) -> tuple[float, OnTimeout]:
        """Return the timer in seconds and what it decides, by the policy the gateway told.

        The timer is twice the surface's budget. A policy's `hold` becomes `block`: nobody would
        ever decide a hold made here.
        """
        surface = "profile" if isinstance(message, wire.Profile) else message.surface
        budget = self.hello.budgets.get(surface) if self.hello is not None else None
        if budget is None:
            return 0.1, "allow"
        return 2 * budget.ms / 1000, "allow" if budget.on_timeout == "allow" else "block"

    def verdict(self, message: Judged, outcome: Outcome, on_timeout: OnTimeout) -> wire.Verdict:
        """Return the gateway's verdict, or make one. Raises WireError for a refused message."""
        if isinstance(outcome, wire.Verdict):
            return outcome
        if isinstance(outcome, wire.Error) and outcome.code not in RETRIED:
            raise WireError(outcome.code, outcome.message, message.id, outcome.rev)
        self.counts.unchecked += 1
        end = outcome if isinstance(outcome, End) else End.OVERLOADED
        return unchecked(message, on_timeout, end.value)

    def is_due(self, command: wire.Command, now: float) -> bool:
        """Say whether to carry a command out; when not, its answer is queued."""
        answer = self.applied.review(command, now)
        if answer is not None:
            self._confirm(answer)
        return answer is None

    def done(self, command: wire.Command, now: float) -> None:
        """Remember and confirm a command that was carried out."""
        self._confirm(self.applied.done(command, now))

    def failed(self, command: wire.Command, reason: str) -> None:
        """Tell the gateway that a command was not carried out."""
        self._confirm(self.applied.failed(command, reason))

    def _confirm(self, answer: wire.Done | wire.Failed) -> None:
        self._acks.append(msgspec.json.encode(answer))

    def _settle(self, key: Key, outcome: Outcome) -> list[Heard]:
        return [(key, outcome)] if self.ledger.settle(key) is Arrival.ANSWER else []

    def _refused(self, error: wire.Error) -> list[Heard]:
        self.counts.errors += 1
        key = self.ledger.find(error.ref, error.rev) if error.ref is not None else None
        self.ledger.split(key)
        return [error] if key is None else self._settle(key, error)

    def _read(self, frame: bytes) -> wire.ServerMessage | None:
        try:
            # The decoder's type is a union, which its own annotation cannot say.
            return cast(wire.ServerMessage, self._decoder.decode(frame))
        except (ValueError, RecursionError):  # a newer gateway's type, or garbage
            self.counts.unreadable += 1
            return None
