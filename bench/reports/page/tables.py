"""The page's tables: figures and bars, changes, memory, every window, and the machine."""

from __future__ import annotations

from collections.abc import Sequence

from bench.reports.comparing import Comparison
from bench.reports.lines import Line
from bench.reports.page.markup import Cell, table, tag, text
from bench.reports.verdicts import broken_promises, quiet
from bench.reports.words import (
    UNSURE,
    bar_of,
    change_of,
    floor_of,
    mebibytes,
    moment,
    noise_words,
    number,
    percent,
    software,
    value_of,
)
from bench.shapes.result import Figure, FlowFound, Result, Usage, Window

__all__ = ["changes", "figures", "machine", "memory", "raw"]

JUDGED = (
    "A change counts where its 95 % interval leaves out 0 and it is more than the floor. Unsure: "
    f"{UNSURE}"
)


def figures(found: Sequence[Figure]) -> str:
    """List figures beside their bars."""
    rows: list[list[Cell]] = [
        [
            figure.what,
            f"{number(figure.value)} {figure.unit}".strip(),
            bar_of(figure) or "–",
            _met(figure),
            figure.why,
        ]
        for figure in found
    ]
    whys = any(figure.why for figure in found)
    heads = ["figure", "value", "bar", "bar met"] + (["where it stands"] if whys else [])
    shown = [row if whys else row[:4] for row in rows]
    return table(heads, shown, kind="cards figures") if rows else ""


def _met(figure: Figure) -> Cell:
    if figure.bar is None:
        return "no bar"
    return ("met", "met") if figure.met else ("missed", "missed")


def changes(found: Comparison) -> str:
    """List what changed between two runs, and what could not be compared."""
    told = f"{len(found.lines)} metrics: " + ", ".join(
        f"{sum(line.verdict == verdict for line in found.lines)} {verdict}"
        for verdict in ("worse", "better", "same", "unsure")
    )
    heads = (
        "system, load",
        "metric",
        "before",
        "after",
        "change, 95 % interval",
        "floor",
        "verdict",
    )
    moved = [_change(line) for line in found.lines if line.verdict != "same"]
    stayed = [_change(line) for line in found.lines if line.verdict == "same"]
    notes = [*found.notes, *(f"not the same: {each}" for each in found.environments)]
    parts = [tag("p", text(f"{told}. {JUDGED}"))]
    parts += [table(heads, moved, left=2, kind="cards")] if moved else []
    if stayed:
        summary = tag("summary", text(f"{len(stayed)} that stayed the same"))
        parts.append(tag("details", summary + table(heads, stayed, left=2, kind="cards")))
    if notes:
        parts.append(tag("ul", "".join(tag("li", text(each)) for each in notes), class_="notes"))
    return "".join(parts)


def _change(line: Line) -> list[Cell]:
    where = ", ".join(part for part in (line.system, line.label, line.flow) if part)
    kinds = {"worse": "missed", "better": "met"}
    return [
        where,
        line.metric,
        value_of(line, line.before),
        value_of(line, line.after),
        change_of(line),
        floor_of(line),
        (line.verdict, kinds.get(line.verdict, "")),
    ]


def memory(windows: Sequence[Window]) -> str:
    """List resident memory of every role over all windows."""
    found: dict[tuple[str, str], list[Usage]] = {}
    for window in windows:
        for usage in window.usage:
            found.setdefault((window.system, usage.role), []).append(usage)
    rows: list[list[Cell]] = [
        [
            system,
            role,
            str(max(usage.processes for usage in spent)),
            mebibytes(spent[0].rss_before),
            mebibytes(spent[-1].rss_after),
            mebibytes(max(usage.rss_peak for usage in spent)),
        ]
        for (system, role), spent in found.items()
    ]
    heads = ("system", "role", "processes", "before", "after", "peak")
    return table(heads, rows, caption="Resident memory over all windows", left=2) if rows else ""


def raw(windows: Sequence[Window]) -> str:
    """List every window as it was found, the invalid ones too."""
    rows = [row for window in windows for row in _raw(window)]
    heads = (
        "window",
        "s",
        "offered /s",
        "goodput /s",
        "sent",
        "verdicts",
        "in time",
        "refused by code",
        "response p50 / p99 / max",
        "service p50 / p99",
        "slip p99",
        "generator",
        "clock, ms",
        "noise",
    )
    return table(heads, rows, kind="raw") if rows else ""


def _raw(window: Window) -> list[list[Cell]]:
    name = f"{window.system}, {window.label}" + (" (closed)" if window.loop == "closed" else "")
    rates = [f"{window.seconds:g}", number(window.offered_per_s), number(window.goodput_per_s)]
    rest: list[Cell] = [
        percent(window.generator_cpu),
        f"{window.clock_offset_ms:.2f} ± {window.clock_uncertainty_ms:.2f}",
        (
            f"{percent(window.noise.others)} + {percent(window.noise.steal)}",
            "" if quiet(window) else "missed",
        ),
    ]
    if window.invalid:
        told: list[Cell] = [(f"{name}: invalid, {window.invalid}", "missed")]
    else:
        told = [name]
    found: list[list[Cell]] = []
    for flow in window.flows:
        head: list[Cell] = told if len(window.flows) == 1 else [f"{name}, {flow.name}"]
        found.append([*head, *rates, *_counts(flow), *_times(flow), *rest])
    return found or [[*told, *rates, *["–"] * 7, *rest]]


def _counts(flow: FlowFound) -> list[Cell]:
    refused = ", ".join(f"{code} {count:,}" for code, count in flow.refused.items())
    broken = broken_promises(flow)
    return [
        f"{flow.sent:,}",
        (f"{flow.verdicts:,}; {broken}", "missed") if broken else f"{flow.verdicts:,}",
        f"{flow.good:,}",
        refused or "none",
    ]


def _times(flow: FlowFound) -> list[Cell]:
    response, service = flow.response, flow.service
    return [
        " / ".join(number(value) for value in (response.p50, response.p99, response.max)),
        f"{number(service.p50)} / {number(service.p99)}",
        number(flow.slip.p99),
    ]


def machine(result: Result) -> str:
    """List the machine, the software and the noise."""
    found = result.environment
    rows = [
        ("command", " ".join(["seawall bench", result.command, *result.arguments])),
        ("began", moment(found.began)),
        ("processor", f"{found.cpu}, {found.cores} cores"),
        (
            "memory",
            f"{found.memory_bytes / 1e9:.1f} GB, huge pages {found.huge_pages or 'unknown'}",
        ),
        ("kernel", f"Linux {found.kernel}, governor {found.governor or 'unknown'}"),
        ("accelerator", found.gpu or "none"),
        ("software", software(found)),
        ("noise", _noise(result)),
    ]
    inner = "".join(tag("div", tag("dt", text(k)) + tag("dd", text(v))) for k, v in rows)
    return tag("dl", inner, class_="machine")


def _noise(result: Result) -> str:
    if not result.windows:
        return "no windows"
    worst = max(result.windows, key=lambda window: window.noise.others + window.noise.steal)
    loud = sum(not quiet(window) for window in result.windows)
    return (
        f"at its worst ({worst.system}, {worst.label}): {noise_words(worst.noise)}; "
        f"{loud or 'none'} of {len(result.windows)} windows over 10 % others or 2 % stolen"
    )
