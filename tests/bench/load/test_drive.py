"""A run over real sockets: breaks, slow readers and foes change nothing about what is owed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from bench.generator import Target
from bench.load.closed import capacity
from bench.load.drive import GeneratorError, drive
from bench.load.histograms import Timings
from bench.load.truth_server import Orders
from bench.shapes.scenario import Clients, Scenario
from bench.shapes.system import System
from tests.bench.truth.servers import honest, steady

DEADLINE_S = 10.0


def with_clients(seconds: float, rate: float, clients: Clients) -> Scenario:
    return msgspec.structs.replace(steady(seconds, rate), clients=clients)


def children(pid: int) -> list[int]:
    """Return the generators that a process started."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            if b"bench.load.worker" in Path(f"/proc/{child}/cmdline").read_bytes():
                found.append(int(child))
    return found


def gone(pid: int) -> bool:
    """Say whether a process has ended (a zombie that nobody asked about has)."""
    try:
        return ") Z" in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True


def test_links_that_break_come_back_and_send_again_what_they_are_owed() -> None:
    clients = Clients(connections=6, reconnect=0.5, reconnect_every_s=0.15)
    with honest(Orders(delay_s=0.05)) as system:
        driven = drive(system, with_clients(0.8, 400.0, clients), processes=2)
    assert (driven.unanswered, driven.doubled, driven.unknown) == (0, 0, 0)
    assert driven.flows[0].verdicts == 320
    assert driven.extra["resent"] > 0


def test_slow_readers_are_told_apart_and_get_everything_in_the_end() -> None:
    clients = Clients(connections=4, slow=0.25, slow_bytes_per_s=500)
    with honest() as system:
        driven = drive(system, with_clients(1.2, 200.0, clients))
    quick, slow = driven.flows
    assert (quick.name, slow.name) == ("chat", "chat, slow readers")
    assert (quick.verdicts, slow.verdicts, driven.unanswered) == (180, 60, 0)
    assert slow.response.p50 > 100 > 10 * quick.response.p50


def test_clients_that_misbehave_are_counted_and_owe_nothing_to_the_ledger() -> None:
    clients = Clients(
        connections=4, hostile=("fragments", "garbage", "pings"), hostile_connections=1
    )
    with honest() as system:
        driven = drive(system, with_clients(0.5, 100.0, clients))
    assert (driven.unanswered, driven.unknown, driven.flows[0].verdicts) == (0, 0, 50)
    for kind in ("fragments", "garbage", "pings"):
        assert driven.extra[f"hostile {kind}: bytes"] > 0


def test_the_warm_up_is_driven_and_not_counted_and_the_edges_are_told() -> None:
    told: list[str] = []
    shares: list[float] = []
    scenario = msgspec.structs.replace(steady(0.4, 200.0), warmup_s=0.3)
    with honest() as system:
        driven = drive(
            system,
            scenario,
            times=2.0,
            begun=lambda: told.append("begun"),
            ended=lambda: told.append("ended"),
            progress=shares.append,
        )
    assert told == ["begun", "ended"]
    assert shares == sorted(shares)
    assert driven.flows[0].sent == pytest.approx(160, abs=1)
    assert driven.offered_per_s == pytest.approx(400, rel=0.02)
    assert Timings.decode(driven.flows[0].response.log).count == driven.flows[0].verdicts
    assert "Tag=response" in driven.logs["chat"]


def test_the_asyncio_generator_tells_the_same_story() -> None:
    with honest(Orders(drop=(20,), double=(30,))) as system:
        driven = drive(system, steady(0.4, 200.0), generator="asyncio")
    assert (driven.unanswered, driven.doubled, driven.unknown) == (1, 1, 0)
    assert driven.flows[0].verdicts == 79


def test_a_closed_loop_counts_what_was_answered_and_measures_no_response() -> None:
    with honest() as system:
        found = capacity(system, steady(1.0, 100.0), outstanding=2, seconds=0.3, warmup_s=0.1)
    assert (found.unanswered, found.doubled, found.unknown) == (0, 0, 0)
    assert found.flows[0].verdicts == found.flows[0].service.count > 50
    assert found.goodput_per_s == found.offered_per_s == found.flows[0].verdicts / 0.3
    assert (found.flows[0].response.count, found.flows[0].slip.count) == (0, 0)


def test_a_generator_that_dies_makes_its_run_invalid() -> None:
    with honest() as system:
        driven = drive(
            system,
            steady(1.0, 50.0),
            begun=lambda: os.kill(children(os.getpid())[0], signal.SIGKILL),
        )
    assert driven.invalid == "a generator died"


def test_a_server_that_is_not_there_is_said_in_one_line() -> None:
    nobody = System("nobody", (Target(1, "/v1"),), {})
    with pytest.raises(GeneratorError) as told:
        drive(nobody, steady(0.1, 10.0))
    assert "\n" not in str(told.value)


def test_generators_do_not_outlive_who_started_them() -> None:
    script = (
        "import sys\n"
        "from bench.generator import Target\n"
        "from bench.load.drive import drive\n"
        "from bench.shapes.system import System\n"
        "from tests.bench.truth.servers import steady\n"
        "target = Target(int(sys.argv[1]), '/v1')\n"
        "begun = lambda: print('begun', flush=True)\n"
        "drive(System('s', (target,), {}, 'plain'), steady(60.0, 10.0), begun=begun)\n"
    )
    with honest() as system:
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(system.targets[0].port)], stdout=subprocess.PIPE
        )
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"begun\n"
            (worker,) = children(process.pid)
        finally:
            process.kill()
            process.communicate()
        until = time.monotonic() + DEADLINE_S
        while not gone(worker):
            assert time.monotonic() < until, "the generator lives on"
            os.sched_yield()
