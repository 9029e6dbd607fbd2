"""Keeps the brakes' counts over restarts, and hears who is released from the command line.

Rules:
1. Counts are written at most every SAVE_S seconds and at the end, beside the record, whole or not
   at all. A crash loses the last seconds of counting: a quota may be exceeded by that much.
2. `seawall policy release` leaves a small file in the gateway's folder; the gateway takes it up
   within a second and deletes it. Every gateway has a folder of its own. What is kept there says
   which rules are live, so that a misspelt name is refused and not left lying.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex

import msgspec

from gateway.policy.brake import Brakes
from gateway.policy.paging import entry_of_release, entry_of_trip
from gateway.policy.tally import Kept, Trip
from gateway.record.entry import Entry
from seawall.errors import ConfigError, UnknownName
from seawall.policy.problems import closest

__all__ = ["BrakeKeeper", "Release", "ask_release", "check_release"]

log = logging.getLogger("seawall.policy")

LOOK_S = 1.0
SAVE_S = 5.0
_STATE = "brake.json"
_RELEASES = "releases"
_MOST_RELEASES = 1000
_RELEASE_BYTES = 4096
_encode = msgspec.json.Encoder().encode


class Release(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An order to give a rule back what it may do; without a tenant, for all of them."""

    rule: str
    by: str
    tenant: str | None = None


class BrakeKeeper:
    """Owns a process's brakes: what they kept, whom they page, what releases them."""

    def __init__(
        self,
        data: Path,
        record: Callable[[Entry], None] = lambda entry: None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """`data` is the gateway's folder; `record` makes an entry durable when it can."""
        self._folder = data / "policy"
        self._record = record
        self._wall = wall
        self._saved = 0
        self.brakes = Brakes(self._page)

    def load(self) -> None:
        """Take up what an earlier process kept. What cannot be read is left out, and told."""
        try:
            self.brakes.restore(_kept_in(self._folder))
        except FileNotFoundError:
            return
        except msgspec.DecodeError as problem:
            log.error("brake counts lost", extra={"fields": {"why": str(problem)}})

    async def run(self) -> None:
        """Take up releases and keep counts until cancelled."""
        until_save = 0.0
        while True:
            await self.look()
            until_save -= LOOK_S
            if until_save <= 0:
                until_save = SAVE_S
                await self.save()
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Take up the releases that were asked for since the last look."""
        for release in await asyncio.to_thread(_taken, self._folder / _RELEASES):
            self.release(release)

    def release(self, release: Release) -> None:
        """Give a rule back what it may do, and record who did it."""
        at = self._wall()
        released = self.brakes.release(release.rule, release.tenant, at)
        for tenant, tally in released:
            self._record(entry_of_release(tenant, release.rule, tally, release.by, at))
        fields = {"rule": release.rule, "by": release.by, "tenants": [name for name, _ in released]}
        log.info("rule released", extra={"fields": fields})

    async def save(self) -> None:
        """Keep the counts, if they changed."""
        if self.brakes.changes != self._saved:
            self._saved = self.brakes.changes
            data = _encode(self.brakes.kept())
            try:
                await asyncio.to_thread(_write, self._folder, _STATE, data)
            except OSError as problem:
                self._saved = -1
                log.error("brake counts not kept", extra={"fields": {"why": problem.strerror}})

    def _page(self, trip: Trip) -> None:
        fields = {name: getattr(trip, name) for name in trip.__struct_fields__}
        fields["version"] = trip.version[:16]  # whole, it would be masked as a secret
        log.error("rule ran away", extra={"fields": fields})
        self._record(entry_of_trip(trip))


def check_release(data: Path, release: Release) -> None:
    """Refuse a release that would change nothing, whatever the gateway of a folder does.

    Raises UnknownName where nothing live has that name, or where nothing is known of the tenant.
    """
    try:
        kept = _kept_in(data / "policy")
    except FileNotFoundError as problem:
        raise UnknownName(f"{data}: no gateway has served from this folder") from problem
    except msgspec.DecodeError as problem:
        raise ConfigError(f"{data}: what its gateway keeps is damaged: {problem}") from problem
    live: dict[str | None, set[str]] = {}
    for slot, name, _ in kept.seen:
        live.setdefault(slot, set()).add(name)
    tenant = release.tenant
    if tenant is None:
        names = set[str]().union(*live.values())
    else:
        counted = {whose for whose, _, _ in kept.tallies}
        tenants = {slot for slot in live if slot is not None} | kept.judged.keys() | counted
        if tenant not in tenants:
            why = "it has no policy of its own, and none of its messages was judged here"
            raise UnknownName(f"tenant {tenant!r} is not known: {why}{_hint(tenant, tenants)}")
        names = live.get(tenant, live.get(None, set()))
    if release.rule not in names:
        where = f"the live policy of {tenant}" if tenant else "any live policy"
        hint = _hint(release.rule, names)
        raise UnknownName(f"no rule or window is called {release.rule!r} in {where}{hint}")


def _hint(word: str, known: set[str]) -> str:
    near = closest(word, sorted(known))
    return f"; did you mean {near!r}?" if near else ""


def ask_release(data: Path, release: Release) -> None:
    """Ask the gateway that serves from a folder to release a rule. Raises OSError."""
    _write(data / "policy" / _RELEASES, f"{token_hex(8)}.json", _encode(release))


def _kept_in(folder: Path) -> Kept:
    """Read what a process kept. Raises OSError, msgspec.DecodeError."""
    return msgspec.json.decode((folder / _STATE).read_bytes(), type=Kept)


def _taken(folder: Path) -> list[Release]:
    found = []
    try:
        names = sorted(os.listdir(folder))[:_MOST_RELEASES]
    except OSError:  # there is none as long as nobody asked
        return []
    for name in names:
        path = folder / name
        if path.suffix != ".json":
            continue  # being written
        try:
            with path.open("rb") as opened:
                text = opened.read(_RELEASE_BYTES)
            path.unlink()  # first: what cannot be deleted would be taken up every second
            found.append(msgspec.json.decode(text, type=Release))
        except (OSError, msgspec.DecodeError) as problem:
            log.error("release refused", extra={"fields": {"file": name, "why": str(problem)}})
    return found


def _write(folder: Path, name: str, data: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{name}.part"
    part.write_bytes(data)
    os.replace(part, folder / name)
