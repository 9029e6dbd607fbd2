"""A result as one HTML file that needs nothing else: no network, no other file, no script to read.

1. The page allows itself its own style and script by their hashes, and nothing else (CSP).
2. Everything is drawn and written beforehand; the script reads values off on pointing and unfolds
   what is folded before it is printed.
3. Sections that would be empty are left out, and so are their links.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from bench.reports.comparing import TOLERANCE, compare
from bench.reports.groups import Group, group
from bench.reports.page.bars import costs, stages
from bench.reports.page.latency import latencies
from bench.reports.page.markup import section, tag, text
from bench.reports.page.media import extras
from bench.reports.page.overload import overload
from bench.reports.page.percentiles import latency_tables, stage_tables
from bench.reports.page.ratios import ratios
from bench.reports.page.series import series
from bench.reports.page.tables import changes, figures, machine, memory, raw
from bench.reports.page.terms import terms
from bench.reports.verdicts import balance, broken_promises, left_out, remarks, verdict
from bench.reports.words import PEER_NAMES, moment
from bench.shapes.result import Result

__all__ = ["html"]

HERE = Path(__file__).parent


def html(result: Result, other: Result | None = None, tolerance: float = TOLERANCE) -> str:
    """Return the page of a result; `other` is an earlier one that it is compared with.

    Raises ValueError for a broken histogram, or where the two have nothing in common.
    """
    groups = [each for each in group(result.windows) if each.windows]
    before = [each for each in group(other.windows) if each.windows] if other is not None else []
    sections = _sections(result, groups, other, before, tolerance)
    shown = [(anchor, title, inner) for anchor, title, inner in sections if inner]
    links = "".join(
        tag("li", tag("a", text(title), href=f"#{anchor}")) for anchor, title, _ in shown
    )
    main = _headline(result, other) + tag("nav", tag("ul", links), aria_label="Sections")
    main += "".join(section(anchor, title, inner) for anchor, title, inner in shown)
    return _document(f"{verdict(result)}: {_named(result)}", main)


def _sections(
    result: Result,
    groups: list[Group],
    other: Result | None,
    before: list[Group],
    tolerance: float,
) -> list[tuple[str, str, str]]:
    ours = [each.system for each in groups if each.system not in PEER_NAMES]
    changed = changes(compare(other, result, tolerance)) if other is not None else ""
    details = tag("summary", text(f"{len(result.windows)} windows, one by one"))
    return [
        ("changes", "What changed", changed),
        ("figures", "Figures", figures(result.figures)),
        ("ratios", "Ratios", ratios(result.ratios)),
        ("latency", "Latency", latencies(groups, before) + latency_tables(groups)),
        ("overload", "Overload", overload(groups, before)),
        ("time", "Over time", series(result.windows, ours)),
        ("stages", "Stages", stages(groups) + stage_tables(groups)),
        ("cost", "CPU and memory", costs(groups) + memory(result.windows)),
        ("media", "Media and other findings", extras(result.windows)),
        ("machine", "Machine and noise", machine(result)),
        ("windows", "Every window", _folded(details, raw(result.windows))),
        ("terms", "What the words mean", terms()),
    ]


def _folded(summary: str, inner: str) -> str:
    return tag("details", summary + inner) if inner else ""


def _named(result: Result) -> str:
    scenario = f", {result.scenario}" if result.scenario else ""
    return f"seawall bench {result.command}{scenario}"


def _headline(result: Result, other: Result | None) -> str:
    systems = list(dict.fromkeys(window.system for window in result.windows))
    told = [moment(result.environment.began), result.environment.cpu]
    told += [f"commit {result.environment.commit}"] if result.environment.commit else []
    if other is not None:
        told.append(f"beside a run of {moment(other.environment.began)}")
    ended = verdict(result)
    badge = tag("p", text(ended), class_=f"verdict {'passed' if ended == 'passed' else 'failed'}")
    head = badge + tag("h1", text(_named(result)))
    head += tag("p", text(" · ".join(told)), class_="meta")
    if systems:
        head += tag("p", text("Systems: " + "; ".join(systems)), class_="meta")
    head += tag("p", text(balance(result)), class_="meta")
    failures = list(result.failures)
    for window in result.windows:
        for flow in window.flows:
            broken = broken_promises(flow)
            failures += [f"{window.system}, {window.label}: {broken}"] if broken else []
    if failures:
        items = "".join(tag("li", text(failure)) for failure in dict.fromkeys(failures))
        head += tag("ul", items, class_="failures")
    notes = [*left_out(result.windows), *remarks(result)]
    if notes:
        items = "".join(tag("li", text(note)) for note in notes)
        head += tag("ul", items, class_="notes")
    return tag("header", head)


def _document(title: str, main: str) -> str:
    style = (HERE / "style.css").read_text(encoding="utf-8")
    script = (HERE / "script.js").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
    head = (
        '<meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{text(title)}</title><style>{style}</style>"
    )
    body = f"<main>{main}</main><script>{script}</script>"
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>{body}</body></html>\n'


def _hash(inline: str) -> str:
    return f"'sha256-{b64encode(sha256(inline.encode()).digest()).decode()}'"
