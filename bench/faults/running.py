"""Faults of moments rather than of stretches: run so many times, each at another point."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import signal
import sys
from pathlib import Path

import msgspec

from bench.faults.fallback import fallbacks
from bench.faults.judged import promised
from bench.faults.kills import kill_waves
from bench.faults.pairs import pair_runs
from bench.faults.policy import write_policy
from bench.faults.promises import kept
from bench.faults.victim import Victim
from bench.procs import ROOT
from bench.shapes.result import Figure
from gateway.record.database import ensure

__all__ = ["killed", "killed_of_two", "media", "stopped_of_two", "why_no_media"]

MESSAGES = 2_000
_MEDIA = ("av", "cv2", "numpy", "onnxruntime", "ctranslate2")
_STREAMS, _MOST_ROUNDS = 2, 2
_MEDIA_BAR_S, _GRAIN_S = 3.0, 0.3


async def killed(folder: Path, runs: int) -> list[Figure]:
    """Kill a gateway in mid-flight, again and again, and start it on the same folder."""
    victim = Victim(folder, write_policy(folder / "policy"), log_level="error")
    await asyncio.to_thread(ensure, victim.where)
    key = victim.key("t")
    with victim:
        crowds = await kill_waves(victim, key, runs, MESSAGES, seed=runs)
    held = await asyncio.to_thread(kept, victim.where, crowds, runs * MESSAGES)
    sent = Figure(f"runs of {MESSAGES} messages", runs, "runs")
    return [*promised(held, fallbacks(crowds)), sent]


async def killed_of_two(folder: Path, runs: int) -> list[Figure]:
    """Kill one of two gateways in mid-flight, again and again."""
    return await pair_runs(folder, "kill", runs, seed=runs)


async def stopped_of_two(folder: Path, runs: int) -> list[Figure]:
    """Stop one of two gateways where it stands, again and again."""
    return await pair_runs(folder, "stop", runs, seed=runs + 500)


class _Hole(msgspec.Struct):
    """A line of `seawall bench stream-faults --json`; null is for ever."""

    killed: str
    examined_s: float | None
    answered_s: float | None
    unsaid_s: float | None


async def media(_folder: Path, runs: int) -> list[Figure]:
    """Run `seawall bench stream-faults`, in a process of its own: it loads codecs and pictures.

    Raises RuntimeError with its last words where it does not come to its end.
    """
    rounds = max(1, min(runs, _MOST_ROUNDS))
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "bench.stream_faults", "--json"),
        *("--streams", str(_STREAMS), "--rounds", str(rounds)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), *sys.path))},
    )
    try:
        out, err = await child.communicate()
    except asyncio.CancelledError:
        child.send_signal(signal.SIGINT)  # it has a gateway to end
        await child.wait()
        raise
    holes = [msgspec.json.decode(line, type=_Hole) for line in out.splitlines()]
    if not holes:
        raise RuntimeError(f"stream-faults failed: {err.decode(errors='replace').strip()[-500:]}")
    return [figure for hole in holes for figure in _told(hole)]


def _told(hole: _Hole) -> list[Figure]:
    """Return a hole as figures."""
    answered, unsaid = (
        float("inf") if value is None else value for value in (hole.answered_s, hole.unsaid_s)
    )
    name = f"{hole.killed} killed"
    return [
        Figure(f"{name}: answers again after", answered, "s", _MEDIA_BAR_S),
        Figure(f"{name}: of the hole unsaid", unsaid, "s", _GRAIN_S),
    ]


def why_no_media() -> str:
    """Say why no live streams can be run here; empty when they can."""
    absent = [name for name in _MEDIA if importlib.util.find_spec(name) is None]
    return f"the extra `media` is not installed: no {', no '.join(absent)}" if absent else ""
