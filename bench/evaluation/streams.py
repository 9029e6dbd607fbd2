"""What happens to ordinary chat: replays of real streams, judged with and without windows."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from bench.evaluation.cases import objects
from bench.evaluation.judging import ModelScores, Outcome, said
from gateway.judge.rows import Unreadable, read_rows
from gateway.judge.run import Judge
from gateway.judge.spread import Spread
from seawall.policy.model import Policy

__all__ = ["STREAMS", "StreamScore", "score_stream", "stream_texts"]

STREAMS = ("ubuntu_irc", "twitch_50k_2025", "twitch_live_2023", "twitch_emote_sentiment")
_COARSE = frozenset({"profanity", "hate"})
"""Slurs and profanity are counted apart: whether they are wrong is a matter of policy."""


class StreamScore(msgspec.Struct):
    """Lines in a thousand that were flagged, held or blocked, by rules and by windows."""

    lines: int
    flagged: float
    held: float
    blocked: float
    coarse_held: float
    coarse_blocked: float
    by_windows: float
    rules: dict[str, int]
    samples: list[dict[str, str]]


def stream_file(data: Path, name: str) -> Path:
    """Return where a stream lies."""
    folder = "eval_only" if name == "twitch_emote_sentiment" else "replay"
    return data / folder / f"{name}.jsonl"


def stream_texts(data: Path, name: str) -> list[str]:
    """Return every line that a model may be asked about."""
    file = stream_file(data, name)
    return [row["text"] for row in objects(file)] if file.is_file() else []


def score_stream(
    data: Path, name: str, policy: Policy, models: ModelScores | None
) -> StreamScore | None:
    """Judge a stream in its order; None when it is not there."""
    file = stream_file(data, name)
    if not file.is_file():
        return None
    judge = Judge(policy, models.of if models is not None else None)
    outcomes: list[tuple[Outcome, str]] = []
    for row in Spread().rows(read_rows(_lines(file))):
        if not isinstance(row, Unreadable):
            outcomes.append((said(row, judge), row.message.text))
    return _added(outcomes)


def _lines(file: Path) -> Iterator[bytes]:
    """Yield a replay's lines as messages; what it marks as a bot gets the role."""
    for row in objects(file):
        found: dict[str, Any] = {key: row[key] for key in ("text", "lang", "stream") if key in row}
        meta = row.get("meta") or {}
        user = row.get("user", meta.get("user"))
        if isinstance(user, str):
            found["user"] = {"id": user, "roles": ["bot"] if row.get("bot") else []}
        found["t"] = row.get("t", meta.get("t"))
        yield json.dumps(found).encode()


def _added(outcomes: list[tuple[Outcome, str]]) -> StreamScore:
    total = max(1, len(outcomes))
    rules: Counter[str] = Counter()
    samples: list[dict[str, str]] = []
    tally: Counter[str] = Counter()
    for each, text in outcomes:
        if each.level == 0:
            continue
        tally["flagged"] += 1
        if each.level < 2:
            continue
        rules[each.rules[0] if each.rules else "nothing"] += 1
        if each.by_window:
            tally["windows"] += 1
            continue
        coarse = bool(each.categories) and each.categories <= _COARSE
        tally["coarse held" if coarse else "held"] += 1
        if each.level == 3:
            tally["coarse blocked" if coarse else "blocked"] += 1
        if len(samples) < 200:
            samples.append({"rules": ", ".join(each.rules), "text": text[:200]})

    def rate(name: str) -> float:
        return round(1000 * tally[name] / total, 3)

    return StreamScore(
        len(outcomes),
        rate("flagged"),
        rate("held"),
        rate("blocked"),
        rate("coarse held"),
        rate("coarse blocked"),
        rate("windows"),
        dict(rules.most_common()),
        samples,
    )
