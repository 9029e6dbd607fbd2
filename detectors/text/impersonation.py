"""Display names that pass for the host, for staff or for a brand; roles come from the platform.

Strongest first:

1. the same look as a protected name (other case, letters, script, spacing, invisible signs): 1.0;
2. a protected name with words of office, a badge, or what one adds to pass for somebody ("backup",
   "giveaway", a number): 0.7 to 0.95; unless the name itself says otherwise ("fan", "unofficial");
3. one letter off, for names of six letters and more: 0.7 to 0.8;
4. nothing but words of office ("Customer Support"), or any name with a badge of office: 0.8 to 0.9,
   as staff.

Names of three letters count only as written. A name that many people bear, such as a brand's of the
shipped tables, needs more than being equal: 0.5 alone. Below 0.5 nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from sys import getsizeof
from typing import Literal

import msgspec
from rapidfuzz.distance import OSA, Levenshtein

from detectors.bearers import Bearers, Forms
from detectors.roles import (
    BADGE,
    DRESS,
    HONEST,
    ROLES,
    SIGNS,
    UNSPACED_ROLES,
    UNSPACED_TITLE,
    UNSPACED_WEAK,
    WEAK_ROLES,
    cut_phrases,
)
from detectors.skeleton import bare, outline, skeleton, strip_marks
from seawall.events import PRIVILEGED_ROLES, User
from seawall.fold import Folded, fold
from seawall.policy.model import Tables, Tenant
from seawall.signals import Signal

__all__ = ["Impersonation"]

Kind = Literal["host", "staff", "brand"]

_NAMES_KEPT = 50_000
_BYTES_KEPT = 12 << 20
_BYTES_A_NAME = 100
_BYTES_A_FINDING = 500
_MAX_NAME = 64
_MAX_WORDS = 12
_BACKWARDS = "\u202e"
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_CLEAN: list[Signal] = []


class _Protected(msgspec.Struct, frozen=True):
    kind: Kind
    name: str
    bare: str
    look: str
    outline: str
    common: bool = False


class Impersonation:
    """Signals `impersonation.host|staff|brand`; the same users speak again, so names are kept."""

    name = "impersonation"

    def __init__(self, tables: Tables, tenant: Tenant) -> None:
        protected = tuple(_protect(tables, tenant))
        self._own = tuple(each for each in protected if not each.common)
        # What many people bear counts where it is the same or part of a name, never misspelt.
        self._common = tuple(each for each in protected if each.common)
        self._bearers = Bearers([Forms(p.bare, p.look, p.outline) for p in self._common])
        self._kept: dict[str, list[Signal]] = {}
        self._kept_before: dict[str, list[Signal]] = {}
        self._bytes_kept = 0

    def detect(self, text: Folded, user: User) -> list[Signal]:
        """Judge the user's display name, whatever the text; nothing for holders of an office."""
        if user.roles and not user.roles.isdisjoint(PRIVILEGED_ROLES):
            return _CLEAN
        kept = self._kept.get(user.name)
        return self._recall(user.name[:_MAX_NAME]) if kept is None else kept

    def _recall(self, name: str) -> list[Signal]:
        """Judge a name unless it was met lately. Two halves: the older is dropped when one fills.

        That is cheaper than to note every use, and forgets no name that is met again and again.
        """
        kept = self._kept.get(name)
        if kept is not None:
            return kept
        size = getsizeof(name) + _BYTES_A_NAME
        if len(self._kept) >= _NAMES_KEPT or self._bytes_kept + size > _BYTES_KEPT:
            self._kept, self._kept_before = {}, self._kept
            self._bytes_kept = 0
        judged = self._kept_before.get(name)
        if judged is None:
            judged = self._judge(name)
        self._kept[name] = judged
        self._bytes_kept += size + len(judged) * _BYTES_A_FINDING
        return judged

    def _judge(self, name: str) -> list[Signal]:
        claim = _Claim(name)
        best: dict[Kind, tuple[float, str]] = {}
        near = self._bearers.near(claim.forms, claim.parts)
        for protected in (*self._own, *(self._common[place] for place in near)):
            score = claim.likeness(protected)
            if score >= 0.5 and score > best.get(protected.kind, (0.0, ""))[0]:
                best[protected.kind] = (score, protected.name)
        office = claim.office()
        if office and not best:
            best["staff"] = (office, "")
        return [
            Signal(f"impersonation.{kind}", score, self.name, value=whom)
            for kind, (score, whom) in best.items()
        ] or _CLEAN


def _protect(tables: Tables, tenant: Tenant) -> Iterator[_Protected]:
    kinds: tuple[tuple[Kind, tuple[str, ...], bool], ...] = (
        ("host", tenant.hosts, False),
        ("staff", tenant.staff, False),
        ("brand", (*tenant.brands, tenant.shop, *tables.protected_names), False),
        ("brand", tuple(tables.brands), True),
    )
    known: set[str] = set()
    for kind, names, common in kinds:
        for name in names:
            look = skeleton(name)
            if len(look) >= 3 and look not in known:
                known.add(look)
                yield _Protected(kind, name, bare(name), look, outline(look), common)


class _Claim:
    """What a display name says, worked out once and compared with every protected name."""

    def __init__(self, written: str) -> None:
        if _BACKWARDS in written:
            written = written.replace(_BACKWARDS, "")[::-1]
        badge = BADGE.search(written.lower()) is not None
        name = SIGNS.sub(" ", written)
        spaced = fold(f"a {_CAMEL.sub(' ', name)}").spaced[2:]
        self._words = cut_phrases(strip_marks(spaced)).split()
        self._bare = bare(name)
        self._look = skeleton(name)
        self._outline = outline(self._look)
        self._joined = self._join()
        self._badge = badge
        self._unspaced = len(set(UNSPACED_ROLES.findall(self._bare)))
        self._honest = any(
            word in HONEST or word.startswith("unoff") for word in self._words
        ) or any(word in self._bare for word in HONEST if not word.isascii() and len(word) > 1)

    @property
    def forms(self) -> Forms:
        """The name as protected ones are compared with it."""
        return Forms(self._bare, self._look, self._outline)

    @property
    def parts(self) -> Iterable[str]:
        """The looks of its words, one to four in a row."""
        return self._joined

    def _join(self) -> dict[str, tuple[int, int]]:
        """Map the look of every one to four words in a row to where they stand."""
        looks = [skeleton(word) for word in self._words[:_MAX_WORDS]]
        places: dict[str, tuple[int, int]] = {}
        for first in range(len(looks)):
            for last in range(first + 1, min(first + 4, len(looks)) + 1):
                places.setdefault("".join(looks[first:last]), (first, last))
        return places

    def likeness(self, protected: _Protected) -> float:
        look = protected.look
        if self._bare == protected.bare:
            return 0.5 if protected.common else 1.0
        if len(look) < 4:
            return self._dressed(protected)
        if self._look == look or self._outline == protected.outline:
            return 0.9 if protected.common else 1.0
        if self._honest:
            return 0.0
        return max(self._dressed(protected), 0.0 if protected.common else self._misspelt(look))

    def _dressed(self, protected: _Protected) -> float:
        """Score a name that has the protected one among its words, by the others."""
        if self._honest:
            return 0.0
        rest = self._rest(protected)
        if rest is None:
            return 0.0
        office = any(_is_office(word) for word in rest) or self._badge
        dressed = all(_is_office(word) or _is_dress(word) for word in rest)
        if office:
            return 0.95 if dressed else 0.85
        if not dressed or protected.common:
            return 0.0
        if all(word.isdigit() or len(word) == 1 for word in rest):
            return 0.7 if protected.kind != "brand" else 0.5
        return 0.9

    def _rest(self, protected: _Protected) -> list[str] | None:
        """Return the words beside the protected name, or None where it is not among them."""
        place = self._joined.get(protected.look)
        if place is not None:
            return self._words[: place[0]] + self._words[place[1] :]
        if len(protected.look) < 5:
            return None
        # Written together: "lunaplaysofficial", "officialnimbus", "xxlunaplaysxx".
        at = self._look.find(protected.look)
        return None if at < 0 else self._cut(at, at + len(protected.look))

    def _cut(self, start: int, end: int) -> list[str] | None:
        if len(self._bare) != len(self._look):
            return None
        pieces = [piece for piece in (self._bare[:start], self._bare[end:]) if piece]
        if all(_is_office(piece) or _is_dress(piece) for piece in pieces):
            return pieces
        return pieces if any(UNSPACED_ROLES.search(piece) for piece in pieces) else None

    def _misspelt(self, look: str) -> float:
        size = min(len(look), len(self._look))
        if size < 6:
            return 0.0
        distance = OSA.distance(self._look, look, score_cutoff=2)
        if distance == 1:
            return 0.8 if size >= 7 and _is_slight(look, self._look) else 0.7
        return 0.7 if distance == 2 and size >= 11 else 0.0

    def office(self) -> float:
        """Score a name that claims an office without naming anybody."""
        if self._honest or not self._words:
            return 0.0
        strong = sum(word in ROLES for word in self._words)
        if self._unspaced >= 2:
            return 0.9
        if self._badge and (strong or self._unspaced or _BRACKETED.search(self._bare)):
            return 0.85
        if self._badge and any(len(word) > 2 and word in WEAK_ROLES for word in self._words):
            return 0.85
        if strong and all(
            word in ROLES or word in WEAK_ROLES or word.isdigit() for word in self._words
        ):
            return 0.9 if len(self._words) > 1 else 0.8
        alone = UNSPACED_WEAK.sub("", UNSPACED_ROLES.sub("", self._bare))
        if self._unspaced and (not alone or alone.isdigit()):
            return 0.9
        titled = UNSPACED_TITLE.search(self._bare) is not None
        return 0.7 if titled or (self._unspaced and len(alone) <= 2) else 0.0


_ALIKE = frozenset(
    map(frozenset, ("sz", "ck", "ly", "uv", "vw", "mn", "bd", "ey", "kx", "gj", "nh", "lj", "oc"))
)
"""Letters put for each other in copies of names, by sound or look, in skeletons."""


def _is_slight(known: str, look: str) -> bool:
    """Tell whether the one difference is one that copies have and other words mostly have not."""
    steps = Levenshtein.editops(known, look)
    if len(steps) != 1:
        return True  # two neighbours changed places
    step = next(iter(steps))
    if step.tag == "delete":
        return True
    place = step.dest_pos
    letter = look[place]
    if step.tag == "replace":
        return frozenset((known[step.src_pos], letter)) in _ALIKE
    # A letter more: one twice, or one at either end.
    around = look[max(0, place - 1) : place] + look[place + 1 :][:1]
    return letter in around or place in (0, len(look) - 1)


_BRACKETED = re.compile("mod|admin|staff|official|support|verified|модератор|админ|官方|管理|客服")


def _is_office(word: str) -> bool:
    return word in ROLES or word in WEAK_ROLES or UNSPACED_ROLES.fullmatch(word) is not None


def _is_dress(word: str) -> bool:
    return word in DRESS or word.isdigit() or len(word) == 1
