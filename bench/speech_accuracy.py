"""How right transcripts are: our live path beside stock offline faster-whisper, clip by clip.

Run `python -m bench.speech_accuracy`. Clips are those of the manifest in SEAWALL_DATA (default
`../shared/data`). Ours arrives in pieces of 256 ms and is cut into utterances; stock gets the whole
clip, padded to 30 s as it does. Exits 1 when English is above 0.12 on clips over 3 s, English is
more than 1.0 point worse than stock, the others together more than 2.0 (they have one or two clips
each: no bar for one alone), or a word is written on noise that could be acted on.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from faster_whisper import WhisperModel

from bench.speech.clips import Clip, as_files, clips
from bench.speech.scoring import errors, words_of
from bench.speech.simulation import Calls, Played, play
from detectors.models.registry import load
from workers.speech.models import Models, load_models
from workers.speech.options import SpeechOptions
from workers.streams.reports import Listened, Spoke
from workers.streams.units import Hearing

__all__ = ["main"]

_ENGLISH_MOST: Final = 0.12
_WORSE: Final = 0.02
_WORSE_ENGLISH: Final = 0.01
_LONG_S: Final = 3.0


class Heard(msgspec.Struct, frozen=True):
    """What was written of a clip: to act on, and not to."""

    text: str
    shaky: str
    lang: str
    cpu_s: float
    unchecked: tuple[str, ...]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a table; 0, or 1 when a bar is missed."""
    parser = argparse.ArgumentParser(prog="seawall bench speech-accuracy", description=__doc__)
    parser.add_argument("--each", action="store_true", help="print every clip")
    parser.add_argument("--no-stock", action="store_true", help="leave out stock faster-whisper")
    options = parser.parse_args(arguments)
    found = clips()
    if not found:
        print("no clips: set SEAWALL_DATA to a folder with media/manifest.jsonl", file=sys.stderr)
        return 2
    models = load_models(SpeechOptions(device="cpu"))
    stock = None if options.no_stock else _stock()
    speech = [clip for clip in found if clip.kind == "speech"]
    rows = []
    for clip in speech:
        ours = listen(models, clip)
        theirs = _offline(stock, clip) if stock is not None else ours
        rows.append((clip, ours, theirs))
        if options.each:
            print(f"{clip.name} [{ours.lang}]\n  said  {clip.said or clip.keywords}")
            print(f"  ours  {ours.text!r} shaky {ours.shaky!r}\n  stock {theirs.text!r}")
    missed = _rates(rows, compare=stock is not None)
    missed += _keywords(rows)
    missed += _noise(models, [clip for clip in found if clip.kind != "speech"], options.each)
    for each in missed:
        print(f"MISSED: {each}")
    return int(bool(missed))


def listen(models: Models, clip: Clip, *, music: bool = False) -> Heard:
    """Hear a clip as a stream of its own, with 2 s of silence behind it."""
    tail = np.zeros(2 * 16_000 + (-len(clip.samples)) % 4096, np.int16)
    samples = np.concatenate([clip.samples, tail])
    samples = samples[: len(samples) // 4096 * 4096]
    hearing = Hearing(music=music)
    began = time.process_time()
    run = play(models, Calls(models), [Played(samples, 0.0, hearing)], len(samples) / 16_000,
               SpeechOptions(device="cpu"), cores=2)  # fmt: skip
    cpu_s = time.process_time() - began
    finals = [said for _, said in run.told if isinstance(said, Spoke) and said.final]
    finals.sort(key=lambda said: said.from_)
    sure = [said for said in finals if not said.shaky]
    longest = max(sure, key=lambda said: len(said.text), default=None)
    unchecked = tuple(
        said.unchecked for _, said in run.told if isinstance(said, Listened) and said.unchecked
    )
    return Heard(
        " ".join(said.text for said in sure),
        " ".join(said.text for said in finals if said.shaky),
        longest.lang if longest is not None else "",
        cpu_s,
        unchecked,
    )


def _stock() -> WhisperModel:
    files = as_files(load("whisper-base"))
    return WhisperModel("base", device="cpu", compute_type="int8", cpu_threads=1, files=files)


def _offline(stock: WhisperModel, clip: Clip) -> Heard:
    sound = clip.samples.astype(np.float32) / np.float32(32768.0)
    began = time.process_time()
    segments, info = stock.transcribe(
        sound, beam_size=1, temperature=0.0, condition_on_previous_text=False, vad_filter=True
    )
    text = " ".join(segment.text.strip() for segment in segments)
    return Heard(text, "", info.language, time.process_time() - began, ())


def _rates(rows: Sequence[tuple[Clip, Heard, Heard]], *, compare: bool) -> list[str]:
    """Print rates by language; return the bars missed: English, and all others together."""
    missed = []
    told = [row for row in rows if row[0].said]
    print(f"{'language':<10}{'clips':>6}{'words':>7}{'ours':>8}{'stock':>8}{'ours >3 s':>11}")
    others = [row for row in told if row[0].lang != "en"]
    groups = [(lang, [row for row in told if row[0].lang == lang])
              for lang in sorted({clip.lang for clip, _, _ in told})]  # fmt: skip
    for lang, mine in [*groups, ("not en", others), ("all", told)]:
        ours, words = _pooled([(clip, heard) for clip, heard, _ in mine])
        stock, _ = _pooled([(clip, heard) for clip, _, heard in mine])
        long, _ = _pooled([(clip, heard) for clip, heard, _ in mine if clip.seconds > _LONG_S])
        print(f"{lang:<10}{len(mine):>6}{words:>7}{ours:>8.3f}{stock:>8.3f}{long:>11.3f}")
        if lang == "en" and long > _ENGLISH_MOST:
            missed.append(f"English on clips over 3 s: {long:.3f}, bar {_ENGLISH_MOST}")
        bar = {"en": _WORSE_ENGLISH, "not en": _WORSE}.get(lang)
        if compare and bar is not None and ours - stock > bar:
            missed.append(f"{lang} is {(ours - stock) * 100:.1f} points worse than stock")
    return missed


def _pooled(rows: Sequence[tuple[Clip, Heard]]) -> tuple[float, int]:
    wrong = words = 0
    for clip, heard in rows:
        said = words_of(clip.said, clip.lang)
        wrong += errors(said, words_of(heard.text, clip.lang))
        words += len(said)
    return wrong / max(words, 1), words


def _keywords(rows: Sequence[tuple[Clip, Heard, Heard]]) -> list[str]:
    told = [row for row in rows if row[0].keywords]
    ours = sum(_found(clip, heard) for clip, heard, _ in told)
    stock = sum(_found(clip, heard) for clip, _, heard in told)
    total = sum(len(clip.keywords) for clip, _, _ in told)
    print(f"keywords found: ours {ours} of {total}, stock {stock}")
    return [f"keywords: {ours}, stock finds {stock}"] if ours < stock else []


def _found(clip: Clip, heard: Heard) -> int:
    lang = clip.lang.partition("+")[0]
    text = "".join(words_of(heard.text, lang))
    return sum("".join(words_of(each, lang)) in text for each in clip.keywords)


def _noise(models: Models, found: Sequence[Clip], each: bool) -> list[str]:
    missed = []
    for music in (False, True):
        for kind in ("noise", "silence", "music"):
            heard = [(clip, listen(models, clip, music=music)) for clip in found
                     if clip.kind == kind]  # fmt: skip
            sung = [(clip, one) for clip, one in heard if clip.lang]
            plain = [(clip, one) for clip, one in heard if not clip.lang]
            words = sum(len(one.text.split()) for _, one in plain)
            shaky = sum(len(one.shaky.split()) for _, one in plain)
            sings = sum(len(one.text.split()) for _, one in sung)
            print(f"{kind}{', music listened to' if music else ''}: {len(plain)} clips, "
                  f"{words} words to act on, {shaky} shaky"
                  + (f"; sung: {len(sung)} clips, {sings} words" if sung else ""))  # fmt: skip
            if words:
                missed.append(f"{words} words on {kind}{' (listened to)' if music else ''}")
            if each:
                for clip, one in heard:
                    print(f"  {clip.name}: {one.text!r} shaky {one.shaky!r}")
    return missed


if __name__ == "__main__":
    sys.exit(main())
