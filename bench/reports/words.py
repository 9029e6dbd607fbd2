"""Numbers, promises and machines as words: the same in the terminal and on the page."""

from __future__ import annotations

import time

from bench.peers.registry import PEERS
from bench.reports.lines import Line
from bench.shapes.result import Environment, Figure, Noise, Ratio

__all__ = [
    "PEER_NAMES",
    "UNSURE",
    "bar_of",
    "bounds",
    "change_of",
    "floor_of",
    "mebibytes",
    "moment",
    "noise_words",
    "number",
    "percent",
    "ratio_value",
    "software",
    "value_of",
]

PEER_NAMES = frozenset(peer.name for peer in PEERS)
UNSURE = (
    "the 95 % interval is wider than the floor and reaches beyond it, so that a change which "
    "counts may be in it (more windows make it narrower); or there were fewer than three windows "
    "of each, and no interval."
)
"""What the verdict `unsure` means, to stand behind the word."""
CHIEF = ("seawall", "picows", "uvloop", "msgspec", "valkey", "valkey-server")


def number(value: float) -> str:
    """Write a number with three digits that count, and commas from a thousand on."""
    if value != value:
        return "–"
    if value in (float("inf"), float("-inf")):
        return "∞" if value > 0 else "−∞"
    size = abs(value)
    if size >= 100 or value == int(value):
        return f"{value:,.0f}"
    if size >= 10:
        return f"{value:.1f}"
    if size >= 1:
        return f"{value:.2f}"
    return f"{value:.3f}" if size >= 0.001 else f"{value:.2g}"


def percent(share: float) -> str:
    """Write a share (0 to 1) as percent, exactly where it is near none or all."""
    if 0 < share < 0.001 or 0.999 < share < 1:
        return f"{share:.3%}"
    return f"{share:.0%}" if share in (0, 1) else f"{share:.1%}"


def mebibytes(size: float) -> str:
    """Write bytes as MiB."""
    return f"{number(size / (1 << 20))} MiB"


def moment(at: float) -> str:
    """Write a moment (seconds since the epoch) in UTC."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(at))


def bar_of(promise: Ratio | Figure) -> str:
    """Say what was promised; empty where nothing was."""
    if not promise.bar and (isinstance(promise, Ratio) or promise.bar is None):
        return ""
    return f"{'at least' if promise.least else 'at most'} {promise.bar:g}"


def ratio_value(ratio: Ratio) -> str:
    """Write a ratio, as times."""
    return f"{number(ratio.value)}×"


def bounds(ratio: Ratio) -> str:
    """Write the interval of a ratio, or that one pair has none."""
    if ratio.pairs < 2:
        return "one pair: no interval"
    return f"{number(ratio.low)} to {number(ratio.high)}, {ratio.pairs} pairs"


def software(environment: Environment, short: bool = False) -> str:
    """Name the versions of a run: all of them, or those that chat hangs on."""
    plain = environment.python[:1].isdigit()
    named = [f"Python {environment.python}" if plain else environment.python]
    named += [
        f"{name} {version}"
        for name, version in environment.versions.items()
        if name in CHIEF or not short
    ]
    return ", ".join(named + ([f"commit {environment.commit}"] if environment.commit else []))


def noise_words(noise: Noise) -> str:
    """Say what else went on."""
    return (
        f"others {percent(noise.others)} of all cores, stolen {percent(noise.steal)}, "
        f"load before {noise.load:.2f}"
    )


def value_of(line: Line, value: float) -> str:
    """Write one side of a comparison."""
    if line.unit == "bytes":
        return mebibytes(value)
    return f"{number(value)}{line.unit if line.unit.startswith(('×', '/')) else f' {line.unit}'}"


def change_of(line: Line) -> str:
    """Write what changed, with its interval where there is one."""
    told = _signed(line, line.change)
    if not line.certain or line.low == line.high:
        return told
    return f"{told} ({_signed(line, line.low)} to {_signed(line, line.high)})"


def floor_of(line: Line) -> str:
    """Write the least change that counts."""
    return _signed(line, line.floor).removeprefix("+")


def _signed(line: Line, value: float) -> str:
    if line.relative:
        return f"{value:+.1%}"
    if line.unit == "bytes":
        return f"{value / (1 << 20):+.1f} MiB"
    return f"{'+' if value >= 0 else '−'}{number(abs(value))} {line.unit}"
