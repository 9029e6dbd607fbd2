"""From results to bars: the figures that the judgement stands or falls by."""

from __future__ import annotations

from collections.abc import Mapping

from bench.evaluation.bars import Bar
from bench.evaluation.hosts import HostScore
from bench.evaluation.labelled import GroupScore, LabelledScore
from bench.evaluation.measures import Counts, Interval
from bench.evaluation.streams import StreamScore
from bench.evaluation.suite import SuiteScore

__all__ = ["bars_of"]

_SPAM_SETS = ("judol_id", "ru_telegram_spam", "sms_spam", "tg_spam", "youtube_spam",
              "janitr_x")  # fmt: skip
_SPAM_RECALL = {"en": 0.70, "id": 0.90, "ru": 0.90}
_ABUSE_RECALL = {"en": (0.90, 0.65), "vi": (0.88, 0.80), "pt": (0.90, 0.45)}
_HELD_MOST = {"ubuntu_irc": 5.0, "twitch_live_2023": 10.0}
"""The classifier has learned from `twitch_50k_2025`; the emote set holds walls of text."""


def bars_of(
    suite: SuiteScore | None,
    streams: Mapping[str, StreamScore],
    labelled: LabelledScore | None,
    hosts: HostScore | None,
) -> list[Bar]:
    """Return every bar that was measured."""
    bars = []
    for name, stream in streams.items():
        bars += _stream_bars(name, stream)
    if labelled is not None:
        bars += _labelled_bars(labelled)
    if hosts is not None:
        bars.append(
            Bar("hosts: recall at 1 % of hard legitimate", hosts.recall_at_false["1.0%"], 0.45)
        )
    if suite is not None:
        bars += _suite_bars(suite)
    return bars


def _stream_bars(name: str, stream: StreamScore) -> list[Bar]:
    return [
        Bar(f"{name}: blocked per 1,000", stream.blocked, most=1.0, unit="per thousand"),
        Bar(
            f"{name}: held per 1,000",
            stream.held,
            most=_HELD_MOST.get(name),
            unit="per thousand",
        ),
        Bar(f"{name}: flagged per 1,000", stream.flagged, unit="per thousand"),
        Bar(f"{name}: restricted by windows per 1,000", stream.by_windows, unit="per thousand"),
    ]


def _labelled_bars(labelled: LabelledScore) -> list[Bar]:
    bars = [
        _benign("benign rows of all sets: blocked per 1,000", labelled.benign_blocked, 5.0),
        _benign("benign rows of all sets: held per 1,000", labelled.benign_held, None),
    ]
    sets, langs = labelled.slices["set"], labelled.slices["group and language"]
    natural = labelled.slices["learned"]
    known = [
        score.average_precision
        for name in _SPAM_SETS
        if (score := sets.get(name)) is not None and score.average_precision is not None
    ]
    if known:
        bars.append(Bar("classifier: spam mean AP (en, id, ru)", sum(known) / len(known), 0.95))
    for lang, least in _SPAM_RECALL.items():
        bars.append(_recall(natural, "spam", lang, 0.95, least))
    for lang, (precision, least) in _ABUSE_RECALL.items():
        bars.append(_recall(natural, "abuse", lang, precision, least))
    peer = sets.get("peer_profanity_cases")
    if peer is not None:
        flagged = peer.levels["flagged"]
        bars.append(_interval("peer_profanity_cases: recall, flagged", flagged["recall"], 0.60))
        bars.append(
            _interval("peer_profanity_cases: precision, flagged", flagged["precision"], 0.90)
        )
        innocent = flagged["per_thousand"].value
        share = innocent / 1000 if innocent is not None else None
        bars.append(Bar("peer_profanity_cases: innocent words flagged", share, most=0.03))
    for group in ("abuse", "spam"):
        ranks = [
            score.average_precision
            for name, score in langs.items()
            if name.startswith(group) and score.average_precision is not None
        ]
        if ranks:
            bars.append(Bar(f"classifier: {group} mean AP over languages", sum(ranks) / len(ranks)))
    return bars


def _recall(
    langs: Mapping[str, GroupScore], group: str, lang: str, precision: float, least: float
) -> Bar:
    score = langs.get(f"{group} {lang}")
    value = score.recall_at_precision.get(f"{precision:g}") if score is not None else None
    return Bar(f"classifier: {group} {lang} recall at precision {precision:g}", value, least)


def _benign(name: str, found: Counts, most: float | None) -> Bar:
    # Everything that was said here is wrong: the rows are benign.
    share = 1000 * found.wrong / found.benign if found.benign else None
    return Bar(name, share, most=most, unit="per thousand")


def _suite_bars(suite: SuiteScore) -> list[Bar]:
    bars = [
        _interval("suite: violating flagged or stronger", suite.flagged, 0.80),
        _interval("suite: violating restricted", suite.caught, None),
        _interval("suite: benign flagged", suite.benign_flagged, None, 0.10),
        _interval("suite: benign restricted", suite.benign_restricted, None),
        _interval("suite: evasion retention", suite.retention, 0.85),
        Bar("suite: the right category, of those flagged", suite.named),
        Bar("suite: care cases punished", float(suite.punished), most=0.0),
        Bar("suite: care given", suite.cared[0] / max(1, suite.cared[1])),
        Bar("suite: functionalities passed at 0.8", suite.passed[0] / max(1, suite.passed[1])),
    ]
    for name, row in suite.tables["group"].items():
        bars.append(Bar(f"suite: {name}: least of recall and benign pass", row["least"]))
    return bars


def _interval(name: str, found: Interval, least: float | None, most: float | None = None) -> Bar:
    return Bar(name, found.value, least, most, found.low, found.high)
