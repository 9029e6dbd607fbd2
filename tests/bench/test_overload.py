"""The overload bench on its virtual clock: everything sent is answered once, flow by flow."""

from __future__ import annotations

import re

import pytest

from bench.overload import AFTER_S, Flow, Sender

REPLY = re.compile(rb'"type":"(verdict|error)","(?:id|ref)":"m(\d+)"')

pytestmark = pytest.mark.timeout(60)  # it compiles what the shipped policy needs, all languages


@pytest.fixture(scope="module")
def sender(tmp_path_factory: pytest.TempPathFactory) -> Sender:
    return Sender(tmp_path_factory.mktemp("policy"), 8)


def test_a_virtual_gateway_answers_each_message_once_however_many_come(sender: Sender) -> None:
    gateway = sender.gateway
    before = gateway.now()
    sender.drive([Flow("m", 60_000.0)], 0, 0.1)
    told = [(kind, int(number)) for data, _ in sender.lines for kind, number in REPLY.findall(data)]
    assert sorted(number for _, number in told) == list(range(6_000))
    assert {kind for kind, _ in told} == {b"verdict", b"error"}
    assert gateway.now() - before >= 0.1 + AFTER_S
    assert gateway.load.entered["full"] >= 1


def test_each_flow_has_its_own_answers_counted_from_the_intended_send(sender: Sender) -> None:
    for first in (100_000, 200_000):  # and none of the flows before
        runs = sender.drive([Flow("m", 1000.0, "hot"), Flow("q", 100.0)], first, 0.2)
        assert {letter: run.sent for letter, run in runs.items()} == {"m": 200, "q": 20}
        for run in runs.values():
            assert len(run.verdicts) + len(run.refusals) == run.sent
            assert all(0 < latency <= 0.2 + AFTER_S for latency in run.verdicts)
            assert run.within(0.2 + AFTER_S) == len(run.verdicts) > run.within(0.0)
