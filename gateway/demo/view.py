"""The live terminal view: a board in, a picture out. The only file of ours that imports rich."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import StringIO
from zlib import crc32

from rich.box import ROUNDED
from rich.console import Console, Group, RenderableType
from rich.layout import Layout
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from gateway.demo.board import OUTCOMES, Board, Judged, outcome_of
from gateway.demo.broadcast import STREAMER, Broadcast
from gateway.demo.words import because, clock, legible

__all__ = ["picture", "render"]

STYLES = {
    "allow": "green",
    "flagged": "yellow",
    "mask": "cyan",
    "hold": "dark_orange",
    "block": "bright_red",
    "unchecked": "magenta",
}
_ROOMS = ("cyan", "magenta", "green", "yellow", "blue", "white")
_NAMES = ("sky_blue2", "plum2", "pale_green3", "khaki3", "light_salmon1", "medium_purple1")
_ROLES = {"host": ("★", "gold1"), "mod": ("◆", "green3"), "admin": ("◆", "green3")}
_LOOKS = {"allow": "grey82", "hold": "grey58", "block": "strike indian_red"}
_FRAME = "grey35"
_BARS = "▁▂▃▄▅▆▇█"
STREAM_ROWS = 8
_STATE_STYLES = {"waiting": "grey58", "live": "green", "warned": "yellow", "ended": "grey58"}
_ACTION_STYLES = {"allow": "yellow", "warn": "yellow", "hold": "dark_orange"}
RUN = 3
"""Messages shown of a run with one and the same verdict."""


def render(board: Board, now: float, width: int, height: int) -> RenderableType:
    """Draw the board for a terminal of that size; made for 80x24 and more. `now` as the board's."""
    side = max(28, min(38, width * 32 // 100))
    body = max(6, height - (3 if board.console else 2))
    left = Layout(name="chat")
    if board.broadcast is None:
        left.update(_chat(board, width - side, body))
    else:
        stream = _stream(board.broadcast, width - side)
        left.split_column(
            Layout(stream, size=STREAM_ROWS), _chat(board, width - side, body - STREAM_ROWS)
        )
    right = Layout(Group(*_side(board, now, side, body)), name="side", size=side)
    whole = Layout()
    console = [Layout(_console(board), size=1)] if board.console else []
    whole.split_column(
        Layout(_header(board, now), size=1),
        *console,
        Layout(name="body"),
        Layout(_footer(board), size=1),
    )
    whole["body"].split_row(left, right)
    return whole


def picture(board: Board, now: float, width: int = 100, height: int = 30) -> str:
    """Draw the board as an SVG image."""
    console = Console(
        record=True,
        width=width,
        height=height,
        file=StringIO(),
        force_terminal=True,
        color_system="truecolor",
    )
    console.print(render(board, now, width, height), height=height)
    image = console.export_svg(title="seawall demo")
    return re.sub(r"@font-face \{.*?\}\s*", "", image, flags=re.DOTALL)  # it loads them from afar


def _header(board: Board, now: float) -> RenderableType:
    left = Text().append(" SEAWALL ", style="bold black on cyan")
    left.append(f"  {board.room.name}", style="bold")
    length = board.room.seconds
    right = Text().append("❚❚ paused  " if board.paused else "▶ live  ", style="bold cyan")
    right.append(clock(now), style="bold")
    right.append(f" / {clock(length)}" if board.rounds <= 1 else f"  round {board.rounds}", "dim")
    right.append(" ")
    return _two(left, right)


def _console(board: Board) -> RenderableType:
    line = Text(" console  ", style="bold cyan", no_wrap=True, overflow="ellipsis")
    return line.append(board.console, style="not bold default")


def _footer(board: Board) -> RenderableType:
    health = board.health
    left = Text().append(" ● ", style="bright_green" if health.ready else "bright_red")
    left.append(f"gateway {health.note}")
    if health.memory_mb:
        left.append(f"  {health.memory_mb:.0f} MB", style="dim")
    if health.policy:
        left.append(f"  policy {health.policy[:8]}", style="dim")
    if health.degraded:
        left.append("  degraded: " + ", ".join(health.degraded), style="bold yellow")
    right = Text.assemble(("q", "bold"), (" quit  ", "dim"), ("space", "bold"), (" pause ", "dim"))
    return _two(left, right)


def _two(left: Text, right: Text) -> Table:
    grid = Table.grid(expand=True)
    grid.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_row(left, right)
    return grid


def _panel(content: RenderableType, title: Text | str, height: int) -> Panel:
    heading = Text(title, style="bold white") if isinstance(title, str) else title
    return Panel(
        content,
        title=heading,
        title_align="left",
        box=ROUNDED,
        border_style=_FRAME,
        height=height,
        padding=(0, 1),
    )


# -- the chat ------------------------------------------------------------------------------------


def _chat(board: Board, width: int, height: int) -> Panel:
    rooms = board.room.rooms
    colours = {room: _ROOMS[number % len(_ROOMS)] for number, room in enumerate(rooms)}
    inside, rows = width - 4, height - 2
    shown: list[Text] = []
    for run in _runs(board):
        if len(shown) >= rows:
            break
        shown.extend(reversed(_remark(run) if isinstance(run, str) else _messages(run, colours)))
    shown = shown[:rows][::-1]
    for line in shown:
        line.no_wrap = True
        line.truncate(inside, overflow="ellipsis")
    title = Text()
    for room in rooms[:4]:
        title.append("● ", style=colours[room]).append(f"{legible(room)[:18]} ", style="bold white")
    return _panel(Group(*shown), title, height)


def _runs(board: Board) -> Iterator[list[Judged] | str]:
    """Give remarks and runs of neighbours with the same verdict and first reason, newest first."""
    run: list[Judged] = []
    for entry in reversed(board.lines):
        if run and (isinstance(entry, str) or _sameness(entry) != _sameness(run[0])):
            yield run[::-1]
            run = []
        if isinstance(entry, str):
            yield entry
        else:
            run.append(entry)
    if run:
        yield run[::-1]


def _sameness(entry: Judged) -> tuple[str, tuple[str, ...]]:
    return outcome_of(entry.verdict), tuple(each.rule for each in entry.verdict.reasons[:1])


def _messages(run: list[Judged], colours: dict[str, str]) -> list[Text]:
    """Draw a run: what was said, and once below what became of it and why."""
    outcome = outcome_of(run[0].verdict)
    if outcome == "allow":
        return [_message(entry, outcome, colours) for entry in run]
    style = STYLES[outcome]
    lines = [_message(entry, outcome, colours) for entry in run[-RUN:]]
    if len(run) > RUN:
        more = (
            Text().append("▌", style=style).append(f"  ⋮ {len(run) - RUN} more before", style="dim")
        )
        lines.insert(0, more)
    why = Text().append("▌", style=style).append(f"  ╰ {outcome.upper()} ", style=f"bold {style}")
    if len(run) > 1:
        why.append(f"×{len(run)} ", style=style)
    return [*lines, why.append(because(run[-1]), style="dim")]


def _message(entry: Judged, outcome: str, colours: dict[str, str]) -> Text:
    user = entry.line.user
    line = Text().append("▌" if outcome != "allow" else " ", style=STYLES[outcome])
    line.append("● ", style=colours.get(entry.line.room, "white"))
    for role in user.roles:
        if role in _ROLES:
            glyph, colour = _ROLES[role]
            line.append(f"{glyph} ", style=colour)
    line.append(legible(user.name), style=f"bold {_NAMES[crc32(user.id.encode()) % len(_NAMES)]}")
    masked = entry.verdict.text
    said = legible(masked if isinstance(masked, str) else entry.line.text)
    looks = _LOOKS.get(outcome, "")
    return line.append("  ").append(said, style=looks)


def _remark(words: str) -> list[Text]:
    return [Text(f" » {legible(words)}", style="bold blue")]


# -- the stream ----------------------------------------------------------------------------------


def _stream(broadcast: Broadcast, width: int) -> Panel:
    """Draw the stream: its state, what is examined of it, what was found last."""
    inside = width - 4
    style = _STATE_STYLES.get(broadcast.state, "bold bright_red")
    head = Text().append(f" {broadcast.state.upper()} ", style=f"reverse {style}")
    head.append(f"  seen {broadcast.frames:.0%}  heard {broadcast.speech:.0%}", style="dim")
    if broadcast.dark_s is not None:
        head.append(f"  dark after {broadcast.dark_s:.1f} s", style="bold bright_red")
    lines = [head]
    for seen in list(broadcast.seen)[2 - STREAM_ROWS + 1 :]:
        line = Text().append(f"{clock(seen.at):>5} ", style="dim")
        line.append(f"{seen.surface:<7}", style="cyan")
        line.append(f"{seen.action:<6}", style=_ACTION_STYLES.get(seen.action, "bright_red"))
        line.append(legible(seen.rule))
        lines.append(_ended(line, f"{seen.lag_s:.1f} s", inside))
    if len(lines) == 1:
        lines.append(Text("nothing found yet", style="grey42"))
    title = Text().append("◉ ", style=style).append(f"stream of {STREAMER}", style="bold white")
    return _panel(Group(*lines), title, STREAM_ROWS)


# -- the side ------------------------------------------------------------------------------------


def _side(board: Board, now: float, width: int, height: int) -> list[RenderableType]:
    verdicts, latency = 8, 5
    rest = max(6, height - verdicts - latency)
    limits = len(board.in_force(now))
    force = max(3, min((rest + 1) // 2, max(limits, 2) + 2))
    inside = width - 4
    return [
        _panel(_verdicts(board, inside), "verdicts", verdicts),
        _panel(_latency(board, now, inside), "latency", latency),
        _panel(_force(board, now, force - 2, inside), "in force", force),
        _panel(_rules(board, rest - force - 2, inside), "rules that spoke", rest - force),
    ]


def _verdicts(board: Board, width: int) -> RenderableType:
    most = max(1, *(board.counts[name] for name in OUTCOMES))
    room = max(4, width - 17)
    lines = []
    for name in OUTCOMES:
        count = board.counts[name]
        length = -(-count * room // most)
        line = Text().append(f"{name:<10}", style=STYLES[name] if count else "grey42")
        line.append(f"{count:>5}  ", style="bold" if count else "grey42")
        lines.append(line.append("━" * length, style=STYLES[name]))
    return Group(*lines)


def _latency(board: Board, now: float, width: int) -> RenderableType:
    def figures(label: str, inside: bool) -> Text:
        p50, p99 = (board.latency_ms(share, inside=inside) for share in (0.5, 0.99))
        line = Text().append(f"{label:<8}", style="dim")
        line.append(f"{p50:5.1f}", style="bold").append(f" {p99:5.1f}", style="bold")
        return line

    head = Text(f"{'ms':<8}{'p50':>5} {'p99':>5}", style="dim")
    wide = width > 26
    rate = Text(f"{board.played / max(1.0, now):.1f}/s" if wide else "", style="dim")
    outside = figures("answer", False)
    if wide:
        outside.append("  ").append(_spark(board.recent_ms(width - 21)))
    return Group(_two(head, rate), outside, figures("gateway", True))


def _spark(values: list[float]) -> Text:
    # Scaled to what is usual, so that one slow answer does not flatten all others.
    top = max(1.0, 1.5 * sorted(values)[int(0.8 * len(values))]) if values else 1.0
    bars = "".join(_BARS[min(7, int(value / top * 7.999))] for value in values)
    return Text(bars, style="cyan")


def _force(board: Board, now: float, rows: int, width: int) -> RenderableType:
    force = board.in_force(now)
    if not force:
        return Text("nothing", style="grey42")
    shown = force if len(force) <= rows else force[: rows - 1]
    lines = []
    for each in shown:
        left = each.left_s(now)
        line = Text().append(f"{each.kind:<5} ", style="bold dark_orange")
        line.append(legible(each.who))
        lines.append(_ended(line, "" if left is None else clock(left), width))
    if len(shown) < len(force):
        lines.append(Text(f"and {len(force) - len(shown)} more", style="dim"))
    return Group(*lines)


def _rules(board: Board, rows: int, width: int) -> RenderableType:
    lines = [
        _ended(Text(legible(rule)), str(count), width)
        for (rule, _), count in board.rules.most_common(max(1, rows))
    ]
    return Group(*lines) if lines else Text("none yet", style="grey42")


def _ended(line: Text, end: str, width: int) -> Text:
    """Put a short word at the right end of a line of exactly that width."""
    line.truncate(max(1, width - len(end) - 1), overflow="ellipsis", pad=True)
    return line.append(f" {end}", style="bold")
