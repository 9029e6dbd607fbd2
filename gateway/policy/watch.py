"""Watches a policy's files and puts what they say in force; a bad policy never replaces a good one.

Rules:
1. A change counts once it has stood still for one look, so a file is not read while it is written.
   `poke` (SIGHUP) does not wait.
2. Files are read and compiled by a child process (`gateway.policy.building`), or, without a
   builder, in a thread; `on_change` is called in a thread, unless the detectors are built already.
   If it returns a function, that is called on the loop, to swap.
3. What is refused is logged with its problems once, counted, and tried again when a file changes.
4. What says the same as what is in force (a comment, a touch) changes nothing.
5. `on_live` is told, on the loop, what has gone live; then `remember` in a thread.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from detectors.inline import InlineDetectors
from gateway.policy.builder import Order
from gateway.policy.building import Built, build_here
from seawall.errors import PolicyError
from seawall.policy.model import Policy

__all__ = ["PolicyWatch"]

_log = logging.getLogger("seawall.policy")
_ENTRIES = 5_000
OnChange = Callable[[Policy, InlineDetectors | None], Callable[[], None] | None]
"""Gets a sound policy, and its detectors if they are built; may return what swaps."""
Build = Callable[[Path, Path | None, str], Awaitable[Built]]
"""Builds a folder's policy with a tenant file; gets the version in force."""
Look = tuple[tuple[str, int, int, int], ...]
"""Path, size, change time in ns and inode of every file and folder."""


class PolicyWatch:
    """Watches one folder and tenant file. `counts` has `loaded`, `refused` and `unchanged`.

    `version` is the version in force as far as the watch knows, read from the files at `read_at`
    (seconds since the epoch): tell it, or the first look loads.
    """

    def __init__(
        self,
        directory: Path | str,
        tenant_file: Path | str | None,
        on_change: OnChange,
        *,
        version: str = "",
        read_at: float | None = None,
        poll_s: float = 1.0,
        build: Build | None = None,
        on_live: Callable[[Policy], None] | None = None,
        remember: Callable[[Policy], None] | None = None,
    ) -> None:
        self._directory = Path(directory)
        self._tenant_file = Path(tenant_file) if tenant_file is not None else None
        self._on_change = on_change
        self._poll_s = poll_s
        self._read_at = read_at
        self._build = build or _build_here
        self._on_live = on_live
        self._remember = remember
        self._poked = asyncio.Event()
        self._seen: Look | None = None
        self._tried: Look | None = None
        self.version = version
        self.counts: Counter[str] = Counter()

    @property
    def name(self) -> str:
        """What is watched, for logs: the folder's name, and the tenant file's."""
        tenant = f" {self._tenant_file.name}" if self._tenant_file is not None else ""
        return f"{self._directory.name}{tenant}"

    def poke(self) -> None:
        """Read the files now, changed or not."""
        self._poked.set()

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            poked = self._poked.is_set()
            self._poked.clear()
            await self.look(now=poked)
            with suppress(TimeoutError):  # `wait_for` loses a cancellation that meets a poke
                async with asyncio.timeout(self._poll_s):
                    await self._poked.wait()

    async def look(self, *, now: bool = False) -> None:
        """Look at the files once; load them when they changed and stand still, or when `now`."""
        look = await asyncio.to_thread(_look, self._directory, self._tenant_file)
        settled = look == self._seen
        if self._seen is None and self._read_at is not None and _newest(look) < self._read_at:
            self._tried = look  # what is in force was read from these very files
        self._seen = look
        if now or (settled and look != self._tried):
            self._tried = look
            try:
                await self._load()
            except Exception as error:  # a bug met by one file must not end the watch over all
                self._refuse((f"this is a bug: {error!r}",))

    async def _load(self) -> None:
        built = await self._build(self._directory, self._tenant_file, self.version)
        if built.why:
            fields = {"name": self.name, "why": built.why}
            _log.warning("policy built otherwise", extra={"fields": fields})
        if built.problems:
            self._refuse(built.problems)
        elif built.policy is None or built.version == self.version:
            self.counts["unchanged"] += 1
        else:
            await self._accept(built.policy, built.detectors, len(built.warnings))

    async def _accept(
        self, policy: Policy, detectors: InlineDetectors | None, warnings: int
    ) -> None:
        try:
            if detectors is None:
                swap = await asyncio.to_thread(self._on_change, policy, None)
            else:
                swap = self._on_change(policy, detectors)
        except PolicyError as error:
            self._refuse(error.problems)
            return
        if swap is not None:
            swap()
        self.version = policy.version
        self.counts["loaded"] += 1
        fields = {
            "name": self.name,
            "version": policy.version[:16],
            "rules": len(policy.rules),
            "warnings": warnings,
        }
        _log.info("policy in force", extra={"fields": fields})
        if self._on_live is not None:
            self._on_live(policy)
        if self._remember is not None:
            try:
                await asyncio.to_thread(self._remember, policy)
            except OSError as problem:  # it is in force all the same
                fields = {"name": self.name, "why": problem.strerror}
                _log.error("policy not remembered", extra={"fields": fields})

    def _refuse(self, problems: tuple[str, ...]) -> None:
        self.counts["refused"] += 1
        fields = {
            "name": self.name,
            "version": self.version[:16],
            "problems": list(problems[:20]),
            "more": max(0, len(problems) - 20),
        }
        _log.error("policy refused; the old one stays", extra={"fields": fields})


async def _build_here(directory: Path, tenant_file: Path | None, known: str) -> Built:
    tenant = str(tenant_file) if tenant_file is not None else None
    return await asyncio.to_thread(build_here, Order(str(directory), tenant, known))


def _newest(look: Look) -> float:
    """Return when the newest of the files changed, seconds since the epoch."""
    return max((changed for _, _, changed, _ in look), default=0) / 1e9


def _look(directory: Path, tenant_file: Path | None) -> Look:
    """Return what can be seen of the files without reading them; what is gone is not in it."""
    found: list[tuple[str, int, int, int]] = []
    waiting = [str(directory)] if tenant_file is None else [str(directory), str(tenant_file)]
    while waiting and len(found) < _ENTRIES:
        path = waiting.pop()
        with suppress(OSError):  # gone between two looks: the next look differs
            state = os.stat(path)
            found.append((path, state.st_size, state.st_mtime_ns, state.st_ino))
            if os.path.isdir(path):
                waiting += sorted(os.path.join(path, name) for name in os.listdir(path))
    return tuple(sorted(found))
