"""One fault at a site under load: broken, looked at, mended, and every promise held against it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import msgspec

from bench.faults.judged import BACK_S, TOLD_S, longest_wait_s, promised, prompt
from bench.faults.site import Layout, Site, site_of
from bench.faults.steady import Steady
from bench.faults.watch import degraded, until
from bench.faults.witness import recorded, told_degraded
from bench.shapes.result import Figure

__all__ = ["Break", "Breaking", "Look", "Scene", "endure"]

CALM_S, SECONDS = 1.5, 2.0
_PATIENCE_S = 30.0

Breaking = Callable[[Site], AbstractContextManager[None]]


class Scene(msgspec.Struct):
    """A site while it is broken: since when (seconds since the epoch), and until when."""

    site: Site
    crowds: list[Steady]
    began: float = 0.0
    told: float = 0.0
    ended: float = 0.0


Look = Callable[[Scene], Awaitable[list[Figure]]]


class Break(msgspec.Struct, frozen=True):
    """A way to break a site. `mended` False: nobody takes it back but the gateways themselves, and
    how soon they are as before counts from when they noticed.

    `tells` is what gateways must call degraded meanwhile, within `told_s`, `uses` what they must
    not be without afterwards (empty: the same); `during` looks while it is broken, `after` when
    all is well again, `in_the_end` when everything was answered. `is_prompt`: whether verdicts keep
    the shipped budget throughout; they need not where a server that comes over sends all it waits
    for at once.
    """

    breaking: Breaking
    layout: Layout = Layout()
    tells: str = ""
    uses: str = ""
    during: tuple[Look, ...] = ()
    after: tuple[Look, ...] = ()
    in_the_end: tuple[Look, ...] = ()
    calm_s: float = CALM_S
    seconds: float = SECONDS
    told_s: float = TOLD_S
    back_s: float = BACK_S
    mended: bool = True
    is_prompt: bool = True


async def endure(folder: Path, how: Break) -> list[Figure]:
    """Run a site, break it, and return what became of each promise.

    Raises TimeoutError where it does not recover at all, RuntimeError where it cannot be run.
    """
    async with site_of(folder, how.layout) as site:
        async with site.speaking() as crowds:
            scene = Scene(site, crowds)
            await asyncio.sleep(how.calm_s)
            figures = await _broken(scene, how)
            for look in how.after:
                figures += await look(scene)
        figures.append(prompt(crowds, scene.began, scene.ended, how.is_prompt))
        waited = longest_wait_s(crowds, scene.began, scene.ended)
        figures.append(Figure("longest wait of a server for a verdict", waited, "s"))
        for look in how.in_the_end:
            figures += await look(scene)
        kept, fell = await site.end()
        return promised(kept, fell) + figures


async def _broken(scene: Scene, how: Break) -> list[Figure]:
    """Break it and mend it; return how soon it was told, what looks saw, how soon it was well."""
    figures: list[Figure] = []
    scene.began = scene.told = time.time()
    with how.breaking(scene.site):
        if how.tells:
            figures.append(await _told(scene, how.tells, how.told_s))
        for look in how.during:
            figures += await look(scene)
        if how.mended:
            await asyncio.sleep(max(0.0, how.seconds - (time.time() - scene.began)))
        scene.ended = time.time()
    mended = time.time()  # what was away has been started by now
    await until(partial(_is_back, scene, how.uses or how.tells), _PATIENCE_S)
    back = time.time()
    took = back - (mended if how.mended else scene.told)
    scene.ended = scene.ended if how.mended else back
    figures.append(Figure("as before, after", took, "s", how.back_s))
    return figures


async def _is_back(scene: Scene, told: str) -> bool:
    """Say whether what was degraded is in use, and all that was said in the fault's time is done.

    Of each server a restriction that was told after it must be recorded, with all before it.
    """
    gateways = scene.site.gateways
    if told and any([told in await degraded(each.http) for each in gateways]):
        return False
    if any(each.unanswered(scene.ended) for each in scene.crowds):
        return False
    due = [each.restrictions(scene.ended) for each in scene.crowds]
    if not all(after for _, after in due):
        return False
    owed = {ref for before, after in due for ref in (*before, after[0])}
    return owed <= await asyncio.to_thread(recorded, scene.site.where)


async def _told(scene: Scene, what: str, bar_s: float) -> Figure:
    """See that both gateways call it degraded, to their keepers and to whoever connects."""

    async def is_told() -> bool:
        return all([what in await degraded(each.http) for each in scene.site.gateways])

    await until(is_told, _PATIENCE_S)
    scene.told = time.time()
    for each in scene.site.gateways:
        if what not in await told_degraded(each.listen, scene.site.key):
            raise RuntimeError(f"a greeting does not tell that {what} is degraded")
    return Figure(f"told as degraded ({what}), after", scene.told - scene.began, "s", bar_s)
