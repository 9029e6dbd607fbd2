"""The generator that one core drives hard: raw sockets, epoll, prebuilt frames.

Rules:
1. What is due is sent, whatever came back; messages due together leave with one call a connection.
2. Between messages it sleeps: a generator that spins could not say whether it had time to spare.
   Gaps shorter than QUANTUM_S are slept through, so that is how late a message may be by design.
3. Nothing is counted or decided while the load runs: see `bench.load.plan`.
"""

from __future__ import annotations

import select
import time
from array import array
from bisect import bisect_right

import numpy as np

from bench.load.links import Links
from bench.load.plan import Busy, Heard, Job, Plan, new_heard
from bench.load.replies import Replies

__all__ = ["LINGER_S", "QUIET_S", "Raw"]

QUANTUM_S = 50e-6
QUIET_S = 2.0
"""The wait for answers ends when nothing came for so long."""
LINGER_S = 0.15
"""So long after the last answer a second one to the same message would still be heard."""
_DRAIN_S = 60.0
_CHORE_S = 0.1
_NAP_S = 0.05
_MOST = 4
"""Messages a connection takes at once before replies are looked at again."""


class Raw:
    """A process's share of a run, over links that are open. Raises LinkError when they do not."""

    def __init__(self, job: Job, plan: Plan) -> None:
        self._job = job
        self._plan = plan
        self.heard: Heard = new_heard(len(plan.due))
        self._replies = Replies(job.run, job.speaks, self.heard, plan.total, job.sample)
        self._at = 0
        self._cuts = 0
        self.busy = Busy()
        self._clients = job.scenario.clients
        slow = round(self._clients.slow * len(plan.links))
        self._links = Links(plan.links, self.heard, self._replies, slow, self._owed)
        self._links.open()

    def run(self, began: float) -> None:
        """Send every message at its time after `began` (monotonic), then wait for answers."""
        due = (self._plan.due + began).tolist()
        total, clock, turn, fd = len(due), time.monotonic, self._links.turn, self._links.fd
        stride = _MOST * len(self._links.all)
        used = time.process_time()
        chores = bool(self._clients.slow or self._clients.reconnect)
        chore_at = began if chores else float("inf")
        cut_at = began + self._clients.reconnect_every_s
        while self._at < total:
            now = clock()
            if due[self._at] <= now:
                self._send(min(bisect_right(due, now, self._at), self._at + stride))
                if self._at == total:
                    break
            wait = due[self._at] - clock()
            if wait <= 0 or select.select([fd], (), (), min(max(wait, QUANTUM_S), _NAP_S))[0]:
                turn()
            elif self._links.later:
                self._links.redial()
            if now >= chore_at:
                chore_at += _CHORE_S
                self._links.sip(int(self._clients.slow_bytes_per_s * _CHORE_S))
                if now >= cut_at and self._clients.reconnect:
                    cut_at += self._clients.reconnect_every_s
                    self._cut()
        self.busy = Busy(time.process_time() - used, time.monotonic() - began)
        self._drain()

    def close(self) -> None:
        """Close the links."""
        self._links.close()

    def _send(self, until: int) -> None:
        """Send the messages up to that place, each link's together."""
        at, links, frames = self._at, self._links.all, self._plan.frames
        sent, send, clock = self.heard.sent, self._links.send, time.monotonic
        stride = len(links)
        self._at = until
        for place in range(at, min(until, at + stride)):
            link = links[place % stride]
            if until - place <= stride:
                sent[place] = clock()
                send(link, frames[place])
            else:
                many = frames[place:until:stride]
                sent[place:until:stride] = array("d", (clock(),)) * len(many)
                send(link, b"".join(many))

    def _drain(self) -> None:
        """Wait for what is still to come; slow readers read."""
        self._links.hurry()
        last = time.monotonic()
        until = last + _DRAIN_S
        while (now := time.monotonic()) < until:
            if self._links.turn(0.02):
                last = now
            done = self._replies.answered.count(1) == len(self._plan.due)
            if now - last > (LINGER_S if done else QUIET_S):
                return

    def _owed(self, link: int) -> list[bytes]:
        """Return the frames that were sent on a link and have no answer yet."""
        answered = np.frombuffer(self._replies.answered, dtype=np.uint8)
        mine = answered[self._job.part :: self._job.parts]
        stride = len(self._plan.links)
        places = np.flatnonzero(mine[link : self._at : stride] == 0) * stride + link
        return [self._plan.frames[place] for place in places.tolist()]

    def _cut(self) -> None:
        """Break the next share of all connections."""
        links = self._links.all
        count = max(1, round(self._clients.reconnect * len(links)))
        for place in range(self._cuts, self._cuts + count):
            self._links.cut(links[place % len(links)])
        self._cuts = (self._cuts + count) % len(links)
