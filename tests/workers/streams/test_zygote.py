"""The process that forks decoders: what it limits, and with whom it dies."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path

import msgspec
import pytest

from bench.decoders import Decoders, bytes_of
from tests.media.clips import FRAGMENTS, Made, made
from workers.streams.orders import Gone, Spawn, Spawned
from workers.streams.units import Bytes, Chosen, Missed, Sampling
from workers.units import frame

CLIP = Made("mp4", "libx264", "aac", options=FRAGMENTS)
LARGE = Made("mpegts", "libx264", seconds=0.2, width=2560, height=1440, gop=1)


def pid_of(decoders: Decoders, handle: int) -> int:
    while True:
        said = decoders.heard()
        if isinstance(said, Spawned) and said.handle == handle:
            return said.pid


def gone(decoders: Decoders, handle: int) -> Gone:
    while True:
        said = decoders.heard()
        if isinstance(said, Gone) and said.handle == handle:
            return said


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def sockets(pid: int) -> set[str]:
    links = {os.readlink(fd) for fd in Path(f"/proc/{pid}/fd").iterdir()}
    return {link for link in links if link.startswith(("socket:", "anon_inode:[pidfd"))}


def wait_dead(pid: int) -> None:
    until = time.monotonic() + 5
    while alive(pid):
        assert time.monotonic() < until
        time.sleep(0.01)


def test_it_has_one_thread_and_leaves_nothing_behind() -> None:
    with Decoders() as decoders:
        proc = Path(f"/proc/{decoders.process.pid}")
        before = len(list((proc / "fd").iterdir()))
        for _ in range(5):
            decoders.play(bytes_of(made(CLIP)), "fmp4")
        assert len(list((proc / "fd").iterdir())) == before
        assert len(list((proc / "task").iterdir())) == 1
    assert decoders.process.returncode == 0


@pytest.mark.fault
def test_its_decoders_die_with_it() -> None:
    with Decoders() as decoders:
        handle, sock = decoders.spawn()
        pid = pid_of(decoders, handle)
        decoders.process.kill()
        wait_dead(pid)
        assert sock.recv(1) == b""
        sock.close()


@pytest.mark.fault
def test_signals_meant_for_the_gateway_do_not_end_it() -> None:
    with Decoders() as decoders:
        handle, sock = decoders.spawn()
        pid = pid_of(decoders, handle)
        for each in (pid, decoders.process.pid):
            os.kill(each, signal.SIGTERM)
            os.kill(each, signal.SIGINT)
        decoders.play(bytes_of(made(CLIP)), "fmp4")
        assert alive(pid)
        sock.close()
        assert gone(decoders, handle).status == 0


@pytest.mark.fault
def test_a_step_without_end_is_ended_by_the_kernel() -> None:
    with Decoders(step_cpu_s=0.004) as decoders:
        played = decoders.play(bytes_of(made(LARGE)), "mpegts", Sampling(min_gap_s=0.0))
        assert played.gone is not None
        assert played.gone.status == -signal.SIGPROF


def test_a_decoder_without_memory_says_so_or_ends_and_the_next_one_works() -> None:
    with Decoders(memory_mb=12) as decoders:
        played = decoders.play(bytes_of(made(LARGE)), "mpegts", Sampling(min_gap_s=0.0))
        assert played.gone is not None
        assert played.gone.status != 0 or any(isinstance(each, Missed) for each in played.said)
        played = decoders.play(bytes_of(made(CLIP)), "fmp4")
        assert played.of(Chosen)


def test_a_decoder_is_limited_and_has_no_descriptor_of_others() -> None:
    with Decoders(memory_mb=64) as decoders:
        first, one = decoders.spawn()
        second, two = decoders.spawn()
        pids = [pid_of(decoders, first), pid_of(decoders, second)]
        limits = Path(f"/proc/{pids[1]}/limits").read_text()
        (core,) = [line for line in limits.splitlines() if line.startswith("Max core")]
        assert core.split()[4] == "0"
        zygote = sockets(decoders.process.pid)
        until = time.monotonic() + 5
        while sockets(pids[0]) & sockets(pids[1]) or sockets(pids[1]) & zygote:
            assert time.monotonic() < until
            time.sleep(0.01)
        assert not sockets(pids[0]) & zygote
        one.close()
        two.close()


def test_an_order_without_a_descriptor_is_answered() -> None:
    with Decoders() as decoders:
        decoders.send(frame(msgspec.msgpack.encode(Spawn(77))))
        told = gone(decoders, 77)
        assert told.pid == 0
        assert "descriptor" in told.problem
        decoders.kill(1234)
        decoders.play(bytes_of(made(CLIP)), "fmp4")


def test_many_streams_at_once() -> None:
    with Decoders() as decoders:
        streams: dict[int, socket.socket] = {}
        for _ in range(20):
            handle, sock = decoders.spawn()
            streams[handle] = sock
            sock.sendall(decoders.start(handle, "fmp4"))
            sock.sendall(frame(msgspec.msgpack.encode(Bytes(1, 1000.0, made(CLIP)))))
        for sock in streams.values():
            sock.close()
        for _ in streams:
            while not isinstance(said := decoders.heard(), Gone):
                pass
            assert said.status == 0
