"""What does not start says why. What does start: `test_hammer.py`, `test_registry.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.systems.starting import NotStarted, gateway

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


def test_a_policy_that_is_none_is_told_with_the_gateways_own_words(tmp_path: Path) -> None:
    policy = tmp_path / "policy"
    policy.mkdir()
    (policy / "policy.yaml").write_text("policy: [not, a, name]")
    with (
        pytest.raises(
            NotStarted, match=r"the gateway did not start: ended with status 1\n"
        ) as told,
        gateway(tmp_path, policy=policy),
    ):
        raise AssertionError("it has started")
    assert str(told.value).endswith("  seawall: policy.yaml:1: expected text, found a list")
