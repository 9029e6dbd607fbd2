"""What all tests share: missing real parts are counted aloud, and how hard Hypothesis tries.

A test that needs a real part (Valkey, PostgreSQL, kosoku) and cannot start it calls
`absent("PostgreSQL", "no server binary")`. That is a skip, which the last lines of the run count.
For root it is a failure: root could have installed it.
"""

from __future__ import annotations

import gc
import os
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import Any, NoReturn, Protocol

import pytest
from hypothesis import HealthCheck, settings

from tests.busy import again_if_busy, begin
from tests.drills import is_drill

__all__ = ["Absent", "absent"]

ABSENT = pytest.StashKey[Counter[str]]()

# The machine may be small and shared: a slow example is not a wrong one. What decides whether a
# change lands tries the same examples each time; `make fuzz` looks for new ones.
settings.register_profile(
    "seawall",
    parent=settings(),
    max_examples=50,  # a hundred times as many with `make fuzz`
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
    database=None,
)
settings.register_profile(
    "fuzz", parent=settings.get_profile("seawall"), derandomize=False, max_examples=5_000
)
settings.load_profile("seawall")


# A gateway that a test starts asks no model unless it says so: a worker costs it half a second.
os.environ["SEAWALL_MODELS"] = ""


_SCHEDULED = os.sched_getscheduler(0)


def pytest_configure(config: pytest.Config) -> None:
    config.stash[ABSENT] = Counter()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect without passes of the garbage collector: all that is made now stays to the end.

    Over ten thousand tests and all they import those take two seconds of each process.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_itemcollected(item: pytest.Item) -> None:
    if is_drill(item.path):
        item.add_marker("drill")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        again_if_busy(item)
    if hasattr(config, "workerinput"):  # one of several processes that take file after file
        _spread(items)


def _spread(items: list[pytest.Item]) -> None:
    """Spread each folder's files over the run, so that those which starve each other never meet.

    In a folder's own order all that kill gateways, say, or open browsers would run at once; and a
    long file at the very end would run alone.
    """
    files = dict.fromkeys(item.path for item in items)
    many = Counter(path.parent for path in files)
    seen: Counter[Path] = Counter()
    places: dict[Path, float] = {}
    for path in files:
        places[path] = (seen[path.parent] + 0.5) / many[path.parent]
        seen[path.parent] += 1
    items.sort(key=lambda item: (places[item.path], item.path))  # stable: a file keeps its order


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Fail who leaves this process first in line: it would starve all that is measured after."""
    if (scheduled := os.sched_getscheduler(0)) != _SCHEDULED:
        os.sched_setscheduler(0, _SCHEDULED, os.sched_param(0))
        pytest.fail(f"the scheduling policy was left at {scheduled}, it was {_SCHEDULED}")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    begin()


class Absent(Protocol):
    """Says that a real part could not be started, and why."""

    def __call__(self, part: str, why: str, *, by_root: bool = True) -> NoReturn:
        """Skip, and fail for root where root could have changed that (`by_root`)."""


@pytest.fixture(scope="session")
def absent(pytestconfig: pytest.Config) -> Absent:
    """Give the function that says a real part could not be started, and why."""

    def say(part: str, why: str, *, by_root: bool = True) -> NoReturn:
        pytestconfig.stash[ABSENT][f"{part}: {why}"] += 1
        if by_root and os.geteuid() == 0:
            pytest.fail(f"{part} could not be started, though root could install it: {why}")
        pytest.skip(f"{part} could not be started: {why}")

    return say


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the counts of a worker process over to whoever prints the summary."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        counts = session.config.stash[ABSENT]
        output["absent"] = dict(counts)


class Node(Protocol):
    """A worker process as pytest-xdist shows it; that may be absent."""

    config: pytest.Config
    workeroutput: dict[str, Any]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Node) -> None:
    if hasattr(node, "workeroutput"):  # one that crashed has none
        node.config.stash[ABSENT].update(node.workeroutput.get("absent", {}))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    for line, count in sorted(config.stash[ABSENT].items()):
        terminalreporter.write_line(f"real part absent in {count} tests: {line}", yellow=True)
