"""Policies written as text for tests, and what becomes of them."""

from __future__ import annotations

from gateway.policy.yaml_tree import parse_yaml
from seawall.events import Message, User
from seawall.policy.compile import Outcome, Proof, build_policy
from seawall.policy.model import Env, Facts, Policy
from seawall.policy.problems import Problems
from seawall.policy.tree import Map, Node, Seq, Source

__all__ = [
    "MANIFEST",
    "RULE",
    "WINDOW",
    "env",
    "map_of",
    "node_of",
    "outcome",
    "policy_of",
    "problems_of",
    "seq_of",
    "source",
    "warnings_of",
]

MANIFEST = """\
policy: small
notices:
  scam.phishing: {en: "It looked like theft."}
  flood: {en: "Too fast."}
  hate: {en: "Hate."}
"""
RULE = """\
- rule: listed-link
  category: scam.phishing
  when: link.listed
  then: block
"""
WINDOW = """\
- window: too-fast
  key: [room, user]
  limit: 8
  per: 10s
  over: {then: slow, for: 30s}
"""


def node_of(text: str, file: str = "rules.yaml") -> Node:
    """Return the tree of a text that is sound YAML."""
    problems = Problems()
    node = parse_yaml(text, file, problems)
    assert node is not None, problems.errors
    return node


def map_of(text: str, file: str = "rules.yaml") -> Map:
    """Return the tree of a map."""
    node = node_of(text, file)
    assert isinstance(node, Map)
    return node


def seq_of(text: str, file: str = "rules.yaml") -> Seq:
    """Return the tree of a list."""
    node = node_of(text, file)
    assert isinstance(node, Seq)
    return node


def source(file: str, text: str) -> Source:
    """Return one file."""
    return Source(file, node_of(text, file))


def outcome(
    rules: str = RULE,
    *,
    manifest: str = MANIFEST,
    tenant: str | None = None,
    proof: Proof | None = None,
    **others: str,
) -> Outcome:
    """Build a policy of a manifest, a rules file and others (``hosts``: ``hosts.yaml``)."""
    sources = [source("policy.yaml", manifest)]
    if rules:
        sources.append(source("rules.yaml", rules))
    sources += [source(f"{name}.yaml", text) for name, text in others.items()]
    own = source("tenant.yaml", tenant) if tenant is not None else None
    return build_policy(sources, own, proof)


def policy_of(rules: str = RULE, **more: str) -> Policy:
    """Return a policy that must be sound."""
    made = outcome(rules, **more)  # type: ignore[arg-type]  # texts only: never a proof
    assert made.policy is not None, made.problems
    return made.policy


def problems_of(rules: str = RULE, **more: str) -> tuple[str, ...]:
    """Return what keeps a policy from going live."""
    made = outcome(rules, **more)  # type: ignore[arg-type]  # texts only: never a proof
    assert (made.policy is None) == bool(made.problems)
    return made.problems


def warnings_of(rules: str = RULE, **more: str) -> tuple[str, ...]:
    """Return the warnings of a policy that can go live."""
    made = outcome(rules, **more)  # type: ignore[arg-type]  # texts only: never a proof
    assert made.policy is not None, made.problems
    return made.warnings


def env(
    text: str = "hello",
    *,
    user: User | None = None,
    facts: Facts | None = None,
    windows: dict[str, int] | None = None,
    at: float = 1_000_000.0,
    **scores: float,
) -> Env:
    """Return what a condition may look at; scores are named with ``__`` for a dot."""
    event = Message("t", "m", "r", user or User("u"), text, at, at)
    named = {name.replace("__", "."): score for name, score in scores.items()}
    return Env(event, named, facts or Facts(), windows or {})
