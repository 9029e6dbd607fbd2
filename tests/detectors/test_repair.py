"""What is written in disguise is read as it is meant; what is not is left alone."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, strategies as st

from bench.evaluation.perturb import PERTURBATIONS
from detectors.repair import Repairer
from detectors.tricks import Tricks
from seawall.fold import GROWTH, fold

_KNOWN = """
free nitro seed phrase send giveaway address telegram buy pump claim your airdrop wallet all women
killed should worthless loser be to a die bitch casino replica watches
забирай дроп кошелёк гашиш меф доставка
"""
WORDS = dict.fromkeys(_KNOWN.split(), 1)
REPAIRER = Repairer(WORDS, {"synchroni": 1, "гарантир": 1})


def readings(text: str, repairer: Repairer = REPAIRER) -> list[str]:
    return [reading.folded.spaced for reading in repairer.readings(fold(text))]


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("f r e e   n i t r o", "free nitro"),
        ("f r e e n i t r o now", "free nitro now"),
        ("p . u . m . p at 9 p m", "pump at 9 p m"),
        ("s*e*n*d 1 b|u|y", "send 1 buy"),
        ("my w @ l 1 3 t", "my wallet"),
        ("c 4 s ! n 0 now", "casino now"),
        ("r  3  p  l  1  c  @", "replica"),
        ("д 3 п   р 1", "д3п р1"),
        ("g-i-v-e-a-w-a-y a-d-d-r-e-s-s", "giveaway address"),
        ("w-o-r-t-h-l-e-s-s l . o . s . e . r", "worthless loser"),
        ("s h o p . c o m", "shop com"),
        ("微-信 l . q . 5 . 5 . d . e . m . o 私-聊", "微信 lq55demo 私聊"),
        ("시.드.문.구 보내", "시드문구 보내"),
        ("消灭灭灭灭", "消灭"),
        ("ㅈㅣㄱㅏㅂ 시드", "지갑 시드"),
        ("my w4ll3t", "my wallet"),
        ("Wom3n $hou1d 4l1 83 k1l13d", "women should all be killed"),
        ("73139r@m", "telegram"),
        ("@ddr3$$", "address"),
        ("$end now", "send now"),
        ("buuuuyyyy", "buy"),
        ("synchr0nization", "synchronization"),
        ("з@6uр@й др0п", "забирай дроп"),
        ("м3ф и г@шuш", "меф и гашиш"),
        ("koшeлёk гapантuрyем", "кошелёк гарантируем"),
        ("cla🎉m your a🎉rdrop", "claim your airdrop"),
        ("₵laim", "claim"),
        ("c\u0308\u0323l\u0323\u0308a\u0323\u0330im", "claim"),
    ],
)
def test_a_disguise_is_undone(text: str, reading: str) -> None:
    assert readings(text) == [reading]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello there, how are you?",
        "ps5 or mp3, h264 4k at 9pm",
        "e.g. this, i.e. that, p.m.",
        "well-known state-of-the-art",
        "soooo goooood!!!",
        "go🔥now and then",
        "tiếng Việt đẹp lắm",
        "Mənim adım",
        "مَرْحَبًا بكم",
        "как дела, usdtшка",
        "मिलते हैं",
        "한국어 ㅋㅋㅋ ㅠㅠ",
        "今天 你好 朋友",
        "👨‍👩‍👧‍👦 👩🏽‍💻",
        "ılık bir gün",
        "price is 5€ or €6",
        "user123 says 100% of 0x8e1f1901e4dd",
        "@bob and @alice",
        "a @ b",
        "5 @ 6 $ 7 is 3 each",
    ],
)
def test_what_is_not_disguised_has_no_reading(text: str) -> None:
    assert readings(text) == []


def test_a_span_of_a_reading_is_where_it_stands_in_the_message() -> None:
    text = "Hey \U0001f600 get f r e e   n!tr0 n0w"
    (reading,) = REPAIRER.readings(fold(text))
    spaced = reading.folded.spaced
    at = spaced.index("free nitro")
    start, end = reading.span(*reading.folded.span("spaced", at, at + len("free nitro")))
    assert text[start:end] == "f r e e   n!tr0"


def test_tricks_are_read_and_lead_back() -> None:
    repairer = Repairer(WORDS, {}, Tricks({"🌱": "seed", "薇": "微", "kosong": "0"}))
    text = "Drop the 🌱 phrase"
    (reading,) = repairer.readings(fold(text))
    assert reading.folded.spaced == "drop the seed phrase"
    at = reading.folded.spaced.index("seed phrase")
    start, end = reading.span(*reading.folded.span("spaced", at, at + len("seed phrase")))
    assert text[start:end] == "🌱 phrase"
    assert readings("加薇信", repairer) == ["加微信"]
    assert readings("kosong kosongnya", repairer) == ["0 kosongnya"]


def test_words_are_turned_only_where_the_message_asks_for_it() -> None:
    tight = {"微信": 1, "内部": 1}
    repairer = Repairer(WORDS | tight, {}, Tricks({}, ["read it backwards", "倒着念"]))
    assert readings("my esarhp dees (read it backwards)", repairer) == [
        "my seed phrase read it backwards"
    ]
    assert readings("信微 部内（倒着念）", repairer) == ["微信 内部 倒着念"]
    assert readings("my esarhp dees", repairer) == []


@given(st.text(st.sampled_from("ab1@$! .*|😂шк微가ㅏㄱ\u0301\u200b\ud800₵İ"), max_size=80))
def test_any_text_is_read_and_every_place_leads_back(text: str) -> None:
    tricks = Tricks({"😂": "laugh", "ab": "ba", "微": "薇"}, ["a b"])
    for reading in Repairer(WORDS, {}, tricks).readings(fold(text)):
        size = len(reading.folded.raw)
        spans = [reading.span(at, at + 1) for at in range(size)]
        assert all(0 <= start <= end <= len(text) for start, end in spans)
        assert size <= GROWTH * (len(text) + 1) * 7


@pytest.mark.parametrize("name", ["leet", "dotted", "repeated", "spaced", "struck", "zalgo"])
def test_every_shipped_disguise_of_a_known_word_is_undone(name: str) -> None:
    text = "claim your airdrop"
    for seed in range(20):
        written = PERTURBATIONS[name](text, random.Random(seed))
        folded = fold(written)
        assert folded.spaced == text or text in readings(written), written


@pytest.mark.parametrize(
    "piece",
    ["a ", "a . ", "a1", "a*b ", "微 信 ", "ㅈㅣㄱ", "!a", "aaabbb ", "f r e e n i t r o ", "@a ",
     "s3nd y0ur ", "a😂", "\ud800", "a\u0301\u0323\u0308 "],
)  # fmt: skip
def test_a_flood_is_read_in_bounded_pieces(piece: str) -> None:
    for reading in REPAIRER.readings(fold(piece * (60_000 // len(piece)))):
        assert len(reading.folded.raw) <= 3 * 4096
