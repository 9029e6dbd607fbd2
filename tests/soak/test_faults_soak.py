"""Every fault of `seawall bench fault`, those of moments a hundred times: no promise is broken."""

from __future__ import annotations

import pytest

from bench.commands.fault import lines, staged
from bench.faults.catalogue import FAULTS, Fault

pytestmark = [pytest.mark.soak, pytest.mark.fault, pytest.mark.timeout(3600)]

RUNS = 100


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: str(fault.name))
def test_no_promise_is_broken(fault: Fault) -> None:
    outcome = staged(fault, RUNS)
    print("\n".join(lines(outcome)))
    if outcome.skipped and not outcome.failures:
        pytest.skip(outcome.skipped)
    assert outcome.failures == []
