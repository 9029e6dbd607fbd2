"""The closed loop: so many messages unanswered on each connection, never more, never fewer.

What it measures is capacity and service time. It cannot see what a stall costs those who would have
spoken meanwhile: that is the open loop's (`bench.load.raw`).
"""

from __future__ import annotations

import time

import msgspec
import numpy as np

from bench.load.links import Link, Links
from bench.load.plan import Busy, Heard, Job, Plan, new_heard
from bench.load.raw import LINGER_S, QUIET_S
from bench.load.replies import Replies

__all__ = ["MOST", "Filled"]

MOST = 1 << 24
"""No run sends more messages; their ids would not be flagged."""


class Filled:
    """A closed loop over links that are open. Raises LinkError when they do not open."""

    def __init__(self, job: Job, plan: Plan) -> None:
        self._job = job
        self._plan = plan
        self.heard: Heard = new_heard(0)
        self.busy = Busy()
        self._replies = Replies(job.run, job.speaks, self.heard, MOST, job.sample)
        self._until = float("inf")
        self._links = Links(plan.links, self.heard, self._replies, 0, lambda place: (), self._more)
        self._links.open()

    @property
    def plan(self) -> Plan:
        """What was sent, as a plan: each message was due when it was sent."""
        sent = np.array(self.heard.sent)
        places = np.arange(len(sent)) % len(self._plan.flow)
        due = sent - self._began
        return msgspec.structs.replace(self._plan, due=due, flow=self._plan.flow[places])

    def run(self, began: float) -> None:
        """Keep every link filled from `began` (monotonic) until the job's time is over."""
        self._began = began
        time.sleep(max(0.0, began - time.monotonic()))
        used = time.process_time()
        self._until = until = began + self._job.seconds
        for link in self._links.all:
            self._more(link, self._job.outstanding)
        turn, clock = self._links.turn, time.monotonic
        while clock() < until:
            turn(0.02)
        self.busy = Busy(time.process_time() - used, time.monotonic() - began)
        last = clock()
        while (now := clock()) - last < QUIET_S:
            if turn(0.02):
                last = now
            count = len(self.heard.sent)
            done = self._replies.answered.count(1, 0, self._number(count)) == count
            if done and now - last > LINGER_S:
                return

    def close(self) -> None:
        """Close the links."""
        self._links.close()

    def _more(self, link: Link, count: int) -> None:
        """Replace answered messages by new ones."""
        now = time.monotonic()
        sent, frames, built = self.heard.sent, self._plan.frames, len(self._plan.frames)
        first = len(sent)
        if now >= self._until or self._number(first + count) >= MOST:
            return
        if first + count <= built:
            data = b"".join(frames[first : first + count])
        else:
            data = b"".join([self._plan.again(each) for each in range(first, first + count)])
        sent.extend([now] * count)
        self._links.send(link, data)

    def _number(self, place: int) -> int:
        return self._job.part + place * self._job.parts
