"""What the chat benches send: mixed messages of about 80 characters, one in twenty restricted.

Everything is made by a seeded generator: 10,000 invented words are the lexicon, messages are made
of other invented words, so that a hit is a hit by intent.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

import yaml

from gateway.config import shipped_policy

__all__ = ["POOL", "hello", "make_policy", "message", "words"]

POOL = 4_096
USERS = 5_000
ROOMS = 100
HIT_SHARE = 0.05
NON_ASCII_SHARE = 0.2

_LATIN = "abcdefghiklmnoprstuvwyz"
_OTHERS = ("абвгдежзиклмнопрст", "的一是在不了有和人这中大为上个", "áéíóúñüçãõ")


def words(count: int, seed: int) -> list[str]:
    """Return that many different invented words of 5 to 12 letters."""
    chance = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        letters = _LATIN if chance.random() < 0.7 else chance.choice(_OTHERS)
        found["".join(chance.choices(letters, k=chance.randint(5, 12)))] = None
    return list(found)


def _word(chance: random.Random) -> str:
    """Return an invented word that could be one: syllables, two to four of them."""
    syllables = (chance.choice("bdfghklmnprstvz") + chance.choice("aeiou") for _ in range(4))
    return "".join(list(syllables)[: chance.randint(2, 4)])


def texts(seed: int = 7) -> list[str]:
    """Return POOL texts of about 80 characters: a fifth not ASCII, a twentieth with a hit."""
    chance = random.Random(seed)
    plain = [_word(chance) for _ in range(3000)]
    listed = words(10_000, 1)
    found = []
    for _ in range(POOL):
        line = " ".join(chance.choices(plain, k=13))[:80]
        if chance.random() < NON_ASCII_SHARE:
            line = line[:60] + " " + "".join(chance.choices(chance.choice(_OTHERS), k=12))
        if chance.random() < HIT_SHARE:
            line = line[:40] + " " + chance.choice(listed) + " " + line[40:70]
        found.append(line)
    return found


_TEXTS = [json.dumps(text, ensure_ascii=False) for text in texts()]


def hello() -> str:
    """Return the first message of a connection."""
    return '{"type":"hello","server":"bench","rooms":["*"]}'


def message(number: int) -> bytes:
    """Return the n-th chat message of a run, as sent."""
    user = number % USERS
    return (
        f'{{"type":"chat","id":"m{number}","room":"r{number % ROOMS}","user":{{"id":"u{user}",'
        f'"name":"user{user}","roles":[]}},"text":{_TEXTS[number % POOL]},"at":1700000000.5,'
        f'"surface":"chat"}}'
    ).encode()


def make_policy(folder: Path) -> Path:
    """Write the bench's policy: the shipped detectors' tables, a 10,000-term lexicon, 3 windows."""
    policy = folder / "policy"
    policy.mkdir()
    shipped = Path(shipped_policy())
    for name in ("brands.yaml", "hosts.yaml", "contacts.yaml"):
        for found in shipped.rglob(name):
            (policy / name).write_text(found.read_text(encoding="utf-8"), encoding="utf-8")
    (policy / "policy.yaml").write_text(
        "policy: bench\nbudgets:\n  chat: {ms: 50, on_timeout: allow}\n", encoding="utf-8"
    )
    terms = [
        {"term": word, "category": "spam", "severity": "critical"} for word in words(10_000, 1)
    ]
    (policy / "lexicon.any.yaml").write_text(
        yaml.safe_dump({"lexicon": "any", "terms": terms}, allow_unicode=True), encoding="utf-8"
    )
    window = {
        "count": "accepted",
        "limit": 100,
        "per": "10s",
        "over": {"then": "slow", "for": "30s"},
    }
    rules = [
        {"window": "user-room", "key": ["room", "user"], **window},
        {"window": "user", "key": ["user"], **window},
        {
            "window": "duplicates",
            "key": ["room", "fingerprint"],
            "of": "user",
            "count": "attempted",
            "limit": 100,
            "per": "30s",
            "over": {"message": "hold"},
        },
        {
            "rule": "listed-word",
            "category": "spam",
            "when": "lexicon.spam >= high",
            "then": "block",
        },
        {
            "rule": "listed-link",
            "category": "scam.phishing",
            "when": "link.listed or link.lookalike >= 0.8",
            "then": "block",
        },
        {"rule": "contact", "category": "diversion", "when": "contact.any", "then": "allow"},
        {"rule": "noise", "category": "flood", "when": "repeat.chars >= 0.8", "then": "allow"},
        {
            "rule": "impostor",
            "category": "scam.impersonation",
            "when": "impersonation.staff >= 0.9",
            "then": "hold",
        },
    ]
    # JSON is YAML, without the anchors that the loader refuses.
    (policy / "rules.yaml").write_text(json.dumps(rules), encoding="utf-8")
    return policy
