"""Calls of the database in a thread that are waited for to their end, even by whoever is cancelled.

A thread cannot be cancelled: left alone it would still hold its connection when the pool closes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

__all__ = ["finish"]

_P = ParamSpec("_P")
_T = TypeVar("_T")


async def finish(call: Callable[_P, _T], *given: _P.args, **named: _P.kwargs) -> _T:
    """Call in a thread. Cancelled, it is over once the call is: statements have their deadlines."""
    task = asyncio.create_task(asyncio.to_thread(call, *given, **named))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # nobody is left to be told
        raise
