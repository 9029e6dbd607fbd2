"""All inline detectors of one policy in one call."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from detectors import urls
from detectors.disguise import HAN_DOTS
from detectors.hints import hints, is_plain
from detectors.inline import InlineDetectors
from detectors.text import contacts, repetition
from detectors.text.contacts import Contacts
from detectors.text.impersonation import Impersonation
from detectors.text.lexicon import Lexicon
from detectors.text.links import Links
from detectors.text.patterns import Patterns
from detectors.text.repetition import Repetition
from seawall.errors import PolicyError
from seawall.events import User
from seawall.fold import Folded, fold
from seawall.policy.model import (
    Budget,
    LexiconEntry,
    Pattern,
    Policy,
    Restrictions,
    Tables,
    Tenant,
    Window,
)
from seawall.signals import NO_SIGNALS, Signal
from seawall.taxonomy import Severity
from seawall.windows import Mode, Spec

TABLES = Tables(
    lexicon=(LexiconEntry("free nitro", "scam.phishing", Severity.HIGH),),
    patterns=(Pattern("seed-ask", "send .{0,20}seed phrase", "scam.phishing", Severity.HIGH),),
    hosts_listed=frozenset({"drainer.example"}),
    contacts={"telegram": ("telegram",)},
    allow=("no free nitro",),
)
TENANT = Tenant(hosts=("LunaPlays",), emotes=("PogWOW",))
USER = User(id="u", name="viewer")


def policy(tables: Tables = TABLES) -> Policy:
    slow = Window(
        "slow", ("user",), Spec(Mode.HITS_ACCEPTED, 1, 10_000), "event", frozenset({"chat"})
    )
    return Policy(
        version="0",
        name="test",
        budgets={"chat": Budget(50.0, "allow")},
        windows={},
        rules=(),
        by_signal={},
        always={},
        restrictions=Restrictions(slow, slow, slow),
        hold_s=300.0,
        hold_expiry="denied",
        notices={},
        tables=tables,
        tenant=TENANT,
    )


DETECTORS = InlineDetectors(policy())


def names(text: str, user: User = USER) -> set[str]:
    return set(DETECTORS.detect(fold(text), user).scores)


def test_a_clean_message_costs_no_object() -> None:
    assert DETECTORS.detect(fold("good game, well played"), USER) is NO_SIGNALS


def test_every_detector_is_asked() -> None:
    text = "FREE NITRO, send me your seed phrase to drainer.example or telegram @cool_trader " + (
        "A" * 60
    )
    impostor = msgspec.structs.replace(USER, name="LunaPlays")
    assert names(text, impostor) >= {
        "lexicon.scam.phishing",
        "link.listed",
        "contact.telegram",
        "pattern.seed-ask",
        "repeat.chars",
        "impersonation.host",
    }


def test_the_tenants_and_the_policys_exceptions_reach_their_detectors() -> None:
    assert names("there is no free nitro") == set()
    assert names("PogWOW " * 40) <= {"shape.length"}


def test_tables_that_cannot_be_compiled_are_refused() -> None:
    broken = msgspec.structs.replace(TABLES, patterns=(Pattern("broken", "("),))
    with pytest.raises(PolicyError, match="pattern broken"):
        InlineDetectors(policy(broken))


MANY = msgspec.structs.replace(
    TABLES,
    patterns=(
        *TABLES.patterns,
        Pattern("digits", "[0-9]{6}"),
        Pattern("edges", r"\bmod(?:s|erator)?\b|\bvx\b", "spam"),
        Pattern("han", "(?:加|私).{0,4}(?:微信|群)", "spam"),
        Pattern("mixed", r"\bgo to(?: [^ ]+){0,3} (?:casino|казино)\b", "spam"),
    ),
    contacts={
        "telegram": ("telegram", "tg", "телега", "tele gram", "✈"),
        "whatsapp": ("whatsapp",),
        "wechat": ("微信", "加v", "weixin", "vx"),
        "phone": ("call me", "手机"),
        "email": ("email",),
    },
    brands={"MetaMask": ("metamask.io",)},
)
APART: tuple[Callable[[Folded, User], list[Signal]], ...] = (
    Lexicon(MANY.lexicon, MANY.allow).detect,
    Links(MANY, TENANT).detect,
    Contacts(MANY.contacts, TENANT).detect,
    Patterns(MANY.patterns).detect,
    Repetition(TENANT.emotes).detect,
    Impersonation(MANY, TENANT).detect,
)
TOGETHER = InlineDetectors(policy(MANY))
CUES = [
    "telegram", "tg", "t3legram", "tele gram", "t e l e g r a m", "ttelleegram", "телега", "✈",
    "whatsapp", "whats-app", "微信", "薇信", "加v", "加", "weixin", "vx", "call me", "手机",
    "email", "@bob", "@bob_99", ":", "bob_99", "id", "add me on", "t.me/bob", "t．me／bob", "/",
    "／", "\\", "bob@mail.com", "bob", " at ", "(at)", "@", "собака", "dot", "(dot)", "[,]",
    "точка", "com", "点", "點", "example.com", "example", ".", "․", "…", "⒈", "。", "℀", "http:",
    "http://2130706433", "hxxp", "//", "e x a m p l e . c o m", "a b c d e f", "1.2.3.4",
    "1.2.3.4:80", "v1.2.3", "e.g.", "http:/example.com", "файл.рф", "xn--p1ai", "x.xn--p1ai", "-",
    "_", "0x7f.1", "ok.", "it.", "+1 202-555-0163", "202", "5550163", "2025550163", "٢٠٢٥٥٥٠١٦٣",
    "１２３", "1", "o", "о", "+", "%", "one", "two", "seven", "one two three four five six seven",
    "一", "二三", "四+五", "一二三四五六七", "seis cero", "семь", "오 이", "mods", "mod",
    "moderator", "vxx", "é", "go to", "the casino", "казино", "私聊群", "send", "seed phrase",
    "seed", "free", "nitro", "fr33", "n!tro", "LunaPlays", "ha", "A" * 31, "!" * 31, "lol " * 7,
    "PogWOW", "\u0301" * 5, "\u200b", "\u202e", "💩" * 9, "\x00", "\n", "\t", "'", "!", "İ", "ſ",
    "K", "ß",
]  # fmt: skip
TEXTS = st.one_of(
    st.lists(st.sampled_from(CUES), max_size=14).map(" ".join),
    st.lists(st.sampled_from(CUES) | st.text(max_size=2), max_size=20).map("".join),
    st.lists(
        st.tuples(st.sampled_from(CUES), st.sampled_from(["", " ", "  ", ".", "-", "x", "一"])),
        max_size=14,
    ).map(lambda pieces: "".join(cue + gap for cue, gap in pieces)),
)


def as_written(text: str, size: int) -> list[Signal]:
    """Return what is found in a text as it is written: more may follow only from a reading."""
    found = list(TOGETHER.detect(fold(text), USER).items)
    assert len(found) == size or TOGETHER._readings(fold(text))
    return found[:size]


@settings(max_examples=600)
@given(text=TEXTS)
def test_asking_only_some_finds_the_same_as_asking_all(text: str) -> None:
    found = [signal for detect in APART for signal in detect(fold(text), USER)]
    assert as_written(text, len(found)) == found


def test_a_long_text_finds_the_same_too() -> None:
    for cue in CUES:
        for filler in ("well played ", "да ну ", "?", "ooo"):
            text = filler * (3_000 // len(filler)) + cue
            found = [signal for detect in APART for signal in detect(fold(text), USER)]
            assert as_written(text, len(found)) == found


def test_a_text_with_nothing_odd_has_no_sign_that_odd_ones_are_looked_at_for() -> None:
    for char in map(chr, range(0x80, 0x20000)):
        text = f"a{char}b"
        if not fold(text).odd:
            assert repetition._NOT_ORDINARY.search(text) is None, ascii(char)
            assert urls._WIDE_SIGNS.search(text) is None or char in HAN_DOTS, ascii(char)
            assert contacts._SLASH.search(text) is None, ascii(char)


@pytest.mark.parametrize("letter", ["!", "A", "0", "@", ".", "%", "7", "_", "\x00"])
@pytest.mark.parametrize("around", ["", "a", "!", " "])
def test_a_run_is_found_wherever_it_stands(letter: str, around: str) -> None:
    for at in range(16):
        text = "well " * 2 + "x" * at + around + letter * 30 + around + " played"
        found = Repetition().detect(fold(text), USER)
        assert "repeat.chars" in {signal.name for signal in found}, text


@settings(max_examples=60)
@given(text=TEXTS)
def test_what_was_examined_lately_is_what_would_be_found_anew(text: str) -> None:
    for name in ("viewer", "another", "LunaPlays", "viewer"):
        user = User("u", name=name)
        folded, signals = TOGETHER.examine(text, user)
        anew = TOGETHER.detect(fold(text), user)
        assert (folded.raw, signals) == (text, anew)
        assert signals.joined(()) == anew.joined(())


@settings(max_examples=60)
@given(texts=st.lists(TEXTS, max_size=6))
def test_many_are_examined_as_each_by_itself(texts: list[str]) -> None:
    users = [User("u", name=name) for name in ("viewer", "LunaPlays", "another")]
    asked = [(text, users[at % 3]) for at, text in enumerate((*texts, *texts))]
    together = TOGETHER.examine_all(asked)
    assert [folded.raw for folded, _ in together] == [text for text, _ in asked]
    alone = [TOGETHER.detect(fold(text), user) for text, user in asked]
    assert [signals for _, signals in together] == alone


def test_a_name_is_judged_anew_whatever_was_said_lately() -> None:
    detectors = InlineDetectors(policy())
    for name, there in (("viewer", False), ("LunaPlays", True), ("other", False)):
        _, signals = detectors.examine("hello everybody", User("u", name=name))
        assert ("impersonation.host" in signals.scores) == there


def test_a_text_said_lately_is_not_examined_again() -> None:
    detectors = InlineDetectors(policy())
    detectors.examine("get free nitro", USER)
    first = detectors.examine("get free nitro", USER)
    again = detectors.examine("get free nitro", User("v", name="another"))
    assert again[0] is first[0]
    assert again[1] is first[1]


@pytest.mark.parametrize(
    "text",
    ["w4llet", "a.b", "x@y", "(,", "a/b", "1", "a*b", "点", "a．b", "🌱", "$", "½", "a\u0301"],
)
def test_what_something_can_be_made_of_is_not_plain(text: str) -> None:
    assert not is_plain(fold(text))


@given(st.text(st.sampled_from("abC ,?'\";:-_~)é薇д"), max_size=80))
def test_a_plain_text_has_no_sign_of_links_contacts_or_digits(text: str) -> None:
    folded = fold(text)
    assert is_plain(folded)
    assert not folded.telling
    assert not urls.may_link(text, odd=folded.odd)
    assert hints(folded) == hints(folded, plain=True)
