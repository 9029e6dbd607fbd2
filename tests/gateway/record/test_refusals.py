"""Refused keys are told: one line a second, however many there are, and nothing that was shown."""

from __future__ import annotations

import pytest

from gateway.record.refusals import EVERY_S, Refusals


def test_a_flood_is_one_line_a_second_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    now = [100.0]
    refusals = Refusals("edge", lambda: now[0])
    for _ in range(1000):
        refusals.tell("unknown", remote="10.0.0.1")
    assert caplog.messages == ["key refused"]
    now[0] += EVERY_S
    refusals.tell("missing", remote="")
    first, second = (record.__dict__["fields"] for record in caplog.records)
    assert first == {"door": "edge", "why": "unknown", "remote": "10.0.0.1"}
    assert second == {"door": "edge", "why": "missing", "more": 999}
    assert refusals.count == 1001


def test_what_a_stranger_sent_is_cut_and_printable(caplog: pytest.LogCaptureFixture) -> None:
    Refusals("edge").tell("unknown", agent="a\nb\x1b[31m\u202e" + "x" * 5000)
    (record,) = caplog.records
    agent = record.__dict__["fields"]["agent"]
    assert agent.startswith("a?b?[31m?xxx")
    assert len(agent) == 128
