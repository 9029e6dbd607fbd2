"""Loads a policy: its folder is read and parsed, the core checks it, detectors try its tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from detectors.text.lexicon import Lexicon
from detectors.text.patterns import Patterns
from gateway.policy.folder import TOTAL_BYTES, policy_files, read_text
from gateway.policy.yaml_tree import parse_yaml
from seawall.errors import PolicyError
from seawall.policy.compile import Outcome, build_policy
from seawall.policy.model import Policy, Tables
from seawall.policy.problems import Problems
from seawall.policy.tree import Source

__all__ = ["Texts", "check_texts", "load_policy", "load_texts", "policy_check", "read_texts"]


class Texts(msgspec.Struct, frozen=True):
    """A policy's files as they stand: path relative to its folder and text, in order of loading.

    `tenant` is the name and text of the tenant's own file, if there is one.
    """

    files: tuple[tuple[str, str], ...] = ()
    tenant: tuple[str, str] | None = None


def load_policy(directory: Path | str, tenant_file: Path | str | None = None) -> Policy:
    """Return the policy of a folder and of a tenant's own file.

    Raises PolicyError with every problem. Reads files and computes for a tenth of a second and
    more: not on the event loop.
    """
    return _sound(policy_check(directory, tenant_file))


def load_texts(texts: Texts) -> Policy:
    """Return the policy of files that were read before. Raises PolicyError."""
    return _sound(check_texts(texts, Problems()))


def policy_check(directory: Path | str, tenant_file: Path | str | None = None) -> Outcome:
    """Return the policy, or everything that keeps it from going live, and warnings either way."""
    problems = Problems()
    return check_texts(read_texts(directory, tenant_file, problems), problems)


def read_texts(directory: Path | str, tenant_file: Path | str | None, problems: Problems) -> Texts:
    """Return what stands in the files; what cannot be read is in `problems`."""
    files: list[tuple[str, str]] = []
    room = TOTAL_BYTES
    for file, path in policy_files(Path(directory), problems):
        text = read_text(path, file, problems, room)
        if text is not None:
            room -= len(text.encode())
            files.append((file, text))
    tenant = None
    if tenant_file is not None:
        name = Path(tenant_file).name
        text = read_text(Path(tenant_file), name, problems)
        tenant = (name, text) if text is not None else None
    return Texts(tuple(files), tenant)


def check_texts(texts: Texts, problems: Problems) -> Outcome:
    """Return the policy that texts make, or everything that keeps it from going live."""
    sources = [source for file in texts.files if (source := _source(*file, problems)) is not None]
    tenant = _source(*texts.tenant, problems) if texts.tenant is not None else None
    return build_policy(sources, tenant, _tried, problems)


def _source(file: str, text: str, problems: Problems) -> Source | None:
    root = parse_yaml(text, file, problems)
    return Source(file, root) if root is not None else None


def _sound(outcome: Outcome) -> Policy:
    if outcome.policy is None:
        raise PolicyError(outcome.problems)
    return outcome.policy


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
