"""Reads lists that others keep: hosts in four formats, and plain words.

1. What a line says that is no host or no term is left out and counted, with the first line of its
   kind as an example; when more is left out than taken, the list is refused as of another format.
2. A public suffix ("com", "github.io") is never taken for a bad host: it would stand for everybody
   under it.
3. A term that looks like a regular expression, has one letter, or folds to nothing is left out:
   lexicons hold words, not expressions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import msgspec

from detectors.suffixes import split_host
from seawall.errors import ConfigError
from seawall.fold import fold
from seawall.hosts import parse_address, to_unicode
from seawall.policy.check.terms_are_words import is_expression

__all__ = ["FORMATS", "Entries", "Format", "decode", "read_hosts", "read_terms"]

Format = Literal["auto", "plain", "hosts", "json"]
FORMATS: tuple[str, ...] = get_args(Format)
"""Of lists of hosts; `auto` looks at the beginning."""
_LONGEST_HOST = 253
_LONGEST_TERM = 200
_LABEL = re.compile(r"(?!-)[a-z0-9_\u00a1-\U0010ffff-]{1,63}(?<!-)")
_SINK = frozenset({"0.0.0.0", "127.0.0.1", "::", "::1"})
_LOCAL = frozenset({"localhost", "localhost.localdomain", "broadcasthost", "local"})
_BYTE_ORDER = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass(slots=True)
class Entries:
    """What was taken, in order and once, and how many were left out for which reason.

    `allowed` are hosts the list itself calls harmless.
    """

    taken: dict[str, None] = field(default_factory=dict)
    allowed: dict[str, None] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)
    repeated: int = 0

    def leave_out(self, reason: str, entry: str) -> None:
        """Count an entry that is not taken."""
        self.left_out[reason] = self.left_out.get(reason, 0) + 1
        self.examples.setdefault(reason, entry[:60])


def decode(data: bytes) -> str:
    """Return a list's text: UTF-8, or UTF-16 that says so. Raises ConfigError."""
    encoding = _BYTE_ORDER.get(data[:2], "utf-8-sig")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"line {line} is not {encoding.removesuffix('-sig').upper()}") from error
    if "\x00" in text:
        raise ConfigError("the list holds zero bytes: it is no text")
    return text


def read_hosts(text: str, form: Format = "auto") -> Entries:
    """Read bad hosts. Raises ConfigError for what is no such list."""
    if form == "auto":
        form = _form_of(text)
    entries = Entries()
    if form == "json":
        bad, harmless = _from_json(text)
        _take_all(bad, entries, entries.taken)
        _take_all(harmless, entries, entries.allowed)
        for host in entries.allowed:
            entries.taken.pop(host, None)
    else:
        names = _hosts_file(text, entries) if form == "hosts" else _lines(text)
        _take_all(names, entries, entries.taken)
    return _checked(entries, "hosts")


def read_terms(text: str) -> Entries:
    """Read words, one a line. Raises ConfigError for what is no such list."""
    entries = Entries()
    looks: set[str] = set()
    for line in _lines(text):
        term = " ".join(line.split())
        look = fold(term).spaced
        if len(term) > _LONGEST_TERM:
            entries.leave_out(f"longer than {_LONGEST_TERM} characters", term)
        elif is_expression(term):
            entries.leave_out("looks like a regular expression", term)
        elif not look:
            entries.leave_out("no letter or digit", term)
        elif len(look.replace(" ", "")) < 2:
            entries.leave_out("one letter", term)
        elif look in looks:
            entries.repeated += 1
        else:
            looks.add(look)
            entries.taken[term] = None
    return _checked(entries, "terms")


def _checked(entries: Entries, what: str) -> Entries:
    left_out = sum(entries.left_out.values())
    told = "; ".join(
        f"{count} left out, {reason} (such as {entries.examples[reason]!r})"
        for reason, count in entries.left_out.items()
    )
    if not entries.taken:
        raise ConfigError(f"no {what} in the list{f': {told}' if told else ''}")
    if left_out > len(entries.taken):
        raise ConfigError(f"more is left out than taken, is it of another format? {told}")
    return entries


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        plain = line.strip()
        if plain and not plain.startswith(("#", "!", "//", ";")):
            yield plain


def _form_of(text: str) -> Format:
    if text.lstrip()[:1] in ("{", "["):
        return "json"
    first, *more = next(_lines(text), "").split() or [""]
    return "hosts" if more and (first in _SINK or parse_address(first)) else "plain"


def _hosts_file(text: str, entries: Entries) -> Iterator[str]:
    for line in _lines(text):
        address, *names = line.partition("#")[0].split()
        if address not in _SINK or not names:
            entries.leave_out("no line of a hosts file", line)
            continue
        yield from (name for name in names if name.lower() not in _LOCAL)


def _from_json(text: str) -> tuple[list[str], list[str]]:
    """Return bad and harmless hosts of eth-phishing-detect's format, or of a list of texts."""
    try:
        found: Any = msgspec.json.decode(text)  # Any: anybody's JSON
    except msgspec.DecodeError as error:
        raise ConfigError(f"the list is not JSON: {error}") from error
    if isinstance(found, dict):
        bad = _texts(found.get("blacklist", found.get("blocklist")), "blacklist")
        return bad, _texts(found.get("whitelist", found.get("allowlist", [])), "whitelist")
    return _texts(found, "the list"), []


def _texts(value: object, name: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ConfigError(f"{name} must be a list of texts")
    return value


def _take_all(names: Iterable[str], entries: Entries, into: dict[str, None]) -> None:
    for name in names:
        host, wrong = _host_of(name)
        if wrong:
            entries.leave_out(wrong, name)
            continue
        entries.repeated += host in into
        into[host] = None


def _host_of(name: str) -> tuple[str, str]:
    """Return a host as the policy's lists write it, and what is wrong with it, if anything."""
    host = name.partition("#")[0].strip().lower().removeprefix("||").removesuffix("^")
    host = host.rpartition("://")[2].removeprefix("*.").removeprefix(".")
    host, _, path = host.partition("/")
    host = host.removesuffix(".")
    if path:
        return host, "a page, not a host"
    if parse_address(host) is not None:
        return host, "an address of numbers"
    if len(host) > _LONGEST_HOST or not all(map(_LABEL.fullmatch, host.split("."))):
        return host, "no host"
    if "." not in host or _is_suffix(host):
        return host, "stands for everybody under it"
    return host, ""


def _is_suffix(host: str) -> bool:
    """Tell whether others register names under the host itself."""
    above, _, suffix = split_host(f"a.{to_unicode(host)}")
    return not above and suffix == to_unicode(host)
