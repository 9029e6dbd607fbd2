"""Print what fold and lexicon cost: CPU microseconds per message, 10,000 terms, 80 characters.

Run `python -m bench.fold_lexicon`. Words, terms and messages are made up from a fixed seed: words
follow Zipf's law, punctuation and apostrophes are about as frequent as in public chat logs. One
message in twenty holds a term, some of them in disguise; one in four holds the letters of a short
term inside its words (in public chat 56 common short terms did so in one of five). Each repetition
measures every set of messages in turn; the figures are medians of this process's CPU time.

`alone` is the lexicon by itself, which works out the words with single spaces (`padded`) and
searches them and the letters. `shared` is what it adds in the gateway, where patterns, links and
contacts ask for `padded` anyway and its terms are looked for in the same pass as theirs: the cost
with the lexicon less the cost without, and the fold. `padded` is said besides.
"""

from __future__ import annotations

import argparse
import gc
import random
from collections.abc import Callable
from itertools import accumulate
from statistics import median
from time import process_time
from typing import Final, Literal

from detectors.gate import Gate
from detectors.spotter import finder
from detectors.text.contacts import Contacts
from detectors.text.lexicon import Lexicon
from gateway.config import shipped_policy
from gateway.policy.load import load_policy
from seawall.events import User
from seawall.fold import Folded, fold
from seawall.policy.model import LexiconEntry
from seawall.signals import Signal
from seawall.taxonomy import CATEGORIES, Severity

__all__ = ["main"]

_TERMS: Final = 10_000
_MESSAGES: Final = 4_000
_CHARS: Final = 80
_HIT_EVERY: Final = 20
_SHORT_EVERY: Final = 250
_REPETITIONS: Final = 15
_USER: Final = User("bench")

_SYLLABLES: Final = {
    script: [f"{onset}{vowel}{coda}" for onset in onsets for vowel in vowels for coda in codas]
    for script, onsets, vowels, codas in (
        ("latin", [*"bcdfghjlmnprstvw", "st", "tr", "ch"], "aeiou", ["", *"nrstl"]),
        ("accented", "bcdfghlmnprst", "aeioéüãñ", ["", *"nrs"]),
        ("cyrillic", "бвдзклмнпрст", "аеиоуя", ["", *"нрстй"]),
        ("han", [chr(0x4E00 + 13 * at) for at in range(1200)], [""], [""]),
        ("arabic", "بتجدرسشطعفقكلمن", "اوي", ["", *"نرل"]),
    )
}
_VOCABULARY: Final = 4000
_MATCHES: Final[list[Literal["word", "substring", "squashed"]]] = ["word", "substring", "squashed"]


class _Maker:
    """Makes words, terms and messages from one seeded generator."""

    def __init__(self, seed: int) -> None:
        self._pick = random.Random(seed)
        self._spoken = {
            script: [self._word(script, 3) for _ in range(_VOCABULARY)] for script in _SYLLABLES
        }
        self._used = list(accumulate(1 / rank for rank in range(2, _VOCABULARY + 2)))  # Zipf's law

    def _word(self, script: str, longest: int = 4) -> str:
        syllables = self._pick.randint(1, 2 if script == "han" else longest)
        return "".join(self._pick.choices(_SYLLABLES[script], k=syllables))

    def make_term(self, at: int) -> LexiconEntry:
        """Make up a term of one to three words; one in ten has two exceptions."""
        pick = self._pick
        script = pick.choices(["latin", "cyrillic", "han", "arabic"], [70, 12, 12, 6])[0]
        if at % _SHORT_EVERY == 0:
            return self._make_short_term(script)
        text = " ".join(
            self._word(script, 3) + self._word(script, 3) + pick.choice(_SYLLABLES[script])
            for _ in range(pick.choice([1, 1, 2, 3]))
        )
        return LexiconEntry(
            term=text,
            category=pick.choice(CATEGORIES).name,
            severity=pick.choice(list(Severity)),
            match=pick.choices(_MATCHES, [70, 10, 20])[0],
            exceptions=(f"not {text}", f"{text} {self._word(script)}")
            if pick.random() < 0.1
            else (),
            where=f"made-up:{at}",
        )

    def _make_short_term(self, script: str) -> LexiconEntry:
        """Make up a short word that nobody says; it still stands inside many a longer one."""
        while (text := self._word(script, 2)[:4]) in self._spoken[script] or len(text) < 2:
            pass
        return LexiconEntry(text, "profanity", Severity.LOW)

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
        word = pick.choices(self._spoken[script], cum_weights=self._used)[0]
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


class _Shared:
    """A gate of the shipped patterns with and without the lexicon's words in it."""

    def __init__(self, lexicon: Lexicon) -> None:
        policy = load_policy(shipped_policy())
        regexes = [pattern.regex for pattern in policy.tables.patterns]
        contacts = Contacts(policy.tables.contacts, policy.tenant)
        self.pick_without = Gate(regexes).pick
        self.find_without = finder(contacts.letters)
        self._pick = Gate(regexes, (), lexicon.words).pick
        self._find = finder((*lexicon.letters, *contacts.letters))
        self._judge = lexicon.judge
        self._first_word = len(regexes)
        self._first_other = len(lexicon.letters)

    def detect(self, form: Folded) -> list[Signal]:
        """Search as the inline detectors do, for the lexicon's sake only."""
        picked = self._pick(form.padded)
        hits = self._find(form.packed)
        if not picked and not hits:
            return []
        words = [each - self._first_word for each in picked if each >= self._first_word]
        own = [hit for hit in hits if hit[2] < self._first_other]
        return self._judge(form, words, own) if words or own else []


def _cost(texts: list[str], run: Callable[[Folded], object]) -> float:
    """Return microseconds per message of folding and whatever is run on it."""
    start = process_time()
    for text in texts:
        run(fold(text))
    return (process_time() - start) / len(texts) * 1e6


def _measure(texts: list[str], lexicon: Lexicon, shared: _Shared) -> tuple[float, ...]:
    """Return microseconds per message: fold, with `padded`, with the lexicon alone and shared."""

    def without(form: Folded) -> None:
        shared.pick_without(form.padded)
        shared.find_without(form.packed)

    folding = _cost(texts, lambda _: None)
    padded = _cost(texts, lambda form: form.padded)
    alone = _cost(texts, lambda form: lexicon.detect(form, _USER))
    added = _cost(texts, shared.detect) - _cost(texts, without)
    return folding, padded - folding, alone, folding + added


def main() -> int:
    """Print a table of CPU microseconds per message."""
    argparse.ArgumentParser(prog="seawall bench fold-lexicon", description=__doc__).parse_args()
    maker = _Maker(2)
    terms = [maker.make_term(at) for at in range(_TERMS)]
    allowed = [f"{term.term} and {term.term}" for term in terms[:200]]
    begin = process_time()
    lexicon = Lexicon(terms, allowed)
    shared = _Shared(lexicon)
    lexicon.detect(fold("built when first asked"), _USER)
    print(f"{len(terms)} terms, built in {(process_time() - begin) * 1e3:.0f} ms of CPU")
    plain = _make_messages(maker, terms, ["latin"])
    wide = _make_messages(maker, terms, ["accented", "cyrillic", "han", "arabic", "pictures"])
    fifth = len(plain) // 5
    sets = {"ASCII": plain, "other": wide, "1 in 5 other": plain[fifth:] + wide[:fifth]}
    gc.collect()
    gc.freeze()
    taken: dict[str, list[tuple[float, ...]]] = {name: [] for name in sets}
    for _ in range(_REPETITIONS):
        for name, texts in sets.items():
            taken[name].append(_measure(texts, lexicon, shared))
    print(f"{'':22}{'':8}{'':8}{'fold+lexicon':>18}   us, medians")
    print(f"{'messages':14}{'hitting':>8}{'fold':>8}{'padded':>8}{'alone':>9}{'shared':>9}")
    for name, figures in taken.items():
        hits = sum(bool(lexicon.detect(fold(text), _USER)) for text in sets[name])
        folding, padded, alone, together = (median(each) for each in zip(*figures, strict=True))
        share = hits / len(sets[name])
        print(f"{name:14}{share:8.1%}{folding:8.2f}{padded:8.2f}{alone:9.2f}{together:9.2f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
