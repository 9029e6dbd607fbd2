"""Reference pages that are little more than a table: categories, configuration, metrics."""

from __future__ import annotations

from gateway.config import config_markdown
from gateway.metrics import Metrics
from gateway.stream.metrics import StreamNumbers, stream_metrics
from gateway.stream.numbers import Numbers, acting_metrics
from seawall.taxonomy import CATEGORIES, SEVERITY_SCORES
from workers.stats import Stats
from workers.streams.client import StreamStats

__all__ = ["categories_page", "config_page", "metrics_page"]


def categories_page() -> str:
    """Write `docs/reference/categories.md`."""
    lines = [
        "# Categories and severities",
        "",
        "<!-- Generated from seawall/taxonomy.py by `make docs`: change the code, not this. -->",
        "",
        "What can be wrong with content. Verdicts carry these names, and policy expressions",
        "use them (`lexicon.scam.phishing`).",
        "",
        "| category | what | penalty |",
        "|---|---|---|",
    ]
    for category in CATEGORIES:
        penalty = "may be penalised" if category.penal else "care, never a penalty"
        lines.append(f"| `{category.name}` | {category.title} | {penalty} |")
    lines += [
        "",
        "A severity is a word in policy files and on the wire, and a number in expressions.",
        "",
        "| severity | number |",
        "|---|---|",
    ]
    lines += [f"| `{severity.label}` | {score} |" for severity, score in SEVERITY_SCORES.items()]
    return "\n".join(lines) + "\n"


def config_page() -> str:
    """Write `docs/reference/config.md`."""
    lines = [
        "# Configuration",
        "",
        "<!-- Generated from gateway/config.py by `make docs`: change the code, not this. -->",
        "",
        "`seawall serve --config FILE` reads a TOML file with these settings. Where one is given",
        "more than once, the later counts: built-in default, file, variable, command line. A file",
        "with a setting that is unknown or out of range is refused at start.",
        "",
        config_markdown().strip("\n"),
    ]
    return "\n".join(lines) + "\n"


def metrics_page() -> str:
    """Write `docs/reference/metrics.md`."""
    lines = [
        "# Metrics",
        "",
        "<!-- Generated from gateway/metrics.py by `make docs`: change the code, not this. -->",
        "",
        "What `/metrics` says, in Prometheus' text format. A room, a stream or a user is never a",
        "label. What begins with `seawall_stream`, `seawall_media` or `seawall_evidence`, and",
        "`seawall_time_to_dark_seconds`, is told where `media` is on.",
        "",
        "| metric | kind | labels | what |",
        "|---|---|---|---|",
    ]
    metrics = Metrics()
    metrics.models = lambda: (Stats("linear"),)  # told only where a model runs
    # As with streams: told where they are taken in.
    metrics.more.append(lambda: stream_metrics(StreamNumbers(), StreamStats()))
    metrics.more.append(lambda: acting_metrics(Numbers()))
    for family in metrics.collect():
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = " ".join(f"`{label}`" for label in getattr(family, "_labelnames", ()))
        lines.append(f"| `{name}` | {family.type} | {labels} | {family.documentation} |")
    return "\n".join(lines) + "\n"
