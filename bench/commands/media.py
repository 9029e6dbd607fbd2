"""`seawall bench media`: live streams at the pace of their own clock, and what their lags are.

    seawall bench media [SCENARIO] [--streams 4 --clip talk] [--seconds 60]
    seawall bench media --find [--most 16]     # the most streams that are carried, and why no more
    seawall bench media --capacity             # as fast as it goes: what is examined, never a lag
    seawall bench media --peers                # beside faster-whisper and ffmpeg, in turns

1. A word's lag counts from when it was spoken, as its recording and the generator's clock say; a
   frame's from its capture. What no verdict holds is counted beside the lags, never in them.
2. Streams that show a violation are cut for it: each is a detection and a darkness.
3. A run whose generator slipped (p99 over 50 ms) is invalid; one that examined less than 95 % is
   told with what was left out, because what is not done costs nothing.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from bench.commands.options import Report, failed, output, positive, whole
from bench.live.bars import figures
from bench.live.beside import keyframes, speech
from bench.live.gateway import Gateway, policy_with
from bench.live.limits import Limit, broken, search
from bench.live.measuring import WORD_S, Measured, measured
from bench.live.playing import AFTER_S, Played, Playing
from bench.live.racing import raced
from bench.live.stage import CUT_RULE, Stage
from bench.live.windows import window
from bench.peers.media import PeerFailed
from bench.reports.terminal import Progress
from bench.shapes.result import Figure
from bench.shapes.scenario import ScenarioError, Streams, read_scenario
from seawall.errors import SeawallError

__all__ = ["WORDS_S", "main"]

WORDS_S = {"fast": WORD_S, "thrifty": 9.5}
"""How late words may be: by the end of an utterance at most its longest and 1.5 s."""
_VIOLATION = Streams("violation", 1, "violation")


class _Run:
    """A gateway that sees and hears, and the streams it is given."""

    def __init__(self, given: argparse.Namespace, report: Report, progress: Progress) -> None:
        self.given, self.report, self.progress = given, report, progress
        self.word_s = WORDS_S[given.profile]
        self._played = 0

    def open(self, stack: ExitStack) -> None:
        """Start it, until the stack is closed. Raises SystemExit where it does not start."""
        name = stack.enter_context(tempfile.TemporaryDirectory(prefix="seawall-bench-"))
        self.folder = Path(name)
        self.stage = Stage(self.folder, bitrate=self.given.bitrate)
        policy = policy_with(self.folder, self.given.profile, CUT_RULE)
        gateway = Gateway(self.folder, policy, {"media": "true"})
        self.gateway = stack.enter_context(gateway)

    def play(self, groups: tuple[Streams, ...], label: str) -> tuple[Played, Measured]:
        """Play streams by their clock, and add the window of it."""
        given = self.given
        self._played += 1
        acts = self.stage.acts(
            groups, given.warm + given.seconds + AFTER_S, tag=f"w{self._played}."
        )
        whole_s = given.warm + given.seconds
        progress = self.progress.window(label, whole_s)
        playing, began = Playing(self.gateway, acts), time.monotonic()
        try:
            _wait(given.warm, began, progress, whole_s)
            playing.begin()
            _wait(whole_s, began, progress, whole_s)
            playing.end()
            played = playing.finish()
        except BaseException:
            playing.stop()
            raise
        found = measured(played)
        self.report.windows.append(window(played, found, label))
        return played, found


def main() -> int:
    """Play and report; 2 for a wish that cannot be read, 3 for something that does not start."""
    given = _options().parse_args()
    try:
        groups, name = _groups(given)
        with ExitStack() as stack:
            report = Report("media", given, name, gates=given.gate)
            run = _Run(given, report, stack.enter_context(Progress(Console(), 0, given.quiet)))
            run.open(stack)
            if given.capacity:
                _race(run)
            elif given.find:
                _find(run)
            else:
                _measure(run, groups)
            if given.peers:
                _peers(run)
            if not run.stage.known:
                report.notes.append(
                    "the recordings of the data folder are not here (SEAWALL_DATA): nobody knows"
                    " what is said, and there are no word error rates"
                )
    except (ScenarioError, PeerFailed, SeawallError) as error:
        return failed("media", error)
    return report.finish()


def _measure(run: _Run, groups: tuple[Streams, ...]) -> None:
    count = sum(group.count for group in groups)
    label = " + ".join(f"{group.count} {group.clip}" for group in groups)
    _, found = run.play(groups, label)
    if found.invalid:
        run.report.failures.append(f"{label}: nothing was learned: {found.invalid}")
        return
    run.report.figures.extend(figures(found.table, f"{count} streams", run.word_s))
    if why := broken(found, run.word_s):
        run.report.notes.append(f"{label}: too much for this machine as it is now: {why}")


def _find(run: _Run) -> None:
    tables: dict[int, Measured] = {}

    def play(count: int) -> str:
        groups = (Streams("streams", count, run.given.clip),)
        _, found = run.play(groups, f"{count} {run.given.clip}")
        tables[count] = found
        return found.invalid or broken(found, run.word_s)

    limit = search(play, run.given.most)
    if any(found.invalid for found in tables.values()):
        run.report.failures.append("a generator was late: the limit may be its own")
    run.report.figures.append(_limited(limit, run.given))
    run.report.notes.extend(
        f"{count} streams: {why or 'carried'}" for count, why in sorted(limit.tried.items())
    )
    if limit.streams:
        label = f"{limit.streams} streams"
        run.report.figures.extend(figures(tables[limit.streams].table, label, run.word_s))


def _limited(limit: Limit, given: argparse.Namespace) -> Figure:
    why = (
        f"at {limit.streams + 1}: {limit.reason}"
        if limit.reason
        else f"not looked for beyond {given.most}"
    )
    return Figure(f"streams carried ({given.clip}, {given.profile})", limit.streams, why=why)


def _race(run: _Run) -> None:
    given, count = run.given, run.given.streams or 1
    label = f"{count} {given.clip}, as fast as it goes"
    groups = (Streams("streams", count, given.clip),)
    acts = run.stage.acts(groups, given.seconds, "max", "c.")
    run.progress.window(label, given.seconds)
    playing = Playing(run.gateway, acts, "max")
    try:
        found = raced(playing.race(), label)
    except BaseException:
        playing.stop()
        raise
    run.report.windows.append(found)
    for unit in ("frames", "speech"):
        value = found.extra[f"examined_{unit}_per_s"]
        why = f"{found.extra.get(f'coverage_{unit}', 0.0):.0%} of what was sent"
        run.report.figures.append(
            Figure(f"capacity: {unit} examined", value, "stream seconds a second", why=why)
        )


def _peers(run: _Run) -> None:
    clip, sound = run.stage.clip("talk")
    pairs = run.given.pairs

    def turn(name: str, number: int) -> None:
        run.progress.window(f"beside {name}", clip.seconds, number, pairs)

    for found in (
        keyframes(run.folder, clip, pairs, turn),
        speech(run.folder, sound, pairs, turn),
    ):
        run.report.ratios.extend(found.ratios)
        run.report.figures.extend(found.figures)
        if found.note:
            run.report.notes.append(found.note)


def _groups(given: argparse.Namespace) -> tuple[tuple[Streams, ...], str]:
    """Return the streams to play and what they are called. Raises ScenarioError."""
    if given.scenario is None:
        count = given.streams or 1
        main = Streams("streams", count, given.clip)
        return ((main, _VIOLATION) if given.clip != "violation" else (main,)), f"{count} streams"
    if given.find or given.capacity or given.streams:
        raise ScenarioError("a scenario says what is played: no --streams, --find or --capacity")
    scenario = read_scenario(given.scenario)
    if not scenario.streams:
        raise ScenarioError(f"{scenario.name} has no streams (chat alone: `seawall bench chat`)")
    if scenario.flows:
        raise ScenarioError(f"{scenario.name} has chat as well: `seawall bench mixed`")
    return scenario.streams, scenario.name


def _wait(until: float, began: float, progress: Callable[[float], None], whole_s: float) -> None:
    """Wait until so many seconds after it began, telling how far we are."""
    while (left := began + until - time.monotonic()) > 0:
        time.sleep(min(left, 0.25))
        progress((time.monotonic() - began) / whole_s)


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(
        prog="seawall bench media",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = options.add_argument
    add("scenario", nargs="?", help="a name of bench/scenarios, or FILE.toml, with streams alone")
    add("--streams", type=whole, help="so many of one kind (1), and one that is cut")
    add("--clip", choices=("talk", "screen", "quiet", "violation"), default="talk")
    add("--seconds", type=positive, default=60.0, help="that count (%(default)g)")
    add("--warm", type=positive, default=15.0, help="before that (%(default)g)")
    add("--profile", choices=tuple(WORDS_S), default="fast", help="of the policy")
    add("--bitrate", type=whole, default=3_000_000, help="bits a second (%(default)d)")
    add("--find", action="store_true", help="raise the number of streams until they break")
    add("--most", type=whole, default=16, help="streams to try at most (%(default)d)")
    add("--capacity", action="store_true", help="send as fast as it goes: no lag means anything")
    add("--peers", action="store_true", help="also: faster-whisper and ffmpeg on the same clips")
    add("--pairs", type=whole, default=3, help="interleaved pairs with peers (%(default)d)")
    add("--gate", action="store_true", help="exit 1 where a bar is missed")
    output(options)
    return options


if __name__ == "__main__":
    raise SystemExit(main())
