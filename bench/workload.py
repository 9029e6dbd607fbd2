"""What the chat benches send: mixed messages of about 80 characters, one in twenty restricted.

Everything is made by a seeded generator: 10,000 invented words are the lexicon, messages are made
of other invented words, so that a hit is a hit by intent.
"""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

from gateway.config import shipped_policy

__all__ = ["POOL", "hello", "make_policy", "message", "words"]

POOL = 4_096
USERS = 5_000
ROOMS = 100
HIT_SHARE = 0.05
NON_ASCII_SHARE = 0.2

_LATIN = "abcdefghiklmnoprstuvwyz"
_OTHERS = ("абвгдежзиклмнопрст", "的一是在不了有和人这中大为上个", "áéíóúñüçãõ")


_WINDOW = {"count": "accepted", "limit": 100, "per": "10s", "over": {"then": {"slow": "30s"}}}
RULES: list[dict[str, object]] = [
    # Named as the shipped windows that shipped rules read.
    {"window": "user-room-messages", "key": ["room", "user"], **_WINDOW},
    {"window": "near-copies-room", "key": ["user"], **_WINDOW},
    {
        "window": "copies-room",
        "key": ["room", "fingerprint"],
        "of": "user",
        "count": "attempted",
        "limit": 100,
        "per": "30s",
        "over": {"message": "hold"},
    },
    {"rule": "bench-word", "category": "spam", "when": "lexicon.spam >= high", "then": "block"},
]


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
        f'"name":"user{user}","roles":[]}},"text":{_TEXTS[number % POOL]},"at":4102444800.5,'
        f'"surface":"chat"}}'
    ).encode()


PATIENT_MS = 2_000
"""A budget that no machine is too busy for: nothing is shed, every message is wholly examined."""


def make_policy(folder: Path, patient: bool = False) -> Path:
    """Write the bench's policy: everything shipped, 10,000 terms more, and three windows.

    A `patient` one measures what a verdict costs and never how late it is: chat's budget is
    PATIENT_MS, because what a gateway sheds under a neighbour's load costs next to nothing.

    Its brake is off: a rule that hits one message in twenty has run away by any measure, would be
    eased to `hold` within a second, and the bench would go on to measure holds.
    """
    policy = folder / "policy"
    shutil.copytree(shipped_policy(), policy)
    manifest = policy / "policy.yaml"
    said = manifest.read_text("utf-8") + "brake: off\n"
    if patient:
        hurried = "  chat: {ms: 50,"
        if hurried not in said:
            raise LookupError(f"{manifest} does not hold {hurried!r} any more")
        said = said.replace(hurried, f"  chat: {{ms: {PATIENT_MS},")
    manifest.write_text(said, encoding="utf-8")
    for windows in policy.rglob("windows.yaml"):
        windows.unlink()
    own = policy / "bench"
    own.mkdir()
    terms = [
        {"term": word, "category": "spam", "severity": "critical"} for word in words(10_000, 1)
    ]
    # JSON is YAML, without the anchors that the loader refuses.
    (own / "lexicon.bench.yaml").write_text(
        json.dumps({"lexicon": "any", "terms": terms}, ensure_ascii=False), encoding="utf-8"
    )
    (own / "rules.yaml").write_text(json.dumps(RULES), encoding="utf-8")
    return policy
