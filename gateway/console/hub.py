"""Who hears what: the live consoles of this gateway, and the topics they watch.

Rules:
1. A topic belongs to a tenant. What is told is encoded once for all who may hear the same of it.
2. The queue is told in batches: a raid costs each console some lines a second, not hundreds.
3. Telling waits for nobody (`socket`), and what is told is only a hint: the HTTP API has the truth.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Iterable
from typing import Protocol

from gateway.cases.claims import why_not_see
from gateway.console.socket import ConsoleSocket, framed, write_all
from gateway.log import log
from gateway.refusal import Refused
from gateway.roles import Actor, Permission
from gateway.shapes.cases import CaseLine, Note, QueueLine
from gateway.shapes.live import CaseLines, CaseNoted, Greeting, Paged, Queues, ToConsole, Viewers
from gateway.shapes.paging import PageLine
from seawall.errors import RecordUnavailable

__all__ = ["Hub", "Sessions", "Topics"]

GATHER_S = 0.02
"""Cases that change together are told together."""
_MOST = 2000
"""Consoles at once; more are turned away at the handshake."""
_ERRANDS = 200
_NEEDS: dict[str, Permission] = {
    "queue": "cases.read",
    "case": "cases.read",
    "room": "evidence.view",
    "stream": "rooms.read",
    "overview": "overview.read",
    "pages": "pages.read",
}


class Sessions(Protocol):
    """Who a cookie's token belongs to, as it stands now."""

    def __call__(self, token: str) -> Actor | None:
        """Return whose session this is; None when it is nobody's, or no longer."""


class Topics(Protocol):
    """Hears when a topic gets its first console and loses its last."""

    def __call__(self, tenant: str, topic: str, watched: bool) -> None:
        """Start or stop telling of it."""


Key = tuple[str, str]


class Hub:
    """The consoles connected here. Everything runs on the loop."""

    def __init__(
        self,
        gateway: str,
        version: str,
        sessions: Sessions,
        find_case: Callable[[Actor, str], Awaitable[CaseLine]],
        audit: Callable[[Actor, str, str], Awaitable[None]],
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """`find_case` raises Refused for a case that this person may not see.

        `audit` writes down what somebody (their actor) begins to see, before they see it.
        """
        self.topics: list[Topics] = []
        self._gateway = gateway
        self._version = version
        self._sessions = sessions
        self._find_case = find_case
        self._audit = audit
        self._clock = clock
        self._wall = wall
        self._consoles: set[ConsoleSocket] = set()
        self._watching: defaultdict[Key, dict[ConsoleSocket, None]] = defaultdict(dict)
        # In the order they came: sockets that were made together lie together in the kernel too.
        self._changed: dict[str, dict[str, CaseLine]] = {}
        self._errands: set[asyncio.Task[None]] = set()

    # -- consoles -------------------------------------------------------------------------------

    @property
    def full(self) -> bool:
        """Whether no more consoles are taken in."""
        return len(self._consoles) >= _MOST

    def __len__(self) -> int:
        return len(self._consoles)

    def __contains__(self, key: Key) -> bool:
        return key in self._watching

    def connect(self, token: str) -> ConsoleSocket | None:
        """Make the socket of a handshake that showed `token`; None when that is nobody's."""
        actor = self._sessions(token)
        return None if actor is None else ConsoleSocket(self, token, actor, self._clock())

    def joined(self, console: ConsoleSocket) -> None:
        """Greet a console."""
        self._consoles.add(console)
        console.write(framed(Greeting(self._gateway, self._wall(), self._version)), "")

    def left(self, console: ConsoleSocket) -> None:
        """Forget a console."""
        self._consoles.discard(console)
        for topic in list(console.topics):
            self.unwatch(console, topic)

    def names(self, tenant: str) -> set[str]:
        """Return who of a tenant has a console open here."""
        return {each.actor.name for each in self._consoles if each.actor.tenant == tenant}

    def people(self) -> list[Actor]:
        """Return everybody who has a console open here, each once."""
        found = {(each.actor.tenant, each.actor.name): each.actor for each in self._consoles}
        return list(found.values())

    # -- topics ---------------------------------------------------------------------------------

    def watch(self, console: ConsoleSocket, topic: str) -> None:
        """Let a console hear of a topic; what it may not hear it is not told of."""
        kind, _, name = topic.partition(":")
        needed = _NEEDS.get(kind)
        plain = kind in ("queue", "overview", "pages")
        if needed is None or plain == bool(name) or not console.actor.may(needed):
            return
        if kind == "case":
            self._errand(self._watch_case(console, topic, name))
        elif kind == "room":
            self._errand(self._watch_room(console, topic, name))
        else:
            self._add(console, topic)

    def unwatch(self, console: ConsoleSocket, topic: str) -> None:
        """Let it hear of it no more."""
        if topic not in console.topics:
            return
        console.topics.discard(topic)
        key = (console.actor.tenant, topic)
        rest = self._watching[key]
        rest.pop(console, None)
        if not rest:
            del self._watching[key]
            self._tell_topics(*key, watched=False)
        if topic.startswith("case:"):
            self._tell_viewers(*key)

    def watched(self, kind: str) -> list[Key]:
        """Return (tenant, topic) of the topics of a kind that somebody watches."""
        return [key for key in self._watching if key[1].partition(":")[0] == kind]

    def tell(self, tenant: str, topic: str, message: ToConsole) -> None:
        """Tell all who watch a topic."""
        heard = self._watching.get((tenant, topic))
        if heard:
            write_all(tuple(heard), framed(message), topic)

    # -- cases and pages ------------------------------------------------------------------------

    def cases(self, tenant: str, changed: list[CaseLine]) -> None:
        """Tell of cases as they stand now, in a moment and all at once."""
        if (tenant, "queue") not in self._watching:
            return
        if not self._changed:
            asyncio.get_running_loop().call_later(GATHER_S, self._tell_cases)
        mine = self._changed.setdefault(tenant, {})
        for line in changed:
            known = mine.get(line.id)
            if known is None or known.version <= line.version:
                mine[line.id] = line

    def queues(self, tenant: str, lines: list[QueueLine]) -> None:
        """Tell the queues' numbers, to each console those of its own."""
        for actor, consoles in _scopes(self._watching.get((tenant, "queue"), ())):
            seen = [line for line in lines if actor.may("cases.read", line.queue)]
            write_all(consoles, framed(Queues(seen)), "queue")

    def noted(self, tenant: str, case: str, note: Note) -> None:
        """Tell who looks at a case what happened to it. A blind question stays its asker's."""
        if note.kind != "second":
            self.tell(tenant, f"case:{case}", CaseNoted(case, note))

    def paged(self, tenant: str, page: PageLine) -> None:
        """Tell of a page: whoever is called always hears it."""
        ring, quiet = framed(Paged(page, ring=True)), framed(Paged(page, ring=False))
        heard = self._watching.get((tenant, "pages"), {})
        for console in tuple(self._consoles):
            if console.actor.tenant != tenant:
                continue
            if console.actor.name == page.person and page.state == "open":
                console.write(ring, "pages")
            elif console in heard:
                console.write(quiet, "pages")

    # -- by the clock ---------------------------------------------------------------------------

    def tick(self) -> None:
        """Look at every console: is its session still good, does it read?"""
        now = self._clock()
        for console in tuple(self._consoles):
            if not console.tick(now):
                console.close(4002, "slow")
                continue
            actor = self._sessions(console.token)
            if actor is None or actor.tenant != console.actor.tenant:
                console.close(4001, "signed_out")
            elif actor != console.actor:  # what they may do has changed: they ask anew
                console.close(1012, "changed", 0.0)

    def drain(self) -> None:
        """Say goodbye to everybody."""
        for console in tuple(self._consoles):
            console.close(1001, "draining", 0.5)

    async def close(self) -> None:
        """Give up what is under way."""
        tasks = list(self._errands)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # -- inside ---------------------------------------------------------------------------------

    def _add(self, console: ConsoleSocket, topic: str) -> None:
        if console.transport is None or topic in console.topics:
            return
        key = (console.actor.tenant, topic)
        first = key not in self._watching
        console.topics.add(topic)
        self._watching[key][console] = None
        if first:
            self._tell_topics(*key, watched=True)
        if topic.startswith("case:"):
            self._tell_viewers(*key)

    async def _watch_case(self, console: ConsoleSocket, topic: str, case: str) -> None:
        try:
            await self._find_case(console.actor, case)
        except (Refused, RecordUnavailable):
            return  # whoever may not see it is told nothing; a console asks again over HTTP
        self._add(console, topic)

    async def _watch_room(self, console: ConsoleSocket, topic: str, room: str) -> None:
        try:
            await self._audit(console.actor, "room.watch", room)
        except RecordUnavailable:
            return  # what cannot be written down is not shown
        self._add(console, topic)

    def _errand(self, work: Coroutine[object, object, None]) -> None:
        if len(self._errands) >= _ERRANDS:
            work.close()
            return
        task = asyncio.create_task(work)
        self._errands.add(task)
        task.add_done_callback(self._errand_done)

    def _errand_done(self, task: asyncio.Task[None]) -> None:
        self._errands.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a console's wish failed", exc_info=error)

    def _tell_topics(self, tenant: str, topic: str, *, watched: bool) -> None:
        for hear in self.topics:
            hear(tenant, topic, watched)

    def _tell_viewers(self, tenant: str, topic: str) -> None:
        here = self._watching.get((tenant, topic), {})
        names = sorted({each.actor.name for each in here})
        self.tell(tenant, topic, Viewers(topic.partition(":")[2], names))

    def _tell_cases(self) -> None:
        changed, self._changed = self._changed, {}
        for tenant, lines in changed.items():
            for actor, consoles in _scopes(self._watching.get((tenant, "queue"), ())):
                seen = [line for line in lines.values() if why_not_see(actor, line) is None]
                if not seen:
                    continue
                write_all(consoles, framed(CaseLines(seen, self._wall())), "queue")


def _scopes(consoles: Iterable[ConsoleSocket]) -> Iterable[tuple[Actor, list[ConsoleSocket]]]:
    """Return consoles that may see the same, with one of their actors: who may see what is asked
    once for all of them."""
    found: dict[Hashable, tuple[Actor, list[ConsoleSocket]]] = {}
    for console in consoles:
        actor = console.actor
        rights = (actor.rights.everywhere, *sorted(actor.rights.queues.items()))
        found.setdefault((actor.queues, rights), (actor, []))[1].append(console)
    return found.values()
