"""Chat messages of a flow as masked text frames, put together from parts made beforehand.

Rules:
1. A message's id is `<letter><run><number>`: unique per run, and as wide as any other, so that a
   frame's header depends on its parts alone.
2. The parts (author and room; text) are made once; a frame is four of them joined.
3. Who speaks and what is said is drawn from the seed. With `factor` times the rate come as many
   times the users: more people talk, nobody talks faster.
4. Frames carry a zero mask: legal, and free.
"""

from __future__ import annotations

import random
import struct
import time
from collections.abc import Iterator

import msgspec
import numpy as np

from bench.load.traces import Recorded, read_trace
from bench.shapes.scenario import Flow, ScenarioError, Trace
from bench.workload import texts

__all__ = ["CLOSE", "DIGITS", "PING", "PONG", "Messages", "control_frame", "payloads", "text_frame"]

DIGITS = 9
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
_AHEAD_S = 300.0
"""Messages claim to be of a moment a little ahead: the gateway looks for older ones in its memory,
as it must for what was sent again, and a generator cannot write the time into each frame."""
_COPYPASTAS = 8
_encode = msgspec.json.Encoder().encode


def text_frame(payload: bytes) -> bytes:
    """Return a masked text frame with a zero mask."""
    return _header(len(payload), TEXT) + payload


def payloads(frames: bytes) -> Iterator[bytes]:
    """Yield what masked frames with a zero mask hold."""
    at = 0
    while at < len(frames):
        size, start = frames[at + 1] & 0x7F, at + 6
        if size == 126:
            size, start = int.from_bytes(frames[at + 2 : at + 4], "big"), at + 8
        elif size == 127:
            size, start = int.from_bytes(frames[at + 2 : at + 10], "big"), at + 14
        at = start + size
        yield frames[start:at]


def control_frame(opcode: int, payload: bytes) -> bytes:
    """Return a masked control frame (at most 125 bytes) with a zero mask."""
    return _header(len(payload), opcode) + payload


def _header(size: int, opcode: int) -> bytes:
    if size < 126:
        return struct.pack(">BB4x", 0x80 | opcode, 0x80 | size)
    if size < 65_536:
        return struct.pack(">BBH4x", 0x80 | opcode, 0xFE, size)
    return struct.pack(">BBQ4x", 0x80 | opcode, 0xFF, size)


class Messages:
    """The messages of one flow: `count` of them.

    Raises ScenarioError where a recording is needed and absent.
    """

    def __init__(
        self, flow: Flow, letter: str, run: str, count: int, seed: int, factor: float = 1.0
    ) -> None:
        chance = np.random.default_rng((seed, ord(letter)))
        recorded = _recording(flow)
        self._texts = [_encode(text) for text in _texts(flow, recorded, seed)]
        if recorded is None:
            users = max(1, int(flow.users * max(1.0, factor)))
            if flow.text == "raid":  # each of them says three things and is gone
                self._user = np.arange(count) // 3
            else:
                self._user = chance.integers(users, size=count)
            self._text = (np.arange(count) + chance.integers(len(self._texts))) % len(self._texts)
        else:
            self._user = self._text = np.arange(count) % len(recorded.texts)
        self._recorded = recorded
        self._raid = flow.text == "raid"
        self._rooms, self._prefixed = flow.rooms, flow.prefix
        self._authors: dict[int, bytes] = {}
        self._headers: dict[int, bytes] = {}
        self._prefix = f'{{"type":"chat","id":"{letter}{run}'.encode()
        self._at = f"{time.time() + _AHEAD_S:.1f}".encode()
        self._end = b',"at":' + self._at + b',"surface":"chat"}'
        self._fixed = len(self._prefix) + DIGITS + len(self._end)

    def frame(self, place: int, number: int) -> bytes:
        """Return the flow's message at `place`, whose id bears `number`."""
        user = int(self._user[place])
        author = self._authors.get(user)
        if author is None:
            author = self._authors[user] = self._author(user)
        text = self._texts[self._text[place]]
        size = self._fixed + len(author) + len(text)
        header = self._headers.get(size)
        if header is None:
            header = self._headers[size] = _header(size, TEXT) + self._prefix
        line = b"%b%09d%b%b%b" % (header, number, author, text, self._end)
        if self._raid and place % 3 == 0:
            return self._join(user) + line
        return line

    def _author(self, user: int) -> bytes:
        room, name = self._whom(user)
        told = b'{"id":%b,"name":%b,"roles":[]}' % (_encode(name), _encode(name))
        return b'","room":%b,"user":%b,"text":' % (_encode(room), told)

    def _whom(self, user: int) -> tuple[str, str]:
        if self._recorded is not None:
            return self._recorded.rooms[user], self._recorded.users[user]
        name = f"raider{user}" if self._raid else f"u{user}"
        return f"{self._prefixed}r{user % self._rooms}", f"{self._prefixed}{name}"

    def _join(self, user: int) -> bytes:
        room, name = self._whom(user)
        return text_frame(
            b'{"type":"join","room":%b,"user":{"id":%b},"at":%b}'
            % (_encode(room), _encode(name), self._at)
        )


def _recording(flow: Flow) -> Recorded | None:
    if flow.text != "trace":
        return None
    if not isinstance(flow.arrivals, Trace):
        raise ScenarioError(f"flow {flow.name!r}: text 'trace' needs arrivals of kind 'trace'")
    return read_trace(flow.arrivals.file)


def _texts(flow: Flow, recorded: Recorded | None, seed: int) -> list[str]:
    if recorded is not None:
        return list(recorded.texts)
    pool = texts(seed)
    if flow.text == "ascii":
        return [text for text in pool if text.isascii()]
    if flow.text == "copypasta":
        return [(text + " ") * 3 for text in pool[:_COPYPASTAS]]
    if flow.text == "raid":
        return _near_copies(pool[0], seed)
    return pool


def _near_copies(text: str, seed: int) -> list[str]:
    """Return a thousand versions of a text that differ in a word or two."""
    chance = random.Random(seed)
    found = []
    for _ in range(1000):
        words = text.split(" ")
        for _ in range(chance.randint(1, 2)):
            words[chance.randrange(len(words))] = (
                f"{chance.choice('abcdefgh')}{chance.random():.3f}"
            )
        found.append(" ".join(words))
    return found
