"""A chat server that has Seawall judge every message before anybody sees it."""

import asyncio
import os
import uuid

from websockets.asyncio.server import ServerConnection, broadcast, serve

from seawall import client, wire


async def obey(command: wire.Command) -> None:
    """Carry out what Seawall asks for later: it hears `done` when this returns."""
    print("please", command.kind, command.target.id or command.target.room, flush=True)


async def main(uri: str, key: str, port: int = 8765) -> None:
    """Serve one room, `lobby`, until stopped."""
    people: set[ServerConnection] = set()

    async def talk(socket: ServerConnection) -> None:
        user = {"id": socket.id.hex, "name": "guest", "roles": []}
        people.add(socket)
        try:
            async for text in socket:
                verdict = await sea.judge(
                    id=uuid.uuid4().hex, room="lobby", user=user, text=str(text),
                    timeout_s=0.1, on_timeout="allow",
                )
                if verdict.action in ("allow", "mask"):
                    broadcast(people, verdict.text or text)
                else:
                    await socket.send(f"not sent ({verdict.action}: {verdict.reasons[0].rule})")
        finally:
            people.discard(socket)

    connecting = client.connect(uri, key=key, server="chat-1", on_command=obey)
    async with connecting as sea, serve(talk, "127.0.0.1", port):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main("ws://127.0.0.1:7400/v1", os.environ["SEAWALL_KEY"]))
