"""A stream server that has what it sends watched, and obeys; a file plays the live camera."""

import asyncio
import os
import sys
from pathlib import Path

from seawall import client, errors, wire


async def main(uri: str, key: str, file: str, bytes_a_second: int = 100_000) -> None:
    """Send a file as if somebody were live in the room `stage`."""

    async def obey(command: wire.Command) -> None:
        print("please", command.kind, "because", command.because, flush=True)
        if command.kind == "cut":
            live.stop()  # and take it off the air for everybody: `done` is said when this returns

    async def hear(found: wire.Finding) -> None:
        print(found.surface, [reason.rule for reason in found.reasons], flush=True)

    connection = client.connect(
        uri, key=key, server="live-1", rooms=["stage"], on_command=obey, on_finding=hear
    )
    container = Path(file).suffix.removeprefix(".") or "auto"
    content = await asyncio.to_thread(Path(file).read_bytes)
    async with (
        connection as sea,
        sea.stream(stream="show-1", room="stage", user={"id": "ann"}, container=container) as live,
    ):
        await live.stat(viewers=120)
        for start in range(0, len(content), bytes_a_second // 10):
            if live.stopped:
                break
            await live.send(content[start : start + bytes_a_second // 10])
            await asyncio.sleep(0.1)
        print(live.sent, "bytes sent,", live.dropped, "dropped", flush=True)


if __name__ == "__main__":
    try:
        key = os.environ.get("SEAWALL_KEY", "")
        asyncio.run(main("ws://127.0.0.1:7400/v1", key, sys.argv[1]))
    except (errors.SeawallError, OSError, IndexError) as problem:
        raise SystemExit(f"live-1 cannot send: {problem}") from None
