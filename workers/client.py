"""What the gateway holds of the text models: ask about a text, hear by its deadline.

    workers = TextWorkers(SHIPPED)
    await workers.start()
    workers.ask("linear", "free coins", until=loop.time() + 0.03, done=heard)

No model and no numeric library is loaded here. Times are the loop's, which are the system's
monotonic clock.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

from seawall.errors import ConfigError, OurFault
from workers.lane import Lane
from workers.queue import Done, Heard, Unchecked
from workers.stats import Stats
from workers.table import SHIPPED, Model

__all__ = ["SHIPPED", "Done", "Heard", "Model", "Stats", "TextWorkers", "Unchecked"]


class TextWorkers:
    """The models of one gateway, each in its own process.

    Any of them may be down at any time; then its texts are told `down` at once.
    """

    def __init__(self, models: Sequence[Model] = SHIPPED) -> None:
        """Take the lines of the table that shall run. Raises ConfigError for a name twice."""
        names = [model.name for model in models]
        if len(set(names)) != len(names):
            raise ConfigError("two text models have one name")
        self._models = tuple(models)
        self._lanes: dict[str, Lane] = {}
        self.names: frozenset[str] = frozenset()
        """The models that can be asked: none before `start`."""

    async def start(self, deadline_s: float = 20.0) -> None:
        """Spawn the workers; return when each is ready or has failed, at the deadline at last.

        Call from the main thread. A model that fails raises nothing: `problems` names it, and it
        is tried again.
        """
        if threading.current_thread() is not threading.main_thread():
            raise OurFault("workers would die with this thread: start them from the main one")
        for model in self._models:
            lane = self._lanes[model.name] = Lane(model)
            lane.start()
        self.names = frozenset(self._lanes)  # asked for every message
        waiting = [asyncio.ensure_future(lane.settled.wait()) for lane in self._lanes.values()]
        if waiting:
            try:
                await asyncio.wait(waiting, timeout=deadline_s)
            finally:
                for task in waiting:
                    task.cancel()

    async def close(self) -> None:
        """End the workers; what still waits is told `down`."""
        await asyncio.gather(*(lane.close() for lane in self._lanes.values()))

    def ask(
        self,
        model: str,
        text: str,
        *,
        until: float,
        done: Done,
        lang: str = "",
        surface: str = "chat",
    ) -> None:
        """Ask one model about one text; never blocks.

        `done` is called once, in the loop and never from within this call, by `until` (seconds of
        the loop's clock, ten from now at most): with signals, or with why there are none. Raises
        OurFault for a model that is not in the table.
        """
        lane = self._lanes.get(model)
        if lane is None:
            raise OurFault(f"no text model is called {model}")
        lane.ask(text, lang, surface, until, done)

    def version(self, model: str) -> str:
        """Return the version of a model's weights, "" as long as none was loaded."""
        return self._lanes[model].version

    def pid(self, model: str) -> int | None:
        """Return the process id of a model's worker, None while there is none."""
        return self._lanes[model].pid

    def problems(self) -> dict[str, str]:
        """Say of each model that cannot be asked now why that is; for `/readyz`."""
        return {name: lane.problem for name, lane in self._lanes.items() if not lane.ready}

    def stats(self) -> tuple[Stats, ...]:
        """Return the counts of each model, in the table's order."""
        return tuple(lane.measured() for lane in self._lanes.values())
