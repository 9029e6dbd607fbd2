"""Loads a policy: its folder is read and parsed, the core checks it, detectors try its tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from detectors.text.lexicon import Lexicon
from detectors.text.patterns import Patterns
from gateway.policy.folder import TOTAL_BYTES, policy_files, read_text
from gateway.policy.yaml_tree import parse_yaml
from seawall.errors import PolicyError
from seawall.policy.compile import Outcome, build_policy
from seawall.policy.model import Policy, Tables
from seawall.policy.problems import Problems
from seawall.policy.tree import Source

__all__ = ["load_policy", "policy_check"]


def load_policy(directory: Path | str, tenant_file: Path | str | None = None) -> Policy:
    """Return the policy of a folder and of a tenant's own file.

    Raises PolicyError with every problem. Reads files and computes for a tenth of a second and
    more: not on the event loop.
    """
    outcome = policy_check(directory, tenant_file)
    if outcome.policy is None:
        raise PolicyError(outcome.problems)
    return outcome.policy


def policy_check(directory: Path | str, tenant_file: Path | str | None = None) -> Outcome:
    """Return the policy, or everything that keeps it from going live, and warnings either way."""
    problems = Problems()
    sources: list[Source] = []
    room = TOTAL_BYTES
    for file, path in policy_files(Path(directory), problems):
        text = read_text(path, file, problems, room)
        if text is None:
            continue
        room -= len(text.encode())
        root = parse_yaml(text, file, problems)
        if root is not None:
            sources.append(Source(file, root))
    tenant = _tenant(Path(tenant_file), problems) if tenant_file is not None else None
    return build_policy(sources, tenant, _tried, problems)


def _tenant(path: Path, problems: Problems) -> Source | None:
    text = read_text(path, path.name, problems)
    root = parse_yaml(text, path.name, problems) if text is not None else None
    return Source(path.name, root) if root is not None else None


def _tried(tables: Tables) -> tuple[str, ...]:
    """Build the detectors that can refuse what they are given, and say what they refuse."""
    return (
        *_refused(lambda: Patterns(tables.patterns)),
        *_refused(lambda: Lexicon(tables.lexicon, tables.allow)),
    )


def _refused(build: Callable[[], object]) -> tuple[str, ...]:
    try:
        build()
    except PolicyError as error:
        return error.problems
    return ()
