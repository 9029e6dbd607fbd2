"""A line between this machine and a network namespace whose packets can be delayed and lost.

What a proxy can only imitate happens here to the packets themselves, beneath TCP: a lost one is
sent again, a partition lets no acknowledgement through, half of a line can be dead. It needs root
and nothing of the kernel but TUN: each end is a device, and this process carries the packets.

1. `PacketLine.address` is the far end, in the namespace; what shall listen there is started with
   `prefix` before its command. Our end stays in our own namespace.
2. A second line, a veth pair that is never disturbed, leads to `quiet`: whoever watches uses that.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import random
import re
import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

__all__ = ["PacketLine", "packet_line", "why_no_line", "withheld"]

_TUN = Path("/dev/net/tun")
_RIGHTS = {"CAP_NET_ADMIN": 12, "CAP_SYS_ADMIN": 21}  # linux/capability.h
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000  # linux/if_tun.h
_PACKET = 65_536
_MTU = 1400
_numbers = count(1)


class PacketLine:
    """Carries packets both ways. Switches hold for packets from then on.

    `loss` is the share of packets that vanish, `delay_s` and `jitter_s` hold each back (whoever is
    held back less overtakes); `up` and `down` say whether anything passes to the far end and back.
    """

    def __init__(self, name: str, near: int, far: int, place: int, seed: int = 7) -> None:
        # 198.18.0.0/15 is set aside for measurements (RFC 2544): it is nobody's address.
        self.address = f"198.18.{place}.2"
        self.quiet = f"198.19.{place}.2"
        self.prefix = ("ip", "netns", "exec", name)
        self.loss = self.delay_s = self.jitter_s = 0.0
        self.up = self.down = True
        self.carried = 0
        self.lost = self.held_back = 0
        self._ends = (near, far)
        self._chance = random.Random(seed)

    def carry(self) -> None:
        """Begin to carry, in the loop that runs."""
        loop = asyncio.get_running_loop()
        for place, end in enumerate(self._ends):
            loop.add_reader(end, self._arrived, place, loop)

    def drop_all(self) -> None:
        """Carry nothing any more."""
        loop = asyncio.get_running_loop()
        for end in self._ends:
            loop.remove_reader(end)

    def _arrived(self, place: int, loop: asyncio.AbstractEventLoop) -> None:
        with suppress(BlockingIOError):
            while True:
                packet = os.read(self._ends[place], _PACKET)
                passes = self.down if place else self.up
                if not passes or (self.loss and self._chance.random() < self.loss):
                    self.lost += 1
                    continue
                self.carried += 1
                late = self.delay_s + self.jitter_s * self._chance.random()
                if late:
                    self.held_back += 1
                    loop.call_later(late, self._deliver, 1 - place, packet)
                else:
                    self._deliver(1 - place, packet)

    def _deliver(self, place: int, packet: bytes) -> None:
        with suppress(BlockingIOError, OSError):  # a full or vanished end loses it, as lines do
            os.write(self._ends[place], packet)


def why_no_line() -> str:
    """Say why no packet line can be laid here; empty when one can."""
    if os.geteuid() != 0:
        return "a network namespace needs root"
    if shutil.which("ip") is None:
        return "there is no `ip` (iproute2)"
    if not _TUN.exists():
        return f"there is no {_TUN}"
    return withheld()


def withheld() -> str:
    """Say which rights of root a container keeps from us that a line takes; empty when none."""
    status = Path("/proc/self/status").read_text("ascii")
    rights = int(re.search(r"^CapEff:\s*([0-9a-f]+)", status, re.M)[1], 16)  # type: ignore[index]
    missing = [name for name, bit in _RIGHTS.items() if not rights >> bit & 1]
    return f"this container withholds {', '.join(missing)}" if missing else ""


@contextmanager
def packet_line() -> Iterator[PacketLine]:
    """Lay a line into a namespace of its own and carry packets until the block ends.

    Raises RuntimeError, in the words of `ip`, where that is not allowed.
    """
    number = next(_numbers)
    name, place = f"swf{os.getpid()}-{number}", (os.getpid() + number) % 250 + 1
    ends: list[int] = []
    _ip("netns", "add", name)
    try:
        for side in ("n", "f"):
            ends.append(os.open(_TUN, os.O_RDWR | os.O_NONBLOCK))
            device = f"{side}{name}"[:15].encode()
            fcntl.ioctl(ends[-1], _TUNSETIFF, struct.pack("16sH", device, _IFF_TUN | _IFF_NO_PI))
        line = PacketLine(name, ends[0], ends[1], place)
        _wire(name, place)
        line.carry()
        try:
            yield line
        finally:
            line.drop_all()
    finally:
        for end in ends:
            os.close(end)
        with suppress(RuntimeError):  # laying it may have failed before there was one
            _ip("link", "del", f"q{name}"[:15])
        _ip("netns", "del", name)


def _wire(name: str, place: int) -> None:
    """Give both lines their addresses and set them up."""
    near, far = (f"{side}{name}"[:15] for side in "nf")
    here, there = f"q{name}"[:15], f"r{name}"[:15]
    _ip("link", "set", far, "netns", name)
    _ip("link", "add", here, "type", "veth", "peer", "name", there, "netns", name)
    for device, net, where in (
        (near, "198.18", ()), (far, "198.18", ("-n", name)),
        (here, "198.19", ()), (there, "198.19", ("-n", name)),
    ):  # fmt: skip
        own, other = ("2", "1") if where else ("1", "2")
        peer = f"{net}.{place}.{other}"
        _ip(*where, "addr", "add", f"{net}.{place}.{own}", "peer", peer, "dev", device)
        _ip(*where, "link", "set", device, "mtu", str(_MTU), "up")
    _ip("-n", name, "link", "set", "lo", "up")


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"ip {' '.join(words)}: {done.stderr.strip()}")
