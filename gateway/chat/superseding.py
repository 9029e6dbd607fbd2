"""Which commands are still worth sending: a newer one for the same target may override an older.

Rules, for two commands with the same target:
1. The newer of one kind overrides the older: it says what holds from now on, also when it reverts
   (`for_s` 0).
2. `restore` overrides whatever it takes back.
3. A stricter one of the same track overrides a milder one that it outlasts. One that ends sooner
   does not: the milder one goes on after it. A revert is neither stricter nor milder. On a stream
   only what takes the same away is milder: `mute_video` leaves the sound that `mute_audio` takes.
4. A `restore` that surfaces late is overridden by a restriction that was already sent: it would
   undo what came after it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from seawall import wire
from seawall.actions import ACTIONS, REVERTS, VISIBILITY_ACTIONS, Target, Track

__all__ = ["Newest", "is_revert", "overrides"]

_LATEST = 50_000
_CONTAINED = {"mute_video": ("blur",), "cut": ("warn", "blur", "mute_audio", "mute_video")}
"""Of a stream's actions, which leave nothing to do for which milder ones."""


def is_revert(command: wire.Command) -> bool:
    """Say whether a command takes a restriction back."""
    return command.kind == "restore" or command.for_s == 0


def overrides(newer: wire.Command, older: wire.Command) -> bool:
    """Say whether `newer` leaves nothing to do for `older`, a command for the same target."""
    if newer.seq <= older.seq:
        return False
    if newer.kind == older.kind or REVERTS.get(older.kind) == newer.kind:
        return True
    if is_revert(newer) or is_revert(older) or _track(newer) != _track(older):
        return False
    if _track(newer) == "stream" and older.kind not in _CONTAINED.get(newer.kind, ()):
        return False
    return _rank(newer) > _rank(older) >= 0 and _end(newer) >= _end(older)


def _track(command: wire.Command) -> Track:
    kind = command.target.kind
    if kind == "message" and command.kind in VISIBILITY_ACTIONS:
        return "visibility"
    return kind


def _rank(command: wire.Command) -> int:
    """Return the strictness within the track; -1 for a kind we do not know."""
    kinds = ACTIONS[_track(command)]
    return kinds.index(command.kind) if command.kind in kinds else -1


def _end(command: wire.Command) -> float:
    """Return when the restriction ends; for commands that wait equally long, comparable."""
    return inf if command.for_s is None else (command.until or 0.0) + command.for_s


@dataclass(slots=True)
class _Known:
    command: wire.Command
    told: bool = False


class Newest:
    """The newest command of each kind by target, ended ones too: an ended revert is a tombstone.

    Bounded: of more than `bound` targets the one touched longest ago is forgotten.
    """

    def __init__(self, bound: int = _LATEST) -> None:
        self.heard: list[Callable[[str, wire.Command], None]] = []
        """Told (tenant, command) of each that is newer than all known ones for its target: older
        ones are looked up again and again, and change nothing."""
        self._known: OrderedDict[tuple[str, Target], dict[str, _Known]] = OrderedDict()
        self._bound = bound

    def __len__(self) -> int:
        return len(self._known)

    def add(self, tenant: str, command: wire.Command) -> None:
        """Take note of a command, whether or not it will be sent."""
        key = (tenant, command.target)
        kinds = self._known.setdefault(key, {})
        is_news = all(each.command.seq < command.seq for each in kinds.values())
        known = kinds.get(command.kind)
        if known is None or known.command.seq < command.seq:
            kinds[command.kind] = _Known(command)
        self._known.move_to_end(key)
        if len(self._known) > self._bound:
            self._known.popitem(last=False)
        for hear in self.heard if is_news else ():
            hear(tenant, command)

    def told(self, tenant: str, command: wire.Command) -> None:
        """Note that a command has reached a connection."""
        known = self._known.get((tenant, command.target), {}).get(command.kind)
        if known is not None and known.command.seq == command.seq:
            known.told = True

    def drop(self, tenant: str, command: wire.Command) -> None:
        """Forget a command that was not carried out, so that it overrides nothing any more."""
        kinds = self._known.get((tenant, command.target), {})
        known = kinds.get(command.kind)
        if known is not None and known.command.seq == command.seq and not is_revert(command):
            del kinds[command.kind]

    def overriding(self, tenant: str, command: wire.Command) -> wire.Command | None:
        """Return a known command that overrides this one."""
        kinds = self._known.get((tenant, command.target))
        if not kinds:
            return None
        for known in kinds.values():
            if overrides(known.command, command):
                return known.command
            late = known.told and known.command.seq > command.seq and command.kind == "restore"
            if late and REVERTS.get(known.command.kind) == "restore":
                return known.command
        return None

    def forget(self, before: float) -> None:
        """Forget targets whose commands have all been too old to be carried out since `before`.

        Those touched longest ago are looked at first, so that a call costs what it forgets.
        """
        while self._known:
            key, kinds = next(iter(self._known.items()))
            if any((known.command.until or 0.0) >= before for known in kinds.values()):
                return
            del self._known[key]
