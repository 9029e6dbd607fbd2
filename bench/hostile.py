"""Print what hostile texts of 16 KB cost: milliseconds to fold, to detect, and to read anew.

Run `python -m bench.hostile`. Each text is one short piece over and over, at the length that the
wire lets through. The answer is 1 where a text takes longer than `--most` milliseconds. Times are
of this process's CPU, the best of five.
"""

from __future__ import annotations

import argparse
import sys
from itertools import pairwise
from time import process_time
from typing import Final

from detectors.inline import InlineDetectors
from gateway.config import shipped_policy
from gateway.policy.load import load_policy
from seawall.events import User
from seawall.fingerprint import fingerprint, sketch
from seawall.fold import fold

__all__ = ["PIECES", "main"]

_BYTES: Final = 16_384
_TIMES: Final = 5
_USER: Final = User("bench")

PIECES: Final = {
    "one letter": "a",
    "two letters": "aA",
    "emoji": "\U0001f602",
    "letters and emoji": "a\U0001f602",
    "zalgo": "a" + "\u0301\u0323" * 5,
    "letters apart": "a ",
    "letters far apart": "a . ",
    "letters apart, words": "f r e e n i t r o ",
    "digits in words": "h3ll0 ",
    "digits and letters": "a1",
    "stars in words": "a*b ",
    "dots": "a.b",
    "two scripts": "a\u0430",
    "Han": "\u5fae\u4fe1",
    "Han apart": "\u5fae \u4fe1 ",
    "Korean letters": "\u3148\u3163\u3131",
    "surrogates": "\ud800",
    "numbers": "1 2 3 ",
    "mentions": "@a ",
    "links": "a.com ",
    "bangs": "!a",
    "full width": "\uff21\uff22 ",
    "an app and a number": "whatsapp 2025550111 ",
    "hidden links": "hxxp[.]",
    "capitals that grow": "\u0130",
    "leet": "s3nd y0ur s33d phr4s3 ",
}
"""What the texts are made of."""


def main() -> int:
    """Print a table; 1 where a text takes too long."""
    parser = argparse.ArgumentParser(prog="seawall bench hostile", description=__doc__)
    parser.add_argument("--most", type=float, default=50.0, help="milliseconds for one text")
    parser.add_argument("--policy", default=str(shipped_policy()), help="folder of the policy")
    options = parser.parse_args()
    detectors = InlineDetectors(load_policy(options.policy))
    slow = []
    print(f"{'':22}{'fold':>8}{'detect':>8}{'names':>8}   ms")
    for name, piece in PIECES.items():
        size = len(piece.encode("utf-8", "surrogatepass"))
        figures = _measure(piece * (_BYTES // size), detectors)
        print(f"{name:22}{''.join(f'{each:8.1f}' for each in figures)}")
        if sum(figures) > options.most:
            slow.append(name)
    if slow:
        print(f"more than {options.most:g} ms: {', '.join(slow)}")
    return int(bool(slow))


def _measure(text: str, detectors: InlineDetectors) -> tuple[float, ...]:
    best = [float("inf")] * 3
    for _ in range(_TIMES):
        marks = [process_time()]
        form = fold(text)
        marks.append(process_time())
        detectors.detect(form, _USER)
        marks.append(process_time())
        fingerprint(form)
        sketch(form)
        marks.append(process_time())
        taken = [(end - start) * 1e3 for start, end in pairwise(marks)]
        best = [min(pair) for pair in zip(best, taken, strict=True)]
    return tuple(best)


if __name__ == "__main__":
    sys.exit(main())
