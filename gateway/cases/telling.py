"""Who listens hears of every version of every case once, whichever gateway made it.

What is done here is told at once. What others did is found by looking at what has changed lately,
further back than clocks differ; a version that is not newer than what was told is told no more.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable
from math import inf
from typing import Protocol, TypeVar

from msgspec.structs import replace

from gateway.cases.rows import Change
from gateway.cases.store import Seen
from gateway.cases.threads import finish
from gateway.shapes.cases import CaseLine, Note
from seawall.cases import ENDED

__all__ = ["LOOK_BACK_S", "Heard", "Noted", "Telling", "unasked"]

LOOK_BACK_S = 10.0
"""How far the clocks of two gateways may differ before a change is noticed late."""
_KNOWN = 200_000
_PAGE = 1_000
_PAGES = 20

Heard = Callable[[str, list[CaseLine]], None]
Noted = Callable[[str, str, Note], None]
_Key = tuple[str, str]
_T = TypeVar("_T")
_V = TypeVar("_V")


class Changes(Protocol):
    """Where changes are looked up; blocks."""

    def changed_since(self, at: float, limit: int) -> list[Seen]:
        """Return which cases changed since then, the earliest first."""

    def load(self, keys: Iterable[_Key], since: float) -> list[Change]:
        """Return cases with their notes since then."""


class Telling:
    """Tells `heard` of cases and `noted` of their notes, on the loop and after the commit."""

    def __init__(self, changes: Changes, born: float = inf) -> None:
        """`born` is when this began: what changed later is told, also by the first `poll`."""
        self.heard: list[Heard] = []
        self.noted: list[Noted] = []
        self._changes = changes
        self._born = born
        self._versions: OrderedDict[_Key, int] = OrderedDict()
        self._notes: OrderedDict[str, None] = OrderedDict()
        self._unnoted: set[_Key] = set()
        self._seen_until: float | None = None

    def tell(self, changes: Iterable[Change]) -> None:
        """Tell what is new of this."""
        lines: defaultdict[str, list[CaseLine]] = defaultdict(list)
        for each in changes:
            if self._is_new((each.tenant, each.line.id), each.line.version):
                lines[each.tenant].append(each.line)
            for note in each.notes:
                if note.id not in self._notes:
                    _keep(self._notes, note.id, None)
                    shown = unasked(note, each.line)
                    for noted in self.noted:
                        _call(noted, each.tenant, each.line.id, shown)
        for tenant, some in lines.items():
            for heard in self.heard:
                _call(heard, tenant, some)

    def changed(self, tenant: str, lines: list[CaseLine]) -> None:
        """Tell what others did in this process; the notes of it are looked up by `poll`."""
        self._unnoted.update((tenant, line.id) for line in lines)
        self.tell([Change(tenant, line) for line in lines])

    async def poll(self, now: float) -> None:
        """Look up and tell what is not told yet. Raises RecordUnavailable."""
        unnoted, self._unnoted = self._unnoted, set()
        found: set[_Key] = set(unnoted)
        first = self._seen_until is None
        since = min(now, now if self._seen_until is None else self._seen_until) - LOOK_BACK_S
        until = now
        for _ in range(_PAGES):
            page = await finish(self._changes.changed_since, since, _PAGE)
            for seen in page:
                key = (seen.tenant, seen.id)
                if first and seen.changed <= self._born:  # consoles ask for what there was
                    _keep(self._versions, key, max(seen.version, self._versions.get(key, 0)))
                elif seen.version > self._versions.get(key, 0):
                    found.add(key)
            if len(page) < _PAGE:
                break
            until = since = page[-1].changed
        try:
            if found:
                after = since - LOOK_BACK_S
                self.tell(await finish(self._changes.load, found, after))
        except BaseException:
            self._unnoted |= unnoted
            raise
        self._seen_until = min(until, now)

    def _is_new(self, key: _Key, version: int) -> bool:
        if version <= self._versions.get(key, 0):
            return False
        _keep(self._versions, key, version)
        return True


def unasked(note: Note, line: CaseLine, viewer: str = "") -> Note:
    """Return a note as others than its author may see it: what the asker of a second opinion would
    choose is hidden until the case has ended."""
    if note.kind != "second" or note.by == viewer or line.state in ENDED:
        return note
    return replace(note, to="")


def _keep(known: OrderedDict[_T, _V], key: _T, value: _V) -> None:
    known[key] = value
    known.move_to_end(key)
    if len(known) > _KNOWN:
        known.popitem(last=False)


def _call(listener: Callable[..., None], *told: object) -> None:
    try:
        listener(*told)
    except Exception as problem:  # whatever it is, it is the listener's
        context = {"message": "a listener of cases failed", "exception": problem}
        asyncio.get_running_loop().call_exception_handler(context)
