"""The shipped policy and its detectors."""

from __future__ import annotations

import pytest

from detectors.inline import InlineDetectors
from seawall.policy.model import Policy
from tests.shipped import shipped_detectors as detectors_of_it, shipped_policy


@pytest.fixture(scope="session")
def shipped() -> Policy:
    """Give the shipped policy."""
    return shipped_policy()


@pytest.fixture(scope="session")
def shipped_detectors() -> InlineDetectors:
    """Give its detectors."""
    return detectors_of_it()
