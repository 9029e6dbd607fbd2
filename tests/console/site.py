"""A gateway for browsers: a tenant a test, people with accounts, chat servers that obey."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import websockets

from gateway.config import Config
from gateway.roles import DEFAULT_MATRIX, Actor, Rights, Role
from gateway.serve import Gateway
from gateway.shapes.people import ModeratorBody
from seawall import wire
from seawall.client import Client, connect
from tests.gateway.live import Live, write_policy
from tests.gateway.records import fresh_record

__all__ = ["DEADLINE_S", "Account", "ChatServer", "Site", "Tenant", "serving", "until"]

DEADLINE_S = 30.0
"""How long anything may take; the machine may be busy with other tests."""

_POLICY = """
policy: console
budgets: {chat: {ms: 4000, on_timeout: allow}, profile: {ms: 4000, on_timeout: allow}}
hold: {for: 20m, expiry: denied}
brake: off
exempt: {windows: [mod, admin, staff, host, bot]}
notices:
  scam.giveaway: {en: "Your message looked like a giveaway scam."}
"""
_LEXICON = """
lexicon: en
terms:
  - {term: giveaway, category: scam.giveaway, severity: high}
  - {term: raidword, category: spam, severity: medium}
  - {term: insultword, category: harassment, severity: medium}
  - {term: threatword, category: threat, severity: critical}
"""
_RULES = """
- {rule: giveaway, category: scam.giveaway, severity: high, when: lexicon.scam.giveaway,
   then: allow, case: {queue: fraud, priority: p1, due: 30m, nobody: escalate}}
- {rule: raid, category: spam, severity: medium, when: lexicon.spam, then: allow,
   case: {queue: raids, priority: p2}}
- {rule: insult, category: harassment, severity: medium, when: lexicon.harassment, then: hold,
   case: {queue: abuse, priority: p2}}
- {rule: threat, category: threat, severity: critical, when: lexicon.threat, then: block,
   case: {queue: safety, priority: p0}}
"""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in. `otpauth` is the authenticator's address, '' without one."""

    tenant: str
    name: str
    password: str
    otpauth: str = ""


@dataclass(eq=False)
class ChatServer:
    """A chat server: says what its users say, carries out every command, remembers them."""

    client: Client
    commands: list[wire.Command]
    _ids: count[int] = field(default_factory=lambda: count(1))

    async def say(
        self, text: str, user: str = "kai", room: str = "lobby", name: str = "", id: str = ""
    ) -> wire.Verdict:
        """Have a message judged."""
        verdict = await self.client.ask(self.message(text, user, room, name, id), timeout_s=20.0)
        assert not verdict.late, verdict
        return verdict

    async def say_all(self, messages: Sequence[wire.Chat]) -> None:
        """Have many messages judged together."""
        for answer in await self.client.judge_many(messages, timeout_s=20.0):
            assert isinstance(answer, wire.Verdict), answer
            assert not answer.late, answer

    def message(
        self, text: str, user: str = "kai", room: str = "lobby", name: str = "", id: str = ""
    ) -> wire.Chat:
        """Return a message with an id of its own."""
        author = wire.Author(user, name or user.title(), [])
        return wire.Chat(id or f"m{next(self._ids)}", room, author, text, time.time(), "chat")

    def counted(self) -> Counter[tuple[str, bool]]:
        """Count the commands by kind; True: it takes a restriction back."""
        return Counter((each.kind, each.for_s == 0) for each in self.commands)

    async def commanded(self, kind: str, n: int = 1, *, back: bool = False) -> None:
        """Wait for the n-th command of a kind."""
        await until(lambda: self.counted()[kind, back] >= n, f"{n} {kind}, got {self.counted()}")


class Tenant:
    """One test's own tenant: what others do is not seen in it."""

    def __init__(self, live: Live, name: str) -> None:
        self.live = live
        self.name = name

    async def person(
        self, name: str = "ann", role: Role = "lead", **more: Any
    ) -> Account:  # Any: fields of ModeratorBody
        """Make an account."""
        rights = Rights(frozenset(DEFAULT_MATRIX["admin"]))
        admin = Actor(self.name, "setup", "setup", ("admin",), rights, via="command")
        people = self.live.gateway.moderation.people
        made = await people.admin.add(admin, ModeratorBody(name, [role], **more))
        return Account(self.name, name, made.password, made.otpauth)

    @asynccontextmanager
    async def server(self, name: str = "chat") -> AsyncIterator[ChatServer]:
        """Connect a chat server that carries out what it is told."""
        key = await self.live.key(self.name)
        heard: list[wire.Command] = []

        async def obey(command: wire.Command) -> None:
            heard.append(command)

        address = f"ws://{self.live.gateway.listen}/v1"
        async with connect(address, key=key, server=name, on_command=obey) as client:
            yield ChatServer(client, heard)

    @asynccontextmanager
    async def reporter(self) -> AsyncIterator[Callable[[dict[str, Any]], Any]]:
        """Connect a server that speaks plain JSON; give what sends (Any: JSON)."""
        key = await self.live.key(self.name)
        address = f"ws://{self.live.gateway.listen}/v1"
        headers = {"Authorization": f"Bearer {key}"}
        async with websockets.connect(address, additional_headers=headers) as socket:

            async def send(message: dict[str, Any]) -> None:
                await socket.send(json.dumps(message))
                if message["type"] != "room":  # is not answered
                    async with asyncio.timeout(DEADLINE_S):
                        answer = json.loads(await socket.recv())
                    assert answer["type"] in ("hello", "ack"), answer

            await send({"type": "hello", "server": "reports", "rooms": ["*"]})
            yield send


class Site:
    """A running gateway with its console."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self._numbers = count(1)

    @property
    def url(self) -> str:
        """The console's address."""
        return f"http://{self.live.gateway.http}"

    def tenant(self) -> Tenant:
        """Return a tenant that nobody has used."""
        return Tenant(self.live, f"tenant{next(self._numbers)}")


@asynccontextmanager
async def serving(folder: Path, again: Site | None = None) -> AsyncIterator[Site]:
    """Run a gateway with a small policy whose rules open cases.

    `again`: the one that ran in this folder, whose addresses it takes over.
    """
    policy, data = folder / "policy", folder / "data"
    if again is None:
        write_policy(policy, policy=_POLICY, lexicon=_LEXICON, rules=_RULES)
        await asyncio.to_thread(fresh_record, data)
    free = "127.0.0.1:0"
    gateway = Gateway(
        Config(
            listen=again.live.gateway.listen if again else free,
            http=again.live.gateway.http if again else free,
            data=str(data),
            policy=str(policy),
            models="",
        )
    )
    await gateway.start()
    try:
        yield Site(Live(gateway, data, policy))
    finally:
        await gateway.stop()


async def until(holds: Callable[[], bool], what: str = "") -> None:
    """Let the loop turn until something is so."""
    try:
        async with asyncio.timeout(DEADLINE_S):
            while not holds():  # noqa: ASYNC110 - what is waited for has no event of its own
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(f"not in {DEADLINE_S} s: {what}") from None
