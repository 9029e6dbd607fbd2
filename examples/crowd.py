"""A crowd to practise on: `3 hello` has three users say hello, and verdicts are counted."""

import asyncio
import os
import sys
import time
from collections import Counter
from uuid import uuid4

from seawall import client, errors, wire


async def obey(command: wire.Command) -> None:
    """Say what a chat server would do now; Seawall hears `done` when this returns."""
    kind = f"end {command.kind} of" if command.for_s == 0 else command.kind
    print("please", kind, command.target.id or command.target.room, flush=True)


async def main(uri: str, key: str) -> None:
    """Read lines, a number and a text each, until there are no more."""
    few, born = asyncio.Semaphore(4), time.time() - 3600  # four at a time, an hour old
    async with client.connect(uri, key=key, server="chat-1", on_command=obey) as sea:

        async def say(who: int, text: str) -> wire.Verdict:
            user = {"id": f"u{who}", "name": f"guest {who}", "created_at": born}
            async with few:
                return await sea.judge(
                    id=uuid4().hex, room="lobby", user=user, text=text, timeout_s=5
                )

        while line := await asyncio.to_thread(sys.stdin.readline):
            count, _, text = line.strip().partition(" ")
            verdicts = await asyncio.gather(*(say(who, text) for who in range(1, int(count) + 1)))
            print(*(f"{n} {action}" for action, n in Counter(v.action for v in verdicts).items()))


if __name__ == "__main__":
    try:
        asyncio.run(main("ws://127.0.0.1:7400/v1", os.environ.get("SEAWALL_KEY", "")))
    except (errors.SeawallError, OSError) as problem:
        raise SystemExit(f"chat-1 cannot serve: {problem}") from None
