"""The demo's stream: sent by `seawall send`, as a stream server would."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

import seawall
from gateway.config import shipped_policy
from gateway.demo.broadcast import STREAMER, Told
from gateway.state import tether

__all__ = ["SAMPLE_STREAM", "media_policy", "send_stream"]

SAMPLE_STREAM = Path(__file__).with_name("sample_stream.webm")
ROOM = "btc-night"
_RULES = Path(__file__).with_name("media") / "rules.yaml"
_LINE_BYTES = 1 << 20
_END_S = 5.0


def media_policy(folder: Path) -> Path:
    """Write the shipped policy with the demo's rule besides; return where."""
    policy = folder / "policy"
    shutil.copytree(shipped_policy(), policy)
    shutil.copyfile(_RULES, policy / "media" / "rules.demo.yaml")
    return policy


async def send_stream(uri: str, key: str, number: int, tell: Callable[[Told], None]) -> None:
    """Send the sample once, from a process of its own; `tell` hears every line of it."""
    root = str(Path(seawall.__file__).parents[1])
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    sending = ["send", str(SAMPLE_STREAM), "--room", ROOM, "--user", STREAMER, "--url", uri]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", str(tether.__file__), str(os.getpid())),
        *(sys.executable, "-m", "seawall", *sending, "--stream", f"{STREAMER}-{number}"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path, "SEAWALL_KEY": key},
        limit=_LINE_BYTES,
        start_new_session=True,
    )
    assert process.stdout is not None
    decode = msgspec.json.Decoder(Told).decode
    try:
        async for line in process.stdout:
            tell(decode(line))
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            async with asyncio.timeout(_END_S):
                await process.wait()
