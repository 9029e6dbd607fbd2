"""What can be wrong with content: the categories, and how bad it can be.

A new category is one line here; the policy check then lists every place that must answer for it.
"""

from __future__ import annotations

from enum import IntEnum

import msgspec

__all__ = ["CATEGORIES", "CATEGORY_NAMES", "SEVERITY_SCORES", "Category", "Severity"]


class Severity(IntEnum):
    """How bad, from a nuisance to a danger."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def label(self) -> str:
        """The word used in policy files and on the wire."""
        return _LABELS[self]  # `name.lower()`, which every reason of a verdict would pay for


_LABELS = ("", *(severity.name.lower() for severity in Severity))
SEVERITY_SCORES: dict[Severity, float] = {
    Severity.LOW: 0.25,
    Severity.MEDIUM: 0.5,
    Severity.HIGH: 0.75,
    Severity.CRITICAL: 1.0,
}
"""The score a lexicon or list hit of that severity carries; `low … critical` in expressions."""


class Category(msgspec.Struct, frozen=True):
    """One kind of violation. `penal` is False where a person needs care, never a penalty."""

    name: str
    title: str
    penal: bool = True


CATEGORIES: tuple[Category, ...] = (
    Category("scam.phishing", "Phishing, wallet drainers, stolen credentials"),
    Category("scam.impersonation", "Pretending to be a host, staff or a brand"),
    Category("scam.giveaway", "Fake giveaways and doubling"),
    Category("market.manipulation", "Coordinated pumping, dumping, shilling"),
    Category("market.misinformation", "Invented news and certain promises about a market"),
    Category("diversion", "Drawing people off the platform"),
    Category("harassment", "Insults and targeted abuse"),
    Category("hate", "Attacks on protected groups, slurs"),
    Category("threat", "Threats of harm"),
    Category("privacy", "Publishing someone's private data"),
    Category("extremism", "Terrorist and violent-extremist content"),
    Category("sexual", "Sexual content and solicitation"),
    Category("violence", "Glorified or incited violence"),
    Category("graphic", "Gore and graphic injury"),
    Category("minor_safety", "Danger to minors"),
    Category("self_harm", "A person at risk of harming themselves", penal=False),
    Category("gambling", "Illegal or unlicensed gambling"),
    Category("illegal_goods", "Drugs, weapons, counterfeit documents"),
    Category("ip", "Pirated or counterfeit goods and streams"),
    Category("spam", "Unwanted bulk promotion"),
    Category("flood", "Too much, too fast, too alike"),
    Category("profanity", "Coarse language without a target"),
)

CATEGORY_NAMES: frozenset[str] = frozenset(category.name for category in CATEGORIES)
