"""The chat path put together: who knows whom. Nothing here runs by itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from gateway.chat.acted import Platform, Restored
from gateway.chat.answers import Answers
from gateway.chat.asking import Models
from gateway.chat.clock import Sequence
from gateway.chat.commands import Commands
from gateway.chat.endings import late_done
from gateway.chat.engine import Engine, Waiter
from gateway.chat.holds import HoldDesk
from gateway.chat.load import Load
from gateway.chat.lookup import Lookup
from gateway.chat.nukes import Nukes
from gateway.chat.outbox import Courier
from gateway.chat.patience import Patience
from gateway.chat.recent import Recent
from gateway.chat.recorder import Recorder
from gateway.chat.reverts import Reverts
from gateway.chat.rulesets import Rulesets
from gateway.chat.switches import Switches
from gateway.config import Config
from gateway.edge.connection import Egress
from gateway.edge.inbox import Inbox
from gateway.log import RestrictionLog
from gateway.metrics import Metrics
from gateway.policy.brake import Brakes
from gateway.record.entry import CommandEnd
from gateway.record.journal import Journal
from gateway.record.tables import Tables
from gateway.service import Service
from gateway.state.labels import Labels
from gateway.state.labelsync import LabelSync
from gateway.state.store import WindowStore
from gateway.state.wake import Wake
from seawall import wire

__all__ = ["ChatPath"]

DAY_S = 86_400.0


class ChatPath:
    """Every part between a connection and the record. Build it in a running loop."""

    def __init__(
        self,
        config: Config,
        metrics: Metrics,
        rulesets: Rulesets,
        journal: Journal,
        tables: Tables,
        windows: WindowStore,
        wake: Wake,
        models: Models | None = None,
        brakes: Brakes | None = None,
    ) -> None:
        self._brakes = brakes
        self._config = config
        self._metrics = metrics
        self._rulesets = rulesets
        self._journal = journal
        self._tables = tables
        self._wake = wake
        self._models = models
        self.restored = Restored()
        self.also_ended: list[Callable[[str, wire.Command, CommandEnd, float], None]] = []
        """Who else hears how commands end."""
        self._loop = asyncio.get_running_loop()
        self.labels = Labels(half_life_s=rulesets.of("").policy.ladder.half_life_s)
        self.label_sync = LabelSync(self.labels, tables.standing)
        wake.on("labels", self.label_sync.wake)
        self.recent = Recent(config.recent_s, config.recent_mb, self._loop.call_later)
        self.nukes = Nukes(tables.nukes, wake)
        self._build_commands()
        self._build_recorder()
        self._build_moderation()
        self._build_engine(windows)
        self._build_service()

    async def load(self) -> None:
        """Read what was in force before: labels, strikes, how far command numbers have got."""
        await self.label_sync.load()
        await self.nukes.load()
        await self.courier.load()

    async def close(self) -> None:
        """End what runs, say what is only counted here; before the journal stops."""
        await self.lookup.close()
        await self.nukes.close()
        self.recorder.runs.close()
        self.courier.close()

    def _build_commands(self) -> None:
        config, metrics = self._config, self._metrics
        rulesets = self._rulesets
        number = Sequence(self._journal.writer)
        self.commands = Commands(config.command_s, metrics, self._ended, self._late, number)
        self.courier = Courier(self._tables.outbox, self.commands, self._wake, metrics)
        self.holds = HoldDesk(
            self._tables.holds,
            self._journal,
            lambda tenant, room: rulesets.of(tenant).for_room(room),
            self.commands.tell,
            metrics,
            self._wake,
        )

    def _build_recorder(self) -> None:
        self.recorder = Recorder(
            self._journal,
            self.labels,
            self.commands,
            self.holds.opened,
            self._metrics,
            Patience(self._loop.call_later),
            RestrictionLog(self._loop.call_soon),
            self._config.evidence_days * DAY_S,
            self._config.log_text,
            self.restored,
            self.labels_changed,
        )
        self.recorder.hold_word = self.holds.word

    def _build_moderation(self) -> None:
        labels, commands, journal = self.labels, self.commands, self._journal
        changed, see = self.labels_changed, self.courier.see
        self.reverts = Reverts(
            self._tables.decisions,
            self.holds.decide,
            labels,
            commands,
            journal,
            self.restored,
            changed,
            see,
        )
        self.switches = Switches(labels, commands, journal, changed, see)
        self.platform = Platform(labels, commands, self.recorder.note, changed)

    def _build_engine(self, windows: WindowStore) -> None:
        config, call_soon = self._config, self._loop.call_soon
        answers: Answers[Waiter] = Answers(config.memory_s, config.memory_mb << 20)
        load = self.load_state = Load(self._rulesets.least_budget_s)
        self._metrics.load = (lambda: load.state, load.entered.items)
        self.lookup = Lookup(self._tables.answered, self._metrics, call_soon)
        self.engine = Engine(
            self._rulesets,
            windows,
            self.labels,
            answers,
            self.recorder,
            self._metrics,
            call_soon,
            config.queue,
            load=self.load_state,
            lookup=self.lookup,
            models=None if self._models is None else (self._models, self._loop.call_later),
            brakes=self._brakes,
            recent=self.recent,
            nukes=self.nukes,
        )
        egress = Egress(call_soon)
        self._touch = egress.touch
        engine, write = self.engine, egress.flush
        self.inbox = Inbox(
            call_soon, engine.flush, self.load_state, flush=write, work=engine.examine
        )

    def _build_service(self) -> None:
        self.service = Service(
            self._config,
            self.engine,
            self.commands,
            self.labels,
            self.holds,
            self.recorder,
            self.platform,
            self.restored,
            self._metrics,
            self._touch,
            self.inbox,
            self._tables.whose,
        )
        self.commands.heard.append(self.recent.ordered)
        self.holds.ended.append(self.recent.ended)
        self.service.deleted.append(self.recent.deleted)

    def _ended(self, tenant: str, command: wire.Command, end: CommandEnd) -> None:
        at = time.time()
        self.recorder.ended(tenant, command, end, at)
        for hear in self.also_ended:
            hear(tenant, command, end, at)

    def _late(self, tenant: str, command: wire.Command, by: str) -> None:
        self.recorder.note(late_done(tenant, command, by, time.time()), lambda: None)

    def labels_changed(self, tenant: str) -> None:
        """Tell other gateways that a tenant's labels changed here."""
        self._wake.publish("labels", tenant)
