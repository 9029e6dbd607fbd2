"""A gateway as `seawall serve` runs it, whose every answer about a stream is written down.

    python -m bench.live.watched ANSWERS.jsonl serve --data ... --listen ...

Nothing is changed but that: each `Saw`, `Spoke` and `Listened` that reaches a stream is noted with
the time, each verdict when it is there, and what was sampled of a stream when it has ended.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import assert_never

import msgspec

from gateway.cli import main as gateway_main
from gateway.stream.intake import Intake
from gateway.stream.judging import StreamJudge, Unit
from workers.streams.reports import Listened, Saw, Spoke
from workers.streams.units import Ended

__all__ = ["Answer", "Sampled", "answers", "main", "sampled"]


class Answer(msgspec.Struct, frozen=True, array_like=True, tag="answer"):
    """What a worker said of a stream, and when. Times are seconds since the epoch.

    `unit` is frame, ocr, speech, or `settled` for sound nothing more is said of; `heard` and `seen`
    are verdicts, on a pass of speech and on a frame. `queue_ms` is the wait in the worker, of
    frames, and `work_ms` what looking took; of speech how long the pass came after its last sample.
    """

    when: float
    stream: str
    unit: str
    start: float
    end: float
    final: bool = True
    unchecked: str = ""
    queue_ms: float = 0.0
    work_ms: float = 0.0
    text: str = ""
    """What was said, of speech."""


class Sampled(msgspec.Struct, frozen=True, array_like=True, tag="sampled"):
    """What became of the frames of a stream that has ended: counts, and seconds."""

    when: float
    stream: str
    seen: int
    decoded: int
    chosen: int
    same: int
    worst_gap_s: float


_DECIDE = "_decide"
_LINE = msgspec.json.Decoder(Answer | Sampled)


def answers(path: Path) -> list[Answer]:
    """Read what was written down so far."""
    return [each for each in _lines(path) if isinstance(each, Answer)]


def sampled(path: Path) -> list[Sampled]:
    """Read of which streams it is known how they were sampled."""
    return [each for each in _lines(path) if isinstance(each, Sampled)]


def _lines(path: Path) -> list[Answer | Sampled]:
    lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    return [_LINE.decode(line) for line in lines]


def main() -> int:
    """Watch, and serve."""
    with Path(sys.argv[1]).open("ab", buffering=0) as file:
        encode = msgspec.json.Encoder().encode

        def write(line: Answer | Sampled) -> None:
            file.write(encode(line) + b"\n")

        for name in ("saw", "spoke", "listened", "ended"):
            _watch(name, write)
        _watch_verdicts(write)
        sys.argv = ["seawall", *sys.argv[2:]]
        return gateway_main()


def _watch(name: str, write: Callable[[Answer | Sampled], None]) -> None:
    plain = getattr(Intake, name)

    def told(intake: Intake, said: Saw | Spoke | Listened | Ended) -> None:
        write(_line(intake.live.stream, said))
        plain(intake, said)

    setattr(Intake, name, told)


def _watch_verdicts(write: Callable[[Answer | Sampled], None]) -> None:
    """Note when verdicts on streams are there: after the windows they ask, acted on."""
    plain = getattr(StreamJudge, _DECIDE)

    def decided(judge: StreamJudge, unit: Unit, counts: Sequence[int], degraded: bool) -> None:
        plain(judge, unit, counts, degraded)
        moment, spoke, stream = unit.moment, unit.spoke, unit.known.live.stream
        if spoke is not None:
            write(Answer(time.time(), stream, "heard", spoke.from_, spoke.to, spoke.final))
        elif unit.event.surface == "frame" and not unit.event.rev:  # 1: a frame's read text
            write(Answer(time.time(), stream, "seen", moment.from_, moment.to))

    setattr(StreamJudge, _DECIDE, decided)


def _line(stream: str, said: Saw | Spoke | Listened | Ended) -> Answer | Sampled:
    now = time.time()
    match said:
        case Saw():
            queue_ms = said.ms.get("queue", 0.0)
            work_ms = sum(said.ms.values()) - queue_ms
            at, unit = said.at, said.unit
            return Answer(now, stream, unit, at, at, True, said.unchecked, queue_ms, work_ms)
        case Spoke(from_=from_, to=to, final=final, shaky=shaky, lag_s=lag_s, text=text):
            work_ms = lag_s * 1000
            return Answer(now, stream, "speech", from_, to, final, shaky, 0.0, work_ms, text)
        case Listened():
            return Answer(now, stream, "settled", said.from_, said.to, True, said.unchecked)
        case Ended():
            counts = (said.frames_seen, said.frames_decoded, said.frames_chosen, said.frames_same)
            return Sampled(now, stream, *counts, said.worst_gap_s)
        case _:
            assert_never(said)


if __name__ == "__main__":
    raise SystemExit(main())
