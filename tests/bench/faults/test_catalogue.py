"""What the catalogue of faults says of itself, and one of each kind of fault for real."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bench.faults.catalogue import FAULTS, Fault

PROMISES = 3
"""Figures that lead those of every fault and must be 0."""


def named(name: str) -> Fault:
    return next(fault for fault in FAULTS if fault.name == name)


def test_every_fault_has_a_name_of_its_own_and_says_what_is_promised() -> None:
    names = [fault.name for fault in FAULTS]
    assert len(set(names)) == len(names)
    assert all(fault.what and fault.promise for fault in FAULTS)


@pytest.mark.parametrize(
    "part",
    [
        "valkey",
        "database",
        "postgresql",
        "writer",
        "worker",
        "media",
        "gateway",
        "network",
        "packets",
    ],
)
def test_nothing_that_can_break_is_left_out(part: str) -> None:
    assert any(fault.name.startswith(part) for fault in FAULTS)


@pytest.mark.e2e
@pytest.mark.fault
@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "name",
    [
        "valkey-paused",
        pytest.param("gateway-killed", marks=pytest.mark.soak),
        "gateway-killed-of-two",
    ],
)
async def test_a_fault_for_real(tmp_path: Path, name: str) -> None:
    """Counts alone: how long things take is for the bench to say."""
    async with asyncio.timeout(50.0):
        figures = await named(name).run(tmp_path, 1)
    counts = [figure for figure in figures if not figure.unit and figure.bar is not None]
    assert len(counts) > PROMISES
    assert [figure for figure in counts if not figure.met] == []
    assert [figure.value for figure in figures[:PROMISES]] == [0.0] * PROMISES
