"""A real gateway for tests: real Valkey, journal and sockets, a small policy; and a raw peer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection

from gateway.config import Config
from gateway.record.keys import keys_new
from gateway.serve import Gateway
from tests.gateway.records import fresh_record

__all__ = ["POLICY", "Live", "Peer", "running", "write_policy"]

DEADLINE_S = 5.0

POLICY = """
policy: tests
budgets: {chat: {ms: 2000, on_timeout: allow}, profile: {ms: 2000, on_timeout: allow}}
restrictions:
  slow: {every: 10s}
  slow_all: {every: 10s}
  shield: {every: 10s}
  newcomer: 10m
hold: {for: 2s, expiry: denied}
exempt: {windows: [mod, admin, staff, host, bot]}
brake: off
notices:
  spam: {en: "No spam, please.", es: "Sin spam, por favor."}
"""
LEXICON = """
lexicon: en
terms:
  - {term: blockword, category: spam, severity: critical}
  - {term: holdword, category: scam.giveaway, severity: high}
  - {term: maskword, category: profanity, severity: medium}
  - {term: flagword, category: harassment, severity: low}
  - {term: muteword, category: threat, severity: high}
  - {term: careword, category: self_harm, severity: high}
  - {term: split phrase, category: scam.phishing, severity: critical}
  - {term: linksoff, category: market.manipulation, severity: high}
  - {term: shieldword, category: extremism, severity: high}
"""
RULES = """
- {rule: block-spam, category: spam, when: lexicon.spam, then: block}
- {rule: hold-giveaway, category: scam.giveaway, when: lexicon.scam.giveaway, then: hold}
- {rule: mask-profanity, category: profanity, when: lexicon.profanity, then: mask}
- {rule: flag-harassment, category: harassment, when: lexicon.harassment, then: allow}
- {rule: mute-threat, category: threat, when: lexicon.threat, then: [block, {mute: 60s}]}
- {rule: care, category: self_harm, when: lexicon.self_harm, then: {care: null}}
- {rule: phishing, category: scam.phishing, when: lexicon.scam.phishing, then: block}
- {rule: links-off, category: market.manipulation, when: lexicon.market.manipulation,
   then: [block, {links_off: 60s}]}
- {rule: raise-shield, category: extremism, when: lexicon.extremism, then: [block, {shield: 60s}]}
- {rule: shadowed, category: spam, when: text.length >= 500, then: block, stage: shadow}
- window: pace
  key: [room, user]
  count: accepted
  limit: 8
  per: 60s
  over: {then: slow, for: 30s}
- window: copies
  key: [room, fingerprint]
  of: user
  count: attempted
  limit: 5
  per: 30s
  over: {message: hold}
- window: joins
  on: [join]
  key: [room]
  of: user
  count: attempted
  limit: 10
  per: 30s
  over: {then: slow_all, for: 30s}
"""


def write_policy(folder: Path, **files: str) -> Path:
    """Write the small policy; `files` replace or add files by stem."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {"policy": POLICY, "lexicon": LEXICON, "rules": RULES, **files}.items():
        path = folder / ("lexicon.en.yaml" if name == "lexicon" else f"{name}.yaml")
        path.write_text(text, encoding="utf-8")
    return folder


class Live:
    """A running gateway with its folder, and keys to it."""

    def __init__(self, gateway: Gateway, data: Path, policy: Path) -> None:
        self.gateway = gateway
        self.data = data
        self.policy = policy
        self._numbers = count(1)

    async def key(self, tenant: str = "t", role: str = "server", name: str = "") -> str:
        """Make a key that works at once."""
        name = name or f"key-{next(self._numbers)}"
        made = await asyncio.to_thread(keys_new, self.data, tenant, role, name)
        await self.gateway.keys.refresh()
        return made

    def fresh(self, what: str) -> str:
        """Return an id nobody has used."""
        return f"{what}-{next(self._numbers)}"

    @asynccontextmanager
    async def peer(
        self, key: str | None = None, rooms: list[str] | None = None, **options: Any
    ) -> AsyncIterator[Peer]:
        """Connect as a server and say hello."""
        key = key or await self.key()
        async with self.connect(key, **options) as peer:
            await peer.send({"type": "hello", "server": "s1", "rooms": rooms or ["*"]})
            peer.hello = await peer.read()
            assert peer.hello["type"] == "hello"
            yield peer

    @asynccontextmanager
    async def connect(self, key: str | None, **options: Any) -> AsyncIterator[Peer]:
        """Connect without a word. `key` None shows none."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        async with websockets.connect(
            f"ws://{self.gateway.listen}/v1",
            additional_headers=headers,
            compression=None,
            ping_interval=None,
            **options,
        ) as socket:
            yield Peer(socket)


class Peer:
    """The other end of a connection, in plain JSON."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.hello: dict[str, Any] = {}
        self.seen: list[dict[str, Any]] = []

    async def send(self, message: dict[str, Any] | str | bytes) -> None:
        """Send one frame."""
        await self.socket.send(json.dumps(message) if isinstance(message, dict) else message)

    async def read(self) -> dict[str, Any]:
        """Return the next message."""
        async with asyncio.timeout(DEADLINE_S):
            found: dict[str, Any] = json.loads(await self.socket.recv())
            return found

    async def wait(self, what: str, /, **fields: Any) -> dict[str, Any]:
        """Return the next message of a kind with these fields; keep others in `seen`."""
        while True:
            for place, found in enumerate(self.seen):
                if _fits(found, what, fields):
                    return self.seen.pop(place)
            self.seen.append(await self.read())

    async def chat(self, text: str, **more: Any) -> dict[str, Any]:
        """Send a message and return its verdict."""
        message = chat(text, **more)
        await self.send(message)
        return await self.wait("verdict", id=message["id"], rev=message.get("rev", 0))

    async def closed(self) -> tuple[int, str]:
        """Wait for the end, keeping what comes before it; return its close code and reason."""
        async with asyncio.timeout(DEADLINE_S):
            with suppress(websockets.ConnectionClosed):
                while True:
                    self.seen.append(json.loads(await self.socket.recv()))
            await self.socket.wait_closed()
        return self.socket.close_code or 0, self.socket.close_reason or ""


_ids = count(1)


def chat(text: str, **more: Any) -> dict[str, Any]:
    """Build a chat message with an id of its own (an edit when `rev` is given)."""
    user = more.pop("user", "u1")
    if isinstance(user, str):
        user = {"id": user, "name": user, "roles": more.pop("roles", [])}
    return {
        "type": "edit" if more.get("rev") else "chat",
        "id": f"m{next(_ids)}",
        "room": "r1",
        "user": user,
        "text": text,
        "at": 1.0,
        "surface": "chat",
        **more,
    }


def _fits(found: dict[str, Any], kind: str, fields: dict[str, Any]) -> bool:
    return found["type"] == kind and all(found.get(name) == fields[name] for name in fields)


@asynccontextmanager
async def running(folder: Path, **settings: Any) -> AsyncIterator[Live]:
    """Run a gateway in this process until the block ends."""
    policy = settings.pop("policy", None) or write_policy(folder / "policy")
    config = Config(
        listen=settings.pop("listen", "127.0.0.1:0"),
        http="127.0.0.1:0",
        data=str(folder / "data"),
        policy=str(policy),
        models=settings.pop("models", ""),  # a worker costs a test a third of a second
        **settings,
    )
    if not config.database:
        await asyncio.to_thread(fresh_record, folder / "data")
    gateway = Gateway(config)
    await gateway.start()
    try:
        yield Live(gateway, folder / "data", policy)
    finally:
        await gateway.stop()
