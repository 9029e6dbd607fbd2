"""What holds for every text detector, whatever the text: one body over all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, strategies as st

from detectors.catalog import CATALOG
from detectors.text.contacts import Contacts
from detectors.text.impersonation import Impersonation
from detectors.text.lexicon import Lexicon
from detectors.text.links import Links
from detectors.text.patterns import Patterns
from detectors.text.repetition import Repetition
from seawall.events import User
from seawall.fold import Folded, fold
from seawall.policy.model import LexiconEntry, Pattern, Tables, Tenant
from seawall.signals import Signal
from seawall.taxonomy import Severity

Detect = Callable[[Folded, User], list[Signal]]

TABLES = Tables(
    lexicon=(
        LexiconEntry("free nitro", "scam.phishing", Severity.HIGH, match="squashed"),
        LexiconEntry("nitro", "spam", Severity.LOW),
    ),
    patterns=(Pattern("seed", r"seed.{0,9}phrase", "scam.phishing"), Pattern("any", r"\w", "spam")),
    hosts_listed=frozenset({"drainer.example"}),
    shorteners=frozenset({"bit.ly"}),
    free_hosting=frozenset({"pages.dev"}),
    brands={"MetaMask": ("metamask.io",)},
    contacts={"telegram": ("telegram", "tg", "✈"), "wechat": ("微信", "加v", "weixin")},
)
TENANT = Tenant(brands=("Nimbus",), hosts=("LunaPlays",), staff=("ola_mod",))
DETECTORS: dict[str, Detect] = {
    "lexicon": Lexicon(TABLES.lexicon, ("no nitro",)).detect,
    "links": Links(TABLES, TENANT).detect,
    "contacts": Contacts(TABLES.contacts, TENANT).detect,
    "patterns": Patterns(TABLES.patterns).detect,
    "repetition": Repetition(("Kappa",)).detect,
    "impersonation": Impersonation(TABLES, TENANT).detect,
}
EMITS = {entry.name: entry.signals for entry in CATALOG}

_PIECES = [
    "free nitro", "fr33 n!tro", "seed phrase", "metamask", ".io", "https://", "hxxp", "[.]",
    " dot ", "точка", "点", "。", "example", "com", "@", "telegram", "t.me/", "微信",
    "weixin", "加v", "✈", ":", "+1 202-555-0163", "零一二三四五六", "seis cero cero", "A" * 9,
    "\u0301" * 5, "\u200b", "\u202e", "💩", "👩\u200d🚀", "xn--", "ﷺ", "㌶", "İ", "ß", "ſ",
    "\x00", "\n", "\t", " ", "ㅋㅋ", "LunaPlays", "official", "✅", "[MOD]", "Ｎｉｍｂｕｓ",
    "ⓝⓘⓜ", "b" * 70 + ".com", "0x7f.1", "(at)", "\ud800",
]  # fmt: skip
HOSTILE = st.one_of(
    st.text(max_size=200),
    st.text(alphabet=st.characters(categories=["L", "M", "N", "P", "S", "Z", "C"]), max_size=60),
    st.lists(st.sampled_from(_PIECES), max_size=24).map("".join),
    st.lists(st.sampled_from(_PIECES) | st.text(max_size=3), max_size=16).map(" ".join),
)


def check(name: str, text: str) -> None:
    folded = fold(text)
    user = User(id="u", name=text[:128])
    signals = DETECTORS[name](folded, user)
    for signal in signals:
        assert signal.name.startswith(EMITS[name]), signal
        assert signal.name in EMITS[name] or any(mark.endswith(".") for mark in EMITS[name])
        assert signal.detector == name
        assert 0.0 <= signal.score <= 1.0
        if signal.span is not None:
            start, end = signal.span
            assert 0 <= start <= end <= len(text)
    assert DETECTORS[name](fold(text), user) == signals


def test_every_text_detector_of_the_catalog_is_held_to_the_contract() -> None:
    assert set(DETECTORS) == {
        entry.name for entry in CATALOG if entry.modality == "text" and not entry.asked
    }


@pytest.mark.parametrize("name", DETECTORS)
@given(text=HOSTILE)
def test_hostile_text_never_raises_and_signals_keep_their_form(name: str, text: str) -> None:
    check(name, text)


def oversized() -> Iterator[str]:
    yield from (piece * (16_000 // len(piece)) for piece in _PIECES)
    yield from ("ab " * 5000, "a.b " * 4000, "1 " * 8000, "[dot]" * 3000, "\u0301" * 10_000)


@pytest.mark.parametrize("name", DETECTORS)
def test_sixteen_kilobytes_of_anything_are_survived(name: str) -> None:
    for text in oversized():
        check(name, text)


@pytest.mark.parametrize("name", DETECTORS)
def test_a_clean_message_is_answered_by_one_shared_list(name: str) -> None:
    if name == "patterns":
        return  # its second pattern matches anything, on purpose
    user = User(id="u", name="viewer")
    first = DETECTORS[name](fold("good game"), user)
    assert first == []
    assert DETECTORS[name](fold("well played everyone"), user) is first
