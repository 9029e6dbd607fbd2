"""The word `seawall bench`: which benchmarks there are, and how one is started."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

__all__ = ["SCRIPTS", "VERBS", "listing", "main", "run"]

VERBS: tuple[tuple[str, str, str], ...] = (
    ("chat", "bench.commands.chat:main", "a gateway and its peers under one scenario, in turns"),
    ("media", "bench.commands.media:main", "live streams: lags, coverage, accuracy, cost"),
    ("mixed", "bench.commands.mixed:main", "chat and streams on one gateway, alone and together"),
    ("fanout", "bench.commands.fanout:main", "one alert to very many consoles"),
    ("limits", "bench.commands.limits:main", "the limiter: what slips through, and what it costs"),
    ("find", "bench.commands.find:main", "the highest rate in time, and what happens above it"),
    ("fairness", "bench.commands.fairness:main", "quiet rooms beside one that floods"),
    ("fault", "bench.commands.fault:main", "things broken on purpose, each with its promise"),
    ("soak", "bench.commands.soak:main", "half an hour of chat: what grows, what is lost"),
    ("compare", "bench.commands.compare:main", "two saved runs: what got worse"),
    ("report", "bench.commands.report:main", "a page of a saved run"),
    ("plan", "bench.commands.plan:main", "cores, shards, memory and network for a deployment"),
    ("smoke", "bench.commands.smoke:main", "the gate of continuous integration, three minutes"),
)
"""What loads, breaks, compares and plans whole systems: name, `module:function`, purpose."""

SCRIPTS: tuple[tuple[str, str, str], ...] = (
    ("case-queue", "bench.case_queue:main", "a page of the queue among very many cases"),
    ("confusables", "bench.confusables:main", "the table of look-alike letters, written anew"),
    ("console-first-view", "bench.console_first_view:main", "until the queue's first row shows"),
    ("console-idle", "bench.console_idle:main", "what watching consoles and indexes cost the chat"),
    ("console-pixels", "bench.console_pixels:main", "from a verdict to its case on a screen"),
    ("demo-stream", "bench.demo_stream:main", "the sample stream of the demo, drawn anew"),
    ("evaluate", "bench.evaluate:main", "how right the policy is on text: sets, suite, streams"),
    ("evasion", "bench.evasion:main", "what disguise costs: recall of the same texts, perturbed"),
    ("fingerprints", "bench.fingerprints:main", "recordings across bitrates, noise and talk"),
    ("fold-lexicon", "bench.fold_lexicon:main", "fold and lexicon, microseconds a message"),
    ("hostile", "bench.hostile:main", "the dearest texts anybody can send, in milliseconds"),
    ("inline-cost", "bench.inline_cost:main", "all inline work on a text, 500 patterns and all"),
    ("journal-cost", "bench.journal_cost:main", "a recorded decision, and its wait for the disk"),
    ("live-streams", "bench.live_streams:main", "whole streams: CPU by process, lags, memory"),
    ("media-decode", "bench.media_decode:main", "keyframes decoded and gated, beside ffmpeg"),
    ("media-manifest", "bench.media_manifest:main", "every real media file through a decoder"),
    ("overload", "bench.overload:main", "goodput and quiet rooms when more comes than can be done"),
    ("policy-reload", "bench.policy_reload:main", "how long a reload holds up the loop"),
    ("promises", "bench.promises:main", "what is lost, late or slow on bad days; two gateways"),
    ("recent-cost", "bench.recent_cost:main", "what remembering the last messages costs a verdict"),
    ("speech-accuracy", "bench.speech_accuracy:main", "words right, beside stock; noise and music"),
    ("speech-streams", "bench.speech_streams:main", "how many streams are heard in time"),
    (
        "stream-faults",
        "bench.stream_faults:main",
        "what killing a decoder or a worker costs streams",
    ),
    ("text-model-cost", "bench.text_model_cost:main", "the classifier, microseconds a message"),
    ("text-workers", "bench.text_workers:main", "asking a model: its cost here, when it answers"),
    ("time-to-dark", "bench.time_to_dark:main", "from a frame that is cut for to the last byte"),
    ("train-hosts", "bench.train_hosts:main", "the scorer of look-alike hosts, trained anew"),
    ("train-opinion", "bench.train_opinion:main", "the second opinion's heads, trained anew"),
    ("train-text", "bench.train_text:main", "the classifier, trained and measured anew"),
    ("vision-cost", "bench.vision_cost:main", "seeing: each detector a frame, and twenty streams"),
    ("windows-cost", "bench.windows_cost:main", "a window check, in Valkey and on our side"),
)
"""What measures one part each: name, `module:function` that answers, and what it measures."""


def run(arguments: Sequence[str]) -> int:
    """Start the benchmark named first, with the rest as its arguments; without one, list them.

    Returns the benchmark's exit status; 2 for a name that does not exist.
    """
    if not arguments or arguments[0] in ("-h", "--help"):
        print(listing())
        return 0
    for name, where, _ in (*VERBS, *SCRIPTS):
        if name == arguments[0]:
            module, _, function = where.partition(":")
            sys.argv = [f"seawall bench {name}", *arguments[1:]]
            try:
                return int(getattr(import_module(module), function)())
            except KeyboardInterrupt:  # what was started has been stopped on the way here
                print(f"seawall bench {name}: interrupted", file=sys.stderr)
                return 130
    print(f"seawall bench: no benchmark is called {arguments[0]!r}.\n{listing()}", file=sys.stderr)
    return 2


def listing() -> str:
    """Name every benchmark and what it measures."""
    width = max(len(name) for name, _, _ in (*VERBS, *SCRIPTS))
    lines = ["usage: seawall bench NAME [...]", "", "whole systems:"]
    lines += [f"  {name:<{width}}  {purpose}" for name, _, purpose in VERBS]
    lines += ["", "single parts:"]
    lines += [f"  {name:<{width}}  {purpose}" for name, _, purpose in SCRIPTS]
    return "\n".join(lines)


def main() -> int:
    """Answer the command line."""
    return run(sys.argv[2:])
