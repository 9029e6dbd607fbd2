"""Speech to text: a Whisper network on CTranslate2, without the thirty seconds it is padded to.

1. The sound itself is padded with silence to a fixed context of `CONTEXT` frames. Padding its
   spectrum with zeros, as is usual, makes one short utterance in sixteen loop or break off.
2. Nothing is drawn by chance and nothing is tried again hotter: greedy, temperature 0, no time
   tokens, and never more tokens than anybody speaks in that time.
3. On a CPU encoding many at once is slower and decoding many at once is faster: sounds are encoded
   one by one and decoded together. On a GPU both are done together.
4. What the encoder found is used for guessing the language and, later, for aligning words.
5. This is the one file that knows faster-whisper's types: its spectrum and its tokenizer.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import ctranslate2
import msgspec
import numpy as np
from faster_whisper.feature_extractor import FeatureExtractor
from faster_whisper.tokenizer import Tokenizer
from numpy.typing import NDArray
from tokenizers import Tokenizer as RawTokenizer

from detectors.models.device import Compute
from seawall.errors import WeightsError

__all__ = [
    "CONTEXT",
    "LONG",
    "RATE_HZ",
    "Ask",
    "Encoded",
    "Heard",
    "Samples",
    "Spoken",
    "Whisper",
    "most_tokens",
]

RATE_HZ = 16_000
CONTEXT = 1000
"""Frames of 10 ms that are looked at: room for an utterance of 9.6 s."""
LONG = 1500
"""The context of a second try."""
_FLOOR = -10.0  # log10 of what a spectrum is clipped to
_RANGE = 8.0  # how far below its loudest a spectrum reaches
_EDGE = 400  # samples of silence after which a frame holds none of the sound
_TOKENS, _TOKENS_A_SECOND = 24, 10.0
_DENSE_TOKENS_A_SECOND = 35.0
_DENSE = frozenset(
    {
        *("am", "as", "bn", "bo", "gu", "hi", "hy", "ka", "km", "kn", "lo", "ml"),
        *("mr", "my", "ne", "pa", "sa", "sd", "si", "ta", "te", "th"),
    }
)
"""Languages of whose scripts the vocabulary has hardly more than bytes: a second of speech takes 14
(Hindi) to 31 tokens (Georgian), where others take 4 to 7."""
_MOST_TOKENS = 448
"""The network knows no more places."""
_ALIGNED_HZ = 50

Samples = NDArray[np.float32]
Guesses = Sequence[tuple[str, float]]


class Ask(msgspec.Struct, frozen=True):
    """A sound to be heard: samples -1 to 1 at 16 kHz, and in which language.

    Where `language` is "" it is guessed, and `choose` makes of the guesses what it is heard in.
    """

    samples: Samples
    language: str = ""
    choose: Callable[[Guesses], str] | None = None


class Encoded(msgspec.Struct, frozen=True):
    """What the encoder found in one sound; `frames` of it are no padding."""

    output: ctranslate2.StorageView
    frames: int
    language: str


class Heard(msgspec.Struct, frozen=True):
    """What was written of one sound. `sure` is the mean log probability a token."""

    text: str
    tokens: tuple[int, ...]
    sure: float
    language: str
    guesses: Guesses
    encoded: Encoded | None
    """None where it was heard together with others on a GPU."""


class Spoken(msgspec.Struct, frozen=True):
    """A word, and when it was spoken: seconds from the beginning of the sound."""

    text: str
    from_s: float
    to_s: float


class Whisper:
    """One network, loaded once; calls from several threads run beside each other."""

    def __init__(self, files: dict[str, bytes], compute: Compute, threads: int = 1) -> None:
        """Load verified files. `threads`: so many calls run at once, each on one core.

        `files` is emptied: its 150 MB need not be there beside what is made of them.
        Raises WeightsError where they are no Whisper network CTranslate2 can read.
        """
        if "tokenizer.json" not in files or "model.bin" not in files:
            raise WeightsError("a speech network needs model.bin and tokenizer.json")
        raw = RawTokenizer.from_buffer(files["tokenizer.json"])
        mels = json.loads(files.get("preprocessor_config.json", b"{}")).get("feature_size")
        try:
            self._net = _network(files, compute, threads)
        except (RuntimeError, ValueError) as error:
            raise WeightsError(f"the speech network cannot be loaded: {error}") from error
        self._together = compute.device == "cuda"
        self._spectrum = FeatureExtractor(feature_size=int(mels or self._net.n_mels))
        self._raw = raw
        self._tokenizers: dict[str, Tokenizer] = {}

    @property
    def multilingual(self) -> bool:
        """Whether it knows languages other than English."""
        return bool(self._net.is_multilingual)

    @property
    def together(self) -> bool:
        """Whether encoding many at once pays."""
        return self._together

    def hear(self, asks: Sequence[Ask], context: int = CONTEXT) -> list[Heard]:
        """Write down sounds. Each costs the same whatever its length, up to the context."""
        spectra = [self.spectrum(ask.samples, context) for ask in asks]
        outputs = self._encode(spectra)
        joined = outputs[0] if len(outputs) == 1 else _joined(outputs)
        guesses = self._guess(asks, joined)
        languages = [
            _chosen(ask, guess) if self.multilingual else "en"
            for ask, guess in zip(asks, guesses, strict=True)
        ]
        prompts = [self._prompt(language) for language in languages]
        longest = max(len(ask.samples) for ask in asks) / RATE_HZ
        most = len(prompts[0]) + most_tokens(longest, languages)
        results = self._net.generate(
            joined, prompts, beam_size=1, max_length=min(most, _MOST_TOKENS), return_scores=True
        )
        heard = []
        for at, result in enumerate(results):
            tokens, language = tuple(result.sequences_ids[0]), languages[at]
            sure = result.scores[0] * len(tokens) / (len(tokens) + 1)
            text = self._tokenizer(language).decode(list(tokens)).strip()
            encoded = None
            if len(outputs) == len(asks):  # not one for all of them
                encoded = Encoded(outputs[at], _frames(asks[at].samples, context), language)
            heard.append(Heard(text, tokens, sure, language, guesses[at], encoded))
        return heard

    def encode(self, samples: Samples, language: str, context: int = CONTEXT) -> Encoded:
        """Return what the encoder finds in a sound, for aligning words that were heard before."""
        (output,) = self._encode([self.spectrum(samples, context)])
        return Encoded(output, _frames(samples, context), language)

    def align(self, encoded: Encoded, tokens: Sequence[int]) -> list[Spoken]:
        """Say when the words of what was heard were spoken, to within 20 ms."""
        tokenizer = self._tokenizer(encoded.language)
        kept = [token for token in tokens if token < tokenizer.eot]
        if not kept or not encoded.frames:
            return []
        (result,) = self._net.align(encoded.output, tokenizer.sot_sequence, [kept], encoded.frames)
        texts, groups = tokenizer.split_to_word_tokens([*kept, tokenizer.eot])
        begun = _begun(result.alignments, len(kept))
        words: list[Spoken] = []
        at = 0
        for text, group in zip(texts[:-1], groups[:-1], strict=True):
            after = at + len(group)
            if words and not any(each.isalnum() for each in text):
                words[-1] = Spoken(words[-1].text + text.strip(), words[-1].from_s, begun[after])
            elif text.strip():
                words.append(Spoken(text.strip(), begun[at], begun[after]))
            at = after
        return words

    def spectrum(self, samples: Samples, context: int) -> NDArray[np.float32]:
        """Return the log-mel spectrum of a sound with silence after it, [mels, context].

        Only the sound is computed: every frame of the silence is the same.
        """
        most = context * RATE_HZ // 100
        sound = samples[:most]
        padded = np.concatenate([sound, np.zeros(min(_EDGE, most - len(sound)), np.float32)])
        found = self._spectrum(padded).astype(np.float32)[:, :context]
        loudest = float(found.max()) * 4.0 - 4.0
        silence = (max(_FLOOR, loudest - _RANGE) + 4.0) / 4.0
        whole = np.full((found.shape[0], context), silence, np.float32)
        whole[:, : found.shape[1]] = found
        return whole

    def _encode(self, spectra: list[NDArray[np.float32]]) -> list[ctranslate2.StorageView]:
        batches = [np.stack(spectra)] if self._together else [each[None] for each in spectra]
        return [
            self._net.encode(
                ctranslate2.StorageView.from_array(np.ascontiguousarray(batch)), to_cpu=False
            )
            for batch in batches
        ]

    def _guess(self, asks: Sequence[Ask], joined: ctranslate2.StorageView) -> list[Guesses]:
        if not self.multilingual or all(ask.language for ask in asks):
            return [()] * len(asks)
        return [
            [(tag[2:-2], chance) for tag, chance in guesses[:5]]
            for guesses in self._net.detect_language(joined)
        ]

    def _prompt(self, language: str) -> list[int]:
        tokenizer = self._tokenizer(language)
        return [*tokenizer.sot_sequence, tokenizer.no_timestamps]

    def _tokenizer(self, language: str) -> Tokenizer:
        kept = self._tokenizers.get(language)
        if kept is None:
            try:
                kept = Tokenizer(self._raw, self.multilingual, "transcribe", language)
            except ValueError:  # a language it does not know: the commonest is the best guess
                return self._tokenizer("en")
            self._tokenizers[language] = kept
        return kept


def _network(files: dict[str, bytes], compute: Compute, threads: int) -> ctranslate2.models.Whisper:
    """Load from a folder that is there only meanwhile, else from memory.

    What is loaded from memory stays there for good beside the network itself: 145 MB.
    """
    load = partial(
        ctranslate2.models.Whisper,
        device=compute.device,
        device_index=compute.index,
        compute_type=compute.kind or "default",
        inter_threads=threads,
        intra_threads=1,
    )
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(TemporaryDirectory(prefix="seawall-"))
            for name, content in files.items():
                Path(folder, name).write_bytes(content)
        except OSError:  # nowhere to write: a read-only machine, a full disk
            return load("memory", files={name: _given(name, files[name]) for name in files})
        files.clear()
        return load(folder)


def _given(name: str, content: bytes) -> bytes | io.BytesIO:
    return content if name == "tokenizer.json" else io.BytesIO(content)


def _frames(samples: Samples, context: int) -> int:
    return min(context, len(samples) * 100 // RATE_HZ)


def most_tokens(seconds: float, languages: Iterable[str]) -> int:
    """Return how many tokens a sound may hold: where a network repeats itself, it ends there."""
    dense = not _DENSE.isdisjoint(languages)
    return _TOKENS + round((_DENSE_TOKENS_A_SECOND if dense else _TOKENS_A_SECOND) * seconds)


def _chosen(ask: Ask, guesses: Guesses) -> str:
    if ask.language:
        return ask.language
    return (ask.choose(guesses) if ask.choose else "") or guesses[0][0]


def _joined(outputs: list[ctranslate2.StorageView]) -> ctranslate2.StorageView:
    return ctranslate2.StorageView.from_array(
        np.concatenate([np.asarray(each) for each in outputs])
    )


def _begun(alignments: Sequence[tuple[int, int]], tokens: int) -> list[float]:
    """Return when each token began, and last when they all had ended; seconds."""
    begun = [-1.0] * (tokens + 1)
    last = 0.0
    for token, moment in alignments:
        last = moment / _ALIGNED_HZ
        if token <= tokens and begun[token] < 0:
            begun[token] = last
    for at in range(tokens, -1, -1):
        if begun[at] < 0:
            begun[at] = last if at == tokens else begun[at + 1]
    return begun
