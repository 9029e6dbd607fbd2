"""Links: whether there are any, where they lead, and whom they pretend to be.

The most specific list wins: going from the full host up to its registrable part, the first list
that names it decides whether it is somebody's own or listed. A brand's own domains, the tenant's
official ones and the allowed ones are never look-alikes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from itertools import chain

from detectors.disguise import DOT_WORDS
from detectors.gate import Cue
from detectors.hostscore import HostScores
from detectors.lookalike import LookAlikes
from detectors.skeleton import bare, strip_marks
from detectors.suffixes import split_host
from detectors.urls import Link, LinkFinder, may_link
from seawall.events import User
from seawall.fold import Folded, fold
from seawall.hosts import parents, to_unicode
from seawall.policy.model import Tables, Tenant
from seawall.signals import Signal

__all__ = ["Links"]

_SCORED = 16
"""Distinct hosts of one message that are compared with brands; lists are asked for all."""
_LONG_NAME = 6
_CLEAN: list[Signal] = []


class Links:
    """Signals `link.any|listed|official|outside|lookalike|obfuscated`, and what kind of host it is:
    `link.shortener|raw_ip|punycode|free_hosting`.

    `link.official` is the tenant's own, allowed, or a brand's own host; `link.outside` any other,
    so that one of each in a message gives both. Scores: `link.any` and `link.outside` 1, or 0.7
    where the link is only spelled out; `link.lookalike` and `link.obfuscated` as sure as the signs
    are (see `detectors.hostscore`); `link.raw_ip` 0.3 for addresses of private networks;
    `link.punycode` 1 where a name mixes scripts, 0.4 where it is of one; the others 1.
    """

    name = "links"

    def __init__(self, tables: Tables, tenant: Tenant) -> None:
        tenants = _tenants_brands(tenant)
        brands = _brands(tables.brands, tenants)
        own = _hosts(chain(tenant.official_domains, tables.hosts_allowed, *brands.values()))
        self._listed = tables.hosts_listed  # as they are: there may be 400,000
        self._shorteners = _hosts(tables.shorteners)
        self._free_hosting = _hosts(tables.free_hosting)
        self._known = own | self._shorteners | self._free_hosting
        self._lookalikes = LookAlikes(brands, own, self._free_hosting)
        self._score = HostScores(self._lookalikes, tenants).score
        self._find = LinkFinder(self._knows).find
        self.cues = (Cue(frozenset(f" {fold(word).spaced} " for word in (*DOT_WORDS, "www"))),)

    def may_detect(self, text: Folded) -> bool:
        """Tell quickly whether there can be a link in a text without any of the cues."""
        return may_link(text.raw, odd=text.odd)

    def detect(self, text: Folded, user: User) -> list[Signal]:
        """Return what is to say about each link, in order; one `link.any` per link."""
        links = self._find(text.raw)
        if not links:
            return _CLEAN
        signals: list[Signal] = []
        scored: set[str] = set()
        for link in links:
            score = len(scored) < _SCORED or link.host in scored
            if score:
                scored.add(link.host)
            self._judge(link, score, signals)
        return signals

    def _knows(self, host: str) -> bool:
        return host in self._known or host in self._listed

    def _judge(self, link: Link, score: bool, signals: list[Signal]) -> None:
        def add(kind: str, score: float, value: str = link.host) -> None:
            signals.append(Signal(f"link.{kind}", score, self.name, span=link.span, value=value))

        add("any", link.obfuscated if 0 < link.obfuscated < 1 else 1.0)
        if link.obfuscated:
            add("obfuscated", link.obfuscated)
        if link.address:
            add("raw_ip", 0.3 if link.private else 1.0, link.address)
        names = _ways_to_write(link.host)
        whose = self._whose(names)
        if whose:
            add("official" if whose == "own" else "listed", 1.0)
        if whose != "own":
            add("outside", link.obfuscated if 0 < link.obfuscated < 1 else 1.0)
        if self._is_in(names, self._shorteners):
            add("shortener", 1.0)
        if self._is_in(names, self._free_hosting):
            add("free_hosting", 1.0)
        if not link.host.isascii() or "xn--" in link.host:
            add("punycode", _foreignness(to_unicode(link.host)))
        if score:
            likeness, brand = self._likeness(link)
            if likeness:
                add("lookalike", likeness, f"{link.host} ~ {brand}" if brand else link.host)

    def _likeness(self, link: Link) -> tuple[float, str]:
        likeness, brand = self._score(link.host)
        if link.decoy and not self._lookalikes.is_own(link.host):
            shown = link.decoy.partition(":")[0]
            if self._lookalikes.is_own(shown):
                return 1.0, shown
            likeness, brand = max((likeness, brand), self._score(shown))
        return likeness, brand

    def _whose(self, names: tuple[str, ...]) -> str:
        """Return "own" or "listed", by the list that names the most of the host; else nothing."""
        for host in names:
            for name in parents(host):
                if name in self._listed:
                    return "listed"
                if self._lookalikes.owns(name, host):
                    return "own"
                if name in self._free_hosting:
                    break  # whoever owns what is above it does not speak here
        return ""

    def _is_in(self, names: tuple[str, ...], hosts: frozenset[str]) -> bool:
        return any(host in hosts for name in names for host in parents(name))


def _hosts(hosts: Iterable[str]) -> frozenset[str]:
    return frozenset(host.strip().lower().rstrip(".") for host in hosts)


def _tenants_brands(tenant: Tenant) -> dict[str, frozenset[str]]:
    """Give the tenant's brands, and the names of its official domains, those domains."""
    official = _hosts(tenant.official_domains)
    labels = (split_host(domain)[1] for domain in official)
    names = (*tenant.brands, tenant.shop, *(label for label in labels if len(label) >= _LONG_NAME))
    return {name: official for name in names if name}


def _brands(
    brands: Mapping[str, tuple[str, ...]], tenants: Mapping[str, frozenset[str]]
) -> dict[str, frozenset[str]]:
    """Give every brand its own domains; the tenant's, known first, share the official ones."""
    known = {name: domains | _hosts(brands.get(name, ())) for name, domains in tenants.items()}
    return known | {name: _hosts(each) for name, each in brands.items() if name not in known}


def _ways_to_write(host: str) -> tuple[str, ...]:
    """Return the host as found, and in the other of its two spellings if it has one."""
    if host.isascii():
        spelled = to_unicode(host)
        return (host,) if spelled == host else (host, spelled)
    labels = (
        label if label.isascii() else f"xn--{label.encode('punycode').decode('ascii')}"
        for label in unicodedata.normalize("NFC", host).split(".")
    )
    return (host, ".".join(labels))


def _foreignness(host: str) -> float:
    """Return 1 for a label of mixed scripts, or one that reads as Latin and is not; accents are."""
    for label in host.split("."):
        letters = [char for char in label if char.isalpha()]
        foreign = [char for char in letters if not char.isascii()]
        if not foreign:
            continue
        scripts = {unicodedata.name(char, "?").partition(" ")[0] for char in letters}
        if not strip_marks(label).isascii() and (len(scripts) > 1 or bare(label).isascii()):
            return 1.0
    return 0.4
