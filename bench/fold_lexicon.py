"""Print what fold and lexicon cost: CPU microseconds per message, 10,000 terms, 80 characters.

Run `python -m bench.fold_lexicon`. Words, terms and messages are made up from a fixed seed. Punctuation,
apostrophes and mentions are about as frequent as in public chat logs of lines of that length; one
message in twenty holds a term, a third of those in disguise. Each repetition measures every set of
messages in turn; the figures are medians over repetitions of this process's CPU time.
"""

from __future__ import annotations

import gc
import random
from collections.abc import Callable
from statistics import median
from time import process_time
from typing import Final, Literal

from detectors.text.lexicon import Lexicon
from seawall.events import User
from seawall.fold import fold
from seawall.policy.model import LexiconEntry
from seawall.taxonomy import CATEGORIES, Severity

__all__ = ["main"]

_TERMS: Final = 10_000
_MESSAGES: Final = 4_000
_CHARS: Final = 80
_HIT_EVERY: Final = 20
_REPETITIONS: Final = 15
_USER: Final = User("bench")

_SYLLABLES: Final = {
    "latin": "ba be da di fo ga go ha hi ka ko la li lo ma me mi na ne no pa po ra re ri ro sa se"
    " si so ta te ti to tra un ver wi ye zen st er ing tion ly ck".split(),
    "accented": "bé né dà ñi fö ça gó hâ hi ka kö la lì lo mã me mi nă né no pa pô ra re".split(),
    "cyrillic": "ба ве да ди жи за ка ки ла ли ло ма ми на не но по ра ре ри ся та то ть хо чу".split(),
    "han": [chr(0x4E00 + 13 * i) for i in range(1200)],
    "arabic": "با تا جا دا را سا شا طا عا فا قا كا لا ما نا ها وا يا".split(),
}
_MATCHES: Final[list[Literal["word", "substring", "squashed"]]] = ["word", "substring", "squashed"]


class _Maker:
    """Makes words, terms and messages from one seeded generator."""

    def __init__(self, seed: int) -> None:
        self._pick = random.Random(seed)
        self._spoken = {script: [self._word(script) for _ in range(1500)] for script in _SYLLABLES}

    def _word(self, script: str, longest: int = 4) -> str:
        syllables = self._pick.randint(1, 2 if script == "han" else longest)
        return "".join(self._pick.choices(_SYLLABLES[script], k=syllables))

    def make_term(self, at: int) -> LexiconEntry:
        """Make up a term of one to three words; one in ten has two exceptions."""
        pick = self._pick
        script = pick.choices(["latin", "cyrillic", "han", "arabic"], [70, 12, 12, 6])[0]
        text = " ".join(
            self._word(script, 3) + self._word(script, 3) + pick.choice(_SYLLABLES[script])
            for _ in range(pick.choice([1, 1, 2, 3]))
        )
        return LexiconEntry(
            term=text,
            category=pick.choice(CATEGORIES).name,
            severity=pick.choice(list(Severity)),
            match=pick.choices(_MATCHES, [70, 10, 20])[0],
            exceptions=(f"not {text}", f"{text} {self._word(script)}") if pick.random() < 0.1 else (),
            where=f"made-up:{at}",
        )

    def make_message(self, script: str, term: LexiconEntry | None) -> str:
        """Make up a message that holds the term, if one is given."""
        pick = self._pick
        text = ""
        while len(text) < _CHARS:
            text += self._say("latin" if script == "pictures" else script)
        text = text[:_CHARS].strip()
        if script == "pictures":
            text = f"{text[:38]}{pick.choice('😂🔥’“…—é')}{text[39:]}"
        if term is None:
            return text
        cut = text.find(" ", pick.randint(0, 40)) + 1
        return f"{text[:cut]}{self._disguise(term)} {text[cut:]}"[:_CHARS]

    def _say(self, script: str) -> str:
        pick = self._pick
        word = pick.choice(self._spoken[script])
        if script == "han":
            return word + pick.choices(["", "，", " "], [80, 15, 5])[0]
        word = pick.choices(
            [word, word.capitalize(), f"@{word}", f"{word}'s", str(pick.randint(1, 2000))],
            [93, 2, 1, 2, 2],
        )[0]
        return word + pick.choices([" ", ", ", ". ", "! ", "..."], [92, 4, 2.5, 1, 0.5])[0]

    def _disguise(self, term: LexiconEntry) -> str:
        pick = self._pick
        if term.match != "squashed" or pick.random() < 0.25:
            return term.term.upper() if pick.random() < 0.2 else term.term
        ways = (
            ".".join(term.term),
            term.term.replace("o", "0").replace("e", "3").replace("a", "@"),
            term.term.replace("e", "eeee").replace("i", "iii"),
        )
        return pick.choice(ways)


def _make_messages(maker: _Maker, terms: list[LexiconEntry], scripts: list[str]) -> list[str]:
    """Make up messages, evenly over scripts; a term stands only among its own kind."""
    ours = [term for term in terms if term.term.isascii()]
    messages = []
    for at in range(_MESSAGES):
        term = ours[at * 7 % len(ours)] if at % _HIT_EVERY == 0 else None
        messages.append(maker.make_message(scripts[at % len(scripts)], term))
    return messages


def _cost(step: Callable[[], object]) -> float:
    """Return CPU seconds that one call takes."""
    begin = process_time()
    step()
    return process_time() - begin


def _measure(
    sets: dict[str, list[str]], lexicon: Lexicon
) -> dict[str, tuple[list[float], list[float]]]:
    """Return, for each set, microseconds per message of fold and of lexicon, one per repetition."""
    detect = lexicon.detect
    taken: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in sets}
    for _ in range(_REPETITIONS):
        for name, texts in sets.items():
            # Both steps on every message, as a gateway does it; then the fold alone.
            both = _cost(lambda texts=texts: [detect(fold(text), _USER) for text in texts])  # type: ignore[misc]
            alone = _cost(lambda texts=texts: [fold(text) for text in texts])  # type: ignore[misc]
            taken[name][0].append(alone / len(texts) * 1e6)
            taken[name][1].append((both - alone) / len(texts) * 1e6)
    return taken


def main() -> int:
    """Print a table of CPU microseconds per message."""
    maker = _Maker(2)
    terms = [maker.make_term(at) for at in range(_TERMS)]
    allowed = [f"{term.term} and {term.term}" for term in terms[:200]]
    begin = process_time()
    lexicon = Lexicon(terms, allowed)
    print(f"{len(terms)} terms, built in {(process_time() - begin) * 1e3:.0f} ms of CPU")
    plain = _make_messages(maker, terms, ["latin"])
    wide = _make_messages(maker, terms, ["accented", "cyrillic", "han", "arabic", "pictures"])
    fifth = len(plain) // 5
    sets = {"ASCII": plain, "not ASCII": wide, "1 in 5 not": plain[fifth:] + wide[:fifth]}
    gc.collect()
    gc.freeze()
    print(f"{'messages':12}{'hitting':>9}{'fold':>8}{'lexicon':>9}{'both':>7}{'best':>7}  us")
    for name, (folding, scanning) in _measure(sets, lexicon).items():
        hits = sum(bool(lexicon.detect(fold(text), _USER)) for text in sets[name])
        both = [a + b for a, b in zip(folding, scanning, strict=True)]
        print(
            f"{name:12}{hits / len(sets[name]):9.1%}{median(folding):8.2f}{median(scanning):9.2f}"
            f"{median(both):7.2f}{min(both):7.2f}"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
