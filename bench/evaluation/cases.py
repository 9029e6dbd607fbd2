"""What is evaluated: labelled texts, functional cases and streams, read from the data folder.

Nothing of it is part of this project; what is absent is said, never skipped in silence.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

__all__ = [
    "ABUSE_SETS",
    "HOST_SETS",
    "LEARNED_STREAMS",
    "NAMES_ONLY",
    "Case",
    "objects",
    "read_set",
    "read_sets",
]

HOST_SETS = ("phish_domains", "phish_domains_evalonly", "metamask_phish_cases")
NAMES_ONLY = ("yt_spam_lists",)
"""Lists of names and hosts that say nothing about messages."""
LEARNED_STREAMS = ("ubuntu_irc", "twitch_50k_2025")
_ABUSE = frozenset({"harassment_hate", "profanity"})
ABUSE_SETS = frozenset(
    {
        "bias_madlibs", "cold_zh", "davidson_hso", "hatecheck_en", "hatemojibuild", "hatemojicheck",
        "japanese_toxic", "korean_hate", "mlma_ar", "multilingual_hatecheck", "offenseval_tr",
        "peer_profanity_cases", "surge_toxicity", "told_br", "vi_hate", "wiki_fuzzed", "hatebr",
        "indonesian_hs", "korean_curse", "macd_hi", "ru_distorted_toxicity", "seahatecheck",
        "toxicloakcn",
    }
)  # fmt: skip
"""Sets whose label is about abuse; the label of all others is about scams, diversion and spam."""


class Case(msgspec.Struct, frozen=True):
    """One labelled text. `functionality` is the set's own name for what it tests, or empty."""

    id: str
    source: str
    text: str
    lang: str
    violating: bool
    category: str
    functionality: str = ""
    learned: bool = False
    """Whether the shipped classifier may have been trained on it."""

    @property
    def group(self) -> str:
        """Whether its set is about `abuse` or `spam`."""
        return "abuse" if self.source in ABUSE_SETS else "spam"


def read_sets(data: Path) -> tuple[list[Case], list[str]]:
    """Return all labelled texts, and the names of folders that are not there."""
    cases: list[Case] = []
    absent = []
    for folder in ("text", "eval_only"):
        if not (data / folder).is_dir():
            absent.append(str(data / folder))
            continue
        for path in sorted((data / folder).glob("*.jsonl")):
            if path.stem not in (*HOST_SETS, *NAMES_ONLY):
                cases += read_set(path, folder == "text")
    return cases, absent


def read_set(path: Path, learned: bool) -> Iterator[Case]:
    """Yield a set's labelled texts."""
    for row in objects(path):
        if row["label"] is None or not row["text"].strip():
            continue
        yield Case(
            row["id"],
            path.stem,
            row["text"],
            row["lang"],
            row["label"] == 1,
            row["category"] or "",
            str(row.get("sub") or ""),
            learned,
        )


def objects(path: Path) -> Iterator[dict[str, Any]]:
    """Yield a file's lines, parsed."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
