"""The report as one HTML page that needs nothing else: tables, curves, and what went wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

__all__ = ["page"]

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2330; --soft: #667085; --line: #d9dee7; --ground: #fff;
  --good: #0a7d4f; --bad: #c0322b; --tint: #2b6cb0; --band: #f5f7fa }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --soft: #98a2b3; --line: #333b48;
  --ground: #12161d; --good: #4cc38a; --bad: #ff7b72; --tint: #79b8ff; --band: #1a202a } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground);
  max-width: 72rem; margin: 2rem auto; padding: 0 1.5rem }
h1 { font-size: 1.6rem; margin: 0 0 .2rem } h2 { font-size: 1.15rem; margin: 2.4rem 0 .6rem }
p.note { color: var(--soft); margin: .2rem 0 1rem }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { text-align: right; padding: .28rem .6rem; border-bottom: 1px solid var(--line) }
th { color: var(--soft); font-weight: 600; font-size: .85rem }
th:first-child, td:first-child { text-align: left }
tr:nth-child(even) td { background: var(--band) }
.met { color: var(--good) } .missed { color: var(--bad); font-weight: 600 }
.span { color: var(--soft); font-size: .85rem }
.curves { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: 1rem }
figure { margin: 0 } figcaption { font-size: .85rem; color: var(--soft) }
svg { width: 100%; height: auto } svg path { fill: none; stroke: var(--tint); stroke-width: 2 }
svg line { stroke: var(--line) } svg text { font-size: 9px; fill: var(--soft) }
details { margin: .4rem 0 } summary { cursor: pointer; color: var(--tint) }
td.text { text-align: left; overflow-wrap: anywhere }
"""
_SIDE = 160


def page(report: Mapping[str, Any]) -> str:
    """Return the page of a report as it stands in JSON."""
    model = f"classifier <code>{escape(report['model'])}</code>" if report["model"] else "no model"
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8>",
        "<meta name=viewport content='width=device-width'><title>Judgement on text</title>",
        f"<style>{_STYLE}</style><h1>Judgement on text</h1>",
        f"<p class=note>policy <code>{escape(report['policy'])}</code>, {model}",
        ", <b>in sample</b>: it has seen the rows of text/" if report["in_sample"] else "",
        *(f"; absent: {escape(place)}" for place in report["absent"]),
        "</p><h2>Bars</h2>",
        _bars(report["bars"]),
    ]
    if report.get("suite"):
        parts.append(_suite(report["suite"]))
    if report.get("streams"):
        parts.append(_streams(report["streams"]))
    for key, title in (("labelled", "Labelled sets"), ("unlisted", "The same, lists off")):
        if report.get(key):
            parts.append(_labelled(report[key], title))
    if report.get("hosts"):
        parts.append(_hosts(report["hosts"]))
    return "".join(parts)


def _bars(bars: Iterable[Mapping[str, Any]]) -> str:
    rows = []
    for bar in bars:
        value, least, most = bar["value"], bar["least"], bar["most"]
        wanted = f"≥ {least:g}" if least is not None else f"≤ {most:g}" if most is not None else ""
        met = None
        if value is not None and wanted:
            met = (least is None or value >= least) and (most is None or value <= most)
        word = {True: "<td class=met>met", False: "<td class=missed>missed", None: "<td>"}[met]
        span = f"{bar['low']:.3f} – {bar['high']:.3f}" if bar["low"] is not None else ""
        rows.append(
            f"<tr><td>{escape(bar['name'])}<td>{_number(value)}<td class=span>{span}"
            f"<td>{wanted}{word}"
        )
    head = "<tr><th>figure<th>value<th>95 % interval<th>bar<th>"
    return f"<table>{head}{''.join(rows)}</table>"


def _suite(suite: Mapping[str, Any]) -> str:
    found = ["<h2>Functional suite</h2>"]
    for title in ("group", "language", "surface", "functionality"):
        rows = [
            [name, row["violating"], row["flagged"], row["caught"], row["benign"], row["passed"]]
            for name, row in suite["tables"][title].items()
        ]
        head = [title, "violating", "flagged", "restricted", "benign", "passed"]
        table = _table(head, rows)
        found.append(_folded(f"by {title}", table) if title == "functionality" else table)
    wrong = [
        [each["id"], each["label"], each["lang"], ", ".join(each["rules"]), each["text"]]
        for each in suite["wrong"]
    ]
    table = _table(["case", "label", "language", "rules", "text"], wrong)
    found.append(_folded(f"{len(wrong)} cases that went wrong", table))
    return "".join(found)


def _streams(streams: Mapping[str, Any]) -> str:
    head = ["stream", "lines", "flagged", "held", "blocked", "coarse held", "by windows"]
    keys = ("lines", "flagged", "held", "blocked", "coarse_held", "by_windows")
    rows = [[name, *(score[key] for key in keys)] for name, score in streams.items()]
    found = ["<h2>Streams of ordinary chat, in a thousand lines</h2>", _table(head, rows)]
    for name, score in streams.items():
        samples = [[each["rules"], each["text"]] for each in score["samples"]]
        if samples:
            table = _table(["rules", "text"], samples)
            found.append(_folded(f"{name}: what was restricted", table))
    return "".join(found)


def _labelled(labelled: Mapping[str, Any], title: str) -> str:
    found = [f"<h2>{title}</h2>"]
    for name, slices in labelled["slices"].items():
        rows = []
        for key, score in slices.items():
            cells: list[Any] = [key, score["rows"], score["violating"]]
            for level in ("flagged", "held", "blocked"):
                measures = score["levels"][level]
                cells += [measures["recall"]["value"], measures["per_thousand"]["value"]]
            flagged = score["levels"]["flagged"]
            cells += [flagged[one]["value"] for one in ("precision", "f1", "rare_precision")]
            rows.append([*cells, score["average_precision"]])
        head = [name, "rows", "violating", "flagged", "‰", "held", "‰", "blocked", "‰",
                "precision", "F1", "at 1 %", "AP"]  # fmt: skip
        table = _table(head, rows)
        wide = name in ("functionality", "category")
        found.append(_folded(f"by {name}", table) if wide else table)
        if name == "group and language":
            figures = [
                _curve(key, score["curve"]) for key, score in slices.items() if score["curve"]
            ]
            if figures:
                found.append(f"<div class=curves>{''.join(figures)}</div>")
    samples = [
        [e["level"], e["lang"], ", ".join(e["rules"]), e["text"]] for e in labelled["samples"]
    ]
    found.append(_folded("benign rows that were restricted",
                         _table(["level", "language", "rules", "text"], samples)))  # fmt: skip
    return "".join(found)


def _hosts(hosts: Mapping[str, Any]) -> str:
    rows = [[f"at most {share} of the legitimate", recall, None] for share, recall in
            hosts["recall_at_false"].items()]  # fmt: skip
    for title, levels in (("", hosts["at_level"]), (" (never learned)", hosts["never_learned"])):
        rows += [[f"score ≥ {level}{title}", at["recall"], at["false"]]
                 for level, at in levels.items()]  # fmt: skip
    head = ["look-alike hosts, lists off", "recall", "legitimate flagged"]
    return f"<h2>Hosts</h2>{_table(head, rows)}"


def _curve(title: str, points: Sequence[Sequence[float]]) -> str:
    """Draw precision over recall."""
    ordered = sorted(points, key=lambda point: point[2])
    path = " ".join(
        f"{'M' if not at else 'L'}{20 + recall * _SIDE:.1f},{10 + (1 - precision) * _SIDE:.1f}"
        for at, (_, precision, recall, _) in enumerate(ordered)
    )
    return (
        f"<figure><svg viewBox='0 0 {_SIDE + 30} {_SIDE + 30}' role=img>"
        f"<line x1=20 y1=10 x2=20 y2={_SIDE + 10} /><line x1=20 y1={_SIDE + 10} x2={_SIDE + 20} "
        f"y2={_SIDE + 10} /><text x=0 y=16>1</text><text x=6 y={_SIDE + 12}>0</text>"
        f"<text x={_SIDE + 8} y={_SIDE + 24}>recall</text><path d='{path}'/></svg>"
        f"<figcaption>{escape(title)}</figcaption></figure>"
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    top = "".join(f"<th>{escape(name)}" for name in head)
    body = "".join("<tr>" + "".join(_cell(value) for value in row) for row in rows)
    return f"<table><tr>{top}{body}</table>"


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return f"<td class=text>{escape(value)}"
    return f"<td>{_number(value)}"


def _number(value: float | int | None) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def _folded(title: str, inside: str) -> str:
    return f"<details><summary>{escape(title)}</summary>{inside}</details>"
