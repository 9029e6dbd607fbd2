"""Has a policy and its detectors built by a child process, and takes them from its pipe.

Rules:
1. One child at a time, with a deadline; when it dies or is late, the policy is refused and the old
   one stays: what kills a builder would have killed the gateway.
2. Where no child can be started, or what was built cannot be carried over, it is built here, in a
   thread: slower, and the loop waits for it a little more often.
"""

from __future__ import annotations

import asyncio
import gc
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec

from detectors.inline import InlineDetectors
from gateway.policy.builder import LENGTH, Answer, Order
from gateway.policy.load import check_texts, read_texts
from gateway.policy.shipping import code_here, unship
from gateway.policy.versions import Versions
from gateway.record.spawn import command, environment
from seawall.policy.model import Policy
from seawall.policy.problems import Problems

__all__ = ["DEADLINE_S", "Build", "Builder", "Built", "build_here"]

DEADLINE_S = 120.0
_SWITCH_S = 0.0005
"""How long another thread waits for the interpreter while we build here."""


class Built(msgspec.Struct, frozen=True):
    """What became of the files: a policy, or problems; neither where it is the one in force.

    `detectors` are the policy's where they were built with it; else whoever puts it in force
    builds them. `why` says what did not go as it should, and is only told.
    """

    version: str = ""
    policy: Policy | None = None
    detectors: InlineDetectors | None = None
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    why: str = ""


Build = Callable[[Path, Path | None, str], Built]
"""Builds the policy of a folder and tenant file, in a thread; gets the version in force."""


class Builder:
    """Builds policies in children. `data` is the gateway's folder, to keep versions in."""

    def __init__(self, data: Path | None = None, deadline_s: float = DEADLINE_S) -> None:
        self._data = data
        self._deadline_s = deadline_s
        self._one = asyncio.Semaphore(1)
        self._code = code_here()

    async def build(self, directory: Path, tenant_file: Path | None, known: str) -> Built:
        """Return what the files make. Cancelled, it takes its child along."""
        order = Order(
            str(directory),
            str(tenant_file) if tenant_file is not None else None,
            known,
            str(self._data) if self._data is not None else None,
            self._code,
        )
        children: list[subprocess.Popen[bytes]] = []
        # Not the future's result: futures hang in circles, and would keep a policy for ever.
        results: list[Built] = []
        async with self._one:
            try:
                async with asyncio.timeout(self._deadline_s):
                    await asyncio.to_thread(_build, order, children, results)
                    return results.pop()
            except TimeoutError:
                return Built(problems=(f"it took longer than {self._deadline_s:g} s to build",))
            finally:
                for child in children:
                    child.kill()


def build_here(order: Order) -> Built:
    """Build in this process, in the calling thread. Detectors are left to whoever needs them."""
    with _shared_interpreter():
        problems = Problems()
        texts = read_texts(order.directory, order.tenant_file, problems)
        outcome = check_texts(texts, problems)
        policy = outcome.policy
        if policy is None:
            return Built(problems=outcome.problems, warnings=outcome.warnings)
        if policy.version == order.known:
            return Built(policy.version, warnings=outcome.warnings)
        why = ""
        if order.data is not None:
            try:
                Versions(Path(order.data)).keep(policy.version, texts)
            except OSError as problem:
                why = f"the version is not kept: {problem.strerror}"
        return Built(policy.version, policy, None, (), outcome.warnings, why)


def _build(order: Order, children: list[subprocess.Popen[bytes]], results: list[Built]) -> None:
    results.append(_built(order, children))


def _built(order: Order, children: list[subprocess.Popen[bytes]]) -> Built:
    told = msgspec.json.encode(order)
    try:
        child = subprocess.Popen(
            command("gateway.policy.builder"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(),
        )
    except OSError as problem:
        return msgspec.structs.replace(build_here(order), why=f"no builder: {problem.strerror}")
    children.append(child)
    with child:  # closes its pipes and waits for its end
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            child.stdin.write(LENGTH.pack(len(told)) + told)
            child.stdin.close()
            return _heard(order, child.stdout)
        except (OSError, EOFError, pickle.UnpicklingError, msgspec.DecodeError):
            child.kill()
            return Built(problems=(f"the builder ended too early, with status {child.wait()}",))


def _heard(order: Order, answers: IO[bytes]) -> Built:
    head = answers.read(LENGTH.size)
    if len(head) < LENGTH.size:
        raise EOFError
    answer = msgspec.json.decode(answers.read(*LENGTH.unpack(head)), type=Answer)
    if answer.shipped:
        with _no_collector():
            policy, detectors = unship(answers)
        return Built(answer.version, policy, detectors, (), answer.warnings, answer.why)
    if answer.problems or answer.version == order.known:
        return Built(answer.version, None, None, answer.problems, answer.warnings)
    return msgspec.structs.replace(build_here(order), why=answer.why)


@contextmanager
def _no_collector() -> Iterator[None]:
    """Keep the collector from ever going through a hundred thousand new objects that all stay.

    What is let go later is let go by hand (`gateway.policy.retire`).
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if enabled:
            gc.enable()


@contextmanager
def _shared_interpreter() -> Iterator[None]:
    """Let the event loop have the interpreter more often than every 5 ms."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(min(before, _SWITCH_S))
    try:
        yield
    finally:
        sys.setswitchinterval(before)
