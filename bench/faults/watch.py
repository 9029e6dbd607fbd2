"""A gateway as its keepers see it: its health and metrics, asked by HTTP."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from typing import Any

__all__ = ["degraded", "get", "metric", "until"]

_TIMEOUT_S = 5.0


async def get(address: str, path: str) -> tuple[int, str]:
    """Return status and text of a page at `HOST:PORT`. Raises OSError when nobody answers."""
    return await asyncio.to_thread(_get, f"http://{address}{path}")


async def metric(address: str, name: str) -> float:
    """Return a metric, named with its labels; 0 when it was never counted."""
    _, text = await get(address, "/metrics")
    found = next((line for line in text.splitlines() if line.startswith(f"{name} ")), None)
    return 0.0 if found is None else float(found.rpartition(" ")[2])


async def degraded(address: str) -> list[str]:
    """Return what /readyz calls degraded."""
    said: dict[str, Any] = json.loads((await get(address, "/readyz"))[1])
    return list(said["degraded"])


async def until(holds: Callable[[], Awaitable[bool]], seconds: float) -> float:
    """Wait until something holds; return how long that took. Raises TimeoutError."""
    began = time.monotonic()
    while not await holds():
        if time.monotonic() > began + seconds:
            raise TimeoutError(f"it did not come true in {seconds} s")
        await asyncio.sleep(0.02)
    return time.monotonic() - began


def _get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read().decode()
