"""Promise: whatever comes over a socket, only documented errors and close codes go back.

The gateway goes on, answers a healthy peer beside it, and nothing of it is a failure in its log.
"""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from itertools import count, pairwise
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from bench.faults.crowd import chat
from bench.faults.victim import Victim
from bench.faults.watch import get
from gateway.record.where import Where
from seawall.wire import CLOSE_CODES, ERROR_CODES, SERVER_TYPES
from tests.faults.raw import CLOSE, Raw, frame
from tests.gateway.live import write_policy
from tests.gateway.records import fresh_record

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

_FAILURES = ('"trace"', "Traceback", "errand failed", '"level": "error"', '"level": "critical"')
_TYPES = {kind.__struct_config__.tag for kind in SERVER_TYPES}
_LETTERS = str.maketrans("0123456789abcdef", "bcdfghjklmnpqrst")
_USER = {"id": "u1", "name": "Ann", "roles": ["mod", "dragon"], "risk": 0.5, "device": "d"}
_TARGET = {"kind": "user", "room": "r1", "id": "u1"}
_MESSAGE = {"kind": "message", "room": "r1", "id": "m3"}
_STREAM: dict[str, Any] = {"stream": "s1", "viewers": 3}
SEEDS: list[dict[str, Any]] = [
    {"type": "hello", "server": "s", "rooms": ["*"]},
    chat("m1", "r1", "u1", "hello friend", 1.0),
    {**chat("m1", "r1", "u1", "blockword", 1.0), "type": "edit", "rev": 1, "user": _USER},
    {**chat("m2", "r1", "u1", "muteword", 1.0), "lang": "en", "parent": "m1"},
    {"type": "batch", "items": [chat("m3", "r1", "u2", "holdword", 1.0)] * 2},
    {"type": "delete", "id": "m3", "room": "r1", "by": "u2", "at": 1.0},
    {"type": "room", "room": "r1", "topic": "tea", "mode": "slow", "viewers": 5, "owners": ["u1"]},
    {"type": "join", "room": "r1", "user": _USER, "at": 1.0},
    {"type": "leave", "room": "r1", "user": {"id": "u1"}, "at": 1.0},
    {"type": "profile", "id": "p1", "user": {"id": "u1", "name": "blockword"}, "at": 1},
    {"type": "report", "id": "q1", "room": "r1", "target": "m1", "reason": "x", "by": "u", "at": 1},
    {"type": "acted", "target": _TARGET, "kind": "mute", "by": "mod", "at": 1.0, "until": 2.0},
    {"type": "acted", "target": _MESSAGE, "kind": "restore", "by": "mod", "at": 1.0},
    {"type": "answer", "id": "a1", "ref": "m1", "at": 1.0, "outcome": "ok", "text": "fine"},
    {"type": "stream.open", "id": "o1", **_STREAM, "room": "r1", "user": "u1", "container": "flv"},
    {"type": "stream.stat", **_STREAM},
    {"type": "stream.close", "stream": "s1", "reason": "end"},
    {"type": "done", "command": "c1", "at": 1.0},
    {"type": "failed", "command": "c1", "reason": "no such user"},
    {"type": "resume", "session": "s1"},
]  # fmt: skip

odd = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.builds(list),
    st.builds(dict), st.just("x" * 200), st.just(10**400), st.just("\ud800"), st.just(-1),
    st.just("*"), st.just("\0"), st.builds(lambda: [[[[]]]]),
    st.sampled_from(["r1", "u1", "m1", "ban"]),
)  # fmt: skip


@st.composite
def bent(draw: st.DrawFn) -> bytes:
    """Draw a valid message in which a few values are others, missing, or new."""
    message = json.loads(json.dumps(draw(st.sampled_from(SEEDS))))
    for _ in range(draw(st.integers(0, 3))):
        place: Any = message
        while isinstance(place, dict | list) and place:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = draw(st.sampled_from(keys))
            if not isinstance(place[key], dict | list) or draw(st.booleans()):
                what = draw(st.sampled_from(["odd", "odd", "gone", "new"]))
                if what == "gone":
                    del place[key]
                elif what == "new" and isinstance(place, dict):
                    place[draw(st.text(max_size=8))] = draw(odd)
                else:
                    place[key] = draw(odd)
                break
            place = place[key]
    return json.dumps(message).encode()


@st.composite
def broken(draw: st.DrawFn) -> bytes:
    """Draw a message whose bytes are damaged, or that never was one."""
    data = bytearray(draw(st.one_of(bent(), st.binary(max_size=300))))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        match draw(st.sampled_from(["flip", "cut", "drop", "put", "again"])):
            case "flip" if at < len(data):
                data[at] ^= 1 << draw(st.integers(0, 7))
            case "cut":
                del data[at:]
            case "drop":
                del data[at : at + draw(st.integers(1, 8))]
            case "put":
                data[at:at] = draw(st.binary(max_size=8))
            case _:
                data += data[at:]
    return bytes(data[:70_000])


@st.composite
def frames(draw: st.DrawFn) -> bytes:
    """Draw one frame: of any kind, whole or not, that may lie about itself."""
    payload = draw(st.one_of(bent(), broken()))
    if draw(st.integers(0, 3)):
        return frame(payload)
    opcode = draw(st.one_of(st.sampled_from([0, 1, 2, 8, 9, 10]), st.integers(0, 15)))
    if opcode == CLOSE and draw(st.booleans()):
        payload = draw(st.integers(0, 65_535)).to_bytes(2, "big") + payload
    if opcode >= CLOSE and draw(st.booleans()):
        payload = payload[:125]
    return frame(
        payload,
        opcode,
        fin=draw(st.booleans()),
        reserved=draw(st.sampled_from([0, 0, 0, 1, 2, 4, 7])),
        masked=draw(st.integers(0, 9)) > 0,
        wide=draw(st.sampled_from([0, 0, 0, 2, 8])),
        length=draw(
            st.one_of(st.none(), st.none(), st.integers(0, 300), st.integers(0, 2**63 - 1))
        ),
    )


class Target:
    """A gateway that is shot at, and a peer of it that is not."""

    def __init__(self, victim: Victim, key: str) -> None:
        self.victim = victim
        self.key = key
        self._healthy = Raw(victim.listen, key, ["quiet"])
        self._numbers = count(1)

    def shoot(self, data: list[bytes], greeted: bool, framed: bool) -> None:
        """Send all of it on a connection of its own; see what comes back, and who still lives.

        `framed`: its frames are sound, so that one more message must be answered.
        """
        raw = Raw(self.victim.listen, self.key, ["*"] if greeted else None)
        for each in data:
            raw.send(each)
        if framed:
            ref = f"last-{next(self._numbers)}"
            raw.say(chat(ref, ref, ref, "the last one", time.time()))
            heard = raw.until(ref)
        else:
            heard = raw.finish()
        for line in heard.lines:
            assert line["type"] in _TYPES
            if line["type"] == "error":
                assert line["code"] in ERROR_CODES
                assert line["message"]
        assert heard.code is None or heard.code in CLOSE_CODES or (not framed and heard.code)
        self.lives()

    def lives(self) -> None:
        """See that a healthy peer has its verdict, and that nothing is called a failure."""
        ref = f"healthy-{next(self._numbers)}"
        # Invented words, for the same ones again would be held as copies.
        text = sha256(ref.encode()).hexdigest().translate(_LETTERS)
        self._healthy.say(chat(ref, "quiet", ref, f"{text[:9]} {text[9:20]}", time.time()))
        try:
            while (line := self._healthy.read()).get("id") != ref:
                assert line["type"] in ("command", "hold"), line
        except TimeoutError:
            _, metrics = asyncio.run(get(self.victim.http, "/metrics"))
            _, ready = asyncio.run(get(self.victim.http, "/readyz"))
            pytest.fail(f"{ref}: no verdict\n{list(self.victim.log)[-20:]}\n{ready}\n{metrics}")
        assert (line["type"], line["action"]) == ("verdict", "allow"), line
        assert self.victim.alive
        failures = [
            line for line in list(self.victim.log) if any(word in line for word in _FAILURES)
        ]
        assert not failures

    def close(self) -> None:
        """Hang up."""
        self._healthy.close()


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    folder = tmp_path_factory.mktemp("fuzz")
    victim = Victim(folder, write_policy(folder / "policy"), log_level="warning")
    fresh_record(Where.of_path(victim.data))
    key = victim.key("t")
    with victim:
        target = Target(victim, key)
        yield target
        target.close()
        assert victim.stop() == 0


@given(messages=st.lists(bent(), min_size=1, max_size=12), greeted=st.booleans())
def test_bent_messages(target: Target, messages: list[bytes], greeted: bool) -> None:
    """Valid JSON with wrong values, missing fields, and fields nobody knows."""
    target.shoot([frame(message) for message in messages], greeted, framed=True)


@given(messages=st.lists(broken(), min_size=1, max_size=12), greeted=st.booleans())
def test_broken_messages(target: Target, messages: list[bytes], greeted: bool) -> None:
    """Text frames whose content is damaged, or is anything."""
    target.shoot([frame(message) for message in messages], greeted, framed=True)


@given(data=st.lists(frames(), min_size=1, max_size=12), greeted=st.booleans())
def test_any_frames(target: Target, data: list[bytes], greeted: bool) -> None:
    """Fragments, control frames, binary ones, reserved bits, no masks, lengths that are lies."""
    target.shoot(data, greeted, framed=False)


@given(message=bent(), cuts=st.lists(st.integers(0, 400), max_size=6), control=st.booleans())
def test_fragments(target: Target, message: bytes, cuts: list[int], control: bool) -> None:
    """A message in pieces cut anywhere, control frames between them."""
    places = sorted({0, *(cut for cut in cuts if cut < len(message)), len(message)})
    pieces = [message[start:end] for start, end in pairwise(places)]
    data = []
    for number, piece in enumerate(pieces):
        opcode, last = (0 if number else 1), number == len(pieces) - 1
        data += [frame(piece, opcode, fin=last)] + ([frame(b"?", 9)] if control else [])
    target.shoot(data, greeted=True, framed=True)


@given(data=st.binary(max_size=2_000), greeted=st.booleans())
def test_bytes_that_are_no_frames(target: Target, data: bytes, greeted: bool) -> None:
    target.shoot([data], greeted, framed=False)


@settings(max_examples=25)
@given(head=st.binary(max_size=500), path=st.text("/v1?&=%\0é", max_size=20))
def test_handshakes_that_are_none(target: Target, head: bytes, path: str) -> None:
    """No answer at all is one, too; a healthy peer does not notice."""
    host, _, port = target.victim.listen.rpartition(":")
    for data in (head, f"GET {path} HTTP/1.1\r\n".encode() + head + b"\r\n\r\n"):
        with socket.create_connection((host, int(port)), 5.0) as knock, suppress(OSError):
            knock.sendall(data)
            knock.shutdown(socket.SHUT_WR)
            while knock.recv(65_536):
                pass
    target.lives()
