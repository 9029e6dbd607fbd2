"""Models for judging offline: the same workers as beside a gateway, waited for."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Sequence
from types import TracebackType

from gateway.models import text_models
from seawall.errors import ConfigError
from seawall.events import Message
from seawall.policy.model import Policy
from seawall.signals import Signal
from workers.client import Heard, TextWorkers

__all__ = ["CHUNK", "Asked"]

CHUNK = 256
"""So many messages are asked about together."""
_PATIENCE_S = 10.0

Key = tuple[str, str, str, str]


class Asked:
    """What models say of messages; start it with `with`. Nothing here runs between two calls.

    Raises ConfigError where a model cannot be started: a replay must not differ in silence.
    """

    def __init__(self, names: str, file: str) -> None:
        workers = text_models(names, file)
        if workers is None:
            raise ConfigError("no text model is named")
        self._workers: TextWorkers = workers
        self._loop = asyncio.new_event_loop()
        self._known: dict[Key, Sequence[Signal]] = {}
        self.unheard = 0

    def __enter__(self) -> Asked:
        self._loop.run_until_complete(self._workers.start())
        for name, why in self._workers.problems().items():
            self.__exit__(None, None, None)
            raise ConfigError(f"the text model {name} cannot be asked: {why}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._loop.run_until_complete(self._workers.close())
        self._loop.close()
        if self.unheard:
            print(f"models did not answer about {self.unheard} texts", file=sys.stderr)

    def ahead(self, messages: Iterable[Message], policy: Policy) -> None:
        """Ask first opinions about many messages at once; forget those of before."""
        keys = [
            _key(ask.model, message)
            for message in messages
            for ask in policy.models.get(message.surface, ())
            if ask.when is None and message.text
        ]
        self._known.clear()
        self._loop.run_until_complete(self._ask(list(dict.fromkeys(keys))))

    def of(self, model: str, message: Message) -> Sequence[Signal]:
        """Return what a model says of a message; nothing, and it is counted, if it is silent."""
        key = _key(model, message)
        if key not in self._known:
            self._loop.run_until_complete(self._ask([key]))
        return self._known.get(key, ())

    async def _ask(self, keys: Sequence[Key]) -> None:
        loop = asyncio.get_running_loop()
        waiting = []
        for key in keys:
            model, text, lang, surface = key
            if model not in self._workers.names:
                continue
            future: asyncio.Future[Heard] = loop.create_future()
            until = loop.time() + _PATIENCE_S - 1.0
            self._workers.ask(
                model, text, until=until, done=future.set_result, lang=lang, surface=surface
            )
            waiting.append((key, future))
        for key, future in waiting:
            heard = await future
            self.unheard += bool(heard.unchecked)
            self._known[key] = heard.signals


def _key(model: str, message: Message) -> Key:
    return model, message.text, message.lang or "", message.surface
