"""Which language a stream speaks: a vote of what each utterance sounds like.

A guess weighs as many seconds as it was guessed from, so a short "ja" turns nobody German. The vote
remembers only so much, so a stream that changes its language is followed within one long utterance
or a few short ones. A vote is a value: threads may read one while the next is made.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

__all__ = ["Guesses", "Vote"]

Guesses = Sequence[tuple[str, float]]
"""Languages, each with its probability; the likeliest first."""

_REMEMBERED_S = 6.0
_HEEDED = 5
_SETTLED_S = 2.0
_FORGOTTEN_S = 0.01


class Vote(msgspec.Struct, frozen=True):
    """The languages of one stream, or the one that was `known` beforehand."""

    known: str = ""
    seconds: dict[str, float] = {}

    @property
    def language(self) -> str:
        """The language that leads, "" while nothing is known."""
        if self.known or not self.seconds:
            return self.known
        return max(self.seconds, key=lambda each: self.seconds[each])

    @property
    def settled(self) -> bool:
        """Whether the language that leads can be relied on."""
        if self.known:
            return True
        ranked = sorted(self.seconds.values(), reverse=True)
        second = ranked[1] if len(ranked) > 1 else 0.0
        return bool(ranked) and ranked[0] - second >= _SETTLED_S

    def choose(self, guesses: Guesses, seconds: float) -> str:
        """Return the language to hear an utterance in, of which so many seconds were guessed from.

        "" where nothing is known.
        """
        if self.known or not guesses:
            return self.language
        weighed = self._with(guesses, seconds)
        return max(weighed, key=lambda each: weighed[each])

    def learn(self, guesses: Guesses, seconds: float) -> Vote:
        """Return the vote with that of an utterance that was heard for good."""
        if self.known or not guesses:
            return self
        weighed = self._with(guesses, seconds)
        share = min(1.0, _REMEMBERED_S / max(sum(weighed.values()), _FORGOTTEN_S))
        kept = {language: each * share for language, each in weighed.items()}
        return Vote("", {name: each for name, each in kept.items() if each > _FORGOTTEN_S})

    def _with(self, guesses: Guesses, seconds: float) -> dict[str, float]:
        weighed = dict(self.seconds)
        for language, chance in guesses[:_HEEDED]:
            weighed[language] = weighed.get(language, 0.0) + chance * seconds
        return weighed
