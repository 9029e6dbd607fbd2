"""The gateway's hold on the zygote, with a test at the other end of its socket."""

from __future__ import annotations

import asyncio
import os
import socket

import msgspec
import pytest

from tests.workers.streams.conftest import until
from workers.streams.host import Host, HostLimits
from workers.streams.orders import Awake, FromZygote, Gone, Kill, Spawn, Spawned, ToZygote
from workers.streams.pipe import Pipe
from workers.units import cut

LIMITS = HostLimits(memory_mb=64, nice=3, step_cpu_s=1.5, start_s=20.0, answer_s=5.0)
DECODE = msgspec.msgpack.Decoder(ToZygote).decode


class Held:
    """A host whose zygote is played by the test."""

    def __init__(self) -> None:
        self.gone: list[tuple[int, str]] = []
        self.awakes = 0
        self.host = Host(lambda gone, why: self.gone.append((gone.handle, why)), self._up, LIMITS)
        ours, self.theirs = socket.socketpair()
        self.theirs.settimeout(5)
        self.pipe = Pipe(ours, self.host.arrived, lambda _: None)
        self.host.prepare()
        self.host.began(self.pipe)

    def _up(self) -> None:
        self.awakes += 1

    def say(self, what: FromZygote) -> None:
        self.host.arrived(msgspec.msgpack.encode(what))

    def order(self) -> tuple[Spawn | Kill, list[int]]:
        """Return the next order, and the descriptors that came along."""
        data, descriptors, _, _ = socket.recv_fds(self.theirs, 1 << 16, 4)
        (body,) = cut(bytearray(data))
        return DECODE(body), descriptors


async def test_a_decoder_is_forked_with_its_limits_and_its_end_of_the_socket() -> None:
    held = Held()
    host = held.host
    assert host.problem == "is starting"
    assert host.spawn(1) is None
    held.say(Awake(12.0))
    assert (host.problem, held.awakes, host.rss_mb) == ("", 1, 12.0)
    assert host.child.settled.is_set()
    ours = host.spawn(7)
    assert ours is not None
    order, (descriptor,) = held.order()
    assert order == Spawn(7, 64, 3, 1.5)
    with ours, socket.socket(fileno=descriptor) as theirs:
        ours.sendall(b"bytes at once")
        assert theirs.recv(100) == b"bytes at once"
    assert host.pid(7) is None
    held.say(Spawned(7, 4242))
    assert (host.pid(7), host.forked) == (4242, 1)
    held.pipe.close()
    held.theirs.close()


async def test_who_is_killed_is_told_with_the_reason() -> None:
    held = Held()
    held.say(Awake())
    for handle in (7, 8):
        ours = held.host.spawn(handle)
        assert ours is not None
        _, (descriptor,) = held.order()
        os.close(descriptor)
        ours.close()
        held.say(Spawned(handle, handle + 100))
    held.host.kill(7, "stuck")
    assert held.order()[0] == Kill(7)
    held.say(Gone(7, 107, -9))
    held.say(Gone(8, 108, 0))
    assert held.gone == [(7, "stuck"), (8, "")]
    assert held.host.pid(7) is None
    held.host.kill(7, "of one that is gone nothing follows")
    held.host.kill(99, "nobody")
    held.theirs.setblocking(False)
    with pytest.raises(BlockingIOError):
        held.theirs.recv(1)
    held.pipe.close()
    held.theirs.close()


@pytest.mark.parametrize(
    "lies", [[Awake(), Awake()], [Awake(), Spawned(3, 4)], ["what is this"]], ids=str
)
async def test_what_cannot_be_is_a_lie(lies: list[object]) -> None:
    held = Held()
    for said in lies[:-1]:
        held.host.arrived(msgspec.msgpack.encode(said))
    with pytest.raises(ValueError, match=r"."):
        held.host.arrived(msgspec.msgpack.encode(lies[-1]))
    held.pipe.close()
    held.theirs.close()


async def test_it_is_overdue_when_it_starts_or_answers_too_late() -> None:
    held = Held()
    host, now = held.host, asyncio.get_running_loop().time()
    assert host.overdue(now + 19.0) == ""
    assert host.overdue(now + 21.0) == "did not start within 20 s"
    held.say(Awake())
    assert host.overdue(now + 100.0) == ""
    ours = host.spawn(7)
    assert ours is not None
    ours.close()
    assert host.overdue(now + 4.0) == ""
    assert host.overdue(now + 100.0) == "did nothing for 5 s"
    held.say(Spawned(7, 4242))
    assert host.overdue(now + 100.0) == ""
    host.kill(7, "stuck")
    assert host.overdue(now + 100.0) == "did nothing for 5 s"
    host.ended()
    assert (host.ready, host.pid(7), host.unable) == (False, None, "")
    assert host.spawn(8) is None
    host.kill(7, "nobody is there")
    held.pipe.close()
    held.theirs.close()


async def test_one_that_does_not_read_its_orders_gets_no_more() -> None:
    held = Held()
    held.say(Awake())
    sockets: list[socket.socket] = []
    while (ours := held.host.spawn(len(sockets))) is not None:
        sockets.append(ours)
        assert len(sockets) < 100_000
    assert held.host.forked == len(sockets)
    for each in sockets:
        each.close()
    held.pipe.close()
    held.theirs.close()
    await until(lambda: not held.pipe.is_open)
