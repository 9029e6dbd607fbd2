"""Lets go of a policy and its detectors that are no longer in force, a little at a time.

A large policy is a hundred thousand objects. Freed at once they hold up every thread for ten
milliseconds, so they are freed one by one: every object that can be reached is held, the whole is
dropped, and what is held is let go in slices. What others still use only loses one holder.

The collector does not look at what lives long (`gc.freeze`), so circles are opened by hand: an
object of a detector that nobody but what is let go refers to forgets its attributes.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from collections.abc import Iterator
from itertools import islice
from types import BuiltinFunctionType, FunctionType, ModuleType

__all__ = ["Retirement", "let_go"]

GRACE_S = 2.0
"""Messages that were being judged when the new policy came have their verdict by then."""
_SLICE = 200
_BREATH_S = 0.0002
_MOST = 5_000_000
_LEFT_ALONE = (type, ModuleType, FunctionType, BuiltinFunctionType, str, bytes, int, float)
_OURS = "detectors."
_HOLDERS = 4
"""References to an object that we make ourselves: the list, two arguments and the caller's."""


class Retirement:
    """What waits to be let go. `add` it on the loop; `run` is a task of the gateway's."""

    def __init__(self, grace_s: float = GRACE_S) -> None:
        self._grace_s = grace_s
        self._waiting: list[list[object]] = []
        self._added = asyncio.Event()

    def add(self, retired: object) -> None:
        """Take over something that is out of force."""
        self._waiting.append([retired])
        self._added.set()

    async def run(self) -> None:
        """Let go of what was added, until cancelled."""
        while True:
            await self._added.wait()
            self._added.clear()
            await asyncio.sleep(self._grace_s)
            while self._waiting:
                await asyncio.to_thread(let_go, self._waiting.pop())


def let_go(box: list[object]) -> int:
    """Empty a box of what it holds, slowly; return how many objects it was. Call in a thread."""
    held, inside = _reached(box)
    box.clear()
    count = len(held)
    for at in range(count):
        if at % _SLICE == 0:
            time.sleep(_BREATH_S)
        _open_circle(held[at], inside)
    while inside:
        for _ in range(min(len(inside), 10 * _SLICE)):
            inside.popitem()
        time.sleep(_BREATH_S)
    held.reverse()  # whoever refers goes first, so nothing goes along with it
    while held:
        del held[-_SLICE:]
        time.sleep(_BREATH_S)
    return count


def _reached(box: list[object]) -> tuple[list[object], dict[int, int]]:
    """Return every container that can be reached, and how often each is referred to in there."""
    held: list[object] = list(box)
    inside: dict[int, int] = {}
    at = 0
    while at < len(held) and len(held) < _MOST:
        batch = held[at : at + _SLICE]
        at += len(batch)
        for part in _slices(gc.get_referents(*batch)):
            for each in part:
                if isinstance(each, _LEFT_ALONE):
                    continue
                number = id(each)
                times = inside.get(number)
                if times is None:
                    held.append(each)
                inside[number] = (times or 0) + 1
            time.sleep(_BREATH_S)
    return held, inside


def _slices(items: list[object]) -> Iterator[list[object]]:
    left = iter(items)
    while part := list(islice(left, 5 * _SLICE)):
        yield part


def _open_circle(each: object, inside: dict[int, int]) -> None:
    """Let an object of a detector forget its attributes, if only what is let go refers to it."""
    is_ours = type(each).__module__.startswith(_OURS) and hasattr(each, "__dict__")
    if is_ours and sys.getrefcount(each) - _HOLDERS <= inside.get(id(each), 0):
        vars(each).clear()
