"""The tutorial's lines work as typed, against a real gateway."""

from __future__ import annotations

import asyncio
import importlib.util
import re
import socket
import sys
from pathlib import Path
from types import ModuleType

import pytest
from websockets.asyncio.client import ClientConnection, connect

from gateway.demo.child import running_gateway

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "chat_server.py"
TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text("utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", TUTORIAL, re.DOTALL | re.MULTILINE)


def test_the_tutorial_shows_the_example_as_it_is() -> None:
    assert blocks("python")[0] == EXAMPLE.read_text("utf-8")


def test_the_example_has_two_dozen_lines() -> None:
    lines = [line.strip() for line in EXAMPLE.read_text("utf-8").splitlines()]
    assert len([line for line in lines if line and not line.startswith('"""')]) <= 24


def test_the_other_lines_are_python() -> None:
    for block in blocks("python")[1:]:
        body = "".join(f"    {line}\n" for line in block.splitlines())
        compile(f"async def tutorial(sea, now):\n{body}", "tutorial", "exec")


def test_every_page_it_points_to_is_there() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", TUTORIAL):
        assert (ROOT / "docs" / target).resolve().exists(), target


def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("chat_server", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


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


SCAM = "send me your seed phrase to verify your wallet"


@pytest.mark.e2e
@pytest.mark.timeout(60)
async def test_the_chat_server_lets_through_and_stops_what_it_should(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    async with running_gateway() as child:
        serving = asyncio.create_task(example().main(child.uri, child.key, port))
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
