"""A worker that waits: told what to be, never heard of before it serves, given away once."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import msgspec
import pytest

from tests.workers.streams.conftest import until
from tests.workers.streams.small_worker import SmallOptions
from workers.streams.pipe import Pipe
from workers.streams.reports import Loaded, Ready, Saw
from workers.streams.spare import Spare, has_room
from workers.units import cut

MODULE = "tests.workers.streams.small_worker"


@pytest.fixture
async def spare() -> AsyncIterator[Spare]:
    made = Spare("vision", MODULE, ("--listen", "nowhere"), SmallOptions(), 3, 5.0)
    yield made
    await made.close()


async def test_it_loads_when_it_is_wanted_and_is_given_away_once(spare: Spare) -> None:
    assert (spare.wanted, spare.pid, spare.take()) == (False, None, None)
    spare.want()
    spare.want()
    await until(lambda: spare.loaded)
    pid = spare.pid
    taken = spare.take()
    assert taken is not None
    process, sock = taken
    assert (process.pid, spare.pid, spare.wanted, spare.take()) == (pid, None, False, None)
    sock.close()
    assert await asyncio.wait_for(process.wait(), 5.0) == 0
    assert spare.ends == {}


async def test_what_it_says_before_it_is_asked_is_a_lie(spare: Spare) -> None:
    spare.arrived(msgspec.msgpack.encode(Loaded()))
    assert spare.loaded
    for said in (Ready(), Saw(1, 1, 1.0, "frame", [])):
        with pytest.raises(ValueError, match=r"."):
            spare.arrived(msgspec.msgpack.encode(said))


async def test_it_is_overdue_until_it_has_loaded(spare: Spare) -> None:
    ours, theirs = socket.socketpair()
    pipe = Pipe(ours, spare.arrived, lambda _: None)
    spare.began(pipe)
    assert cut(bytearray(theirs.recv(1 << 10))) == [msgspec.msgpack.encode(SmallOptions())]
    now = asyncio.get_running_loop().time()
    assert spare.overdue(now + 4.0) == ""
    assert spare.overdue(now + 6.0) == "did not load within 5 s"
    spare.arrived(msgspec.msgpack.encode(Loaded()))
    assert spare.overdue(now + 9999.0) == ""
    pipe.close()
    theirs.close()


async def test_one_that_is_unable_says_why() -> None:
    spare = Spare("vision", MODULE, ("--listen", "nowhere"), SmallOptions("unable"), 3, 5.0)
    spare.want()
    await until(lambda: spare.ends == {"unable": 1})
    assert spare.unable == "no weights"
    await spare.close()


def test_there_is_room_where_thrice_as_much_is_to_be_had() -> None:
    told = "MemTotal:       24105000 kB\nMemAvailable:     921600 kB\n"
    assert has_room(300.0, told)
    assert not has_room(301.0, told)
    assert not has_room(1.0, "nothing of it")
