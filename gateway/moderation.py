"""The moderators' side put together: accounts, cases, decisions, paging, live consoles.

Built beside the chat path, which it shares record, labels, commands and recorder with. Nothing of
it is on a message's way but the ring of recent messages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path

from gateway.assembly import ChatPath
from gateway.cases.context import ContextKeeper
from gateway.cases.degraded import Outages
from gateway.cases.desk import CaseDesk
from gateway.cases.store import CaseStore
from gateway.chat.rulesets import Rulesets
from gateway.config import Config
from gateway.console.handshake import ConsoleDoor
from gateway.console.hub import Hub
from gateway.console.numbers import Numbers
from gateway.console.overview import Overviews, Present
from gateway.console.policies import Policies
from gateway.console.rooms import Rooms
from gateway.console.telling import Sources, Telling
from gateway.deciding.nukesetup import make_nuking
from gateway.deciding.setup import make_deciding
from gateway.http.answered import AnsweredCalls
from gateway.http.parts import Parts
from gateway.http.sessions import socket_address
from gateway.http.signing_in import PeopleDesk
from gateway.live import LiveStreams
from gateway.metrics import Metrics
from gateway.paging.channels import Plans
from gateway.paging.desk import PagingDesk
from gateway.paging.pager import Pager
from gateway.paging.sending import Sender
from gateway.paging.staff import Staff
from gateway.paging.store import PageStore
from gateway.people.people import People
from gateway.people.sessions import Ends
from gateway.policy.brake import Brakes
from gateway.record.clips import Clips
from gateway.record.secret import load_secret
from gateway.record.tables import Tables
from gateway.record.where import Where
from gateway.roles import DEFAULT_MATRIX, Actor, Rights
from gateway.shapes.cases import QueueLine
from gateway.state.wake import Wake
from gateway.stream.evidence import sweep_left
from gateway.stream.playing import Player
from seawall import __version__
from seawall.policy.model import Policy

__all__ = ["Moderation"]

Work = tuple[str, Coroutine[object, object, None]]


class Moderation:
    """Everything that people work with. Build it in the loop; `load`, then run its `works`."""

    def __init__(
        self,
        config: Config,
        where: Where,
        metrics: Metrics,
        rulesets: Rulesets,
        tables: Tables,
        chat: ChatPath,
        live: LiveStreams | None,
        wake: Wake,
        brakes: Brakes,
    ) -> None:
        self._config = config
        self._where = where
        self._metrics = metrics
        self._rulesets = rulesets
        self._tables = tables
        self._chat = chat
        self._live = live
        self._wake = wake
        self._brakes = brakes
        self._player = Player(Clips(where.data, load_secret(where.data)))
        self.http_port = 0
        self.edge_port = 0
        self.people = People(where, wake, Ends(config.session_idle_s, config.session_s))
        wake.on("people", lambda _: self.people.sessions.poke())
        self._build_cases()
        self._build_deciding()
        self._build_paging()
        self._build_consoles()
        self._measure()

    async def load(self) -> None:
        """Read who is who. Raises RecordUnavailable."""
        await self.people.load()

    def works(self) -> list[Work]:
        """Return what runs by the clock: a name and a coroutine each."""
        chat = self._chat
        degraded, note = self._metrics.degraded, chat.recorder.note
        outages = Outages(degraded, note, self._node, chat.commands.tenants)
        return [
            ("people", self.people.run()),
            ("cases", self.desk.run()),
            ("context", self.context.run()),
            ("decisions", self.deciding.run()),
            ("nukes", self.nuking.run()),
            ("pages", self.pager.run()),
            ("consoles", self.telling.run()),
            ("outages", outages.run()),
        ]

    async def sweep_clips(self, spilled: Callable[[], int]) -> None:
        """Sweep up clips until cancelled where no streams are taken in."""
        await sweep_left(self._player.clips, self._tables.evidence, spilled)

    def drain(self) -> None:
        """Say goodbye to the consoles."""
        self.hub.drain()

    async def close(self) -> None:
        """End what is under way and let go of the database; before the journal stops."""
        await self.hub.close()
        await self.pager.close()
        await self._sender.close()
        await self.deciding.close()
        await self.people.close()
        for each in (self._pages, self._numbers, self.context, self._store, self.answered):
            await asyncio.to_thread(each.close)

    def parts(self) -> Parts:
        """Return what the HTTP API stands on."""
        return Parts(
            audit=self.people.audit,
            desk=self.desk,
            talk=self._chat.recent,
            around=self.context,
            deciding=self.deciding,
            nuking=self.nuking,
            overviews=self.overviews,
            policies=self.policies,
            paging=self.paging,
            evidence=self._tables.evidence,
            player=self._player,
        )

    def people_desk(self) -> PeopleDesk:
        """Return what the endpoints about people stand on."""
        given = self._config.console_socket
        return PeopleDesk(
            self.people,
            lambda tls, host: given or socket_address(tls, host, self.edge_port),
            self._origins(),
            tls=self._behind_tls(),
            on_call=self.paging.is_called_first,
        )

    # -- parts ----------------------------------------------------------------------------------

    @property
    def _node(self) -> str:
        return self._chat.commands.sequence.node

    def _build_cases(self) -> None:
        chat = self._chat
        self._store = CaseStore(self._where)
        self.desk = CaseDesk(
            self._store,
            self._metrics,
            self._wake,
            person=self._person,
            give_s=self._config.case_give_s,
        )
        self.context = ContextKeeper(self._where, chat.recent.around)
        self.desk.heard.append(self.context.heard)
        chat.recorder.case_opened = chat.holds.case_opened = self.desk.poke
        self.answered = AnsweredCalls(self._where)

    def _build_deciding(self) -> None:
        chat, recent = self._chat, self._chat.recent
        moderating = None if self._live is None else self._live.hands.moderating
        self.deciding = make_deciding(
            self._where,
            self._metrics,
            chat.labels,
            chat.recorder,
            chat.commands,
            chat.restored,
            chat.holds,
            chat.reverts,
            see=chat.courier.see,
            streams=moderating,
            desk=self.desk,
            exempt=recent.is_exempt,
            author=recent.author,
        )
        self.nuking = make_nuking(
            self._where,
            self._tables.nukes,
            recent,
            chat.nukes,
            self.deciding,
            chat.labels,
            chat.recorder,
            chat.commands,
            chat.reverts,
        )

    def _build_paging(self) -> None:
        config = self._config
        hosts = frozenset(_listed(config.page_hosts))
        self._pages = PageStore(self._where)
        self._sender = Sender(hosts)
        plans = Plans(self.people.documents, self._where)
        staff = Staff(self.people.sessions)
        self.pager = Pager(
            self._pages,
            plans,
            staff,
            self._sender,
            self._node,
            config.console_url,
            remark=self._paged,
        )
        self.paging = PagingDesk(self._pages, plans, self.pager, staff)
        self.desk.heard.append(lambda tenant, lines: self.pager.poke())

    def _build_consoles(self) -> None:
        chat, config = self._chat, self._config
        sessions = self.people.sessions
        self.hub = Hub(
            self._node, __version__, sessions.actor_by, self.desk.find, self.people.audit.note
        )
        self.people.admin.here = self.hub.names
        self.desk.present = self.hub.people
        self.desk.heard.append(self.hub.cases)
        self.desk.noted.append(self.hub.noted)
        self.pager.heard.append(self.hub.paged)
        self.door = ConsoleDoor(
            self.hub, self._origins(), lambda: self.http_port, secure=self._behind_tls()
        )
        moderating = None if self._live is None else self._live.hands.moderating
        self._numbers = Numbers(self._where)
        rooms = Rooms(chat.recent, chat.labels, chat.switches, self._numbers, moderating)
        present = Present(
            connections=chat.service.connections_of,
            consoles=lambda tenant: len(self.hub.names(tenant)),
            on_call=self._on_call,
            streams=moderating,
        )
        self.overviews = Overviews(
            chat.recent,
            self._numbers,
            rooms,
            self._metrics,
            self._brakes,
            self._categories,
            present,
        )
        self.policies = Policies(
            Path(config.data),
            config.tenants.keys(),
            lambda tenant: self._rulesets.of(tenant).policy.version,
            self._brakes,
        )
        self.telling = Telling(
            self.hub,
            chat.recent,
            Sources(
                chat.switches.of,
                None if moderating is None else moderating.find,
                self.overviews.overview,
                self._queues,
            ),
        )

    def _measure(self) -> None:
        degraded = self._metrics.degraded
        degraded["people"] = lambda: self.people.sessions.failing
        degraded["pages"] = lambda: self.pager.failing
        degraded["context"] = lambda: self.context.failing
        degraded["nukes"] = lambda: self.nuking.failing or self._chat.nukes.failing
        self._metrics.queues["consoles"] = lambda: len(self.hub)

    # -- what parts ask of each other -------------------------------------------------------------

    async def _person(self, tenant: str, name: str) -> Actor | None:
        return self.people.sessions.actor_named(tenant, name)

    async def _on_call(self, tenant: str) -> list[str]:
        return self.paging.first_called(tenant)

    async def _queues(self, tenant: str) -> list[QueueLine]:
        return (await self.desk.queues(_gateway(tenant))).items

    def _categories(self, tenant: str) -> dict[str, str]:
        return _categories(self._rulesets.of(tenant).policy)

    def _paged(self, tenant: str, case: str, person: str, at: float) -> None:
        self._store.remark(tenant, case, "paged", at, to=person)

    def _origins(self) -> frozenset[str]:
        return frozenset(each.rstrip("/") for each in _listed(self._config.console_origins))

    def _behind_tls(self) -> bool:
        """Say whether browsers reach us by TLS, here or in front of us."""
        config = self._config
        return bool(config.tls_cert) or config.console_url.lower().startswith("https://")


def _gateway(tenant: str) -> Actor:
    """Return the gateway itself as somebody who may see every queue."""
    rights = Rights(frozenset(DEFAULT_MATRIX["admin"]))
    return Actor(tenant, "gateway", "gateway", ("admin",), rights, via="gateway")


def _categories(policy: Policy) -> dict[str, str]:
    found = {rule.name: rule.category for rule in policy.rules}
    windows = {window.name: window for each in policy.windows.values() for window in each}
    return found | {name: window.category for name, window in windows.items()}


def _listed(text: str) -> list[str]:
    return [each.strip().lower() for each in text.split(",") if each.strip()]
