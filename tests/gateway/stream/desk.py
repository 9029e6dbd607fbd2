"""A gateway's judging and acting on real SQLite, real policy and real detectors: for tests.

Only the ingest is ours: streams that are open, and servers that hear what they are told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from gateway.chat.acted import Restored
from gateway.chat.commands import Receiver
from gateway.chat.recorder import Recorder
from gateway.chat.reverts import Reverted, Reverts
from gateway.chat.rulesets import Rulesets
from gateway.log import RestrictionLog
from gateway.policy.brake import Brakes
from gateway.policy.load import load_policy
from gateway.record.decisions import Decisions
from gateway.record.entry import CommandEnd, Entry
from gateway.record.holds import Decision, Outcome
from gateway.record.kept import KeptEvidence
from gateway.record.standing import Standing
from gateway.record.where import Where
from gateway.state.labels import Labels
from gateway.state.labelsync import LabelSync
from gateway.stream.darkness import Patience
from gateway.stream.hands import StreamHands, StreamParts
from gateway.stream.ports import Live
from gateway.stream.ringwriter import RingLimits
from seawall import wire
from seawall.errors import RecordUnavailable, SeawallError
from seawall.windows import Check
from tests.gateway.chat.nodes import TENANT, Book, Clock, Node
from workers.streams.reports import Aligned, Saw, Spoke, Text, Word
from workers.units import Said

__all__ = ["Gate", "Peer", "read_text", "saw", "spoke", "write_stream_policy"]

POLICY = """
policy: streams
hold: {for: 60s, expiry: denied}
brake: off
notices:
  spam: {en: "No spam."}
  scam.giveaway: {en: "No giveaways."}
  scam.phishing: {en: "No theft."}
  market.manipulation: {en: "No pumps."}
  sexual: {en: "Not here."}
"""
LEXICON = """
lexicon: en
terms:
  - {term: blurword, category: spam, severity: critical}
  - {term: cutword, category: scam.giveaway, severity: critical}
  - {term: slowcut, category: scam.phishing, severity: critical}
  - {term: queueword, category: gambling, severity: low}
  - {term: mildword, category: harassment, severity: low}
  - {term: send two bitcoin, category: market.manipulation, severity: critical}
"""
RULES = """
- {rule: blur-spam, category: spam, on: [frame, speech], when: lexicon.spam,
   then: {stream.blur: 60s}, strikes: 1, cooldown: 1s}
- {rule: cut-giveaway, category: scam.giveaway, on: [frame, speech], when: lexicon.scam.giveaway,
   then: {stream.cut: null}, veto: none, sure: true, case: {queue: fraud, priority: p1}}
- {rule: cut-phishing, category: scam.phishing, on: [frame, speech], when: lexicon.scam.phishing,
   then: {stream.cut: null}, veto: {for: 10s, nobody: cut}, sure: true}
- {rule: flag-harassment, category: harassment, on: [frame, speech], when: lexicon.harassment,
   then: allow}
- {rule: look-at-it, category: gambling, on: [frame, speech], when: lexicon.gambling, then: allow,
   case: {queue: desk, priority: p2}}
- {rule: mute-pump, category: market.manipulation, on: [speech],
   when: lexicon.market.manipulation, then: {stream.mute_audio: 30s}}
- {rule: nudity, category: sexual, on: [frame], when: image.nudity >= 0.8,
   flag: image.nudity >= 0.5, over: {hits: 2, of: 3, within: 60s},
   then: {stream.blur: 120s}, cooldown: 1s}
"""


def write_stream_policy(folder: Path) -> Path:
    """Write the policy of these tests."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("policy", POLICY), ("lexicon.en", LEXICON), ("rules", RULES)):
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    return folder


class Peer:
    """A stream server: keeps what it hears of a stream, and the commands it is told."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self.commands: list[wire.Command] = []

    def send(self, line: bytes) -> None:
        self.lines.append(msgspec.json.decode(line))

    def obey(self, line: bytes) -> None:
        self.commands.append(msgspec.json.decode(line, type=wire.Command))

    @property
    def findings(self) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["type"] == "finding"]

    def kinds(self) -> list[tuple[str, float | None]]:
        return [(command.kind, command.for_s) for command in self.commands]


class Open:
    """The streams that are open at a gateway."""

    def __init__(self) -> None:
        self.lives: dict[tuple[str, str], Live] = {}
        self.promoted: list[str] = []
        self.ends: list[tuple[str, str]] = []
        self.stopped: set[int] = set()
        self.words: list[Word] = []

    def find(self, tenant: str, stream: str) -> Live | None:
        live = self.lives.get((tenant, stream))
        return None if live is None or live.handle in self.stopped else live

    def all(self) -> list[Live]:
        return [live for live in self.lives.values() if live.handle not in self.stopped]

    def promote(self, live: Live, for_s: float, why: str) -> None:
        self.promoted.append(why)

    def align(self, live: Live, utterance: int, done: Callable[[Aligned], None]) -> None:
        done(Aligned(live.handle, utterance, self.words))

    def end(self, live: Live, why: str) -> None:
        self.ends.append((live.stream, why))
        self.stopped.add(live.handle)


class Quiet:
    """Windows that nothing is over."""

    def submit(
        self, checks: list[Check], now_ms: int | None, done: Callable[[list[int], bool], None]
    ) -> None:
        done([1] * len(checks), False)


class Journal:
    """A real chain that is written at once."""

    def __init__(self, book: Book) -> None:
        self.append = book.append

    async def record(self, entry: Entry, deadline_s: float) -> None:
        problems: list[SeawallError | None] = []
        self.append(entry, problems.append)
        if problems[0] is not None:
            raise RecordUnavailable(str(problems[0]))


async def _no_hold(
    tenant: str, ref: str, rev: int, outcome: Outcome, by: str, at: float
) -> Decision | None:
    return None


class _Node(Node):
    def __init__(self, where: Where, clock: Clock, gate: Gate) -> None:
        super().__init__(where, clock)
        self.gate = gate

    def ended(self, tenant: str, command: wire.Command, end: CommandEnd) -> None:
        super().ended(tenant, command, end)
        self.gate.hands.ended(tenant, command, end, self.clock.now)


class Gate:
    """One gateway. Make it in a running loop, and `close` it."""

    handles = count(1)

    def __init__(
        self,
        where: Where,
        clock: Clock,
        policy: Path,
        limits: RingLimits | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.where = where
        self.clock = clock
        self.node = _Node(where, clock, self)
        self.book = self.node.book
        self.labels = Labels()
        self.standing = Standing(where)
        self.sync = LabelSync(self.labels, self.standing, wall=clock)
        self.evidence = KeptEvidence(where)
        self.brakes = Brakes()
        loop = asyncio.get_running_loop()
        journal = Journal(self.book)
        self.recorder = Recorder(
            journal, self.labels, self.node.commands, lambda *held: None, self.node.metrics,
            loop.call_later, RestrictionLog(loop.call_soon), 60.0, False,
        )  # fmt: skip
        self.streams = Open()
        parts = StreamParts(
            Rulesets(load_policy(policy), {}), Quiet(), self.labels, self.recorder,
            self.node.commands, journal, self.node.metrics, self.evidence, self.standing,
            self.brakes, lambda tenant: None,
        )  # fmt: skip
        self.decisions = Decisions(where)
        self.reverts = Reverts(
            self.decisions, _no_hold, self.labels, self.node.commands, journal, Restored(),
            lambda tenant: None,
        )  # fmt: skip
        self.hands = StreamHands(parts, where, limits, patience, clock)
        self.hands.attach(self.streams)
        self.judge = self.hands.judge
        self.started = False

    async def start(self) -> None:
        """Read what is in force; start the evidence thread."""
        await self.sync.load()
        await self.node.courier.load()
        self.hands.start()
        self.started = True

    async def connect(self, peer: Peer) -> None:
        """Let a server hear commands here."""
        self.node.commands.connect(peer, TENANT, self.receiver(peer))
        assert await self.node.poll()

    @staticmethod
    def receiver(peer: Peer) -> Receiver:
        return Receiver(lambda room: True, peer.obey)

    def open(self, peer: Peer, stream: str = "live", room: str = "r", user: str = "u") -> Live:
        """Open a stream that a server sends."""
        handle = next(self.handles)
        live = Live(
            TENANT, stream, room, wire.User(user, f"name of {user}", []), "s1", handle, handle,
            "fmp4", self.clock.now, peer.send, last_byte_at=self.clock.now,
        )  # fmt: skip
        self.streams.lives[TENANT, stream] = live
        for tap in self.hands.taps:
            tap.opened(live)
        self.judge.opened(live)
        return live

    def shut(self, live: Live, why: str = "closed") -> None:
        """Close a stream."""
        del self.streams.lives[live.tenant, live.stream]
        self.judge.closed(live, why)
        for tap in self.hands.taps:
            tap.closed(live, why)

    def bytes(self, live: Live, data: bytes) -> None:
        """Let bytes of a stream come."""
        live.last_byte_at = self.clock.now
        for tap in self.hands.taps:
            tap.took(live, data, self.clock.now)

    def entries(self, kind: str, action: str = "") -> list[Entry]:
        """Return what was recorded of a kind."""
        found = [each for each in self.book.entries if each.kind == kind]
        return [each for each in found if action in ("", each.action)]

    async def revert(self, event: str, rev: int) -> Reverted | None:
        """Take a decision back."""
        return await self.reverts.revert(TENANT, event, rev, "moderator:ann", "", self.clock.now)

    async def tick(self, seconds: float = 0.0) -> None:
        """Let time pass, and what is due happen."""
        self.clock.now += seconds
        self.hands.sweep(self.clock.now)
        for _ in range(200):
            if not self.hands.vetoes.busy:
                break
            await asyncio.sleep(0.005)

    async def close(self) -> None:
        if self.started:
            await self.hands.stop()
        self.node.close()
        self.standing.close()
        self.decisions.close()
        self.evidence.close()


_numbers = count(1)


def saw(live: Live, at: float, *signals: tuple[str, float], still: bytes = b"") -> Saw:
    """Return what the vision worker says of a frame."""
    said = [Said(name, score) for name, score in signals]
    return Saw(live.handle, next(_numbers), at, "frame", said, still=still)


def read_text(live: Live, at: float, *lines: str) -> Saw:
    """Return the text that was read in a frame."""
    texts = [Text("ocr", line, (0.0, 0.0, 1.0, 1.0)) for line in lines]
    return Saw(live.handle, next(_numbers), at, "ocr", [], texts)


def spoke(
    live: Live, n: int, at: float, text: str, *, final: bool = True, shaky: str = ""
) -> Spoke:
    """Return what the speech worker says: a word takes half a second."""
    words = [
        Word(word, at + place * 0.5, at + place * 0.5 + 0.4)
        for place, word in enumerate(text.split())
    ]
    to = at + len(words) * 0.5
    return Spoke(live.handle, n, at, to, text, words, "en", final, shaky=shaky)
