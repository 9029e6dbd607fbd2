"""Text cut into the pieces a sentence encoder knows: normalised, then the likeliest cut.

This is SentencePiece's unigram model: among all ways to cut a text into known pieces, the one with
the greatest sum of scores, found by dynamic programming. The tables come with the encoder's
weights. Work and memory are bounded by `most_chars` whatever is handed in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = ["Pieces"]

_META = "▁"
_UNKNOWN_COST = 10.0


class Pieces:
    """A cutter. Numbers are indices into the vocabulary."""

    def __init__(
        self,
        pieces: Sequence[str],
        scores: Sequence[float],
        unknown: int,
        replaced: Mapping[int, str],
        most_chars: int = 2048,
    ) -> None:
        """Take the vocabulary with its scores, and what each code point is replaced by."""
        self._known = {
            piece: (number, score)
            for number, (piece, score) in enumerate(zip(pieces, scores, strict=True))
            if piece and number != unknown
        }
        self._unknown = unknown
        self._unknown_score = min(scores, default=0.0) - _UNKNOWN_COST
        self._replaced = dict(replaced)
        self._most_chars = most_chars
        longest: dict[str, int] = {}
        for piece in self._known:
            longest[piece[0]] = max(len(piece), longest.get(piece[0], 0))
        self._longest = longest

    def normalised(self, text: str) -> str:
        """Return what is cut: replaced, spaces joined, a mark where a word begins."""
        plain = text[: self._most_chars].translate(self._replaced)
        while "  " in plain:
            plain = plain.replace("  ", " ")
        plain = plain.replace(" ", _META)[: self._most_chars]
        return plain if plain.startswith(_META) else _META + plain

    def cut(self, text: str, most: int) -> list[int]:
        """Return the first `most` pieces of a text."""
        chars = self.normalised(text)
        known, longest, unknown_score = self._known, self._longest, self._unknown_score
        size = len(chars)
        best = [-1e30] * (size + 1)
        best[0] = 0.0
        number = [self._unknown] * (size + 1)
        start = [0] * (size + 1)
        for begin in range(size):
            here = best[begin]
            score = here + unknown_score
            if score > best[begin + 1]:
                best[begin + 1], number[begin + 1], start[begin + 1] = score, self._unknown, begin
            for end in range(begin + 1, min(size, begin + longest.get(chars[begin], 0)) + 1):
                found = known.get(chars[begin:end])
                if found is not None and (score := here + found[1]) > best[end]:
                    best[end], number[end], start[end] = score, found[0], begin
        found_numbers: list[int] = []
        at = size
        while at > 0:
            found_numbers.append(number[at])
            at = start[at]
        found_numbers.reverse()
        return found_numbers[:most]
