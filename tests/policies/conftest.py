"""The shipped policy, read once for all tests of a worker: it is large."""

from __future__ import annotations

from pathlib import Path

import pytest

from detectors.inline import InlineDetectors
from gateway.policy.load import load_policy
from seawall.policy.model import Policy

FOLDER = Path(__file__).parents[2] / "policies" / "default"


@pytest.fixture(scope="session")
def shipped() -> Policy:
    """Give the shipped policy."""
    return load_policy(FOLDER)


@pytest.fixture(scope="session")
def shipped_detectors(shipped: Policy) -> InlineDetectors:
    """Give its detectors."""
    return InlineDetectors(shipped)
