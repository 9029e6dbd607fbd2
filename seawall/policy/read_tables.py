"""Reads what detectors are given: lexicons, lists of hosts, brands, and contacts' words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, cast

from seawall.policy.draft import Lists, Placed
from seawall.policy.form import Form, described, entries_of, text_of
from seawall.policy.model import LexiconEntry
from seawall.policy.problems import Problems
from seawall.policy.tree import Map, Node, Seq, Where
from seawall.policy.vocabulary import CONTACT_APPS
from seawall.taxonomy import CATEGORY_NAMES, Severity

__all__ = [
    "HOSTS",
    "TERMS",
    "TERM_LENGTH",
    "host_of",
    "read_brands",
    "read_contacts",
    "read_hosts",
    "read_lexicon",
]

TERM_LENGTH = 200
TERMS = 100_000
"""Terms of one lexicon file."""
HOSTS = 400_000
"""Hosts of one list: the lists of phishing hosts that others keep have some hundred thousand."""
_TERM_KEYS = ("term", "category", "severity", "match", "except", "note")
_SEVERITIES = {severity.label: severity for severity in Severity}
_LANGUAGE = re.compile(r"any|[a-z]{2,3}(?:-[a-z0-9]{2,8})*", re.ASCII)
_HOST = re.compile(r"(?!.*\.\.)[^\s/:@?#\\.][^\s/:@?#\\]*\.[^\s/:@?#\\.]+")


def read_lexicon(
    root: Node, problems: Problems
) -> tuple[list[Placed[LexiconEntry]], list[Placed[str]]]:
    """Return a lexicon's terms, and the spans that it allows."""
    form = Form(root, problems, "a lexicon", ("lexicon", "terms", "allow"), ("lexicon",))
    lang = form.text("lexicon", "any", longest=40)
    if _LANGUAGE.fullmatch(lang) is None:
        problems.add(form.place("lexicon"), f"{lang!r} is neither a language tag nor `any`")
    terms = [
        _term(item, "" if lang == "any" else lang, problems)
        for item in _items(form, "terms", problems)
    ]
    allow = [
        Placed(text, item.where)
        for item in _items(form, "allow", problems)
        if (text := text_of(item, problems, TERM_LENGTH)) is not None
    ]
    return terms, allow


def read_hosts(root: Node, lists: Lists, problems: Problems) -> None:
    """Add a hosts file to `lists`."""
    kinds: Mapping[str, dict[str, Where]] = {
        "listed": lists.listed,
        "allowed": lists.allowed,
        "shorteners": lists.shorteners,
        "free_hosting": lists.free_hosting,
    }
    form = Form(root, problems, "a hosts file", tuple(kinds))
    for kind, hosts in kinds.items():
        for item in _items(form, kind, problems, HOSTS):
            host = host_of(item, problems)
            if host:
                hosts.setdefault(host, item.where)


def read_brands(root: Node, lists: Lists, problems: Problems) -> None:
    """Add a brands file to `lists`."""
    form = Form(root, problems, "a brands file", ("brands", "names"))
    brands = form.node("brands")
    for entry in entries_of(brands, problems, "`brands`") if brands is not None else ():
        brand = text_of(entry.key, problems, 64) or ""
        if brand in lists.brands:
            problems.add(entry.key.where, f"the brand {brand!r} is in another file too")
        if not isinstance(entry.value, Seq):
            problems.add(
                entry.value.where, f"expected a list of domains, found {described(entry.value)}"
            )
            continue
        domains = [host_of(item, problems) for item in entry.value.items]
        lists.brands[brand] = tuple(dict.fromkeys(domain for domain in domains if domain))
    for item in _items(form, "names", problems):
        name = text_of(item, problems, 64)
        if name:
            lists.names.setdefault(name, item.where)


def read_contacts(root: Node, lists: Lists, problems: Problems) -> None:
    """Add a contacts file to `lists`."""
    form = Form(root, problems, "a contacts file", ("contacts",), ("contacts",))
    contacts = Form(
        form.node("contacts") or Map((), form.where), problems, "`contacts`", CONTACT_APPS
    )
    for app in CONTACT_APPS:
        words = contacts.texts(app, longest=64)
        if words:
            lists.contacts[app] = tuple(dict.fromkeys((*lists.contacts.get(app, ()), *words)))


def host_of(node: Node, problems: Problems) -> str | None:
    """Return a host name in lower case, without the dot at its end."""
    text = text_of(node, problems, 253)
    if text is None:
        return None
    host = text.lower().removesuffix(".")
    if _HOST.fullmatch(host) is None:
        problems.add(node.where, f"{text[:64]!r} is not a host such as example.org")
        return None
    return host


def _term(item: Node, lang: str, problems: Problems) -> Placed[LexiconEntry]:
    form = Form(item, problems, "a term", _TERM_KEYS, ("term", "category"))
    match = form.word("match", "match", ("word", "substring", "squashed"), "word")
    form.text("note")
    entry = LexiconEntry(
        form.text("term", longest=TERM_LENGTH),
        form.word("category", "category", CATEGORY_NAMES),
        _SEVERITIES.get(
            form.word("severity", "severity", tuple(_SEVERITIES), "medium"), Severity.MEDIUM
        ),
        cast(Literal["word", "substring", "squashed"], match),  # checked by `word`
        form.texts("except", longest=TERM_LENGTH, most=64),
        lang,
        str(form.where),
    )
    return Placed(entry, form.where)


def _items(form: Form, key: str, problems: Problems, most: int | None = None) -> tuple[Node, ...]:
    most = TERMS if most is None else most
    node = form.node(key)
    if node is None:
        return ()
    if not isinstance(node, Seq):
        problems.add(node.where, f"`{key}` must be a list, not {described(node)}")
        return ()
    if len(node.items) > most:
        problems.add(
            node.where, f"`{key}` has {len(node.items)} entries; at most {most} are allowed"
        )
    return node.items[:most]
