"""The judge itself: the same fold, detectors, windows and `decide` as the gateway, without sockets.

Windows are the arithmetic in memory, told the recorded times; restrictions that verdicts set stay
in force for what follows. Verdicts go to stdout, a summary to stderr.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import msgspec

from detectors.inline import InlineDetectors
from gateway.chat.parts import Parts
from gateway.chat.rulesets import Ruleset
from gateway.config import shipped_policy
from gateway.judge.asked import CHUNK, Asked
from gateway.judge.reading import bounded_lines
from gateway.judge.rows import Row, Unreadable, read_rows
from gateway.judge.spread import Spread
from gateway.judge.summary import Summary
from gateway.policy.load import load_policy
from gateway.state.labels import Labels
from seawall.actions import Target
from seawall.decide import NO_NEEDS, State, decide, needs
from seawall.errors import ConfigError
from seawall.events import Message
from seawall.policy.model import Env, Facts, ModelAsk, Policy
from seawall.render import render
from seawall.signals import Signal, Signals
from seawall.verdicts import Verdict
from seawall.windows import MOST_NOW_MS, LocalWindows

__all__ = ["Judge", "Opinions", "run_judge"]

_encode = msgspec.json.Encoder().encode
_NO_FACTS = Facts()

Opinions = Callable[[str, Message], Sequence[Signal]]
"""Gives what the named model says of a message."""


class Judge:
    """Judges messages one after another, remembering what a gateway would remember."""

    def __init__(
        self,
        policy: Policy,
        opinions: Opinions | None = None,
        detectors: InlineDetectors | None = None,
    ) -> None:
        """`opinions` gives what models say of a message, after what is known of it already.

        `detectors` are the policy's, where they are built already.
        """
        self._opinions = opinions
        self._ruleset = Ruleset.made(policy, detectors)
        self._windows = LocalWindows()
        self._labels = Labels()
        self._parts = Parts()

    def judge(self, row: Row) -> Verdict:
        """Return the verdict on one message; without user or time no window is asked."""
        event = row.message
        policy = self._ruleset.for_room(event.room)
        detectors = self._ruleset.detectors_of(event.room)
        folded, signals = detectors.examine(event.text, event.user)
        facts = _NO_FACTS
        wanted, counts = NO_NEEDS, list[int]()
        if row.timed:
            detect = partial(self._ruleset.detect, event.room, event.user)
            signals = self._parts.joined(event, signals, detect)
        if self._opinions is not None and event.text:
            for ask in policy.models.get(event.surface, ()):
                said = self._heard(ask, event, signals)
                signals = signals.joined(said) if said else signals
        if row.timed:
            facts = self._labels.facts(event.tenant, event.room, event.user.id, event.at)
            wanted = needs(event, signals, facts, policy, folded)
            now_ms = min(int(event.at * 1000), MOST_NOW_MS)  # times that ran back were moved on
            counts = self._windows.check(wanted.checks, now_ms)
        verdict = decide(event, signals, State(wanted, counts, facts), policy)
        for change in verdict.changes:
            self._labels.apply(event.tenant, change, event.at, event.id, event.rev)
        if verdict.strikes:
            self._labels.strike(
                event.tenant, event.user.id, verdict.strikes, event.at, event.id, event.rev
            )
        return verdict

    def _heard(self, ask: ModelAsk, event: Message, signals: Signals) -> Sequence[Signal]:
        if self._opinions is None or not event.user.roles.isdisjoint(ask.exempt):
            return ()
        if ask.when is not None and not ask.when(Env(event, signals.scores, _NO_FACTS, {})):
            return ()
        return self._opinions(ask.model, event)


def run_judge(
    file: str,
    policy_folder: str | None,
    tenant_file: str | None,
    models: str = "",
    models_file: str = "",
) -> int:
    """Judge a file of JSON lines: 0, or 2 when nothing in it could be judged.

    `models` are names of text models to ask; without any, nobody is asked.
    """
    tenant = Path(tenant_file) if tenant_file else None
    policy = load_policy(Path(policy_folder or shipped_policy()), tenant)
    with ExitStack() as stack:
        asked = None
        if models or models_file:
            asked = stack.enter_context(Asked(models, models_file))
        return _judge_file(file, policy, asked)


def _judge_file(file: str, policy: Policy, asked: Asked | None) -> int:
    if file == "-":
        return _judge_lines(sys.stdin.buffer, policy, asked)
    try:
        with Path(file).open("rb") as lines:
            return _judge_lines(lines, policy, asked)
    except BrokenPipeError:  # that is our output, not the file
        raise
    except OSError as problem:
        raise ConfigError(f"{file}: {problem.strerror}") from problem


def _judge_lines(lines: BinaryIO, policy: Policy, asked: Asked | None) -> int:
    judge = Judge(policy, asked.of if asked is not None else None)
    summary = Summary(policy)
    out = sys.stdout.buffer
    began = time.process_time()
    times = Spread()
    for row in _asked_ahead(times.rows(read_rows(bounded_lines(lines))), policy, asked):
        if isinstance(row, Unreadable):
            summary.unreadable(row)
            continue
        verdict = judge.judge(row)
        summary.judged(row, verdict)
        message = row.message
        target = Target("message", message.room, message.id, message.rev)
        out.write(_encode(render(verdict, target, {})) + b"\n")
    out.flush()
    print(summary.text(time.process_time() - began, times.breaks, times.spread), file=sys.stderr)
    return 0 if summary.count else 2


def _asked_ahead(
    rows: Iterable[Row | Unreadable], policy: Policy, asked: Asked | None
) -> Iterator[Row | Unreadable]:
    if asked is None:
        yield from rows
        return
    rows = iter(rows)
    while some := list(islice(rows, CHUNK)):
        asked.ahead((row.message for row in some if isinstance(row, Row)), policy)
        yield from some
