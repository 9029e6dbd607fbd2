"""A result as a long run would find it, drawn from a queue in the machine: for tests of reports."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bench.load.histograms import Timings
from bench.reports.statistics import ratio
from bench.shapes.result import (
    Environment,
    Figure,
    FlowFound,
    Noise,
    Quantiles,
    Ratio,
    Result,
    Second,
    Usage,
    Window,
)

__all__ = ["environment", "quantiles", "result", "window"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
ECHO, OURS, PEER = "picows-echo", "seawall", "aiohttp-gateway"
CPU_US = {ECHO: 6.1, OURS: 17.9, PEER: 131.0}
FLOOR_MS = {ECHO: 0.14, OURS: 0.27, PEER: 0.52}
STAGES = {
    "decode": 0.01,
    "detect": 0.03,
    "state": 0.11,
    "decide": 0.02,
    "journal": 0.05,
    "egress": 0.05,
}
REPEATS = 5
METRIC = "messages per gateway-CPU-second"


def quantiles(values_ms: Floats) -> Quantiles:
    """Count milliseconds into an HdrHistogram, and take its percentiles."""
    counted = Timings()
    counted.add(values_ms / 1_000)
    return counted.quantiles()


def window(
    system: str = OURS,
    label: str = "1x",
    *,
    offered: float = 2_000,
    capacity: float = 20_000,
    seconds: int = 6,
    stalls: tuple[int, ...] = (),
    slower: float = 1.0,
    dearer: float = 1.0,
    seed: int = 0,
    invalid: str = "",
    extra: dict[str, float] | None = None,
) -> Window:
    """Draw a window of one flow: what a queue of this capacity answers when so much is offered."""
    random = np.random.default_rng([seed, len(system), int(offered)])
    at = np.sort(random.uniform(0, seconds, int(offered * seconds)))
    floor = FLOOR_MS.get(system, 0.3) * slower
    service = floor * random.lognormal(0, 0.22, len(at)) + random.pareto(3.2, len(at)) * floor / 9
    wait = np.zeros(len(at))
    for stall in stalls:
        inside = (at >= stall) & (at < stall + 0.2)
        wait[inside] = (stall + 0.2 - at[inside]) * 1_000
    refusing = max(0.0, 1 - capacity / offered)
    refused = random.random(len(at)) < refusing
    good = ~refused & (service + wait <= 50)
    response = service + wait + random.exponential(0.02 + 4 * refusing, len(at))
    flow = _flow(random, response, service, good, refused, STAGES if system == OURS else {})
    return Window(
        system=system,
        label=label,
        loop="open",
        seconds=float(seconds),
        offered_per_s=offered,
        goodput_per_s=float(good.sum() / seconds),
        flows=[flow],
        usage=_usage(system, len(at), dearer * float(random.normal(1, 0.015))),
        noise=Noise(others=0.04 + 0.03 * float(random.random()), steal=0.003, load=0.61),
        series=_series(at, response, good, refused, seconds),
        invalid=invalid,
        generator_cpu=min(0.97, offered / 90_000),
        clock_offset_ms=0.02,
        clock_uncertainty_ms=0.08,
        extra=extra or {},
    )


@lru_cache
def result(
    *, slower: float = 1.0, dearer: float = 1.0, media: bool = True, overload: bool = True
) -> Result:
    """Draw a whole run: interleaved windows, an overload, and streams, with one bar missed."""
    windows: list[Window] = []
    for turn in range(REPEATS):
        for system in (ECHO, OURS, PEER):
            mine = system == OURS
            windows.append(
                window(
                    system,
                    seed=turn,
                    stalls=(4,) if mine and turn == 1 else (),
                    slower=slower if mine else 1.0,
                    dearer=dearer if mine else 1.0,
                )
            )
    ratios = _ratios(windows)
    if overload:
        for times in (0.5, 0.75, 1.0, 1.5, 2.0, 5.0):
            windows.append(window(label=f"{times:g}x peak", offered=4_000 * times, capacity=3_950))
        windows.append(
            window(PEER, "5x peak", offered=20_000, seconds=5, invalid="send slip p99 8.2 ms")
        )
    if media:
        windows.append(_streams())
    return Result(
        command="chat",
        arguments=["--scenario", "steady", "--repeats", str(REPEATS)],
        scenario="steady",
        environment=environment(),
        windows=windows,
        ratios=ratios,
        figures=[
            Figure("goodput at 2x overload, of peak", 0.984, "", 0.9, True, "plateau holds"),
            Figure("goodput at 5x overload, of peak", 0.91, "", 0.8, True),
            Figure("resident memory of an idle connection", 21.4, "KB", 20.0, False, "TLS buffers"),
            Figure("highest rate with 99.9 % inside", 18_350.0, "messages/s"),
        ],
        failures=[
            f"{METRIC}, {OURS} over {ECHO}: {ratios[0].value:.2f}, promised at least 0.40",
            "resident memory of an idle connection: 21.4 KB, promised at most 20 KB",
        ],
        notes=["Two cores: the generator has core 1, everything else core 0."],
    )


def _ratios(windows: list[Window]) -> list[Ratio]:
    steady = {name: [w for w in windows if w.system == name] for name in (ECHO, OURS, PEER)}
    a_second = {
        name: [1e6 / found.usage[0].cpu_us_per_message for found in steady[name]] for name in steady
    }
    return [
        ratio(METRIC, OURS, ECHO, a_second[OURS], a_second[ECHO], 0.40),
        ratio(METRIC, OURS, PEER, a_second[OURS], a_second[PEER], 7.0),
        ratio(
            "p50 response",
            OURS,
            ECHO,
            [found.flows[0].response.p50 for found in steady[OURS]],
            [found.flows[0].response.p50 for found in steady[ECHO]],
            2.0,
            least=False,
        ),
    ]


def environment() -> Environment:
    """Give a machine."""
    return Environment(
        began=1_795_000_000.0,
        cpu="AMD EPYC 9J14 96-Core Processor",
        cores=2,
        memory_bytes=8_200_000_000,
        kernel="6.1.0-31-amd64",
        governor="performance",
        huge_pages="madvise",
        python="3.11.9",
        versions={
            "seawall": "0.9.0",
            "picows": "2.3.0",
            "uvloop": "0.22.1",
            "valkey": "9.1.0",
            "orjson": "3.13.0",
        },
        commit="0123abc",
    )


def _flow(
    random: np.random.Generator,
    response: Floats,
    service: Floats,
    good: Flags,
    refused: Flags,
    stages: dict[str, float],
) -> FlowFound:
    return FlowFound(
        name="chat",
        sent=len(response),
        verdicts=int((~refused).sum()),
        good=int(good.sum()),
        refused={
            "overloaded": int(refused.sum() * 0.9),
            "rate": int(refused.sum()) - int(refused.sum() * 0.9),
        }
        if refused.any()
        else {},
        unanswered=0,
        doubled=0,
        unknown=0,
        unchecked=0,
        actions={"allow": int(0.95 * len(response)), "block": int(0.05 * len(response))},
        response=quantiles(response[~refused]),
        service=quantiles(service[~refused]),
        slip=quantiles(random.exponential(0.03, 500)),
        stages={
            name: quantiles(mean * random.lognormal(0, 0.4, 300)) for name, mean in stages.items()
        },
    )


def _usage(system: str, messages: int, times: float) -> list[Usage]:
    us = CPU_US.get(system, 20.0) * times
    usage = [Usage("gateway", 1, us * messages / 1e6, us, 61 << 20, 63 << 20, 64 << 20)]
    if system == OURS:
        for role, part in (("valkey", 9.7 * times), ("journal", 3.4 * times), ("text", 5.2)):
            spent = part * messages / 1e6
            usage.append(Usage(role, 1, spent, part, 12 << 20, 12 << 20, 13 << 20))
    return usage


def _series(
    at: Floats, response: Floats, good: Flags, refused: Flags, seconds: int
) -> list[Second]:
    found = []
    for second in range(seconds):
        inside = (at >= second) & (at < second + 1)
        answered = response[inside & ~refused]
        p50, p99 = np.quantile(answered, [0.5, 0.99]) if len(answered) else (0.0, 0.0)
        found.append(
            Second(
                second,
                int(inside.sum()),
                int((good & inside).sum()),
                int((refused & inside).sum()),
                float(p50),
                float(p99),
            )
        )
    return found


def _streams() -> Window:
    return Window(
        system=OURS,
        label="8 streams",
        loop="open",
        seconds=60.0,
        offered_per_s=0.0,
        goodput_per_s=0.0,
        flows=[],
        usage=[
            Usage("decode", 8, 9.4, 19_600.0, 480 << 20, 495 << 20, 510 << 20),
            Usage("vision", 1, 21.8, 45_400.0, 690 << 20, 700 << 20, 720 << 20),
            Usage("speech", 1, 44.1, 91_900.0, 900 << 20, 910 << 20, 955 << 20),
        ],
        noise=Noise(others=0.05, steal=0.002, load=0.8),
        extra={
            "words": 4_120.0,
            "words_unheard_share": 0.006,
            "word_lag_p50_ms": 1_420.0,
            "word_lag_p95_ms": 2_310.0,
            "word_lag_p99_ms": 2_880.0,
            "word_lag_max_ms": 3_100.0,
            "word_lag_slope_s_per_min": 0.004,
            "frame_age_p50_ms": 84.0,
            "frame_age_p95_ms": 190.0,
            "frame_age_p99_ms": 260.0,
            "frame_age_max_ms": 402.0,
            "coverage_frames": 1.0,
            "coverage_speech": 0.994,
            "lost_policy_share": 0.0,
            "lost_superseded_share": 0.002,
            "lost_expired_share": 0.0,
            "lost_absent_share": 0.001,
            "lost_failed_share": 0.0,
            "looks_lost_policy": 912.0,
            "looks_lost_superseded": 14.0,
            "looks_lost_expired": 3.0,
            "unchecked_late_s": 2.4,
            "unchecked_gap_s": 0.6,
            "first_detection_ms": 1_900.0,
            "dark_p95_ms": 2_350.0,
            "wer": 0.083,
            "wer_offline": 0.079,
            "rss_speech_mb": 955.0,
        },
    )
