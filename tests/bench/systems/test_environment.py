"""A manifest that lets a stranger doubt the numbers."""

from __future__ import annotations

import os
import time

import msgspec

from bench.shapes.result import Environment
from bench.systems.environment import environment
from seawall import __version__


def test_the_machine_and_the_libraries_are_told() -> None:
    found = environment()
    assert abs(found.began - time.time()) < 60
    assert found.cores == len(os.sched_getaffinity(0))
    assert found.memory_bytes > 1 << 28
    assert found.cpu
    assert found.governor
    assert found.huge_pages
    assert found.kernel == os.uname().release
    assert found.versions["seawall"] == __version__
    assert {"picows", "uvloop", "msgspec", "redis"} <= set(found.versions)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Environment) == found
