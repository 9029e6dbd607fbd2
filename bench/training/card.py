"""The model card: what the weights are, where they come from, how right they are and where not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from bench.training.calibrate import FUNCTIONAL_ONLY, PROVEN, UNMEASURED, UNPROVEN
from bench.training.measure import Figures
from bench.training.rows import Row

__all__ = ["write_card"]

_TEXT = """# Model card: linear.weights

A linear classifier over hashed n-grams of folded text. It tells abuse (harassment with hate,
profanity) and spam (scam and phishing, diversion, market manipulation) from the rest, in whole
numbers of eight bits. Version `{version}`, {size:,} bytes, {rows:,} rows.
Everything on this page but the prose is written by `python -m bench.train_text`.

**Licence of the weights: {licence}**, because some of the sets they learned from are share-alike.
The code is Apache-2.0.

## Use

It holds or flags what people say in chat, as one signal among others. It does not block, and it is
no judge of a person. A score says how often texts with that score were violating, out of fold; it
says nothing about how bad they are.

## Learned from

{sources}

Left out: lists of hosts and of names. Benign chat counts as not violating; its lines with a coarse
word (a short list in `bench/training/rows.py`) teach nothing about abuse. Suites made from
templates weigh {functional}.

## How it was measured

Five folds, split by cluster: rows of one template, and near-duplicates by MinHash, stay together.
Levels are chosen on four folds and tried on the fifth. The shipped weights are trained on all rows.
"Told" means that the sender named the right language, "alone" that nobody did.

Average precision:

{precisions}

Scores held to what they say, on texts that people wrote (template suites where there is nothing
else); the share of rows that are violating is that of the sets, not of a chat:

{rates}

Benign chat, lines per 1,000 at or above a score, without coarse lines and without bots. The first
two were learned from and are scored out of fold, the others were not learned from:

{streams}

## Limits

- A language in which nothing was measured scores {unmeasured} at most; one with template suites
  only (es, hi), {functional_only}; one that was measured but not proven good enough, {unproven}.
  Proven for abuse: {abuse}; for spam: {spam} ("und": a text too short to say).
- Hate without coarse words, sarcasm and most hate in emoji pass unseen: see hatemojibuild, cold_zh,
  korean_hate and japanese_toxic above.
- The sub-categories of spam were labelled by a keyword rule; trust `linear.spam` more than them.
- Spam is what it was in 2012 to 2024. Bots of a channel that ask to subscribe look like it.
- Coarse words among friends count as abuse in davidson_hso, whose labels carry a dialect bias: text
  in African American English is flagged more often than it should be. Names of groups of people
  used plainly raise the score, less than insults do.
"""


def write_card(
    rows: Sequence[Row],
    licences: Mapping[str, str],
    figures: Figures,
    version: str,
    size: int,
    licence: str,
) -> str:
    """Return the card in Markdown; the same for the same training."""
    return _TEXT.format(
        version=version,
        size=size,
        rows=len(rows),
        licence=licence,
        functional=0.3,
        sources=_sources(rows, licences),
        precisions=_precisions(figures),
        rates=_rates(figures),
        streams=_streams(figures),
        unmeasured=UNMEASURED,
        functional_only=FUNCTIONAL_ONLY,
        unproven=UNPROVEN,
        abuse=", ".join(PROVEN["abuse"]),
        spam=", ".join(PROVEN["spam"]),
    )


def _table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    told = ["| " + " | ".join(line) + " |" for line in (head, ["---"] * len(head), *lines)]
    return "\n".join(told)


def _sources(rows: Sequence[Row], licences: Mapping[str, str]) -> str:
    counts = Counter(row.name for row in rows)
    return _table(
        ("set", "rows", "licence"),
        [(name, str(count), licences[name]) for name, count in sorted(counts.items())],
    )


def _precisions(figures: Figures) -> str:
    lines = []
    for group, found in figures.precisions.items():
        lines += [(group, name, f"{value:.3f}") for name, value in sorted(found.items())]
        lines.append((group, "mean", f"{sum(found.values()) / len(found):.3f}"))
    return _table(("group", "set", "average precision"), lines)


def _rates(figures: Figures) -> str:
    lines = [
        (
            rate.head,
            rate.language,
            f"{rate.at}",
            f"{rate.precision:.3f}" if rate.found + rate.wrong else "-",
            f"{rate.recall:.3f}",
            str(rate.wanted),
        )
        for rate in figures.rates
        if rate.found
    ]
    return _table(("head", "language", "score", "precision", "recall", "violating"), lines)


def _streams(figures: Figures) -> str:
    names = list(figures.streams)
    heads = list(figures.streams[names[0]])
    return _table(
        ("", *names),
        [(head, *(f"{figures.streams[name][head]:.1f}" for name in names)) for head in heads],
    )
