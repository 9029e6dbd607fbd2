"""Contacts elsewhere: an app's name with a handle, id, number or invitation beside it.

1. The name of an app alone is talk ("telegram is down"), never a contact.
2. Names are looked for in the spaced form, as words, and disguised ones in the squashed form; what
   stands beside them is read from the message itself, with its dots and underscores.
3. Profile links and mail addresses need no announcement. A bare telephone number needs the shape of
   one; beside an announcing word any seven digits will do.
4. What the tenant allows (`allowed_contacts`, mail at its official domains) is silent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from unicodedata import category

from detectors.appnames import (
    EVERYDAY,
    Disguises,
    any_of,
    gate_of,
    is_in_address,
    is_part_of_word,
)
from detectors.disguise import DOTS
from detectors.gate import LETTER, Cue
from detectors.handles import (
    AT_WORDS,
    DOT_WORDS,
    LINK_GATE,
    Found,
    find_after,
    find_before,
    find_invite,
    find_mail,
    find_profiles,
)
from detectors.legible import Legible
from detectors.numbers import (
    NUMBER_WORDS,
    SPOKEN_GATE,
    Number,
    find_numbers,
    find_spoken_numbers,
)
from detectors.regexset import RegexSet
from detectors.spotter import Hit, finder
from seawall.events import User
from seawall.fold import SYMBOLS, Folded, fold
from seawall.policy.model import Tenant
from seawall.signals import Signal, Span

__all__ = ["Contacts"]

_APPS = frozenset(
    ("telegram", "whatsapp", "wechat", "qq", "line", "discord", "instagram", "phone", "email")
)
_BY_NUMBER = {"qq": 5, "wechat": 6, "line": 7, "whatsapp": 7, "other": 7}
"""Apps in which people are found by number, and how many digits it has at least."""
_NEAR = 60
_AT_ONCE = 16
"""Letters between a name and a number that is meant by it, whatever its shape."""
_PLAIN_NAMES = 32
_MOST_NAMES = 160
"""From the first on, only names with a sign beside them are looked at; the last is a flood."""
_BESIDE = re.compile(r"[@_0-9:：]")
_DROPPED = frozenset(("Sm", "So", "Sk"))
_CLEAN: list[Signal] = []
_SIGNS = SYMBOLS.encode()
_LEAST_DIGITS = 5
"""Of seven at least that make a number, a third may be written as the letter o."""
_NUMBER_WORDS = frozenset(word.encode() for word in NUMBER_WORDS)
_IN_A_ROW = 3
_LONG = 1_000
"""Letters from which on it is as well to look for everything: a flood could be found all over."""

_DOT = re.compile(f"[.{DOTS}]")
_SLASH = re.compile("[/／℀℁℅℆]")

_NAMES, _LINKS, _DIGITS, _SAID, _MAIL = range(5)
_HOST_ENDS = "dot|точка|punto|ponto|point|punkt|nokta|titik|com|net|org|ru|io"
_MAIL_GATE = rf"[^ ] @ [^ ]+ [^ ]|[^ ] (?:{AT_WORDS}) (?:[^ ]+ ){{1,3}}(?:{_HOST_ENDS}) "


class Contacts:
    """Signals `contact.<app>` and `contact.any`; `value` is the kind, never the contact itself."""

    name = "contacts"

    def __init__(self, words: Mapping[str, tuple[str, ...]], tenant: Tenant) -> None:
        self._app_of: dict[str, str] = {}
        self._app_of_squashed: dict[str, str] = {}
        self._app_of_sign: dict[str, str] = {}
        for app, announced in words.items():
            for word in announced:
                self._learn(word, app if app in _APPS else "other")
        self._words = any_of(self._app_of, bounded=True)
        self._squashed = any_of(self._app_of_squashed, bounded=False)
        self._find_squashed = finder([name.encode() for name in self._app_of_squashed])
        self._signs = re.compile("|".join(map(re.escape, self._app_of_sign)) or r"(?!)")
        self._has_plain_sign = any(map(str.isascii, self._app_of_sign))
        self._gate, self._gates = self._build_gates()
        self._disguises = Disguises(self._app_of_squashed)
        self.letters = self._disguises.strings
        self.cues = (
            Cue(frozenset(self._app_of), whole=True),
            Cue(_apart(AT_WORDS), _apart(_HOST_ENDS)),
            Cue(frozenset({" @ "}), _apart(DOT_WORDS)),
        )
        self.number_cue = Cue(_apart("|".join(NUMBER_WORDS)))
        self._allowed = frozenset(map(_normal, tenant.allowed_contacts))
        self._own_domains = tuple(tenant.official_domains)

    def detect(self, text: Folded, user: User) -> list[Signal]:
        """Return the best sign for each app, and `contact.any` for the best of all."""
        kinds = self._kinds(text.padded + b"\n" + text.packed)
        if not kinds and (not self._app_of_sign or text.raw.isascii()):
            return _CLEAN
        best: dict[str, tuple[Found, Span]] = {}
        for app, found, span in self._search(text, kinds):
            if self._is_allowed(found):
                continue
            known = best.get(app)
            if known is None or found.score > known[0].score:
                best[app] = (found, span)
        if not best:
            return _CLEAN
        signals = [self._signal(app, *sign) for app, sign in best.items()]
        return [*signals, self._signal("any", *max(best.values(), key=lambda sign: sign[0].score))]

    def may_detect(self, text: Folded, hits: list[Hit], *, plain: bool = False) -> bool:
        """Tell quickly whether there can be a contact in a text without any of the cues.

        `hits` are those of `letters` in `packed`, `plain` what `is_plain` says of the text.
        """
        packed = text.packed
        if len(packed) > _LONG or (hits and self._disguises.may_be(text, hits)):
            return True
        if plain and (not self._has_plain_sign or text.raw.isascii()):
            return False
        telling = text.telling
        if telling and len(telling.translate(None, _SIGNS)) >= _LEAST_DIGITS:
            return True
        raw = text.raw
        if raw.isascii():
            if "." in raw and (b"@" in telling or "/" in raw):
                return True
            return b"%" in telling and "//" in raw  # in a host it may stand for the dot
        if (text.odd or self._has_plain_sign) and self._signs.search(raw):
            return True
        slash = "/" in raw or (text.odd and _SLASH.search(raw) is not None)
        if slash and b"%" in telling:
            return True
        return (slash or b"@" in telling) and _DOT.search(raw) is not None

    def may_say_number(self, text: Folded) -> bool:
        """Tell whether a text with the number cue has words enough for a number."""
        return sum(word in _NUMBER_WORDS for word in text.padded.split()) >= _IN_A_ROW

    def _signal(self, app: str, found: Found, span: Span) -> Signal:
        return Signal(f"contact.{app}", found.score, self.name, span=span, value=found.kind)

    def _learn(self, word: str, app: str) -> None:
        folded = fold(word)
        # What folding would drop of "＋v" or "徽♥" is what makes it a name.
        if not folded.spaced or any(category(char) in _DROPPED for char in word):
            self._app_of_sign.setdefault(word, app)
            return
        self._app_of.setdefault(folded.spaced, app)
        squashed = folded.squashed
        if len(squashed) >= (6 if re.match(f"[{LETTER}]", squashed) else 2):
            self._app_of_squashed.setdefault(squashed, app)

    def _kinds(self, letters: bytes) -> frozenset[int]:
        """Return which kinds of contact can be there."""
        if letters.isascii():
            return frozenset(self._gate.Match(letters) or ())
        # For letters of two bytes and more the automaton of all together would be too large.
        return frozenset(kind for kind, gate in enumerate(self._gates) if gate.Match(letters))

    def _build_gates(self) -> tuple[RegexSet, tuple[RegexSet, ...]]:
        """Return what finds the kinds all at once, and one by one."""
        kinds = (
            gate_of(self._app_of, self._app_of_squashed) or r"\x00",
            LINK_GATE,
            r"[0-9](?: ?[0-9oо]){6}",
            SPOKEN_GATE,
            _MAIL_GATE,
        )
        return _set_of(kinds), tuple(_set_of([kind]) for kind in kinds)

    def _search(self, text: Folded, kinds: frozenset[int]) -> Iterator[tuple[str, Found, Span]]:
        legible = Legible(text.raw)
        numbers = find_numbers(legible.text) if _DIGITS in kinds else []
        spoken = find_spoken_numbers(text.spaced) if _SAID in kinds else []
        places = [(number, legible.span(number.start, number.end)) for number in numbers]
        places += [(number, text.span("spaced", number.start, number.end)) for number in spoken]
        for seen, (app, span, everyday) in enumerate(self._names(text, kinds)):
            if seen >= _MOST_NAMES:
                yield app, Found("flood", 0.6, *span), span
                break
            around = text.raw[max(0, span[0] - _AT_ONCE) : span[1] + _NEAR]
            if seen < _PLAIN_NAMES or _BESIDE.search(around):
                yield from self._beside(app, span, legible, places, everyday)
        for number, span in places:
            if number.alone >= 0.5:
                yield "phone", Found("number", number.alone, *span, number.digits), span
        if _LINKS in kinds:
            for app, found in find_profiles(legible.text):
                yield app, found, legible.span(found.start, found.end)
        if _MAIL in kinds:
            for found in find_mail(legible.text):
                yield "email", found, legible.span(found.start, found.end)

    def _names(self, text: Folded, kinds: frozenset[int]) -> Iterator[tuple[str, Span, bool]]:
        """Yield (app, place in the raw text, whether it is an everyday word) of each app's name."""
        if self._app_of_sign and not text.raw.isascii():
            for match in self._signs.finditer(text.raw):
                sign, (start, end) = match.group(), match.span()
                before = text.raw[start - 1 : start] if start else ""
                if not (before.isascii() and before.isalnum()):  # "ctrl+v"
                    everyday = not any(map(str.isalnum, sign))
                    yield self._app_of_sign[sign], (start, end), everyday
        if _NAMES not in kinds:
            return
        seen: list[Span] = []
        for match in self._words.finditer(text.spaced):
            seen.append(text.span("spaced", *match.span()))
            everyday = match.group() in EVERYDAY
            if not is_in_address(text.raw, *seen[-1], everyday=everyday):
                yield self._app_of[match.group()], seen[-1], everyday
            if len(seen) > _MOST_NAMES:
                return
        if not self._find_squashed(text.short):
            return  # as the expression would say, which takes 20 times as long
        for match in self._squashed.finditer(text.squashed):
            start, end = text.span("squashed", *match.span())
            if any(start < last and first < end for first, last in seen):
                continue
            if is_in_address(text.raw, start, end, everyday=False):
                continue
            if len(match.group()) >= 7 or not is_part_of_word(text.raw, start, end):
                yield self._app_of_squashed[match.group()], (start, end), False

    def _beside(
        self,
        app: str,
        span: Span,
        text: Legible,
        places: list[tuple[Number, Span]],
        everyday: bool,
    ) -> Iterator[tuple[str, Found, Span]]:
        for number, place in places:
            if _belongs(app, span, number, place, everyday):
                whole = (min(span[0], place[0]), max(span[1], place[1]))
                score = 0.9 if app in ("phone", *_BY_NUMBER) else 0.6
                yield app, Found("number", score, *whole, number.digits), whole
        if app in ("phone", "email"):
            return
        start, end = text.find(span[0]), text.find(span[1])
        after = find_after(text.text, end, everyday=everyday)
        if after is not None and after.kind == "number":
            enough = _BY_NUMBER.get(app, 99)
            after = after if sum(map(str.isdigit, after.what)) >= enough else None
        before = None if everyday else find_before(text.text, start)
        invite = None if everyday else find_invite(text.text, start, end)
        for found in (after, before, invite):
            if found is not None:
                first, last = text.span(found.start, found.end)
                yield app, found, (min(first, span[0]), max(last, span[1]))

    def _is_allowed(self, found: Found) -> bool:
        if not found.what:
            return False
        if found.kind == "mail":
            domain = f".{found.what.rpartition('@')[2]}"
            if any(domain.endswith(f".{own}") for own in self._own_domains):
                return True
        return _normal(found.what) in self._allowed


def _belongs(app: str, span: Span, number: Number, place: Span, everyday: bool) -> bool:
    """Tell whether a number at `place` is meant by the name of an app at `span`."""
    after = place[0] - span[1]
    if after > _NEAR or span[0] - place[1] > _NEAR:
        return False
    if everyday:
        return number.alone > 0 and after <= _AT_ONCE
    if app in ("phone", "whatsapp", "other") or number.alone > 0:
        return True
    return app in _BY_NUMBER and 0 <= after <= _AT_ONCE


def _normal(contact: str) -> str:
    plain = contact.strip().lower()
    if "@" not in plain[1:]:
        plain = plain.rstrip("/").rpartition("/")[2].lstrip("@+~")
    digits = re.sub(r"[\s().+-]", "", plain)
    return digits if digits.isdecimal() else plain


def _apart(words: str) -> frozenset[str]:
    """Return words, given as alternatives of an expression, with the spaces around them."""
    return frozenset(f" {word} " for word in words.split("|"))


def _set_of(regexes: Iterable[str]) -> RegexSet:
    return RegexSet(regexes)
