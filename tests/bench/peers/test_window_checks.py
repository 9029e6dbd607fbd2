"""Both sides of the limiter's comparison ask the server, and are told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("limits", reason="of the extra `peers`")

from bench.peers.window_checks import AT_ONCE, NAMES, turns
from bench.systems.clocks import cpu_s
from bench.systems.store import valkey


async def test_every_side_takes_its_turns_and_costs_something(tmp_path: Path) -> None:
    with valkey(tmp_path) as store:
        told = turns(store.path, 2, 4 * AT_ONCE, lambda: cpu_s(store.pid))
        found = [turn async for turn in told]
    assert [turn.name for turn in found] == [*NAMES, *NAMES]
    assert all(turn.client_us > 0 and turn.server_us > 0 for turn in found)
