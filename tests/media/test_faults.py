"""Why a stream cannot be decoded, and whether anything of it still can."""

from __future__ import annotations

from typing import get_args

import pytest

from media.faults import Cause, Unreadable
from seawall.errors import CallersFault


@pytest.mark.parametrize("cause", get_args(Cause))
def test_only_damage_may_pass(cause: Cause) -> None:
    fault = Unreadable(cause, "what is wrong")
    assert isinstance(fault, CallersFault)
    assert (fault.cause, str(fault)) == (cause, "what is wrong")
    assert fault.final is (cause != "damaged")
