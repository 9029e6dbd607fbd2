"""Where one registers a name: hosts are split by the public suffix list of an installed package.

The list (publicsuffix.org) stands under the MPL 2.0 and changes every week, so it is read once from
the package that carries it, never copied here and never fetched. Both its parts count: what
registries sell names under (`com`, `co.uk`) and where companies give them away (`github.io`), and
besides the few of the latter that we know and it does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from seawall.hosts import HOSTED_SUFFIXES, WORDY_TLDS, is_tld

__all__ = ["Suffixes", "is_top_level", "is_wordy", "registrable", "split_host", "suffixes"]

_COMMENT = "//"


class Suffixes:
    """The rules of a public suffix list: plain ones, wildcards, and exceptions to those.

    `top_level` are the last labels of all rules, in letters and in punycode.
    """

    def __init__(self, lines: Iterable[str], more: Iterable[str] = ()) -> None:
        self._plain = set(more)
        self._wild: set[str] = set()
        self._except: set[str] = set()
        for line in lines:
            rule = line.split(maxsplit=1)[0] if line.strip() else ""
            if not rule or rule.startswith(_COMMENT):
                continue
            if rule.startswith("!"):
                self._except.update(_ways_to_write(rule[1:]))
            elif rule.startswith("*."):
                self._wild.update(_ways_to_write(rule[2:]))
            else:
                self._plain.update(_ways_to_write(rule))
        self.top_level = frozenset(
            rule.rpartition(".")[2] for rules in (self._plain, self._wild) for rule in rules
        )

    def split(self, host: str) -> tuple[tuple[str, ...], str, str]:
        """Split into (labels before the registered one, the registered label, the suffix).

        ``a.b.example.co.uk`` gives ``(("a", "b"), "example", "co.uk")``. A bare suffix gives its
        first label as the registered one.
        """
        labels = host.split(".")
        if len(labels) < 2:
            return (), host, ""
        width = min(self._width(labels), len(labels) - 1)
        return tuple(labels[: -width - 1]), labels[-width - 1], ".".join(labels[-width:])

    def _width(self, labels: list[str]) -> int:
        """Return of how many labels the longest matching suffix is; one where no rule matches."""
        # No rule is longer than six labels; a host may have a hundred.
        for width in range(min(6, len(labels)), 1, -1):
            name = ".".join(labels[-width:])
            if name in self._except:
                return width - 1
            if name in self._plain or name.partition(".")[2] in self._wild:
                return width
        return 1


def _ways_to_write(rule: str) -> tuple[str, ...]:
    if rule.isascii():
        return (rule,)
    labels = (
        label if label.isascii() else f"xn--{label.encode('punycode').decode('ascii')}"
        for label in rule.split(".")
    )
    return (rule, ".".join(labels))


@cache
def suffixes() -> Suffixes:
    """Return the installed list; reads a file of 300 KB the first time, for some 10 ms."""
    data = files("publicsuffixlist").joinpath("public_suffix_list.dat")
    with data.open(encoding="utf-8") as lines:  # most of it is comments: never all at once
        return Suffixes(lines, HOSTED_SUFFIXES)


def split_host(host: str) -> tuple[tuple[str, ...], str, str]:
    """Split a host by the installed list; see `Suffixes.split`."""
    return suffixes().split(host)


def registrable(host: str) -> str:
    """Return the part one registers: ``example.co.uk`` of ``a.example.co.uk``."""
    _, label, suffix = split_host(host)
    return f"{label}.{suffix}" if suffix else label


def is_top_level(label: str) -> bool:
    """Tell whether a lower-case label is a top-level name, known to the list or reserved."""
    return is_tld(label) or label in suffixes().top_level


def is_wordy(label: str) -> bool:
    """Tell whether a bare domain under a top-level name needs a further sign that it is one.

    Those that are words or file endings do, and all the rare ones.
    """
    return label in WORDY_TLDS or not is_tld(label)
