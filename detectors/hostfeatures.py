"""What a host's name is described by: short pieces of text, each a reason for or against it.

One description serves the trainer and the scorer, so that they cannot drift apart. A piece is a run
of two to five letters of a label (as written and as it looks), a word between hyphens, or a fact in
words ("length 3", "brand 4") whose first character no label has. Brands come in only as facts:
what was learned from some holds for others.
"""

from __future__ import annotations

from math import log2
from zlib import crc32

import msgspec

from detectors.hostwords import CUES, cut
from detectors.skeleton import skeleton
from detectors.suffixes import split_host
from seawall.hosts import HOSTED_SUFFIXES, to_unicode

__all__ = ["Resemblance", "bucket", "describe"]

_SHORTEST, _LONGEST = 2, 5
_LONGEST_LABEL = 63
_VOWELS = frozenset("aeiouyаеиоуыэюя")
_STEP = 20


class Resemblance(msgspec.Struct, frozen=True, gc=False):
    """How a host lies to the brands: `rules` is what `lookalike` says of it (0…1), `inside` the
    length of the longest brand found in a label, `distance` the least number of letters between
    a word of it and a brand (9 for none near), `near` that brand's length and `edits` the kinds of
    difference (d, i, r; x for neighbours that changed places).
    """

    rules: float = 0.0
    inside: int = 0
    distance: int = 9
    near: int = 0
    edits: str = ""


def bucket(piece: str, size: int) -> int:
    """Return the place of a piece in a table of `size` weights."""
    return crc32(piece.encode()) % size


def describe(host: str, likeness: Resemblance) -> set[str]:
    """Return the pieces of a host, in lower case; at most some hundreds."""
    host = to_unicode(host)
    above, label, suffix = split_host(host)
    label = label[:_LONGEST_LABEL]
    pieces = {f" {suffix}"}
    pieces.update(_runs(label, "^", "$"))
    look = skeleton(label)
    if look != label:
        pieces.update(f"~{run}" for run in _runs(look, "^", "$"))
    for name in above[-3:]:
        pieces.update(f">{run}" for run in _runs(name[:_LONGEST_LABEL], "^", "$", 4))
    pieces.update(_facts(above, label, suffix, host, likeness))
    return pieces


def _runs(text: str, begin: str, end: str, longest: int = _LONGEST) -> set[str]:
    edged = f"{begin}{text}{end}"
    return {
        edged[at : at + size]
        for size in range(_SHORTEST, longest + 1)
        for at in range(len(edged) - size + 1)
    }


def _facts(
    above: tuple[str, ...], label: str, suffix: str, host: str, likeness: Resemblance
) -> set[str]:
    words = [word for word in label.split("-") if word]
    cues, covered = cut(label.replace("-", ""))
    cued = sum(word in CUES for word in words)
    digits = sum(char.isdigit() for char in label)
    vowels = sum(char in _VOWELS for char in label)
    size = max(1, len(label))
    hosted = suffix in HOSTED_SUFFIXES
    facts = {
        f"+tld {suffix.rpartition('.')[2]}",
        f"+hosted {hosted}",
        f"+length {min(size, 40) // 3}",
        f"+digits {min(digits, 4)}",
        f"+hyphens {min(label.count('-'), 3)}",
        f"+above {min(len(above), 4)}",
        f"+cues {min(cues, 4)}",
        f"+cued {min(cued, 3)}",
        f"+covered {covered * 4 // size}",
        f"+vowels {vowels * 6 // size}",
        f"+entropy {int(_entropy(label) * 2)}",
        f"+rules {int(likeness.rules * _STEP)}",
        f"+inside {min(likeness.inside, 12)} {min(cues, 2)}",
        f"+near {likeness.distance} {min(likeness.near, 14) // 2}",
        f"+edits {likeness.edits[:4]} {likeness.near > 7}",
        f"+foreign {not host.isascii()}",
    }
    facts.update(f"+word {word}" for word in words)
    return facts


def _entropy(text: str) -> float:
    size = len(text)
    if not size:
        return 0.0
    return -sum(text.count(char) / size * log2(text.count(char) / size) for char in set(text))
