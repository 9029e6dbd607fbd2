"""Every detector there is, as data: nothing is discovered, what is absent fails at start.

Adding one is a file under `detectors/<modality>/` and a line here; a test resolves every `where`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Literal

import msgspec

__all__ = ["CATALOG", "Entry", "Modality", "resolve"]

Modality = Literal["text", "audio", "vision"]


class Entry(msgspec.Struct, frozen=True):
    """One detector.

    `signals` are the names it may emit; one that ends in a dot is the beginning of names that come
    from the policy; none where it finds text for others to judge. `categories` are those its
    signals usually speak for. `cost_us` is the rough cost in microseconds of CPU of one clean
    message of 80 ASCII characters, or of one 720p frame. `where` is ``module:Class``, loaded by
    whoever runs it.
    """

    name: str
    modality: Modality
    signals: tuple[str, ...]
    categories: tuple[str, ...]
    cost_us: float
    where: str
    asked: bool = False
    """Whether it runs in a worker that is asked, and not on every message in the gateway."""


CATALOG: tuple[Entry, ...] = (
    Entry(
        "lexicon",
        "text",
        ("lexicon.",),
        ("scam.phishing", "harassment", "hate", "threat", "profanity", "gambling", "illegal_goods"),
        1.0,
        "detectors.text.lexicon:Lexicon",
    ),
    Entry(
        "links",
        "text",
        (
            "link.any",
            "link.free_hosting",
            "link.listed",
            "link.lookalike",
            "link.obfuscated",
            "link.official",
            "link.outside",
            "link.punycode",
            "link.raw_ip",
            "link.shortener",
        ),
        ("scam.phishing", "spam"),
        0.5,
        "detectors.text.links:Links",
    ),
    Entry(
        "contacts",
        "text",
        (
            "contact.any",
            "contact.discord",
            "contact.email",
            "contact.instagram",
            "contact.line",
            "contact.other",
            "contact.phone",
            "contact.qq",
            "contact.telegram",
            "contact.wechat",
            "contact.whatsapp",
        ),
        ("diversion", "privacy"),
        0.7,
        "detectors.text.contacts:Contacts",
    ),
    Entry(
        "patterns",
        "text",
        ("pattern.",),
        ("scam.phishing", "diversion", "market.manipulation"),
        0.6,
        "detectors.text.patterns:Patterns",
    ),
    Entry(
        "repetition",
        "text",
        (
            "repeat.chars",
            "repeat.words",
            "shape.caps",
            "shape.emoji",
            "shape.invisible",
            "shape.length",
            "shape.marks",
        ),
        ("flood", "spam"),
        1.0,
        "detectors.text.repetition:Repetition",
    ),
    Entry(
        "impersonation",
        "text",
        ("impersonation.brand", "impersonation.host", "impersonation.staff"),
        ("scam.impersonation",),
        0.2,
        "detectors.text.impersonation:Impersonation",
    ),
    Entry(
        "linear",
        "text",
        ("linear.",),
        ("harassment", "profanity", "scam.phishing", "diversion", "market.manipulation"),
        70.0,
        "detectors.models.linear:Linear",
        asked=True,
    ),
    Entry(
        "opinion",
        "text",
        ("opinion.abuse", "opinion.spam"),
        ("harassment", "spam"),
        25_000.0,
        "detectors.models.opinion:Opinion",
        asked=True,
    ),
    Entry(
        "encoder",
        "text",
        ("encoder.",),
        ("harassment", "spam"),
        50_000.0,
        "detectors.models.encoder:Encoder",
        asked=True,
    ),
    Entry(
        "vendor",
        "text",
        ("vendor.",),
        ("harassment", "spam"),
        500.0,
        "detectors.models.remote:Remote",
        asked=True,
    ),
    Entry(
        "pdq",
        "vision",
        ("hash.",),
        ("minor_safety", "extremism", "ip"),
        10_000.0,
        "detectors.vision.pdq:Pdq",
        asked=True,
    ),
    Entry(
        "codes",
        "vision",
        ("barcode.any", "qr.any"),
        ("scam.phishing", "diversion"),
        8_000.0,
        "detectors.vision.codes:Codes",
        asked=True,
    ),
    Entry(
        "nudity",
        "vision",
        ("image.nudity",),
        ("sexual",),
        17_000.0,
        "detectors.vision.nudity:Nudity",
        asked=True,
    ),
    Entry(
        "safety",
        "vision",
        ("image.graphic", "image.sexual"),
        ("graphic", "sexual"),
        28_000.0,
        "detectors.vision.safety:Safety",
        asked=True,
    ),
    Entry(
        "ocr",
        "vision",
        (),
        ("scam.phishing", "diversion"),
        200_000.0,
        "detectors.vision.ocr:Ocr",
        asked=True,
    ),
    Entry(
        "onnx",
        "vision",
        ("onnx.",),
        ("illegal_goods", "violence"),
        30_000.0,
        "detectors.vision.operator:Operator",
        asked=True,
    ),
)


def resolve(entry: Entry) -> type:
    """Import a detector's class. Raises ImportError or AttributeError when it is not there."""
    module, _, name = entry.where.partition(":")
    found = getattr(import_module(module), name)
    if not isinstance(found, type):
        raise AttributeError(f"{entry.where} is not a class")
    return found
