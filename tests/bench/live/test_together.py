"""What chat suffers from streams: pairs of one turn, without what streams cost by themselves."""

from __future__ import annotations

import msgspec
import pytest

from bench.live.together import Turn, beside_us, ratios
from bench.shapes.result import FlowFound, Noise, Quantiles, Usage, Window

NONE = Quantiles(0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def window(
    cpu_s: float, messages: int, p50: float, seconds: float = 10.0, **extra: float
) -> Window:
    each = 1e6 * cpu_s / messages if messages else 0.0
    flow = FlowFound(
        "chat", messages, messages, messages, {}, 0, 0, 0, 0, {},
        msgspec.structs.replace(NONE, count=messages, p50=p50, p99=10 * p50), NONE, NONE,
    )  # fmt: skip
    usage = [Usage("gateway", 1, cpu_s, each, 0, 0, 0), Usage("speech", 1, 5.0, 0.0, 0, 0, 0)]
    flows = [flow] if messages else []
    return Window(
        "gateway", "w", "open", seconds, 1.0, 1.0, flows, usage, Noise(0.0, 0.0, 0.0), extra=extra
    )


def turn(invalid: str = "") -> Turn:
    chat, both = window(0.10, 1000, 1.0), window(0.35, 1000, 2.5)
    streams = window(0.20, 0, 0.0, word_lag_p95_ms=1000.0)
    beside = window(0.35, 0, 0.0, word_lag_p95_ms=1200.0)
    return Turn(chat, streams, msgspec.structs.replace(both, invalid=invalid), beside)


def test_a_message_is_not_charged_with_what_streams_cost_by_themselves() -> None:
    assert beside_us(turn()) == pytest.approx(150.0)


def test_everything_is_a_ratio_of_two_windows_of_one_turn() -> None:
    found = {each.metric: each for each in ratios([turn(), turn(), turn()])}
    assert found["chat p50"].value == pytest.approx(2.5)
    assert found["chat p99"].value == pytest.approx(2.5)
    assert found["gateway CPU a message"].value == pytest.approx(1.5)
    assert found["word to verdict, p95"].value == pytest.approx(1.2)
    assert found["chat p50"].pairs == 3
    assert "frame to verdict, p95" not in found, "nothing was measured of it"


def test_invalid_windows_are_in_no_ratio() -> None:
    assert ratios([turn("the generator was late")]) == []
