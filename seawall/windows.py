"""Sliding windows as arithmetic: who may still do how much, in any rolling interval.

Rules:
1. Up to EXACT entries a window is an exact log of (time, member); above, it is at most BUCKETS + 1
   counted sub-buckets, the oldest counted whole: it may refuse up to 1/BUCKETS early, it never lets
   more than `limit` through in any rolling interval. `distinct` needs its members and stays an
   exact log up to MOST_MEMBERS.
2. Time within one key never runs backwards: an earlier `now` counts as the latest time recorded.
   Unless it is earlier by more than `per`: then the clock was set back, and what is recorded moves
   back with it, the newest to `now`. That makes no entry older than it is, so `limit` still holds,
   and blocks nobody for more than `per` longer.
3. A member counts once. Seen again, `hits` answers what stands; `distinct` moves it to `now`.
   Sub-buckets keep no members: there the caller's memory of verdicts must catch the repeat.
4. `accepted` records only what it lets through (limits); `attempted` records everything, keeping
   the newest `limit + 1` (raids, duplicates, joins). `peek` records nothing.
5. An entry made at t has left the window when now - t >= per.
6. The answer is the count with this member in it: n when n <= limit, -n when n > limit. A refusal
   by `accepted` answers -(limit + 1), `attempted` never answers beyond limit + 1, and `peek`
   answers what is recorded, 0 when nothing is.
7. What is not recorded leaves no trace: neither a refusal nor a peek moves the clock of rule 2,
   but that a refusal or a repeat which finds the clock set back records the move.

A window is one packed string, so that a store reads and writes it in one go: a log is 12 bytes an
entry (time, member digest), sub-buckets are 12 bytes each (start, how many were counted before it)
and a 6-byte total at the end. A length of neither form reads as empty, and so does a window whose
limit has crossed EXACT. Integers are big-endian, 6 bytes.

`gateway/state/windows.lua` is the twin of this file; a property test holds them equal.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from enum import IntEnum
from hashlib import blake2b
from itertools import islice

import msgspec

__all__ = [
    "BUCKETS",
    "EXACT",
    "MOST",
    "MOST_MEMBERS",
    "MOST_NOW_MS",
    "MOST_PER_MS",
    "Check",
    "LocalWindows",
    "Mode",
    "Spec",
    "member_digest",
]

EXACT = 128
BUCKETS = 32
MOST = 1_000_000
MOST_MEMBERS = 1_000
MOST_PER_MS = 366 * 86_400_000
MOST_NOW_MS = (1 << 48) - 1 - 2 * MOST_PER_MS

_INT = 6
_ENTRY = 12
_LOOKED_AT = 8
_BLANK = blake2b(digest_size=_INT)


class Mode(IntEnum):
    """How a check treats its window; the numbers are shared with the Lua twin."""

    HITS_ACCEPTED = 0
    HITS_ATTEMPTED = 1
    DISTINCT_ACCEPTED = 2
    DISTINCT_ATTEMPTED = 3
    PEEK = 4


# Looked up on the hot path, where reaching into the enum would cost as much as the arithmetic.
_HITS_ACCEPTED = Mode.HITS_ACCEPTED
_HITS_ATTEMPTED = Mode.HITS_ATTEMPTED
_DISTINCT_ACCEPTED = Mode.DISTINCT_ACCEPTED
_PEEK = Mode.PEEK


class Spec(msgspec.Struct, frozen=True, cache_hash=True):
    """One window's arithmetic: at most `limit` in any `per_ms` milliseconds.

    Raises ValueError for a limit outside 0…MOST (MOST_MEMBERS for `distinct`) and for a `per_ms`
    outside 1…MOST_PER_MS.
    """

    mode: Mode
    limit: int
    per_ms: int

    def __post_init__(self) -> None:
        """Refuse what the packed form cannot hold in bounded memory."""
        distinct = self.mode in (Mode.DISTINCT_ACCEPTED, Mode.DISTINCT_ATTEMPTED)
        most = MOST_MEMBERS if distinct else MOST
        if not 0 <= self.limit <= most:
            raise ValueError(f"limit must be 0 to {most} for {self.mode.name}, not {self.limit}")
        if not 1 <= self.per_ms <= MOST_PER_MS:
            raise ValueError(f"per_ms must be 1 to {MOST_PER_MS}, not {self.per_ms}")


class Check(msgspec.Struct, frozen=True, gc=False):
    """Ask one window about one member. `key` names the counter, hash tag included."""

    spec: Spec
    key: str
    member: str


def member_digest(member: str) -> bytes:
    """Return the 6 bytes a window remembers a member by; lone surrogates are allowed.

    Two members of one full window of 128 are taken for one another once in 3 x 10^10 windows.
    """
    digest = _BLANK.copy()  # a fifth cheaper than a new one
    digest.update(member.encode("utf-8", "surrogatepass"))
    return digest.digest()


class LocalWindows:
    """Windows in this process's memory, for `judge` and for when the store is gone.

    At most `max_keys` windows are kept: a new one then takes the place of those that have left
    their time among the eight recorded longest ago, or of the one of the eight that leaves soonest.
    """

    def __init__(self, max_keys: int = 100_000) -> None:
        if max_keys < 1:
            raise ValueError(f"max_keys must be at least 1, not {max_keys}")
        self._max_keys = max_keys
        self._windows: OrderedDict[str, tuple[bytes, int]] = OrderedDict()

    def __len__(self) -> int:
        """Return how many windows are held."""
        return len(self._windows)

    def packed(self, key: str) -> bytes:
        """Return what is held of one window, empty when nothing is."""
        held = self._windows.get(key)
        return held[0] if held is not None else b""

    def check(self, checks: Sequence[Check], now_ms: int) -> list[int]:
        """Answer each check in order by rule 6, recording as it goes.

        `now_ms` is since the epoch; ValueError when it is before it or millennia away.
        """
        if not 0 <= now_ms <= MOST_NOW_MS:
            raise ValueError(f"now_ms must be 0 to {MOST_NOW_MS}, not {now_ms}")
        windows = self._windows
        counts: list[int] = []
        last_member, digest = "", member_digest("")
        for check in checks:
            spec, key, member = check.spec, check.key, check.member
            if member != last_member:
                last_member, digest = member, member_digest(member)
            held = windows.get(key)
            state = held[0] if held is not None else b""
            after, count = _step(state, spec, digest, now_ms)
            counts.append(count)
            if after is None:
                continue
            gone_at = now_ms + spec.per_ms + spec.per_ms // BUCKETS
            if held is not None:
                windows.move_to_end(key)
                gone_at = max(held[1], gone_at)
            elif len(windows) >= self._max_keys:
                self._make_room(now_ms)
            windows[key] = (after, gone_at)
        return counts

    def _make_room(self, now_ms: int) -> None:
        oldest = [(held[1], key) for key, held in islice(self._windows.items(), _LOOKED_AT)]
        gone = [key for gone_at, key in oldest if gone_at <= now_ms]
        for key in gone or [min(oldest)[1]]:
            del self._windows[key]


def _step(state: bytes, spec: Spec, member: bytes, now: int) -> tuple[bytes | None, int]:
    """Return what to record (None: nothing) and the answer by rule 6."""
    mode = spec.mode
    if mode is _PEEK:
        counted = len(state) % _ENTRY == _INT
    else:
        counted = spec.limit > EXACT and (mode is _HITS_ACCEPTED or mode is _HITS_ATTEMPTED)
    if counted:
        return _step_buckets(state, spec, now)
    return _step_log(state, spec, member, now)


def _int(state: bytes, at: int) -> int:
    return int.from_bytes(state[at : at + _INT], "big")


def _first_after(state: bytes, end: int, dead: int) -> int:
    """Return the offset of the first of the entries before `end` made after `dead`, or `end`."""
    if end == 0 or _int(state, 0) > dead:
        return 0
    low, high = 1, end // _ENTRY
    while low < high:
        middle = (low + high) // 2
        if _int(state, middle * _ENTRY) > dead:
            high = middle
        else:
            low = middle + 1
    return low * _ENTRY


def _moved(state: bytes, end: int, delta: int) -> bytes:
    """Return the entries before `end` made `delta` ms earlier, at the epoch at the earliest."""
    return b"".join(
        [
            max(_int(state, at) - delta, 0).to_bytes(_INT, "big") + state[at + _INT : at + _ENTRY]
            for at in range(0, end, _ENTRY)
        ]
    )


def _find(state: bytes, first: int, member: bytes) -> int:
    """Return the offset of the entry of `member` at or after `first`, or -1."""
    found = state.find(member, first + _INT)
    while found >= 0 and found % _ENTRY != _INT:
        found = state.find(member, found + 1)
    return found - _INT if found >= 0 else -1


def _step_log(state: bytes, spec: Spec, member: bytes, now: int) -> tuple[bytes | None, int]:
    mode, limit = spec.mode, spec.limit
    end = len(state)
    if end % _ENTRY:
        state, end = b"", 0
    moved = None
    if end:
        last = _int(state, end - _ENTRY)
        if last > now:
            if last - now > spec.per_ms and mode is not _PEEK:
                moved = state = _moved(state, end, last - now)
            else:
                now = last
    first = _first_after(state, end, now - spec.per_ms)
    count = (end - first) // _ENTRY
    if mode is _PEEK:
        return None, _signed(count, limit)
    accepted = mode is _HITS_ACCEPTED or mode is _DISTINCT_ACCEPTED
    found = _find(state, first, member)
    if found >= 0:
        answer = count if accepted else _signed(count, limit)
        if mode is _HITS_ACCEPTED or mode is _HITS_ATTEMPTED:
            return moved, answer
        kept = state[first:found] + state[found + _ENTRY :]
    else:
        if accepted and count >= limit:
            return moved, -(count + 1)
        if count > limit:
            first += (count - limit) * _ENTRY
            count = limit
        kept = state[first:]
        answer = _signed(count + 1, limit)
    return kept + now.to_bytes(_INT, "big") + member, answer


def _step_buckets(state: bytes, spec: Spec, now: int) -> tuple[bytes | None, int]:
    mode, limit = spec.mode, spec.limit
    width = -(-spec.per_ms // BUCKETS)
    if len(state) % _ENTRY != _INT:
        state = bytes(_INT)
    end = len(state) - _INT
    total = _int(state, end)
    newest = _int(state, end - _ENTRY) if end else 0
    moved = None
    if newest > now:
        if newest - now > spec.per_ms and mode is not _PEEK:
            moved = state = _moved(state, end, newest - now) + state[end:]
            newest = now
        else:
            now = newest
    first = _first_after(state, end, now - spec.per_ms - width + 1)
    count = total - _int(state, first + _INT) if first < end else 0
    if mode is _PEEK:
        return None, _signed(min(count, limit + 1), limit)
    if mode is _HITS_ACCEPTED and count >= limit:
        return moved, -(count + 1)
    kept = state[first:end]
    if not kept or now - newest >= width:
        kept += now.to_bytes(_INT, "big") + total.to_bytes(_INT, "big")
    answer = _signed(min(count, limit) + 1, limit)
    return kept + (total + 1).to_bytes(_INT, "big"), answer


def _signed(count: int, limit: int) -> int:
    return count if count <= limit else -count
