"""One generator process: takes a job, says `ready`, waits for the start, tells its tally.

Rules:
1. It does not outlive its parent: the kernel ends it with the parent's thread.
2. The start is a moment of the monotonic clock, which all processes of a machine share.
"""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress

import msgspec

from bench.load.filled import Filled
from bench.load.lifeline import tied
from bench.load.links import LinkError
from bench.load.plan import Job, Plan, make_plan
from bench.load.raw import Raw
from bench.load.realistic import Realistic
from bench.load.tally import Tally, tally
from bench.shapes.scenario import ScenarioError

__all__ = ["main"]


def main() -> int:
    """Do one job."""
    tied()
    job = msgspec.json.decode(sys.stdin.buffer.readline(), type=Job)
    if job.core is not None:
        os.sched_setaffinity(0, {job.core})
    if not job.outstanding:
        _hurry()
    try:
        found = _work(job)
    except (LinkError, OSError, ScenarioError) as error:
        found = Tally(broken=str(error) or type(error).__name__)
    sys.stdout.buffer.write(msgspec.json.encode(found) + b"\n")
    return 0


def _hurry() -> None:
    """Go before others on this core, where that is allowed: a late generator measures itself.

    On few cores Valkey and the journal live here too, and wait for no longer than a message takes
    to be sent: a generator sleeps in between. A closed loop has no schedule to keep.
    """
    with suppress(PermissionError):  # then slips are longer, and windows say so
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))


def _work(job: Job) -> Tally:
    plan = make_plan(job)
    generator = _generator(job, plan)
    gc.collect()
    gc.freeze()
    gc.disable()
    print("ready", flush=True)
    began = float(sys.stdin.buffer.readline())
    generator.run(began)
    generator.close()
    done = generator.plan if isinstance(generator, Filled) else plan
    return tally(job, done, generator.heard, began, generator.busy)


def _generator(job: Job, plan: Plan) -> Raw | Realistic | Filled:
    if job.outstanding:
        return Filled(job, plan)
    return Realistic(job, plan) if job.generator == "asyncio" else Raw(job, plan)


if __name__ == "__main__":
    sys.exit(main())
