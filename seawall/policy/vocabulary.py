"""The names a policy expression may use: what each is, when it is known, how it is read.

A name is one line here. The expression checker, the compiler and the reference page all read this
table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from seawall.events import ROLES, SURFACES
from seawall.policy.measures import LONG_AGO_DAYS, LONG_AGO_MINUTES
from seawall.taxonomy import CATEGORIES, SEVERITY_SCORES

__all__ = [
    "CONTACT_APPS",
    "FACTS",
    "FAMILIES",
    "LEVELS",
    "SIGNALS",
    "Kind",
    "Name",
    "Scope",
    "Vocabulary",
    "vocabulary_markdown",
]


class Kind(Enum):
    """What a value is; the words stand in error messages."""

    NUMBER = "a number"
    YES_NO = "yes or no"
    TEXT = "a text"
    TEXTS = "a list of texts"
    NUMBERS = "a list of numbers"


Scope = Literal["rule", "window", "join"]
"""Who asks: a rule, a window over messages, or a window over joins."""
_OF_MESSAGES: tuple[Scope, ...] = ("rule", "window")

CONTACT_APPS = (
    "telegram",
    "whatsapp",
    "wechat",
    "qq",
    "line",
    "discord",
    "instagram",
    "phone",
    "email",
    "other",
)
_MODELLED = tuple(category for category in CATEGORIES if category.name != "spam")
"""`linear.spam` is the group."""
LEVELS: dict[str, float] = {level.label: score for level, score in SEVERITY_SCORES.items()}


@dataclass(frozen=True, slots=True)
class Name:
    """A name, its kind, and the Python expression that reads it from an Env called ``e``.

    `signal` is the signal it reads; `whole` marks a count that can be larger than a float; `known`
    says who can ask for it; `words` are the only texts it can hold, where they are few.
    """

    name: str
    kind: Kind
    read: str
    about: str
    signal: str | None = None
    whole: bool = False
    known: tuple[Scope, ...] = ("rule", "window", "join")
    words: frozenset[str] | None = None


def _family(of: str, parts: int) -> re.Pattern[str]:
    return re.compile(rf"{of}(?:\.[a-z][a-z0-9_]{{0,63}}){{{parts}}}", re.ASCII)


def _signal(name: str, about: str, written: str | None = None) -> Name:
    read = f"e.scores.get({name!r}, 0.0)"
    return Name(written or name, Kind.NUMBER, read, about, signal=name, known=_OF_MESSAGES)


SIGNALS: tuple[Name, ...] = (
    *(_signal(f"lexicon.{c.name}", f"a term: {c.title.lower()}") for c in CATEGORIES),
    _signal("link.any", "there is a link"),
    _signal("link.listed", "its host is on a list"),
    _signal("link.lookalike", "its host looks like a protected brand's"),
    _signal("link.shortener", "its host shortens links"),
    _signal("link.raw_ip", "its host is an address of numbers"),
    _signal("link.punycode", "its host is written in punycode"),
    _signal("link.free_hosting", "anybody can put a page on its host"),
    _signal("link.obfuscated", "it was written so as not to look like a link"),
    _signal("link.official", "its host is the tenant's or the brand's own"),
    _signal("link.outside", "there is a link whose host is neither official nor allowed"),
    _signal("contact.any", "an address or number of another platform"),
    *(_signal(f"contact.{app}", f"a contact: {app}") for app in CONTACT_APPS),
    _signal("repeat.chars", "a character repeated"),
    _signal("repeat.words", "a word or phrase repeated"),
    _signal("shape.caps", "mostly capitals"),
    _signal("shape.emoji", "mostly emoji"),
    _signal("shape.marks", "piled-up combining marks"),
    _signal("shape.invisible", "invisible characters"),
    _signal("shape.length", "unusually long"),
    _signal("impersonation.host", "the user's name is close to the host's"),
    _signal("impersonation.staff", "the user's name is close to a staff member's"),
    _signal("impersonation.brand", "the user's name is close to a protected name"),
    _signal("linear.abuse", "the classifier: abuse of any kind"),
    _signal("linear.spam", "the classifier: scam, diversion or spam of any kind"),
    *(_signal(f"linear.{c.name}", f"the classifier: {c.title.lower()}") for c in _MODELLED),
    _signal("opinion.abuse", "the second opinion: abuse of any kind"),
    _signal("opinion.spam", "the second opinion: scam, diversion or spam of any kind"),
    *(_signal(f"encoder.{c.name}", f"an encoder of yours: {c.title.lower()}") for c in CATEGORIES),
    *(_signal(f"vendor.{c.name}", f"a service of yours: {c.title.lower()}") for c in CATEGORIES),
    _signal("image.sexual", "a picture: sexual content"),
    _signal("image.graphic", "a picture: gore and graphic injury"),
    _signal("image.nudity", "a picture: nudity, by a second model"),
    _signal("qr.any", "a picture holds a QR code"),
    _signal("barcode.any", "a picture holds a barcode"),
)

FAMILIES: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    ("hash.<list>", "a picture stands on a list of hashes", _family("hash", 1)),
    ("audio.<list>", "a sound stands in a catalogue of fingerprints", _family("audio", 1)),
    ("onnx.<name>.<label>", "a classifier of yours: a label it gave a picture", _family("onnx", 2)),
)
"""Signals whose names are the operator's: lower-case letters, digits and underscores."""

FACTS: tuple[Name, ...] = (
    Name(
        "user.age_days",
        Kind.NUMBER,
        "days(e.event.at, e.event.user.created_at)",
        f"days since the account was made; {LONG_AGO_DAYS:.0f} when unknown",
    ),
    Name(
        "user.seen_minutes",
        Kind.NUMBER,
        "minutes(e.event.at, e.event.user.first_seen)",
        f"minutes since the user was first seen; {LONG_AGO_MINUTES:.0f} when unknown",
    ),
    Name("user.roles", Kind.TEXTS, "e.event.user.roles", "the user's roles", words=ROLES),
    Name(
        "user.risk",
        Kind.NUMBER,
        "(e.event.user.risk or 0.0)",
        "what the sender thinks of the user; 0 when it says nothing",
    ),
    Name("user.strikes", Kind.NUMBER, "e.facts.strikes", "strikes in force"),
    Name(
        "user.verified",
        Kind.YES_NO,
        "('verified' in e.facts.user)",
        "the user passed a verification",
    ),
    Name(
        "user.new",
        Kind.YES_NO,
        "(minutes(e.event.at, e.event.user.first_seen) < newcomer)",
        "first seen less than `restrictions.newcomer` ago",
    ),
    Name("room.mode", Kind.TEXT, "e.facts.mode", "the room's mode, as its server calls it"),
    Name("room.viewers", Kind.NUMBER, "e.facts.viewers", "how many watch", whole=True),
    Name("room.topic", Kind.TEXT, "e.facts.topic", "the room's topic"),
    Name(
        "stream.viewers",
        Kind.NUMBER,
        "e.facts.stream_viewers",
        "how many watch the stream; 0 when it is none",
        whole=True,
        known=_OF_MESSAGES,
    ),
    Name(
        "stream.age_s",
        Kind.NUMBER,
        "e.facts.stream_age_s",
        "seconds since the stream began; 0 when it is none",
        known=_OF_MESSAGES,
    ),
    Name(
        "text.length",
        Kind.NUMBER,
        "len(e.event.text)",
        "code points",
        whole=True,
        known=_OF_MESSAGES,
    ),
    Name(
        "text.lang",
        Kind.TEXT,
        "(e.event.lang or '')",
        "its language tag, or an empty text",
        known=_OF_MESSAGES,
    ),
    Name(
        "event.surface",
        Kind.TEXT,
        "e.event.surface",
        "where it stands",
        known=_OF_MESSAGES,
        words=frozenset(SURFACES),
    ),
    Name(
        "event.rev",
        Kind.NUMBER,
        "e.event.rev",
        "0, or the number of the edit",
        whole=True,
        known=_OF_MESSAGES,
    ),
    Name(
        "event.reply",
        Kind.YES_NO,
        "(e.event.parent is not None)",
        "it answers another message",
        known=_OF_MESSAGES,
    ),
)


class Vocabulary:
    """Every name one policy's expressions may use, its own patterns and windows among them."""

    def __init__(
        self, patterns: Iterable[str] = (), windows: Iterable[str] = (), newcomer_s: float = 600.0
    ) -> None:
        self.newcomer_s = newcomer_s
        names = [*SIGNALS, *FACTS]
        names += [
            _signal(f"pattern.{name}", f"the pattern {name}", f"pattern.{_joined(name)}")
            for name in patterns
        ]
        names += [
            Name(
                f"window.{_joined(name)}",
                Kind.NUMBER,
                f"e.windows.get({name!r}, 0)",
                f"the count of {name} after this event",
                whole=True,
                known=("rule",),
            )
            for name in windows
        ]
        self._names: Mapping[str, Name] = {name.name: name for name in names}

    def get(self, name: str) -> Name | None:
        """Return a name's entry, or None when there is no such name."""
        known = self._names.get(name)
        if known is None:
            for _, about, family in FAMILIES:
                if family.fullmatch(name):
                    return _signal(name, about)
        return known

    def words(self) -> tuple[str, ...]:
        """Every name and level, to suggest one from."""
        return (*self._names, *LEVELS, "True", "False")


def _joined(name: str) -> str:
    return name.replace("-", "_")


def vocabulary_markdown() -> str:
    """Return the reference page's tables of names, as Markdown."""
    signals = "\n".join(f"| `{name.name}` | {name.about} |" for name in SIGNALS)
    families = "\n".join(f"| `{name}` | {about} |" for name, about, _ in FAMILIES)
    facts = "\n".join(
        f"| `{name.name}` | {name.kind.value} | {name.about} | {_known(name)} |" for name in FACTS
    )
    levels = ", ".join(f"`{name}` = {score}" for name, score in LEVELS.items())
    return (
        "Signals are numbers from 0 to 1; 0 when nobody said anything. They are known to rules\n"
        "and to windows over messages.\n\n"
        f"| signal | what it says |\n|---|---|\n{signals}\n{families}\n"
        "| `pattern.<name>` | a declared pattern matched (hyphens are written as underscores) |\n\n"
        f"| fact | is | what it says | known to |\n|---|---|---|---|\n{facts}\n"
        "| `window.<name>` | a number | the window's count after this event "
        "(hyphens are written as underscores) | rules |\n\n"
        f"Levels: {levels}.\n"
    )


def _known(name: Name) -> str:
    return "everybody" if "join" in name.known else "rules, windows over messages"
