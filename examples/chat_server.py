"""A chat server that has every message judged before anybody sees it."""

import asyncio
import os
from uuid import uuid4

from websockets.asyncio.server import ServerConnection, broadcast, serve

from seawall import client, errors, wire


async def obey(command: wire.Command) -> None:
    """Carry out what is asked for later; Seawall hears `done` when this returns."""
    print("please", command.kind, command.target.id or command.target.room, flush=True)


async def main(uri: str, key: str, port: int = 8765) -> None:
    """Serve one room, the lobby."""

    async def talk(peer: ServerConnection) -> None:
        async for text in peer:
            user = {"id": peer.id.hex, "name": "guest"}
            verdict = await sea.judge(id=uuid4().hex, room="lobby", user=user, text=str(text))
            if verdict.action in ("allow", "mask"):
                broadcast(server.connections, verdict.text or text)
            else:
                await peer.send(f"not sent: {verdict.action}, {verdict.reasons[0].rule}")

    connection = client.connect(uri, key=key, server="chat-1", on_command=obey)
    async with connection as sea, serve(talk, "127.0.0.1", port) as server:
        await server.serve_forever()


if __name__ == "__main__":
    try:
        asyncio.run(main("ws://127.0.0.1:7400/v1", os.environ.get("SEAWALL_KEY", "")))
    except (errors.SeawallError, OSError) as problem:
        raise SystemExit(f"chat-1 cannot serve: {problem}") from None
