"""Promise: whoever decodes, sees or hears may be killed at any moment; it is told, and goes on."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mediagateway import MediaGateway, Sent, Span, until

pytestmark = [pytest.mark.e2e, pytest.mark.fault, pytest.mark.timeout(180)]

SAMPLE = Path(__file__).parents[2] / "gateway" / "demo" / "sample_stream.webm"
DECODER_S, WORKER_S = 3.0, 10.0
"""How much of a stream a death may cost. A worker loads its models anew; the machine is shared."""

RULES = "- {rule: block-spam, category: spam, when: lexicon.spam, then: block}\n"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MediaGateway]:
    gateway = MediaGateway(
        tmp_path_factory.mktemp("faults"), {"rules": RULES}, media_see="pdq, codes", drain_s="2"
    )
    gateway.start()
    yield gateway
    gateway.victim.stop()


async def _again(gateway: MediaGateway, name: str, pid: int) -> bool:
    """Whether another process has taken a dead one's place, and works."""
    if name == "decoder":
        return any(each != pid for each in await asyncio.to_thread(gateway.decoders))
    pids = await asyncio.to_thread(gateway.pids)
    return pids.get(name, pid) != pid and (await asyncio.to_thread(gateway.up))[name]


async def _kill(gateway: MediaGateway, name: str) -> float:
    """Kill one while chat is answered; return when it was, once there is another."""
    pids = await asyncio.to_thread(gateway.pids)
    pid = (await asyncio.to_thread(gateway.decoders))[0] if name == "decoder" else pids[name]
    killed_at = time.time()
    os.kill(pid, signal.SIGKILL)
    async with gateway.peer(f"chat-{name}") as peer:
        for _ in range(10):
            verdict = await peer.chat("blockword")
            assert (verdict["action"], verdict["late"]) == ("block", False)
    await until(lambda: _again(gateway, name, pid), 30.0)
    return killed_at


def _cost(sent: Sent, unit: str, start: float, end: float) -> list[Span]:
    """Return what was told unchecked of a unit because of who was down, in a stretch of time."""
    return [
        each
        for each in sent.unchecked
        if each.unit == unit and each.cause == "down" and start - 3.0 <= each.start <= end
    ]


async def test_the_dead_are_replaced_and_told(gateway: MediaGateway) -> None:
    sent = Sent()
    pushing = asyncio.create_task(gateway.push(SAMPLE, sent, loop=True, for_s=60.0), name="push")
    await until(lambda: sent.of("opened"))
    await until(lambda: asyncio.to_thread(gateway.decoders))
    began, killed = time.time(), dict[str, float]()
    for name in ("decoder", "vision", "speech", "zygote"):
        await until(lambda: time.time() - max([began, *killed.values()]) > 2.0)
        killed[name] = await _kill(gateway, name)
    came = len(sent.of("coverage"))
    await until(lambda: len(sent.of("coverage")) >= came + 2, 20.0)
    pushing.cancel()
    await asyncio.gather(pushing, return_exceptions=True)
    ends = {**killed, "end": time.time()}
    assert gateway.victim.alive
    for name, next_ in zip(killed, list(ends)[1:], strict=True):
        units = {"vision": ["frames"], "speech": ["speech"]}.get(name, ["frames", "speech"])
        for unit in units:
            cost = _cost(sent, unit, killed[name], ends[next_])
            seconds = sum(each.end - each.start for each in cost)
            # Bytes wait for a new decoder, and vision is back before the next frame may be due:
            # their deaths need not cost anything. What was said meanwhile is lost.
            lost = bool(cost) or name != "speech"
            assert lost, f"{name}: nothing of {unit} was told unchecked\n{sent.said()}"
            most = DECODER_S if name == "decoder" else WORKER_S
            assert seconds <= most, f"{name}: {seconds:.1f} s of {unit}\n{sent.said()}"
    last = sent.of("coverage")[-1]
    assert last["frames"] > 0.0, sent.said()
    assert last["speech"] > 0.0, sent.said()
    numbers = await asyncio.to_thread(gateway.numbers)
    for name in ("vision", "speech", "zygote"):
        told = [key for key in numbers if key.startswith("seawall_media_ends") and name in key]
        assert sum(numbers[key] for key in told) == 1, told


async def test_a_stuck_decoder_is_ended(gateway: MediaGateway) -> None:
    sent = Sent()
    pushing = asyncio.create_task(gateway.push(SAMPLE, sent, loop=True, for_s=40.0), name="push")
    await until(lambda: asyncio.to_thread(gateway.decoders))
    (pid,) = await asyncio.to_thread(gateway.decoders)
    os.kill(pid, signal.SIGSTOP)
    await until(lambda: _again(gateway, "decoder", pid), 30.0)
    await until(lambda: any(each.cause in ("down", "late") for each in sent.unchecked), 30.0)
    pushing.cancel()
    await asyncio.gather(pushing, return_exceptions=True)
    assert gateway.victim.alive
