"""Both tutorials' examples say what their pages show, against one gateway with the shipped policy.

It is one for both: to start it takes ten seconds.
"""

from __future__ import annotations

import asyncio
import importlib.util
import re
import socket
import sys
from collections.abc import AsyncIterator
from io import StringIO
from pathlib import Path
from types import ModuleType

import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect

from gateway.demo.child import Child, running_gateway

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(60), pytest.mark.asyncio(loop_scope="module")]

ROOT = Path(__file__).parents[3]
SCAM = "send me your seed phrase to verify your wallet"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def child() -> AsyncIterator[Child]:
    """Run the gateway that a reader of the tutorials has."""
    async with running_gateway() as it:
        yield it


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "examples" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def typed(text: str) -> list[tuple[str, str]]:
    """Return what is typed to the crowd with the line that follows it."""
    return re.findall(r"^(\d+ [a-zA-Z].*[^\d\s])\n((?:\d+ (?:allow|hold|block) ?)+)$", text, re.M)


async def test_the_crowd_hears_what_is_shown(
    child: Child, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (ROOT / "docs" / "tutorial-moderators.md").read_text("utf-8")
    shown = [(line, said) for line, said in typed(page) if line.startswith("1 ")][:2]
    assert [said for _, said in shown] == ["1 allow", "1 hold"]
    monkeypatch.setattr(sys, "stdin", StringIO("".join(f"{line}\n" for line, _ in shown)))
    async with asyncio.timeout(30):
        await example("crowd").main(child.uri, child.key)
    assert capsys.readouterr().out.splitlines() == [said for _, said in shown]


async def come_in(port: int) -> ClientConnection:
    async with asyncio.timeout(10):
        while True:
            try:
                return await connect(f"ws://127.0.0.1:{port}")
            except ConnectionRefusedError:
                await asyncio.sleep(0.02)  # it is starting


async def told(person: ClientConnection, text: str) -> str | bytes:
    await person.send(text)
    async with asyncio.timeout(5):
        return await person.recv()


async def test_the_chat_server_lets_through_and_stops_what_it_should(
    child: Child, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    serving = asyncio.create_task(example("chat_server").main(child.uri, child.key, port))
    ann, bob = await come_in(port), await come_in(port)
    assert await told(ann, "hello everybody") == "hello everybody"
    assert await bob.recv() == "hello everybody"
    # On a busy machine a verdict may come after the budget, and the example lets through then.
    scams = [str(await told(ann, f"{SCAM}, {number}")) for number in range(5)]
    assert any(answer.startswith("not sent: block, ") for answer in scams)
    for scam in scams:
        if not scam.startswith("not sent"):
            assert await bob.recv() == scam
    answers = [str(await told(bob, "spam and more spam")) for _ in range(12)]
    assert "not sent: block, user-room-messages" in answers
    for person in (ann, bob):
        await person.close()
    serving.cancel()
    await asyncio.wait([serving])
    assert "please slow" in capsys.readouterr().out
