"""What every word on the page means: its last section."""

from __future__ import annotations

from bench.reports.page.markup import tag, text

__all__ = ["terms"]

TERMS: tuple[tuple[str, str], ...] = (
    (
        "open loop",
        "Messages are sent on a schedule that is fixed before the run, whatever comes back. A slow "
        "server does not slow its load down, so its delays are seen in full.",
    ),
    (
        "closed loop",
        "A connection sends its next message when the last is answered. This measures what a "
        "server can do, not how long users wait: its latencies are service times at that depth.",
    ),
    ("response", "From the moment a message was meant to be sent to its verdict."),
    (
        "service",
        "From the moment a message was really sent to its verdict. What response has more than "
        "service is waiting before the send.",
    ),
    (
        "slip",
        "How late messages were sent. A window whose slip p99 is over a tenth of the SLO is "
        "invalid: then the generator was measured, not the server.",
    ),
    ("SLO", "The time within which a response counts as in time."),
    ("offered", "Messages a second on the schedule."),
    ("goodput", "Messages a second that were answered inside the SLO."),
    ("refused", "Messages answered with an error code at once instead of a verdict, by code."),
    (
        "unchecked",
        "Verdicts that say that something was not examined, instead of being silent about it.",
    ),
    (
        "p50, p90, p99, p99.9",
        "The time that this share of messages did not exceed, from an HdrHistogram with three "
        "digits. Percentiles of several windows come from their merged histograms.",
    ),
    (
        "stages",
        "decode, detect, state, decide and journal as the verdict tells them; egress is what is "
        "left of the service time. Means add up to the service time, percentiles do not.",
    ),
    (
        "CPU a message",
        "CPU time of all threads of a role's processes, user and kernel, by messages answered. It "
        "holds on a shared machine, where throughput on the clock does not.",
    ),
    (
        "ratio",
        "Median over interleaved pairs: both were measured in turns in the same run, so what "
        "slowed one slowed the other.",
    ),
    (
        "95 % interval",
        "Percentile bootstrap: what the median might as well have been, drawn from the pairs again "
        "and again. It says nothing about other machines.",
    ),
    ("bar", "What is promised. A result that misses one says so."),
    (
        "noise",
        "CPU that other processes took and that the host stole, as shares of all cores during the "
        "window, and the load before it.",
    ),
    (
        "clock offset",
        "The server's clock minus the generator's, from the exchange with the least delay, with "
        "its uncertainty.",
    ),
    ("peak memory", "The most resident memory (RSS) that a role had during its windows."),
    (
        "word lag",
        "From the end of a word in the stream's own time to the verdict on it; its slope tells "
        "whether a run falls behind.",
    ),
    ("frame age", "From a frame's place in the stream's own time to the verdict on it."),
    (
        "CPU of a stream",
        "Cores that one stream keeps busy: CPU time of a role by seconds of stream that were sent.",
    ),
    (
        "not examined, by reason",
        "policy: nobody was to look. superseded: something newer took its place. expired: there "
        "was no time for it. absent: its sender did not deliver it. failed: it could not be "
        "examined.",
    ),
    (
        "coverage",
        "The share of sound or frames that was examined of what the policy wants examined.",
    ),
)


def terms() -> str:
    """Return the definitions."""
    return tag(
        "dl",
        "".join(tag("div", tag("dt", text(word)) + tag("dd", text(said))) for word, said in TERMS),
        class_="terms",
    )
