"""`seawall judge`: recorded messages in, verdicts out, offline and repeatable."""

from __future__ import annotations

from gateway.judge.run import run_judge

__all__ = ["run_judge"]
