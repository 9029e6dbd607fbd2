"""What makes two messages the same message: keys that count copies of one text over many users.

`fingerprint` survives case, spacing, punctuation, emoji, numbers, stretched letters and styled ones,
because it is taken from words of letters in the folded form. `sketch` survives an inserted, changed
or moved word besides: it is made of the KEPT words with the smallest hashes, so one word added to n
changes it with probability KEPT / (n + 1), whichever word that is.
"""

from __future__ import annotations

from hashlib import blake2b
from zlib import crc32

from seawall.fold import Folded, shorten_runs

__all__ = ["KEPT", "LEAST", "fingerprint", "sketch"]

LEAST = 12
"""Letters under which a text has no fingerprint: short lines are alike by nature."""
KEPT = 4
_DIGITS = b"0123456789"
_NOTHING = bytes(range(256))


def fingerprint(folded: Folded) -> str | None:
    """Return the identity of a text, 16 hex digits; None for short ones and those without letters."""
    words = _words(folded)
    if len(words) > 2 and len(set(words)) == 1:  # an emote over and over
        return None
    letters = shorten_runs(b"".join(words))
    if len(letters) < LEAST or (not letters.isascii() and len(letters.decode()) < LEAST):
        return None
    return blake2b(letters, digest_size=8).hexdigest()


def sketch(folded: Folded) -> str | None:
    """Return the key of a text's near copies, 16 hex digits; None under KEPT + 2 different words."""
    words = {shorten_runs(word) for word in _words(folded) if len(word) > 2}
    if len(words) < KEPT + 2:
        return None
    kept = sorted(words, key=crc32)[:KEPT]
    return blake2b(b" ".join(kept), digest_size=8).hexdigest()


def _words(folded: Folded) -> list[bytes]:
    """Return the words of letters, folded; a word with a digit in it is a nonce or a number."""
    padded = folded.padded
    words = padded.split()
    if len(padded.translate(_NOTHING, _DIGITS)) == len(padded):
        return words
    return [word for word in words if len(word.translate(_NOTHING, _DIGITS)) == len(word)]
