"""`seawall policy check | explain`."""

from __future__ import annotations

import sys
from pathlib import Path

from gateway.config import shipped_policy
from gateway.policy.load import load_policy, policy_check
from seawall.errors import ConfigError
from seawall.policy.explain import explain_all, explain_rule
from seawall.policy.model import Policy

__all__ = ["check_policy", "explain_policy"]


def check_policy(folder: str | None, tenant_file: str | None) -> int:
    """Load a policy and print every problem it has, one a line: 0 when there is none, else 1."""
    outcome = policy_check(folder or shipped_policy(), tenant_file)
    for line in outcome.warnings:
        print(f"warning: {line}")
    policy = outcome.policy
    if policy is None:
        for line in outcome.problems:
            print(line)
        print(f"{len(outcome.problems)} problems; this policy would not go live", file=sys.stderr)
        return 1
    windows = {window.name for each in policy.windows.values() for window in each}
    print(
        f"{policy.name} {policy.version[:16]}: {len(policy.rules)} rules, {len(windows)} windows, "
        f"{len(policy.tables.lexicon)} terms, {len(policy.tables.patterns)} patterns"
    )
    return 0


def explain_policy(folder: str | None, tenant_file: str | None, name: str | None) -> int:
    """Print what a rule or window does, or a table of all."""
    policy = _load(folder, tenant_file)
    if name is None:
        print(explain_all(policy))
        return 0
    text = explain_rule(policy, name)
    if text is None:
        raise ConfigError(f"no rule or window is called {name!r}; try `seawall policy explain`")
    print(text)
    return 0


def _load(folder: str | None, tenant_file: str | None) -> Policy:
    return load_policy(Path(folder or shipped_policy()), Path(tenant_file) if tenant_file else None)
