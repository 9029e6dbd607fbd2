"""Ask sentinels where the primary of a service is.

All are asked at once. What more than half of them say is taken at once; short of that, what most of
those say that answered in time: one that is cut off may still name the primary of yesterday.
"""

from __future__ import annotations

import asyncio
from collections import Counter

from gateway.state.address import Address, Sentinels
from gateway.state.lane import connect
from seawall.errors import StateUnavailable

__all__ = ["find_primary"]


async def find_primary(place: Sentinels, deadline_s: float) -> Address:
    """Return the primary; StateUnavailable when no sentinel names one within `deadline_s`."""
    asked = [asyncio.create_task(_ask(node, place, deadline_s)) for node in place.nodes]
    said: Counter[Address] = Counter()
    reasons: list[str] = []
    try:
        for answer in asyncio.as_completed(asked):
            try:
                primary = await answer
            except StateUnavailable as problem:
                reasons.append(str(problem))
                continue
            said[primary] += 1
            if said[primary] * 2 > len(asked):
                break
    finally:
        for task in asked:
            task.cancel()
        await asyncio.wait(asked)
    if not said:
        raise StateUnavailable(f"no sentinel knows {place.service!r}: {'; '.join(reasons)}")
    return said.most_common(1)[0][0]


async def _ask(node: Address, place: Sentinels, deadline_s: float) -> Address:
    lane = None
    try:
        async with asyncio.timeout(deadline_s):
            lane = await connect(node, _ignore_loss, deadline_s)
            words = ("SENTINEL", "GET-MASTER-ADDR-BY-NAME", place.service)
            reply = await lane.request(*words, deadline_s=deadline_s)
    except TimeoutError:
        raise StateUnavailable(f"{node}: no answer within {deadline_s:g} s") from None
    finally:
        if lane is not None:
            lane.close()
    match reply:
        case [bytes() as host, bytes() as port] if port.isdigit():
            return place.server.at(host.decode(errors="replace"), int(port))
        case _:  # nil: it watches no such service
            raise StateUnavailable(f"{node}: watches no {place.service!r}")


def _ignore_loss() -> None:
    """Leave it to the one request made: it fails when the connection ends."""
