"""What a good team would write in a week: aiohttp + orjson + Aho–Corasick + redis-py.

One script call per message for a user's and a room's sliding window, a word list, a verdict. No
journal, no metrics, no auth: it is given every advantage. Arguments: the store's unix socket and
the word list; prints its port, serves until killed.
"""

from __future__ import annotations

import asyncio
import sys
import time
import unicodedata
from pathlib import Path

import ahocorasick
import orjson
import redis.asyncio
import uvloop
from aiohttp import WSMsgType, web

__all__ = ["main"]

SLIDING_LOG = """
local over = 0
for i, key in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', ARGV[1] - ARGV[2])
  if redis.call('ZCARD', key) < tonumber(ARGV[3]) then
    redis.call('ZADD', key, ARGV[1], ARGV[4])
    redis.call('PEXPIRE', key, ARGV[2])
  else over = 1 end
end
return over
"""


def _words(path: str) -> ahocorasick.Automaton:
    automaton = ahocorasick.Automaton()
    for word in Path(path).read_text(encoding="utf-8").splitlines():
        automaton.add_word(word, word)
    automaton.make_automaton()
    return automaton


async def _handle(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(compress=False)
    await socket.prepare(request)
    words, script = request.app["words"], request.app["script"]
    async for message in socket:
        if message.type is not WSMsgType.TEXT:
            break
        chat = orjson.loads(message.data)
        text = unicodedata.normalize("NFKC", chat["text"]).casefold()
        found = next(words.iter(text), None)
        keys = [f"u:{chat['room']}:{chat['user']['id']}", f"r:{chat['room']}"]
        over = await script(keys=keys, args=[int(time.time() * 1000), 1000, 1000, chat["id"]])
        action = "block" if found or over else "allow"
        reasons = [{"rule": "word"}] if found else []
        verdict = {"type": "verdict", "id": chat["id"], "action": action, "reasons": reasons}
        await socket.send_str(orjson.dumps(verdict).decode())
    return socket


async def _serve() -> None:
    store = redis.asyncio.Redis(unix_socket_path=sys.argv[1], max_connections=200)
    app = web.Application()
    app["words"] = _words(sys.argv[2])
    app["script"] = store.register_script(SLIDING_LOG)
    app.router.add_get("/v1", _handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


def main() -> int:
    """Serve."""
    uvloop.run(_serve())
    return 0


if __name__ == "__main__":
    main()
