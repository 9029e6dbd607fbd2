"""Which processes belong to a server, and what each is for."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from pathlib import Path

from bench.shapes.system import Role

__all__ = ["by_role", "descendants", "role", "roles"]

_WORDS: tuple[tuple[str, Role], ...] = (
    ("valkey-server", "valkey"),
    ("redis-server", "valkey"),
    ("gateway.record.writer", "journal"),
    ("workers.run", "text"),
    ("workers.streams", "decode"),
    ("workers.vision", "vision"),
    ("workers.speech", "speech"),
    ("postgres", "database"),
)
"""What stands on the command line of each. Forks keep the line of what they were forked from."""


def descendants(pid: int) -> list[int]:
    """Return the living processes below this one, parents first."""
    found: list[int] = []
    with suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(FileNotFoundError, ProcessLookupError):
                for child in (task / "children").read_text().split():
                    found += [int(child), *descendants(int(child))]
    return found


def role(pid: int) -> Role:
    """Say what a process is for, by its command line; `other` where that tells nothing."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except (FileNotFoundError, ProcessLookupError, UnicodeDecodeError):
        return "other"
    return next((name for word, name in _WORDS if word in command), "other")


def roles(servers: tuple[int, ...], besides: dict[Role, tuple[int, ...]]) -> dict[int, Role]:
    """Return the role of every process of a system that lives now: servers, what they started,
    and what was started besides them."""
    found: dict[int, Role] = dict.fromkeys(servers, "gateway")
    for server in servers:
        for pid in descendants(server):
            found.setdefault(pid, role(pid))
    for name, pids in besides.items():
        for pid in pids:
            found.setdefault(pid, name)
            for each in descendants(pid):
                found.setdefault(each, name)
    return found


def by_role(found: dict[int, Role]) -> dict[Role, tuple[int, ...]]:
    """Return the processes of each role."""
    sorted_by: defaultdict[Role, list[int]] = defaultdict(list)
    for pid, name in found.items():
        sorted_by[name].append(pid)
    return {name: tuple(pids) for name, pids in sorted_by.items()}
