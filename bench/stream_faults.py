"""Processes of live streams killed: how soon is a stream examined again, and is the hole told?

    seawall bench stream-faults [--streams 4] [--rounds 2] [--json]

Under live 720p30 streams a decoder, the vision and the speech worker are killed (SIGKILL), one
after another. `examined` is from the kill to the capture of the first frame or sound after it that
was examined, `answered` to when its answer was there: of speech the first words, provisional as
they may be, or the word that nobody spoke. `unsaid` is how much of that hole no `coverage` called
unchecked, less what a keyframe stands for. The bar is 3 s. Keyframes come each second, so that it
is the fault that is measured and not the wait for one.
"""

from __future__ import annotations

import argparse
import os
import signal
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import msgspec

from bench.live.clips import FPS, drawn, looped
from bench.live.gateway import Gateway, policy_with
from bench.live.sender import Part, Work
from bench.live.watched import Answer, answers

__all__ = ["Hole", "holes", "main"]

_BAR_S = 3.0
_WARM_S, _APART_S = 12.0, 14.0
_GRAIN_S = 0.3
"""Where speech begins is known to a block of the voice detector."""
_KEY_S = 1.0
"""A frame stands for the time to the next one."""
_KILLS = (("decoders", "frames"), ("vision", "frames"), ("speech", "speech"))
_UNITS = {"frames": ("frame",), "speech": ("speech", "settled")}


class Hole(msgspec.Struct, frozen=True):
    """What a kill cost the stream that it cost most. Seconds from the kill."""

    killed: str
    examined_s: float
    answered_s: float
    unsaid_s: float
    told: list[str]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="seawall bench stream-faults", description=__doc__)
    parser.add_argument("--streams", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="seawall-bench-") as name:
        found = measured(Path(name), given.streams, given.rounds)
    for hole in found:
        if given.json:
            print(msgspec.json.encode(hole).decode())
            continue
        good = hole.answered_s <= _BAR_S and hole.unsaid_s <= _GRAIN_S
        print(
            f"{hole.killed:8} killed: examined again from {hole.examined_s:.2f} s on, answered"
            f" after {hole.answered_s:.2f} s (bar {_BAR_S:g}); unsaid {hole.unsaid_s:.2f} s;"
            f" told {', '.join(hole.told) or 'nothing'}{'' if good else '  MISSED'}"
        )
    return 0 if all(each.answered_s <= _BAR_S for each in found) else 1


def measured(folder: Path, streams: int, rounds: int) -> list[Hole]:
    """Kill every kind of process so often, and return what each kill cost."""
    total = _WARM_S + rounds * len(_KILLS) * _APART_S + 2.0
    clip, works = drawn(40.0, gop=FPS), []
    for number in range(streams):
        file = folder / f"{number}.slices"
        file.write_bytes(
            msgspec.msgpack.encode(list(looped(clip, total, "mp4", number * 8.0 % 40)))
        )
        works.append(Work(f"s{number}", str(file), "mp4", number * 0.3, total))
    killed: list[tuple[str, str, float]] = []
    with Gateway(folder, policy_with(folder, promote=False), {"media": "true"}) as gateway:
        sending = gateway.send(works)
        time.sleep(_WARM_S)
        for turn in range(rounds * len(_KILLS)):
            group, kind = _KILLS[turn % len(_KILLS)]
            pids = gateway.of(group)
            # The worker that works is older than its spare; of decoders another each round.
            which = turn // len(_KILLS) % len(pids) if group == "decoders" else 0
            os.kill(pids[which], signal.SIGKILL)
            killed.append((group, kind, time.time()))
            time.sleep(_APART_S)
        told = sending.told(60.0)
        found = answers(gateway.answers)
    return [holes(*each, found, told.parts) for each in killed]


def holes(group: str, kind: str, at: float, found: Iterable[Answer], parts: Iterable[Part]) -> Hole:
    """Return what a kill at a time cost the stream that was examined again last."""
    worst = Hole(group, -1.0, -1.0, 0.0, [])
    stands_s = _KEY_S if kind == "frames" else 0.0
    for part in parts:
        good = [
            each
            for each in found
            if (each.stream, each.unchecked) == (part.stream, "") and each.unit in _UNITS[kind]
        ]
        # Nobody but the next one can have heard what was captured after the kill.
        after = [each for each in good if each.end > at]
        first = min(after, key=lambda each: each.when, default=None)
        if first is None:
            return Hole(group, float("inf"), float("inf"), float("inf"), [])
        hole = at, max(at, min(each.start for each in after))
        spans = [
            (max(hole[0], from_), min(hole[1], to), cause)
            for from_, to, what, cause in part.unchecked
            if what == kind and from_ < hole[1] and hole[0] < to
        ]
        said = sum(to - from_ for from_, to, _ in spans)
        told = sorted({cause for *_, cause in spans})
        unsaid = max(0.0, hole[1] - hole[0] - stands_s - said, worst.unsaid_s)
        if first.when - at > worst.answered_s:
            worst = Hole(group, hole[1] - at, first.when - at, unsaid, told)
        else:
            worst = msgspec.structs.replace(worst, unsaid_s=unsaid)
    return worst


if __name__ == "__main__":
    raise SystemExit(main())
