"""What the text classifier learns from: labelled rows, and benign chat as label 0.

Only sets whose licence allows it are read: the files of `text/` that hold messages, and two of the
replays. Lists of hosts and of names say nothing about messages and are left out.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from detectors.models.weights import HEADS
from seawall.fold import fold

__all__ = [
    "ABUSE",
    "FUNCTIONAL",
    "SPAM",
    "STREAMS",
    "Row",
    "is_coarse",
    "read_licences",
    "read_rows",
    "targets",
]

ABUSE: Final = ("harassment", "profanity")
SPAM: Final = ("scam.phishing", "diversion", "market.manipulation")
FUNCTIONAL: Final = frozenset(
    {"hatecheck_en", "hatemojicheck", "multilingual_hatecheck", "bias_madlibs", "plain_talk"}
)
"""Sets made from templates: they teach contrasts, and say little about how people write."""
STREAMS: Final = ("ubuntu_irc", "twitch_50k_2025")
"""Replays that are learned from as benign chat."""

_STREAM_LICENCES: Final = {"ubuntu_irc": "CC-BY-4.0", "twitch_50k_2025": "MIT"}
_LEFT_OUT: Final = frozenset({"phish_domains", "yt_spam_lists", "metamask_phish_cases"})
_COPIES: Final = 2
_CATEGORY: Final[Mapping[str, str]] = {
    "harassment_hate": "harassment",
    "profanity": "profanity",
    "scam_phishing": "scam.phishing",
    "traffic_diversion": "diversion",
    "investment_manipulation": "market.manipulation",
    "spam_flood": "spam",
    "benign": "",
}
# Chat is taken as benign, but nobody labelled it: lines with such words teach nothing about abuse.
_COARSE: Final = re.compile(
    r"fuc?k|f[uc]+k|fkn|shit|bitch|biatch|cunt|nigg|nigr|niga|fagg|whore|slut|retard|asshole"
    r"|bastard|dickhead|wank|twat|puss[iy]|porn|rapist|tranny|dyke|kike|kys|motherf|bollock|jerkoff"
    r"|blowjob|dumbass|jackass|fatass|cuck(?!oo)|douche|goyim|sexy|cocksuck|dickrid|jizz|milf"
)
_COARSE_WORDS: Final = frozenset(
    word
    for line in (
        "ass asses assss arse cum cumming coon cock cocks dick dicks dickhead fag fags fk fking",
        "fck fckn piss pissed rape raped stfu wtf gtfo tit tits titties boob boobs idiot idiots",
        "moron stupid dumb loser trash penis balls sex sexier horny nazi nazis hitler jew jews hoe",
        "hoes mf mfs asf nga ngas queef sissy ugly",
        "puta merde pute connard mierda joder coño gilipollas pendejo",
    )
    for word in line.split()
)


class Row(msgspec.Struct, frozen=True):
    """One text to learn from. `category` is "" for benign; `order` is its place in its set."""

    name: str
    text: str
    lang: str
    category: str
    order: int
    functionality: str = ""

    @property
    def stream(self) -> bool:
        """Say whether it is a line of chat that nobody labelled."""
        return self.name in STREAMS


def read_rows(data: Path) -> list[Row]:
    """Read everything the classifier may learn from, in a fixed order.

    Raises FileNotFoundError when the folder or a replay is absent.
    """
    if not (data / "text").is_dir():
        raise FileNotFoundError(data / "text")
    rows: list[Row] = []
    for path in sorted((data / "text").glob("*.jsonl")):
        if path.stem not in _LEFT_OUT:
            rows += _labelled(path)
    for stream in STREAMS:
        rows += _lines(data / "replay" / f"{stream}.jsonl")
    return rows


def read_licences(data: Path) -> dict[str, str]:
    """Return the licence of every set that is learned from, as its rows state it."""
    licences = dict(_STREAM_LICENCES)
    for path in sorted((data / "text").glob("*.jsonl")):
        if path.stem not in _LEFT_OUT:
            licences[path.stem] = next(_objects(path))["licence"]
    return licences


def _labelled(path: Path) -> Iterator[Row]:
    for row in _objects(path):
        category = _CATEGORY.get(row["category"] or "")
        if category is None or not row["text"].strip() or (row["label"] == 1) != bool(category):
            continue
        number = re.search(r"(\d+)$", row["id"])
        order = int(number[1]) if number and path.stem in FUNCTIONAL else 0
        yield Row(path.stem, row["text"], row["lang"], category, order, row.get("sub", ""))


def _lines(path: Path) -> Iterator[Row]:
    seen: Counter[str] = Counter()
    for at, row in enumerate(_objects(path)):
        text = row["text"]
        key = fold(text).spaced
        seen[key] += 1
        if text.strip() and seen[key] <= _COPIES:
            yield Row(path.stem, text, "en", "", at)


def _objects(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def is_coarse(text: str) -> bool:
    """Say whether a line may be coarse or abusive, by a short list of words."""
    folded = fold(text)
    packed = folded.packed.decode()
    return bool(_COARSE.search(packed)) or not _COARSE_WORDS.isdisjoint(folded.spaced.split())


def targets(row: Row) -> list[int]:
    """Return what each head of `HEADS` should say of a row: 1, 0, or -1 where nobody knows.

    A row that is of one category of a group may be of its siblings as well; an unlabelled or
    differently labelled row with a coarse word may be abuse.
    """
    group = "abuse" if row.category in ABUSE else "spam" if row.category else ""
    siblings = ABUSE if group == "abuse" else SPAM if group == "spam" else ()
    about_spam = row.category in (*SPAM, "spam") or row.name in _SPAM_SETS or row.stream
    unsure = (*ABUSE, "abuse") if about_spam and is_coarse(row.text) else ()
    return [
        1 if head in (group, row.category) else -1 if head in siblings or head in unsure else 0
        for head in HEADS
    ]


_SPAM_SETS: Final = frozenset(
    {"janitr_x", "judol_id", "ru_telegram_spam", "sms_spam", "tg_spam", "youtube_spam"}
)
