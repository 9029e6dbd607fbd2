"""What a server asks and tells a gateway, message by message; how it gets there is the client's."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from seawall import wire
from seawall.dialogue import Dialogue, End, Outcome
from seawall.errors import HandshakeRefused, NotConnected, WireError
from seawall.events import Surface
from seawall.live import Line
from seawall.outgoing import ON_TIMEOUT, Judged, OnTimeout, Sent, author
from seawall.retry import HELLO_S

__all__ = ["Asking"]


class Asking(ABC):
    """The part of a client that asks; `Client` is the rest."""

    connected: bool
    _line: Line
    _talk: Dialogue
    _refusal: HandshakeRefused | None

    async def judge(
        self,
        *,
        id: str,
        room: str,
        user: wire.Author | wire.User | Mapping[str, Any],  # Any: the caller's JSON
        text: str,
        surface: Surface = "chat",
        rev: int = 0,
        at: float | None = None,
        lang: str | None = None,
        parent: str | None = None,
        attachments: list[wire.Attachment] | None = None,
        timeout_s: float | None = None,
        on_timeout: OnTimeout | None = None,
    ) -> wire.Verdict:
        """Have a message judged, or with `rev` ≥ 1 its edit. Always answers within `timeout_s`.

        `timeout_s` is twice the surface's budget unless given; `on_timeout` is what the gateway's
        policy says unless given, else `allow` or `block`. Raises WireError for a message that the
        gateway cannot accept.
        """
        more = (self._line.wall_s() if at is None else at, surface, rev, lang, parent, attachments)
        message = (wire.Edit if rev else wire.Chat)(id, room, author(user), text, *more)
        return await self.ask(message, timeout_s=timeout_s, on_timeout=on_timeout)

    async def ask(
        self,
        message: Judged,
        *,
        timeout_s: float | None = None,
        on_timeout: OnTimeout | None = None,
        batch: int = 0,
    ) -> wire.Verdict:
        """Have a message of WIRE judged; as `judge`. Neighbours of one `batch` share a frame."""
        if on_timeout not in (None, *ON_TIMEOUT):
            wanted = f"on_timeout: want {' or '.join(ON_TIMEOUT)}, not {on_timeout!r}"
            raise WireError("bad_field", wanted, message.id)
        usual_s, usual = self._talk.terms(message)
        timer_s = usual_s if timeout_s is None else timeout_s
        try:
            outcome = await self._settle(message, timer_s, batch)
        except TimeoutError:
            outcome = End.TIMEOUT if self.connected else End.DISCONNECTED
        return self._talk.verdict(message, outcome, on_timeout or usual)

    async def send(self, message: Sent, *, timeout_s: float = HELLO_S) -> None:
        """Tell the gateway something; returns when written, for `report` and `answer` when acked.

        Raises WireError when the gateway refuses it, NotConnected when it could not be told in
        `timeout_s`, HandshakeRefused when it never will.
        """
        try:
            outcome = await self._settle(message, timeout_s)
        except TimeoutError as error:
            raise NotConnected(f"the gateway did not take it in {timeout_s} s") from error
        if isinstance(outcome, wire.Error):
            raise WireError(outcome.code, outcome.message, outcome.ref, outcome.rev)
        if isinstance(outcome, End) and outcome is not End.WRITTEN:
            raise self._refusal or NotConnected(outcome.value)

    @abstractmethod
    async def _settle(self, message: Judged | Sent, timeout_s: float, batch: int = 0) -> Outcome:
        """Send until something final comes back. Raises TimeoutError."""
