"""How many streams are heard in time: real networks on a simulated clock, then in real time.

Run `python -m bench.speech_streams`. Templates are made of the English clips of the manifest in
SEAWALL_DATA (default `../shared/data`), with pauses so that somebody speaks 60 % of the time. A
word's lag is from its end, as aligned by the network, to the first message that holds it. The
largest number of streams is the last whose p95 is within the bar and whose lag does not grow.
`--real` plays one point to the real process too, in real time, and compares.
Exits 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec
import numpy as np
from faster_whisper import WhisperModel

from bench.speech.clips import as_files
from bench.speech.keywords import found
from bench.speech.lag import Lag, lag_of, spoken_pieces, spoken_words
from bench.speech.realtime import played_for_real
from bench.speech.simulation import BLOCK, Calls, Played, Run, play
from bench.speech.templates import Template, templates
from detectors.audio.vad import BLOCK as VAD_BLOCK, Memory, Vad
from detectors.audio.whisper import CONTEXT, Ask, Samples
from detectors.models.registry import load
from workers.speech.models import Models, load_models
from workers.speech.options import SpeechOptions
from workers.speech.transcribing import floats
from workers.streams.units import Hearing

__all__ = ["main"]

_CORES: Final = 2
_CALIBRATED: Final = 8
_TOGETHER: Final = 4
_FLAT: Final = 0.01
_FEW: Final = 0.01
_SLOPE_WORDS: Final = 500
_UTTERANCE, _VOICE_MS, _PIPELINE = 0.28, 2.5, 1.15
_RECALL, _PRECISION, _EARLY = 0.95, 0.97, 0.85


class Mode(msgspec.Struct, frozen=True):
    """How streams are heard, how late is too late, and at how many streams."""

    name: str
    hearing: Hearing
    most_s: float
    bar: int
    points: tuple[int, ...]
    small: bool = False


_MODES: Final = (
    Mode("fast", Hearing(tiers=False), 2.5, 12, (1, 6, 10, 12, 14, 16, 18, 20)),
    Mode("tiers", Hearing(tiers=True), 2.5, 20, (1, 12, 20, 24, 28, 32), small=True),
    Mode("thrifty", Hearing(profile="thrifty"), 9.5, 36, (1, 24, 36, 44, 52, 60)),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the curve and the costs; 0, or 1 when a bar is missed."""
    parser = argparse.ArgumentParser(prog="seawall bench speech-streams", description=__doc__)
    parser.add_argument("--span", type=float, default=120.0, help="simulated seconds a point")
    parser.add_argument("--modes", default="fast,tiers,thrifty")
    parser.add_argument("--real", type=int, default=0, metavar="K", help="K streams for real")
    parser.add_argument("--points", default="", help="numbers of streams, instead of the usual")
    options = parser.parse_args(arguments)
    made = templates()
    if not made:
        print("no clips: set SEAWALL_DATA to a folder with media/manifest.jsonl", file=sys.stderr)
        return 2
    models = load_models(SpeechOptions(device="cpu"))
    calls = Calls(models)
    spoken = [spoken_words(models, each) for each in made]
    duty = sum(each.speech_s for each in made) / sum(each.seconds for each in made)
    print(f"{len(made)} templates, {sum(each.seconds for each in made):.0f} s, "
          f"{duty:.0%} speech, {sum(map(len, spoken))} words")  # fmt: skip
    calls.calibrate(spoken_pieces(models, made[0])[:_CALIBRATED], _TOGETHER)
    print("together: " + ", ".join(f"{n} cost {x:.2f}x" for n, x in calls.factors.items()))
    missed = _costs(models, made)
    points = tuple(int(each) for each in options.points.split(",") if each)
    for mode in _MODES:
        if mode.name in options.modes.split(","):
            used = msgspec.structs.replace(mode, points=points) if points else mode
            missed += _curve(used, models, calls, made, spoken, options.span)
    if options.real:
        missed += _for_real(_MODES[0], models, calls, made, spoken, options.real)
    for each in missed:
        print(f"MISSED: {each}")
    return int(bool(missed))


def _streams(mode: Mode, made: Sequence[Template], many: int) -> list[Played]:
    """Spread streams over templates and their beginnings over time, the same way each time."""
    rng = np.random.default_rng(7)
    return [
        Played(
            made[at % len(made)].samples,
            float(rng.uniform(0.0, 0.256)),
            mode.hearing,
            int(rng.integers(len(made[at % len(made)].samples) // BLOCK)),
        )
        for at in range(many)
    ]


def _curve(mode: Mode, models: Models, calls: Calls, made: Sequence[Template],
           spoken: Sequence[Sequence[float]], span_s: float) -> list[str]:  # fmt: skip
    used = models if mode.small else msgspec.structs.replace(models, small=None)
    print(f"\n{mode.name}: p95 at most {mode.most_s:g} s, bar {mode.bar} streams on {_CORES} cores")
    print(
        f"{'streams':>8}{'p50':>7}{'p95':>7}{'max':>7}{'slope':>9}{'cpu':>6}{'wide':>6}{'lost':>6}{'unheard':>9}"
    )
    most = 0
    for many in mode.points:
        streams = _streams(mode, made, many)
        run = play(used, calls, streams, span_s, SpeechOptions(device="cpu"), _CORES)
        lag = lag_of(run, streams, spoken, made)
        _line(many, lag, run)
        grows = lag.slope > _FLAT and lag.words >= _SLOPE_WORDS  # of fewer words it is chance
        late = lag.p95 > mode.most_s or grows or lag.unheard > lag.words * _FEW
        if late or any(run.lost.values()):
            break
        most = many
    missed = [f"{mode.name}: {most} streams, bar {mode.bar}"] if most < mode.bar else []
    return missed + _keywords(mode, used, calls, made)


def _keywords(mode: Mode, models: Models, calls: Calls, made: Sequence[Template]) -> list[str]:
    """Play each template once, alone; return the bars missed."""
    missed = []
    options = SpeechOptions(device="cpu")
    shares = [
        found(
            play(
                models, calls, [Played(each.samples, 0.0, mode.hearing)], each.seconds, options, 2
            ),
            each.said,
        )
        for each in made
    ]
    said, told = sum(each.said for each in shares), sum(each.told for each in shares)
    recall = sum(each.recall * each.said for each in shares) / max(said, 1)
    precision = sum(each.precision * each.told for each in shares) / max(told, 1)
    early = sum(each.early * each.said for each in shares) / max(said, 1)
    print(f"keywords: {said} said, found at last {recall:.3f}; {told} told early, right "
          f"{precision:.3f}, seen early {early:.3f}")  # fmt: skip
    if recall < _RECALL:
        missed.append(f"{mode.name}: keywords found at last {recall:.3f}, bar {_RECALL}")
    if mode.hearing.profile == "fast" and (precision < _PRECISION or early < _EARLY):
        missed.append(f"{mode.name}: early keywords right {precision:.3f}, bar {_PRECISION}; "
                      f"seen early {early:.3f}, bar {_EARLY}")  # fmt: skip
    return missed


def _line(many: int, lag: Lag, run: Run) -> None:
    cpu = run.busy_s / (run.span_s * _CORES)
    wide = sum(run.hops.get(step, 0.0) for step in (1, 2)) / max(sum(run.hops.values()), 1e-9)
    print(f"{many:>9}{lag.p50:>9.2f}{lag.p95:>9.2f}{lag.most:>9.2f}{lag.slope:>+9.4f}"
          f"{cpu:>9.0%}{wide:>9.0%}{sum(run.lost.values()):>9}{lag.unheard:>9}  {run.done}",
          flush=True)  # fmt: skip


def _for_real(mode: Mode, models: Models, calls: Calls, made: Sequence[Template],
              spoken: Sequence[Sequence[float]], many: int) -> list[str]:  # fmt: skip
    """Play one point in real time to the real process, and compare it with the simulation."""
    streams, span_s = _streams(mode, made, many), 40.0
    used = msgspec.structs.replace(models, small=None)
    simulated = play(used, calls, streams, span_s, SpeechOptions(device="cpu"), _CORES)
    real = played_for_real(streams, span_s, SpeechOptions(device="cpu", small=""))
    thought = lag_of(simulated, streams, spoken, made)
    found = lag_of(real, streams, spoken, made)
    print(f"\n{many} streams of {mode.name} for {span_s:g} s, simulated and real")
    _line(many, thought, simulated)
    _line(many, found, real)
    ratio = found.p95 / thought.p95
    cost = real.busy_s / simulated.busy_s
    print(f"p95 real/simulated {ratio:.2f}, CPU {cost:.2f}")
    return (
        [] if abs(ratio - 1) <= 0.15 else [f"real p95 is {ratio:.2f} of simulated, bar 0.85-1.15"]
    )


def _costs(models: Models, made: Sequence[Template]) -> list[str]:
    """Measure single calls, a bare loop, and the network of voices; return the bars missed."""
    sounds = [floats(each.tobytes()) for template in made for each in template.utterances][:16]
    ours = _each(lambda sound: models.large.hear([Ask(sound)], CONTEXT), sounds)
    whole = _stock()
    stock = _each(lambda sound: list(_transcribe(whole, sound)), sounds)
    ratio = ours / stock
    print(
        f"an utterance: {ours * 1e3:.0f} ms of CPU, padded to 30 s {stock * 1e3:.0f}; {ratio:.2f}x"
    )
    voice = _voice_ms(models.vad, floats(made[0].samples.tobytes()))
    print(f"voice: {voice:.2f} ms of CPU a second of audio")
    missed = []
    if ratio > _UTTERANCE:
        missed.append(f"an utterance costs {ratio:.2f}x of 30 s padding, bar {_UTTERANCE}")
    if voice > _VOICE_MS:
        missed.append(f"voice costs {voice:.2f} ms a second, bar {_VOICE_MS}")
    return missed + _pipeline(models, made)


def _stock() -> WhisperModel:
    return WhisperModel("base", device="cpu", compute_type="int8", cpu_threads=1,
                        files=as_files(load("whisper-base")))  # fmt: skip


def _transcribe(stock: WhisperModel, sound: Samples) -> Iterable[object]:
    """Hear as stock does where it is told the language: padded to 30 s, encoded once."""
    segments: Iterable[object]
    segments, _ = stock.transcribe(
        sound, language="en", beam_size=1, temperature=0.0, without_timestamps=True,
        condition_on_previous_text=False,
    )  # fmt: skip
    return segments


def _pipeline(models: Models, made: Sequence[Template]) -> list[str]:
    """Compare the desk with a bare loop that makes the same passes on the same sounds."""
    template = made[0]
    hearing = Hearing(tiers=False)
    used = msgspec.structs.replace(models, small=None)
    recorder = Calls(used, keep=True)
    options = SpeechOptions(device="cpu")
    began = time.process_time()
    play(used, recorder, [Played(template.samples, 0.0, hearing)], 60.0, options, _CORES)
    whole = time.process_time() - began
    began = time.process_time()
    for piece in recorder.heard:
        recorder.again(piece)
    memory, sound = Memory(), floats(template.samples[: 60 * 16_000].tobytes())
    for at in range(0, len(sound) // VAD_BLOCK * VAD_BLOCK, VAD_BLOCK):
        models.vad.listen(memory, sound[at : at + VAD_BLOCK])
    bare = time.process_time() - began
    ratio = whole / bare
    print(f"pipeline: {whole:.2f} s of CPU for 60 s, a bare loop {bare:.2f}; {ratio:.2f}x")
    return (
        [f"the pipeline costs {ratio:.2f}x a bare loop, bar {_PIPELINE}"]
        if ratio > _PIPELINE
        else []
    )


def _each(hear: Callable[[Samples], object], sounds: Sequence[Samples]) -> float:
    began = time.process_time()
    for sound in sounds:
        hear(sound)
    return (time.process_time() - began) / len(sounds)


def _voice_ms(vad: Vad, sound: Samples) -> float:
    blocks = len(sound) // VAD_BLOCK
    memory, began = Memory(), time.process_time()
    for at in range(blocks):
        vad.listen(memory, sound[at * VAD_BLOCK : (at + 1) * VAD_BLOCK])
    return (time.process_time() - began) / (blocks * VAD_BLOCK / 16_000) * 1e3


if __name__ == "__main__":
    sys.exit(main())
