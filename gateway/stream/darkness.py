"""Whether a stream that was cut goes dark: watched, ordered again, and told when it does not.

Rules:
1. After a cut the stream is examined no more, but its bytes are still counted as they come. Dark is
   a stream without a byte for `quiet_s`, or whose server says it is closed.
2. While bytes come `after_s` after the last order, the cut is ordered again, with a new id, `times`
   in all. Then people are paged, once: a case of priority p0.
3. Time to dark counts from the capture of the offending frame to the last byte. It is in the
   journal, with when the cut was ordered and done.
4. A stream that sends again while it is cut is watched again.
5. A cut that another gateway ordered, or a person there, is seen by its label within a second.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

import msgspec

from gateway.log import log
from gateway.record.entry import CaseRow, CommandEnd, Entry
from gateway.stream.numbers import Numbers
from gateway.stream.orders import Cut, StreamOrders
from gateway.stream.ports import Live, Streams
from seawall import wire
from seawall.actions import Action, Target
from seawall.alike import alike_stream
from seawall.errors import SeawallError

__all__ = ["NOT_DARK", "CutShown", "Darkness", "Patience"]

NOT_DARK = "stream.not_dark"
"""What stands for a rule in the case about a cut that is not obeyed."""
_FORGET_S = 600.0
"""A stream that was paged about and never goes dark is not watched for longer."""
_SHOWN = 100
_OURS = frozenset({"draining", "stopped"})
"""Why streams end that nobody ended but this gateway, because it stops."""
_DONE_S = 2.0
"""How long a dark stream's `done` is waited for."""

Key = tuple[str, str]


class Patience(msgspec.Struct, frozen=True):
    """How long a cut may take before it is ordered again, and how often it is."""

    after_s: float = 2.0
    times: int = 3
    quiet_s: float = 1.0


class CutShown(msgspec.Struct, frozen=True):
    """A cut and what came of it. Seconds count from the capture of the offending frame, or from the
    order where there is none (`captured` False); `dark_s` is None while bytes may still come."""

    tenant: str
    stream: str
    event: str
    at: float
    captured: bool
    ordered_s: float
    done_s: float | None
    dark_s: float | None
    times: int
    paged: bool


class _Watch(msgspec.Struct):
    cut: Cut
    commands: set[str]
    issued_at: float
    live: Live | None
    room: str
    user: str
    issued: int = 1
    done_at: float = 0.0
    last_byte_at: float = 0.0
    closed: bool = False
    paged: bool = False


class Darkness:
    """A tap that watches streams which were cut. Times are by the gateway's wall clock."""

    def __init__(
        self,
        note: Callable[[Entry], None],
        numbers: Numbers,
        patience: Patience | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """`note` records an entry. `attach` comes before the first cut."""
        self._note = note
        self._numbers = numbers
        self._patience = patience or Patience()
        self._wall = wall
        self._watches: dict[Key, _Watch] = {}
        self._went_dark: dict[Key, _Watch] = {}
        """Streams found dark that are still connected: one that sends again is watched again."""
        self._recent: deque[CutShown] = deque(maxlen=_SHOWN)
        self._orders: StreamOrders | None = None
        self._streams: Streams | None = None

    def attach(self, orders: StreamOrders, streams: Streams) -> None:
        """Learn who orders, and what is open here."""
        self._orders, self._streams = orders, streams

    def __len__(self) -> int:
        """Return how many streams are waited for to go dark."""
        return len(self._watches)

    def cut(self, cut: Cut) -> None:
        """Watch a stream that was just ordered to be cut, and examine it no more."""
        key = (cut.tenant, cut.target.id or "")
        known = self._watches.get(key)
        if known is not None:
            known.commands.add(cut.command)
            known.issued_at = cut.ordered_at
            return
        live = None if self._streams is None else self._streams.find(*key)
        if live is None or self._streams is None:
            return  # it is open elsewhere: that gateway sees the label
        self._numbers.cuts["ordered"] += 1
        self._watches[key] = _Watch(
            cut,
            {cut.command},
            cut.ordered_at,
            live,
            live.room,
            live.user.id,
            last_byte_at=live.last_byte_at,
        )
        self._streams.end(live, "cut")

    # -- a tap ----------------------------------------------------------------------------------

    def opened(self, live: Live) -> None:
        """Note that a stream goes on in a new connection."""

    def took(self, live: Live, data: bytes, at: float) -> None:
        """Note that bytes came."""
        if not (self._watches or self._went_dark):
            return
        key = (live.tenant, live.stream)
        watch = self._watches.get(key)
        if watch is None and (dark := self._went_dark.pop(key, None)) is not None:
            watch = self._watches[key] = _Watch(
                dark.cut, set(), at, live, dark.room, dark.user, issued=dark.issued
            )
        if watch is not None:
            watch.last_byte_at = max(watch.last_byte_at, at)

    def closed(self, live: Live, why: str) -> None:
        """Note that a stream ended: no byte can come. Of what we end ourselves nothing is told."""
        key = (live.tenant, live.stream)
        self._went_dark.pop(key, None)
        watch = self._watches.get(key)
        if watch is not None and watch.live is live:
            if why in _OURS:
                del self._watches[key]
            else:
                watch.closed = True

    # -- by the clock ---------------------------------------------------------------------------

    def ended(self, tenant: str, command: wire.Command, end: CommandEnd, at: float) -> None:
        """Hear how a command ended."""
        if command.kind != "cut" or not self._watches:
            return
        watch = self._watches.get((tenant, command.target.id or ""))
        if watch is not None and end.outcome == "done" and not watch.done_at:
            watch.done_at = at

    def sweep(self, now: float) -> None:
        """Look at every stream that should go dark; call it some times a second."""
        self._find_others(now)
        for key, watch in list(self._watches.items()):
            if watch.live is not None:
                watch.last_byte_at = max(watch.last_byte_at, watch.live.last_byte_at)
            if not self._stands(key, watch, now):
                del self._watches[key]
            elif self._is_dark(watch, now):
                if watch.done_at or now - watch.last_byte_at > _DONE_S or watch.closed:
                    del self._watches[key]
                    if not watch.closed:
                        self._went_dark[key] = watch
                    self._dark(watch, now)
            elif now - watch.issued_at >= self._patience.after_s:
                self._insist(watch, now)

    def _stands(self, key: Key, watch: _Watch, now: float) -> bool:
        """Say whether the cut is still in force: it may have been reverted, or have expired."""
        assert self._orders is not None
        young = now - watch.issued_at < _FORGET_S
        return young and "cut" in self._orders.labels.of_stream(*key, now)

    def _is_dark(self, watch: _Watch, now: float) -> bool:
        since = max(watch.last_byte_at, watch.cut.ordered_at)
        return watch.closed or not 0 <= now - since < self._patience.quiet_s

    def _insist(self, watch: _Watch, now: float) -> None:
        if watch.paged:
            return
        if watch.issued >= self._patience.times:
            self._page(watch, now)
            return
        assert self._orders is not None
        cut, standing = (
            watch.cut,
            self._orders.labels.of_stream(watch.cut.tenant, watch.cut.target.id or "", now),
        )
        until = standing["cut"].until
        watch.issued, watch.issued_at = watch.issued + 1, now
        self._numbers.cuts["again"] += 1
        entry = self._entry(watch, "cut_again", now, "bytes still come")
        action = Action(cut.target, "cut", None if until is None else until - now)
        self._orders.restrict(entry, (action,), _nothing, cut.captured_at, lasts=False)

    def _page(self, watch: _Watch, now: float) -> None:
        watch.paged = True
        self._numbers.cuts["disobeyed"] += 1
        cut = watch.cut
        why = f"cut not obeyed: ordered {watch.issued} times in {now - cut.ordered_at:.0f} s"
        case = _case(watch, "open", why)
        entry = self._entry(watch, "not_dark", now, why)
        self._note(msgspec.structs.replace(entry, cases=(case,)))
        log.error("cut not obeyed", extra={"fields": {"stream": cut.target.id, "why": why}})

    def _dark(self, watch: _Watch, now: float) -> None:
        cut = watch.cut
        self._numbers.cuts["dark"] += 1
        begin = cut.captured_at or cut.ordered_at
        dark_s = max(0.0, watch.last_byte_at - begin)
        if cut.captured_at:
            self._numbers.dark(dark_s)
        done = f"{watch.done_at - begin:.3f}" if watch.done_at else "none"
        told = f"ordered {cut.ordered_at - begin:.3f} done {done} times {watch.issued}"
        entry = self._entry(watch, "dark", now, told)
        entry = msgspec.structs.replace(entry, ms_total=round(dark_s * 1000, 3))
        self._recent.append(_shown(watch, round(dark_s, 3)))
        if watch.paged:
            case = _case(watch, "resolved", "it went dark")
            entry = msgspec.structs.replace(entry, cases=(case,))
        self._note(entry)

    def _find_others(self, now: float) -> None:
        """Watch open streams that somebody else has cut."""
        if self._streams is None or self._orders is None:
            return
        labels = self._orders.labels
        for live in self._streams.all():
            key = (live.tenant, live.stream)
            if key in self._watches or "cut" not in labels.of_stream(*key, now):
                continue
            layers = labels.layers(live.tenant, "stream", live.room, live.stream)
            names = [name for name, layer in layers.items() if not layer.ended]
            name = next((each for each in names if each.partition(":")[0] == "cut"), "cut")
            _, _, rest = name.partition(":")
            rev, _, event = rest.partition(":")
            target = Target("stream", live.room, live.stream)
            self.cut(Cut(live.tenant, target, event, int(rev or 0), "", now))

    def recent(self, tenant: str) -> list[CutShown]:
        """Return a tenant's last cuts, the newest first: those that wait, then those that ended."""
        waiting = [_shown(each, None) for each in self._watches.values()]
        known = [*reversed(waiting), *reversed(self._recent)]
        return [each for each in known if each.tenant == tenant]

    def _entry(self, watch: _Watch, action: str, now: float, why: str) -> Entry:
        cut = watch.cut
        return Entry(
            "stream", cut.tenant, cut.event, now, action, cut.rev, watch.room, watch.user,
            "frame", rule=why, ref=cut.target.id or "",
        )  # fmt: skip


def _case(watch: _Watch, state: str, because: str) -> CaseRow:
    """Return a line in the life of the case about a cut that is not obeyed."""
    cut = watch.cut
    stream = cut.target.id or ""
    name = "" if watch.live is None else watch.live.user.name or ""
    return CaseRow(
        f"dark-{cut.event or cut.command}-{cut.rev}",
        state,
        "operations",
        "p0",
        "command",
        cut.command,
        because,
        name,
        stream,
        alike_stream(stream, NOT_DARK),
        viewers=watch.live.viewers if watch.live is not None else 0,
        rule=NOT_DARK,
        severity="critical",
        score=1.0,
    )


def _shown(watch: _Watch, dark_s: float | None) -> CutShown:
    cut = watch.cut
    begin = cut.captured_at or cut.ordered_at
    return CutShown(
        cut.tenant,
        cut.target.id or "",
        cut.event,
        begin,
        bool(cut.captured_at),
        round(cut.ordered_at - begin, 3),
        round(watch.done_at - begin, 3) if watch.done_at else None,
        dark_s,
        watch.issued,
        watch.paged,
    )


def _nothing(problem: SeawallError | None) -> None:
    """Do nothing more: what could not be recorded is counted, and comes again."""
