"""The floor: a picows server that sends every frame back. Prints its port, serves until killed."""

from __future__ import annotations

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server

__all__ = ["main"]


class _Echo(WSListener):
    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.TEXT:
            transport.send(WSMsgType.TEXT, frame.get_payload_as_bytes())
        elif frame.msg_type is WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()


async def _serve() -> None:
    def accept(request: WSUpgradeRequest) -> WSListener:
        return _Echo()

    server = await ws_create_server(
        accept, "127.0.0.1", 0, read_buffer_init_size=4096, use_aiofastnet=False
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> int:
    """Serve."""
    uvloop.run(_serve())
    return 0


if __name__ == "__main__":
    main()
