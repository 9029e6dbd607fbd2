"""What happened in the demo so far, as both views show it. Told the time, does no I/O."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable

import msgspec

from gateway.demo.broadcast import Broadcast
from gateway.demo.rows import Line, Room
from seawall import wire
from seawall.actions import Target

__all__ = ["OUTCOMES", "Board", "Force", "Health", "Judged", "outcome_of"]

OUTCOMES = ("allow", "flagged", "mask", "hold", "block", "unchecked")
"""What can become of a message, as the demo counts it."""

KEPT_LINES = 400
KEPT_LATENCIES = 4096


class Judged(msgspec.Struct, frozen=True):
    """A message with its verdict. `at` and `ms` are seconds played and milliseconds waited."""

    at: float
    line: Line
    verdict: wire.Verdict
    ms: float


class Force(msgspec.Struct, frozen=True):
    """A limit or command in force; `until` None lasts until reversed."""

    kind: str
    who: str
    until: float | None

    def left_s(self, now: float) -> float | None:
        """Return the seconds left, or None when there is no end."""
        return None if self.until is None else max(0.0, self.until - now)


class Health(msgspec.Struct, frozen=True):
    """How the gateway is. `memory_mb` counts the gateway process alone."""

    ready: bool = False
    policy: str = ""
    degraded: tuple[str, ...] = ()
    memory_mb: float = 0.0
    note: str = "starting"


def outcome_of(verdict: wire.Verdict) -> str:
    """Name what became of a message, one of OUTCOMES."""
    made_here = any(reason.detector == "client" for reason in verdict.reasons)
    if verdict.late and (made_here or verdict.action == "allow"):  # what was found in time stands
        return "unchecked"
    if verdict.action == "allow" and verdict.reasons:
        return "flagged"
    return verdict.action if verdict.action in OUTCOMES else "block"


class Board:
    """The state of the demo. Times are seconds since it began to play."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.lines: deque[Judged | str] = deque(maxlen=KEPT_LINES)
        """Judged messages, and remarks in words."""
        self.counts: Counter[str] = Counter()
        self.rules: Counter[tuple[str, str]] = Counter()
        """How often each (rule, category) restricted or flagged."""
        self.commands: Counter[str] = Counter()
        self.health = Health()
        self.console = ""
        """Where the console is, and how to sign in; one line."""
        self.played = 0
        self.rounds = 0
        self.paused = False
        self.broadcast: Broadcast | None = None
        """The stream that is played besides."""
        self._ms: deque[float] = deque(maxlen=KEPT_LATENCIES)
        self._inside_ms: deque[float] = deque(maxlen=KEPT_LATENCIES)
        self._force: dict[tuple[Target, str], Force] = {}
        self._told: dict[tuple[Target, str], float] = {}

    def judged(self, line: Line, verdict: wire.Verdict, ms: float, now: float) -> Judged:
        """Note a verdict that came, or was made, `ms` after its message was sent."""
        entry = Judged(now, line, verdict, ms)
        self.lines.append(entry)
        self.played += 1
        self.counts[outcome_of(verdict)] += 1
        for rule, category in dict.fromkeys((each.rule, each.category) for each in verdict.reasons):
            self.rules[rule, category] += 1
        if not verdict.late:
            self._ms.append(ms)
            if "total" in verdict.ms:
                self._inside_ms.append(verdict.ms["total"])
        for action in verdict.actions:
            self._enforce(action.target, action.kind, action.for_s, now)
        return entry

    def commanded(self, command: wire.Command, now: float) -> str | None:
        """Note a command that was carried out; return it in words, None when it only prolongs."""
        self.commands[command.kind] += 1
        key = (command.target, command.kind)
        prolongs = bool(command.for_s) and self._told.get(key, 0.0) > now
        self._told[key] = now + (command.for_s or 0.0)
        self._enforce(*key, command.for_s, now)
        if prolongs:
            return None
        span = "" if command.for_s is None else f" for {command.for_s:g} s"
        words = f"command {command.kind} {_name(command.target)}{span}"
        self.remark(words)
        return words

    def remark(self, text: str) -> None:
        """Put words between the messages."""
        self.lines.append(text)

    def in_force(self, now: float) -> list[Force]:
        """Return what is in force, what ends first first."""
        for key, force in list(self._force.items()):
            if force.until is not None and force.until <= now:
                del self._force[key]
                self._told.pop(key, None)
        return sorted(self._force.values(), key=lambda each: (each.until or 1e12, each.who))

    def latency_ms(self, share: float, *, inside: bool = False) -> float:
        """Return a percentile (0…1) of the last verdicts; `inside`: as the gateway measured it."""
        values = sorted(self._inside_ms if inside else self._ms)
        return values[min(len(values) - 1, int(share * len(values)))] if values else 0.0

    def recent_ms(self, count: int) -> list[float]:
        """Return the last latencies, oldest first."""
        return list(self._ms)[-count:] if count > 0 else []

    def _enforce(self, target: Target, kind: str, for_s: float | None, now: float) -> None:
        if target.kind == "message" or kind in ("care", "restore", "warn", "kick"):
            return  # nothing that stays in force
        if for_s == 0:
            self._force.pop((target, kind), None)
        else:
            until = None if for_s is None else now + for_s
            self._force[target, kind] = Force(kind, _name(target), until)

    def summary(self, seconds: float) -> Iterable[str]:
        """Say in plain lines what was seen in that many seconds."""
        counts = " · ".join(f"{self.counts[name]} {name}" for name in OUTCOMES if self.counts[name])
        yield f"{self.played} messages in {seconds:.0f} s from {self.room.name}: {counts or 'none'}"
        if self._ms:
            p50, p99 = self.latency_ms(0.5), self.latency_ms(0.99)
            yield f"verdicts after p50 {p50:.1f} ms, p99 {p99:.1f} ms, as the chat server saw them"
        if self._inside_ms:
            p50, p99 = self.latency_ms(0.5, inside=True), self.latency_ms(0.99, inside=True)
            yield f"of these inside the gateway p50 {p50:.2f} ms, p99 {p99:.2f} ms"
        if self.commands:
            done = ", ".join(f"{count} {kind}" for kind, count in self.commands.most_common())
            yield f"commands carried out: {done}"
        for (rule, category), count in self.rules.most_common(12):
            yield f"{count:5} × {rule}  ({category})"
        if self.broadcast is not None:
            yield from self.broadcast.summary()
        if self.room.skipped:
            yield f"{self.room.skipped} rows of the file had no message in them"


def _name(target: Target) -> str:
    return target.id or target.room or target.kind
