"""The shipped policy, read once for all tests of a worker process: that takes seconds."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from detectors.inline import InlineDetectors
from gateway.policy.load import load_policy
from seawall.policy.model import Policy

__all__ = ["FOLDER", "shipped_detectors", "shipped_policy"]

FOLDER = Path(__file__).parents[1] / "policies" / "default"


@cache
def shipped_policy() -> Policy:
    """Return the shipped policy."""
    return load_policy(FOLDER)


@cache
def shipped_detectors() -> InlineDetectors:
    """Return its detectors."""
    return InlineDetectors(shipped_policy())
