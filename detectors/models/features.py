"""Texts to features: hashed n-grams of characters and words, the same in training and serving.

1. *Read*. A text is folded. What is read is its clean form, pictures kept as letters of their own,
   then ` | ` and the words that say something else when squashed (leet, accents, letters apart),
   then signs for its shape: how long, how many links and words in capitals, a number to call.
2. *Settle*, for all texts of a batch in one array of code points: white space becomes one space, a
   run of one character is cut to two, a space stands before and after each text.
3. *Hash*. Runs of 2 to 5 characters inside a word and its two spaces go to 2^18 buckets, words and
   pairs of neighbouring words to 2^16 buckets behind them.

A bucket counts once in a text. `scale` is what a sum of weights is divided by: the root of the
number of buckets, at least `FLOOR`, so that one odd word in a short text is no certainty.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from seawall.fold import fold

__all__ = [
    "BUCKETS",
    "CHAR_BITS",
    "FLOOR",
    "MOST",
    "RECIPE",
    "WORD_BITS",
    "Batch",
    "extract",
    "fingerprint",
    "read",
]

CHAR_BITS: Final = 18
WORD_BITS: Final = 16
BUCKETS: Final = (1 << CHAR_BITS) + (1 << WORD_BITS)
FLOOR: Final = 120
MOST: Final = 4096
"""Texts in one batch."""
RECIPE: Final = f"char_wb 2-5 in 2^{CHAR_BITS}, word 1-2 in 2^{WORD_BITS}, floor {FLOOR}, read 2"
"""What weights are made for; the last number changes with what this file does."""

_HEAD: Final = 1536
_TAIL: Final = 512
_LONGEST: Final = 5
_WORD_LIMIT: Final = 40
_SPACE: Final = np.uint32(32)
_SPREAD: Final = np.uint32(0x9E3779B1)
_STEP: Final = np.uint32(0x01000193)
_OWNER_SHIFT: Final = np.uint32(19)
_BUCKET_MASK: Final = np.uint32((1 << 19) - 1)
_DEEPEST: Final = 4095
_PICTURES: Final = 0x17000  # Tangut letters: the fold keeps them, and hardly anybody writes them
_PICTURE: Final = re.compile("[\u2600-\u2775\u2795-\u27bf\u2b05-\u2b55\U0001f300-\U0001faff]")
_SHAPES: Final = 0x18000
_LINK: Final = re.compile(
    r"https?:|www\.|\w\.(?:com|net|org|ru|me|ly|io|co|gg|tv|xyz|info|biz)\b", re.IGNORECASE
)
_NUMBER: Final = re.compile(r"\d[\d\s().-]{6,60}\d")
_CAPITALS: Final = re.compile(r"\b[A-Z]{3,}\b")
_MONEY: Final = re.compile(r"[$£€₽¥₹%]|\d ?(?:usd|usdt|eur|rub|руб|rb|juta|k)\b", re.IGNORECASE)
_LONG_ENOUGH: Final = 10
_SKIN: Final = re.compile("[\U0001f3fb-\U0001f3ff]")
_LETTERS_APART: Final = re.compile(r"(?<!\S)\S(?: \S){2,}(?!\S)")
_RUN: Final = re.compile(r"(.)\1\1")

Array32 = NDArray[np.uint32]

_IN_WORD: Final = np.array([chr(code).isalnum() for code in range(128)] + [True])
_POWERS: Final = np.cumprod(np.full(_DEEPEST + 1, 0x01000193, np.uint32), dtype=np.uint32)


class Batch(msgspec.Struct, frozen=True):
    """The features of several texts, one after the other.

    `buckets[bounds[i]:bounds[i + 1]]` are those of text i, rising; `scales[i]` its divisor.
    """

    buckets: NDArray[np.int64]
    bounds: NDArray[np.int64]
    scales: NDArray[np.float32]


def read(text: str) -> str:
    """Return what the classifier reads of a text, before white space and runs are settled."""
    if len(text) > _HEAD + _TAIL:
        text = f"{text[:_HEAD]} {text[-_TAIL:]}"
    if not text.isascii() and _PICTURE.search(text):
        text = _PICTURE.sub(_letter, _SKIN.sub("", text))
    clean = fold(text).clean.lower()  # ASCII is clean as it stands
    others = [
        other
        for word in clean.split()
        if not (word.isalpha() and word.isascii()) or _RUN.search(word)
        for other in (_squash(word),)
        if other
    ]
    others += [found[0].replace(" ", "") for found in _LETTERS_APART.finditer(clean)]
    aside = f" | {' '.join(others)}" if others else ""
    return f"{clean}{aside} {_shape(text)}"


def _shape(text: str) -> str:
    """Return signs for what folding takes away and n-grams cannot count."""
    signs = [_SHAPES + len(text).bit_length()]
    if links := len(_LINK.findall(text)):
        signs.append(_SHAPES + 0x20 + min(links, 3))
    if (capitals := len(_CAPITALS.findall(text))) > 1:
        signs.append(_SHAPES + 0x30 + min(capitals.bit_length(), 4))
    if lines := text.count("\n"):
        signs.append(_SHAPES + 0x40 + min(lines.bit_length(), 3))
    if len(text) >= _LONG_ENOUGH and text.isupper():
        signs.append(_SHAPES + 0x50)
    if text.count("!") > 1:
        signs.append(_SHAPES + 0x51)
    if "?" in text:
        signs.append(_SHAPES + 0x52)
    if _NUMBER.search(text):
        signs.append(_SHAPES + 0x53)
    if _MONEY.search(text):
        signs.append(_SHAPES + 0x54)
    return " ".join(map(chr, signs))


def _letter(match: re.Match[str]) -> str:
    code = ord(match[0])
    at = code - 0x1F300 if code >= 0x1F300 else code - 0x2600 + 0x800
    return f" {chr(_PICTURES + at)} "


@lru_cache(maxsize=1 << 15)
def _squash(word: str) -> str:
    """Return a word's squashed form, "" when it says nothing new."""
    squashed = fold(word).squashed if len(word) <= _WORD_LIMIT else ""
    return "" if squashed == word else squashed


def extract(texts: Sequence[str]) -> Batch:
    """Return the features of up to `MOST` texts; any text will do, and none changes another's."""
    if len(texts) > MOST:
        raise ValueError(f"{len(texts)} texts are more than the {MOST} of one batch")
    codes, owners = _settled([read(text) for text in texts])
    keys = np.concatenate([*_char_keys(codes, owners), *_word_keys(codes, owners)])
    keys.sort()
    first = np.empty(len(keys), np.bool_)
    first[:1] = True
    np.not_equal(keys[1:], keys[:-1], out=first[1:])
    keys = keys[first]
    edges = np.arange(len(texts) + 1, dtype=np.uint64) << _OWNER_SHIFT
    bounds = np.searchsorted(keys.astype(np.uint64), edges).astype(np.int64)
    scales = np.sqrt(np.maximum(np.diff(bounds), FLOOR)).astype(np.float32)
    return Batch((keys & _BUCKET_MASK).astype(np.int64), bounds, scales)


def _settled(texts: Sequence[str]) -> tuple[Array32, Array32]:
    """Return code points of all texts, a space before and after each, and whose they are."""
    sizes = np.fromiter((len(text) + 2 for text in texts), np.int64, len(texts))
    joined = "".join([f" {text} " for text in texts])
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    codes = np.maximum(codes, _SPACE)  # controls that the fold left are white space
    owners = np.repeat(np.arange(len(texts), dtype=np.uint32), sizes)
    same = codes[1:] == codes[:-1]
    space = codes == _SPACE
    kept = np.ones(len(codes), np.bool_)
    kept[2:] = ~(same[1:] & same[:-1]) | space[2:]
    kept[:-1] &= ~(same & space[:-1])
    return codes[kept], owners[kept]


def _char_keys(codes: Array32, owners: Array32) -> list[Array32]:
    """Hash every run of 2 to 5 characters that has no space inside."""
    size = len(codes)
    places = np.arange(size, dtype=np.int32)
    spaces = np.where(codes == _SPACE, places, size)
    after = np.minimum.accumulate(spaces[::-1])[::-1]
    room = np.zeros(size, np.int32)
    room[:-1] = after[1:] - places[:-1] + 1
    mixed = codes * _SPREAD
    shifted = owners << _OWNER_SHIFT
    hashed = mixed
    keys = []
    for length in range(2, _LONGEST + 1):
        hashed = hashed[:-1] * _STEP + mixed[length - 1 :]
        whole = room[: len(hashed)] >= length
        found = _scrambled(hashed[whole] + np.uint32(length))
        keys.append(shifted[: len(whole)][whole] | (found >> np.uint32(32 - CHAR_BITS)))
    return keys


def _word_keys(codes: Array32, owners: Array32) -> list[Array32]:
    """Hash words, which are what stands between signs and spaces, and pairs of neighbours."""
    inside = _IN_WORD[np.minimum(codes, 128)]
    begins = inside.copy()
    begins[1:] &= ~inside[:-1]
    starts = np.flatnonzero(begins)
    if not len(starts):
        return []
    word = np.cumsum(begins) - 1
    depth = np.arange(len(codes)) - starts[np.maximum(word, 0)]
    terms = np.where(inside, codes * _SPREAD * _POWERS[np.clip(depth, 0, _DEEPEST)], np.uint32(0))
    words = np.add.reduceat(terms, starts, dtype=np.uint32)
    owner = owners[starts]
    pairs = words[:-1] * _STEP + words[1:] + np.uint32(1)
    near = owner[1:] == owner[:-1]
    shift = np.uint32(32 - WORD_BITS)
    base = np.uint32(1 << CHAR_BITS)
    return [
        (owner << _OWNER_SHIFT) | (base + (_scrambled(words) >> shift)),
        (owner[1:][near] << _OWNER_SHIFT) | (base + (_scrambled(pairs[near]) >> shift)),
    ]


def _scrambled(hashed: Array32) -> Array32:
    """Spread a polynomial hash over all its bits (the finish of MurmurHash3)."""
    hashed = (hashed ^ (hashed >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    hashed = (hashed ^ (hashed >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return hashed ^ (hashed >> np.uint32(16))


_PROBES: Final = (
    "Free coins for everyone!!! go to www.coins.test/claim and enter code 4471",
    "y0u $tup1d f.r.e.e  w i n n e r  \U0001f602\U0001f602 n!tro",
    "\uff26\uff32\uff25\uff25 \U0001d41f\U0001d42b\U0001d41e\U0001d41e c\u200bla\u0456m z\u0336",
    "бесплатно подпишись",
    "miễn phí đây bạn ơi, çok güzel şey",
    "加微信 领取 무료 مجانًا मुफ्त",
)


def fingerprint() -> str:
    """Return 16 hex digits that change when the fold or the hashing of these probes does."""
    batch = extract(_PROBES)
    return sha256(batch.buckets.tobytes() + batch.bounds.tobytes()).hexdigest()[:16]
