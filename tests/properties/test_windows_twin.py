"""The arithmetic and its Lua twin answer alike and keep the same bytes, whatever is asked."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from hashlib import sha1
from pathlib import Path

import hiredis
import pytest
from hypothesis import given, settings, strategies as st

from gateway.state.lane import pack
from gateway.state.script import MOST_CHECKS, Script
from gateway.state.valkey import find_binary
from seawall.windows import BUCKETS, Check, LocalWindows, Mode, Spec

NOW = 1_700_000_000_000
KEYS = ("w:{a}:x", "w:{b}:x", "w:{a}:y")


class Server:
    """A blocking connection to a Valkey of this module's own."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._reader = hiredis.Reader()
        self.script = Script()
        old = self.script.text.replace(b"local MSETEX =", b"local MSETEX = false and")
        assert old != self.script.text
        self._old_sha = sha1(old, usedforsecurity=False).hexdigest().encode()
        for text in (self.script.text, old):
            self.ask(pack(("SCRIPT", "LOAD", text)))

    def ask(self, command: bytes) -> object:
        self._socket.sendall(command)
        while (reply := self._reader.gets()) is False:
            self._reader.feed(self._socket.recv(1 << 16))
        assert not isinstance(reply, hiredis.ReplyError), reply
        return reply

    def check(self, checks: list[Check], now_ms: int, lacks_msetex: bool) -> object:
        """Ask the script, or the script as a server without MSETEX runs it."""
        command = self.script.command([checks], now_ms)
        if lacks_msetex:
            command = command.replace(self.script.sha.encode(), self._old_sha)
        return self.ask(command)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    path = tmp_path_factory.mktemp("valkey") / "s"
    arguments = ["--port", "0", "--unixsocket", str(path), "--save", "", "--loglevel", "warning"]
    with subprocess.Popen([find_binary(), *arguments], stdout=subprocess.DEVNULL) as process:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(5.0)
                wait_and_connect(connection, path)
                yield Server(connection)
        finally:
            process.kill()


def wait_and_connect(connection: socket.socket, path: Path) -> None:
    deadline = time.monotonic() + 5.0
    while True:
        try:
            connection.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            assert time.monotonic() < deadline, "Valkey did not start"
        else:
            return


# A burst asks one window about `many` members in a row, so that full windows are found quickly.
specs = st.builds(
    Spec,
    st.sampled_from(list(Mode)),
    st.sampled_from([0, 1, 2, 3, 7, 127, 128, 129, 200, 1_000]),
    st.sampled_from([1, 2, 31, 32, 33, 100, 1_000, 86_400_000]),
)
few_specs = st.lists(specs, min_size=1, max_size=4)
bursts = st.tuples(
    st.integers(0, 3),  # which of the specs
    st.sampled_from(KEYS),
    st.integers(0, 300),  # first member
    st.one_of(st.integers(1, 4), st.integers(1, MOST_CHECKS)),
)
# Times pass by parts of a window and a little, for the edges are where twins differ.
parts = st.sampled_from([-8, 0, 0, 0, 1, 16, 32, -32, -33, -100_000])
waits = st.tuples(st.integers(0, 3), parts, st.integers(-2, 2))
calls = st.lists(
    st.tuples(waits, st.lists(bursts, min_size=1, max_size=4)), min_size=1, max_size=20
)


def wait_of(specs: list[Spec], which: int, parts: int, little: int) -> int:
    return specs[which % len(specs)].per_ms * parts // BUCKETS + little


def checks_of(specs: list[Spec], bursts: Sequence[tuple[int, str, int, int]]) -> list[Check]:
    return [
        Check(specs[which % len(specs)], key, str(first + number))
        for which, key, first, many in bursts
        for number in range(many)
    ][:MOST_CHECKS]


@settings(max_examples=max(150, settings().max_examples))  # edges are many
@given(few_specs, calls, st.booleans())
def test_the_lua_twin_answers_as_the_arithmetic(
    server: Server,
    specs: list[Spec],
    calls: list[tuple[tuple[int, int, int], list[tuple[int, str, int, int]]]],
    lacks_msetex: bool,
) -> None:
    server.ask(pack(("FLUSHALL",)))
    local = LocalWindows()
    now = NOW
    for wait, bursts in calls:
        now += wait_of(specs, *wait)
        checks = checks_of(specs, bursts)
        assert server.check(checks, now, lacks_msetex) == local.check(checks, now)
    for key in KEYS:
        assert (server.ask(pack(("GET", key))) or b"") == local.packed(key)
