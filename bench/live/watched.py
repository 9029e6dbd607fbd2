"""A gateway as `seawall serve` runs it, whose every answer about a stream is written down.

    python -m bench.live.watched ANSWERS.jsonl serve --data ... --listen ...

Nothing is changed but that: each `Saw`, `Spoke` and `Listened` that reaches a stream is noted with
the time.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from gateway.cli import main as gateway_main
from gateway.stream.intake import Intake
from workers.streams.reports import Listened, Saw, Spoke

__all__ = ["Answer", "answers", "main"]


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """What a worker said of a stream, and when. Times are seconds since the epoch.

    `unit` is frame, ocr, speech, or `settled` for sound nothing more is said of. `queue_ms`
    is the wait in the worker, of frames.
    """

    when: float
    stream: str
    unit: str
    start: float
    end: float
    final: bool = True
    unchecked: str = ""
    queue_ms: float = 0.0


def answers(path: Path) -> list[Answer]:
    """Read what was written down so far."""
    lines = path.read_bytes().split(b"\n")[:-1]
    return [msgspec.json.decode(line, type=Answer) for line in lines]


def main() -> int:
    """Watch, and serve."""
    with Path(sys.argv[1]).open("ab", buffering=0) as file:
        encode = msgspec.json.Encoder().encode

        def write(answer: Answer) -> None:
            file.write(encode(answer) + b"\n")

        _watch("saw", write)
        _watch("spoke", write)
        _watch("listened", write)
        sys.argv = ["seawall", *sys.argv[2:]]
        return gateway_main()


def _watch(name: str, write: Callable[[Answer], None]) -> None:
    plain = getattr(Intake, name)

    def told(intake: Intake, said: Saw | Spoke | Listened) -> None:
        write(_answer(intake.live.stream, said))
        plain(intake, said)

    setattr(Intake, name, told)


def _answer(stream: str, said: Saw | Spoke | Listened) -> Answer:
    now = time.time()
    if isinstance(said, Saw):
        queue_ms = said.ms.get("queue", 0.0)
        return Answer(now, stream, said.unit, said.at, said.at, True, said.unchecked, queue_ms)
    if isinstance(said, Spoke):
        return Answer(now, stream, "speech", said.from_, said.to, said.final, said.shaky)
    return Answer(now, stream, "settled", said.from_, said.to, True, said.unchecked)


if __name__ == "__main__":
    raise SystemExit(main())
