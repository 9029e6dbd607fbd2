"""What a team would write in a week: websockets + pydantic + `limits` + a word list.

Each message is validated, hits a moving window of its user and one of its room, is looked through
for listed words and gets a verdict. No journal, no metrics, no auth, and connections to the store
that wait for one another where the default pool would fail: it is given every advantage. With
`better-profanity` that library looks with the words it brings; with `automaton` Aho–Corasick looks
for the list. Arguments: which of the two, the store's unix socket, the word list.
"""

from __future__ import annotations

import asyncio
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import uvloop
from limits import RateLimitItemPerSecond
from limits.aio.strategies import MovingWindowRateLimiter
from pydantic import BaseModel, Field
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from bench.peers.moving_window import storage

__all__ = ["main"]

POOL = 64
USER = RateLimitItemPerSecond(100, 10)
ROOM = RateLimitItemPerSecond(1_000, 1)


class User(BaseModel):
    """Who speaks."""

    id: str = Field(min_length=1, max_length=128)
    name: str = ""
    roles: list[str] = []


class Chat(BaseModel):
    """A message as it comes in."""

    type: Literal["chat"]
    id: str = Field(min_length=1, max_length=128)
    room: str = Field(min_length=1, max_length=128)
    user: User
    text: str = Field(max_length=4096)
    at: float = 0.0
    surface: str = "chat"


class Verdict(BaseModel):
    """What goes back."""

    type: Literal["verdict"] = "verdict"
    id: str
    action: Literal["allow", "block"]
    reasons: list[str] = []


class Gateway:
    """Judges messages."""

    def __init__(self, store: str, listed: Callable[[str], bool]) -> None:
        self._limiter = MovingWindowRateLimiter(storage(store, POOL)[0])
        self._listed = listed

    async def talk(self, connection: ServerConnection) -> None:
        """Answer one connection."""
        try:
            async for message in connection:
                verdict = await self._judge(Chat.model_validate_json(message))
                await connection.send(verdict.model_dump_json())
        except ConnectionClosed:
            return  # the generator goes without a word

    async def _judge(self, chat: Chat) -> Verdict:
        calm = await self._limiter.hit(USER, chat.room, chat.user.id)
        calm = await self._limiter.hit(ROOM, chat.room) and calm
        listed = self._listed(chat.text)
        reasons = [*(["word"] if listed else []), *([] if calm else ["rate"])]
        return Verdict(id=chat.id, action="block" if reasons else "allow", reasons=reasons)


def lookout(kind: str, path: str) -> Callable[[str], bool]:
    """Return what looks for listed words in a text."""
    if kind == "better-profanity":
        from better_profanity import profanity

        profanity.load_censor_words()
        return lambda text: bool(profanity.contains_profanity(text))
    import ahocorasick

    automaton = ahocorasick.Automaton()
    for word in Path(path).read_text(encoding="utf-8").splitlines():
        automaton.add_word(word, word)
    automaton.make_automaton()

    def found(text: str) -> bool:
        folded = unicodedata.normalize("NFKC", text).casefold()
        return next(automaton.iter(folded), None) is not None

    return found


async def _serve(kind: str, store: str, words: str) -> None:
    gateway = Gateway(store, lookout(kind, words))
    async with serve(gateway.talk, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
        print(next(iter(server.sockets)).getsockname()[1], flush=True)
        await asyncio.Event().wait()


def main() -> int:
    """Serve."""
    uvloop.run(_serve(*sys.argv[1:4]))
    return 0


if __name__ == "__main__":
    main()
