"""Do recordings match across bitrates, noise and talk, and nothing else? What does it cost?

Run `python -m bench.fingerprints`; the files are in the folder `media` of SEAWALL_DATA (default
`../shared/data`). Of the music pairs (`*.hq.ogg` and `*.ogg` are one recording each) one goes into
a catalogue and the other one is played; every other file with sound must not match. Then the same
with noise and talk over it, and with a catalogue of many made-up recordings, for its cost.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from detectors.audio.fingerprint import Match, Matcher, missing
from detectors.chromaprint import RATE
from detectors.prints import Catalogue, Recording
from seawall.errors import ConfigError
from workers.catalogue import recording, sound

__all__ = ["main"]

_CHUNK = RATE // 4 * 2
_SOUND = frozenset({".ogg", ".wav", ".mp3", ".flac", ".opus", ".webm", ".mkv", ".mp4", ".aiff"})


def main() -> int:
    """Print the table; return 1 where a pair does not match, or something else does."""
    parser = argparse.ArgumentParser(prog=sys.argv[0], description=__doc__)
    parser.add_argument(
        "--data", default=os.environ.get("SEAWALL_DATA", "../shared/data"), type=Path
    )
    parser.add_argument("--made-up", type=int, default=2000, help="recordings of two minutes")
    given = parser.parse_args()
    if why := missing():
        print(f"no fingerprints here: {why}", file=sys.stderr)
        return 2
    folder = given.data / "media"
    pairs = [
        (path, path.with_name(path.name.replace(".hq.", "."))) for path in folder.glob("*.hq.*")
    ]
    if not pairs:
        print(f"no pairs (*.hq.*) in {folder}", file=sys.stderr)
        return 2
    catalogue = Catalogue([recording("music", high) for high, _ in pairs])
    wrong = _pairs(catalogue, pairs) + _others(catalogue, folder, pairs)
    _disguised(catalogue, pairs, folder)
    _cost(pairs, given.made_up)
    print(f"\n{wrong} wrong")
    return 1 if wrong else 0


def played(catalogue: Catalogue, pcm: bytes) -> tuple[list[Match], float, float]:
    """Return what sound matches, after how many seconds first, and its CPU ms a second."""
    matcher, found, first = Matcher(catalogue), [], -1.0
    before = time.process_time()
    for start in range(0, len(pcm), _CHUNK):
        found += matcher.feed(pcm[start : start + _CHUNK], start / 2 / RATE)
        if found and first < 0:
            first = (start + _CHUNK) / 2 / RATE
    found += matcher.finish()
    spent = time.process_time() - before
    return found, first, 1000 * spent / max(1.0, len(pcm) / 2 / RATE)


def _pairs(catalogue: Catalogue, pairs: Sequence[tuple[Path, Path]]) -> int:
    print(f"{'one in the catalogue, the other one played':<52}{'match':>7}{'score':>7}{'after':>9}")
    wrong = 0
    for high, low in pairs:
        found, first, _ = played(catalogue, b"".join(sound(low)))
        right = bool(found) and {each.entry for each in found} == {high.stem}
        wrong += not right
        score = min((each.score for each in found), default=0.0)
        when = f"{first:.1f} s" if first >= 0 else "its end"
        print(f"{low.name[:50]:<52}{len(found) if right else 'NONE':>7}{score:>7.2f}{when:>9}")
    return wrong


def _others(catalogue: Catalogue, folder: Path, pairs: Sequence[tuple[Path, Path]]) -> int:
    known = {path for pair in pairs for path in pair}
    heard, seconds, wrong = 0, 0.0, 0
    for path in sorted(folder.iterdir()):
        if path in known or path.suffix not in _SOUND:
            continue
        try:
            pcm = b"".join(sound(path))
        except ConfigError:
            continue  # no sound, or damaged: nothing to match
        found, _, _ = played(catalogue, pcm)
        heard, seconds, wrong = heard + 1, seconds + len(pcm) / 2 / RATE, wrong + len(found)
        for each in found:
            print(f"WRONG: {path.name} matches {each.entry} ({each.score:.2f})")
    print(f"{heard} other files with sound, {seconds:.0f} s: {wrong} matches")
    return wrong


def _disguised(catalogue: Catalogue, pairs: Sequence[tuple[Path, Path]], folder: Path) -> None:
    rng = np.random.default_rng(1)
    talk = np.frombuffer(b"".join(sound(folder / "faster-whisper__multilingual.mp3")), np.int16)
    print(f"\n{'disguised by':<24}{'matches':>9}{'score':>7}{'after':>9}")
    for _, low in pairs:
        music = np.frombuffer(b"".join(sound(low)), np.int16).astype(np.float64)
        if len(music) < 30 * RATE:
            continue
        print(low.name[:60])
        spread, speech = music.std(), np.resize(talk, len(music)).astype(np.float64)
        for name, shown in (
            ("noise 10 dB below", music + rng.normal(0, spread * 10**-0.5, len(music))),
            ("noise as loud", music + rng.normal(0, spread, len(music))),
            ("talk 6 dB below", music + speech * spread / speech.std() / 2),
            ("talk as loud", music + speech * spread / speech.std()),
            ("a tenth as loud", music / 10),
            ("2 % faster", np.interp(np.arange(0, len(music), 1.02), np.arange(len(music)), music)),
        ):
            pcm = np.clip(shown, -32768, 32767).astype("<i2").tobytes()
            found, first, _ = played(catalogue, pcm)
            score = max((each.score for each in found), default=0.0)
            when = f"{first:.1f} s" if found else "-"
            print(f"  {name:<22}{len(found):>9}{score:>7.2f}{when:>9}")


def _cost(pairs: Sequence[tuple[Path, Path]], made_up: int) -> None:
    rng = np.random.default_rng(2)
    real = recording("music", pairs[0][0])
    words = np.frombuffer(real.words, "<u4")

    def invented(number: int) -> Recording:
        """Return the same course of words with other bits: as crowded, and like nothing."""
        other = words ^ rng.integers(0, 2**32, dtype=np.uint32)
        return Recording("made_up", str(number), np.roll(other, number).tobytes())

    before = time.process_time()
    catalogue = Catalogue([real, *map(invented, range(made_up))])
    built = time.process_time() - before
    found, _, cost = played(catalogue, b"".join(sound(pairs[0][1])))
    _, _, alone = played(Catalogue([real]), b"".join(sound(pairs[0][1])))
    size = len(catalogue.words) * 16 / 1e6
    print(
        f"\n{len(catalogue)} recordings, {len(catalogue.words)} words: {built:.2f} s CPU to index,"
    )
    print(
        f"{size:.0f} MB; {cost:.2f} ms CPU a second of sound (one recording: {alone:.2f});", end=" "
    )
    print(f"matches of the real one {sum(each.list == 'music' for each in found)} of {len(found)}")


if __name__ == "__main__":
    raise SystemExit(main())
