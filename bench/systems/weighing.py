"""What a system spends while it is driven, by role, and what else the machine does meanwhile.

1. Roles are looked up again at every sample: workers come and go, and what one of them has used
   counts to the last sample that saw it. What ended without ever being seen is `other`.
2. Memory is resident bytes, summed over the processes of a role: pages that forks share count in
   each of them. The peak is that of the sum, to the interval of sampling.
"""

from __future__ import annotations

import os
import resource
import threading
from contextlib import suppress
from pathlib import Path

from bench.shapes.result import Noise, Usage
from bench.shapes.system import Role, System
from bench.systems.clocks import cpu_s, reaped_s, resident
from bench.systems.roles import descendants, roles

__all__ = ["Neighbours", "Scale"]

_SAMPLE_S = 0.2
_UNSEEN_S = 0.05
"""What ticks may tell too much of processes that ended."""


class Scale:
    """Weighs a system between `begin` and `end`; may be used again."""

    def __init__(self, system: System, sample_s: float = _SAMPLE_S) -> None:
        self._servers = system.pids["gateway"]
        started = {pid for server in self._servers for pid in descendants(server)}
        self._besides: dict[Role, tuple[int, ...]] = {
            name: tuple(pid for pid in pids if pid not in started)
            for name, pids in system.pids.items()
            if name != "gateway"
        }
        self._sample_s = sample_s
        self._over = threading.Event()
        self._sampler: threading.Thread | None = None

    def begin(self) -> None:
        """Start to weigh."""
        self._roles: dict[int, Role] = {}
        self._first: dict[int, float] = {}
        self._last: dict[int, float] = {}
        self._peak: dict[Role, int] = {}
        self._memory = self._sample(starting=True)
        self._before = dict(self._memory)
        self._reaped = self._reaped_s()
        self._over.clear()
        self._sampler = threading.Thread(target=self._watch, name="scale", daemon=True)
        self._sampler.start()

    def end(self, messages: int) -> list[Usage]:
        """Stop; return what each role has used since `begin`, a message among so many."""
        assert self._sampler is not None, "begin() comes first"
        self._over.set()
        self._sampler.join()
        self._sampler = None
        after = self._sample()
        living = set(roles(self._servers, self._besides))
        reaped = self._reaped_s() - self._reaped
        spent: dict[Role, float] = {}
        for pid, last in self._last.items():
            name = self._roles[pid]
            spent[name] = spent.get(name, 0.0) + last - self._first[pid]
        unseen = reaped - sum(used for pid, used in self._last.items() if pid not in living)
        if unseen > _UNSEEN_S:
            spent["other"] = spent.get("other", 0.0) + unseen
        return [
            Usage(
                name,
                sum(self._roles[pid] == name for pid in living if pid in self._roles),
                seconds,
                seconds / messages * 1e6 if messages else 0.0,
                self._before.get(name, 0),
                after.get(name, 0),
                self._peak.get(name, 0),
            )
            for name, seconds in sorted(spent.items())
        ]

    def _watch(self) -> None:
        while not self._over.wait(self._sample_s):
            self._sample()

    def _sample(self, starting: bool = False) -> dict[Role, int]:
        """Look at every process; return the memory of each role."""
        memory: dict[Role, int] = {}
        for pid, name in roles(self._servers, self._besides).items():
            try:
                used = cpu_s(pid)
            except ProcessLookupError:
                continue  # it ended since it was looked up
            self._roles.setdefault(pid, name)
            self._first.setdefault(pid, used if starting else 0.0)
            self._last[pid] = max(used, self._last.get(pid, 0.0))
            memory[name] = memory.get(name, 0) + resident(pid)
        for name, held in memory.items():
            self._peak[name] = max(held, self._peak.get(name, 0))
        return memory

    def _reaped_s(self) -> float:
        return sum(reaped_s(pid) for pid in self._servers)


class Neighbours:
    """Watches what this machine does besides us: our processes and all we have started."""

    def begin(self) -> None:
        """Start to watch."""
        self._load = os.getloadavg()[0]
        self._ours = _ours_s()
        self._machine = _machine_s()

    def end(self) -> Noise:
        """Return the shares of all cores that others used, and that the host stole."""
        every, busy, stolen = (
            now - before for now, before in zip(_machine_s(), self._machine, strict=True)
        )
        ours = _ours_s() - self._ours
        if every <= 0:
            return Noise(0.0, 0.0, self._load)
        others = min(1.0, max(0.0, (busy - ours) / every))
        return Noise(others, stolen / every, self._load)


def _machine_s() -> tuple[float, float, float]:
    """Return the core-seconds that have passed, were used, and were stolen by the host: proc(5)."""
    line = Path("/proc/stat").read_text().partition("\n")[0]
    user, nice, system, idle, wait, irq, soft, steal = map(int, line.split()[1:9])
    used = user + nice + system + irq + soft
    ticks = os.sysconf("SC_CLK_TCK")
    return (used + idle + wait + steal) / ticks, used / ticks, steal / ticks


def _ours_s() -> float:
    """Return the CPU seconds of this process and of all below it, the ended ones included."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    total = own.ru_utime + own.ru_stime + ended.ru_utime + ended.ru_stime
    for pid in descendants(os.getpid()):
        with suppress(ProcessLookupError):  # it ended since it was looked up
            total += cpu_s(pid) + reaped_s(pid)
    return total
