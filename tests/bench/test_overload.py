"""The overload bench on its virtual clock: everything sent is answered once, and plans are kept."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench.overload import Flow, _plan
from bench.virtual import Arrival, VirtualGateway
from bench.workload import message

REPLY = re.compile(rb'"type":"(verdict|error)","(?:id|ref)":"m(\d+)"')


@pytest.mark.timeout(60)  # it compiles what the shipped policy needs, for all languages
def test_a_virtual_gateway_answers_each_message_once_however_many_come(tmp_path: Path) -> None:
    told: list[tuple[bytes, int]] = []

    def hear(data: bytes, at: float) -> None:
        told.extend((kind, int(number)) for kind, number in REPLY.findall(data))

    gateway = VirtualGateway(tmp_path, 8, hear)
    before = gateway.now()
    arrivals: list[Arrival] = [(n / 60_000, n % 8, message(n)) for n in range(6_000)]
    gateway.run(arrivals, 1.0)
    assert sorted(number for _, number in told) == list(range(6_000))
    assert {kind for kind, _ in told} == {b"verdict", b"error"}
    assert gateway.now() - before >= 1.0
    assert gateway.load.entered["full"] >= 1


def test_a_plan_sends_everything_at_its_time_on_its_connection() -> None:
    plan = _plan([Flow("m", 1000.0, "hot"), Flow("q", 100.0)], 50, 4, 0.1)
    frames = b"".join(data for tick in plan for _, data in tick)
    assert len(re.findall(rb'"id":"m\d+","room":"hot"', frames)) == 100
    assert len(re.findall(rb'"id":"q\d+","room":"r\d+"', frames)) == 10
    assert all(0 <= place < 4 for tick in plan for place, _ in tick)
