"""What the verbs of `seawall policy` do."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import msgspec

from gateway.config import shipped_policy
from gateway.judge.reading import bounded_lines
from gateway.judge.rows import read_rows
from gateway.judge.spread import Spread
from gateway.policy.keeping import Release, ask_release, check_release
from gateway.policy.load import Texts, load_policy, load_texts, policy_check, read_texts
from gateway.policy.versions import Versions
from gateway.review.backtest import Backtest
from gateway.review.showing import diff_lines, report_lines
from seawall.errors import ConfigError
from seawall.policy.diff import diff, is_dangerous
from seawall.policy.explain import explain_all, explain_rule
from seawall.policy.model import Policy
from seawall.policy.problems import Problems, closest

__all__ = [
    "backtest_policies",
    "check_policy",
    "diff_policies",
    "explain_policy",
    "export_version",
    "list_versions",
    "release_rule",
]

_encode = msgspec.json.Encoder().encode


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


def explain_policy(
    folder: str | None, tenant_file: str | None, name: str | None, room: str | None = None
) -> int:
    """Print what a rule or window does, or a table of all; for one room if one is named."""
    policy = _load(folder, tenant_file)
    if room is not None:
        if room not in policy.rooms:
            print(f"the room {room!r} has no overrides: this is what all have", file=sys.stderr)
        policy = policy.rooms.get(room, policy)
    if name is None:
        print(explain_all(policy))
        return 0
    text = explain_rule(policy, name)
    if text is None:
        known = {rule.name for rule in policy.rules}
        known |= {window.name for each in policy.windows.values() for window in each}
        near = closest(name, known)
        hint = f"did you mean {near!r}?" if near else "try `seawall policy explain`"
        raise ConfigError(f"no rule or window is called {name!r}; {hint}")
    print(text)
    return 0


def diff_policies(old: str, new: str, tenant_file: str | None, data: Path, *, as_json: bool) -> int:
    """Print what changes: 1 when something may take more from people by itself, else 0."""
    before, after = (_either(each, tenant_file, data) for each in (old, new))
    changes = diff(before, after)
    if as_json:
        for change in changes:
            sys.stdout.write(_encode(change).decode() + "\n")
    else:
        for line in diff_lines(before, after, changes):
            print(line)
    return int(is_dangerous(changes))


def backtest_policies(
    old: str,
    new: str,
    events: str,
    tenant_file: str | None,
    data: Path,
    *,
    samples: int,
    as_json: bool,
) -> int:
    """Judge recorded messages with both and print what differs: 0, or 2 when none was judged."""
    before, after = (_either(each, tenant_file, data) for each in (old, new))
    test = Backtest(before, after, samples)
    if events == "-":
        test.compare(Spread().rows(read_rows(bounded_lines(sys.stdin.buffer))))
    else:
        try:
            with Path(events).open("rb") as lines:
                test.compare(Spread().rows(read_rows(bounded_lines(lines))))
        except OSError as problem:
            raise ConfigError(f"{events}: {problem.strerror}") from problem
    report = test.report()
    if as_json:
        print(_encode(report).decode())
    else:
        for line in report_lines(report):
            print(line)
    return 0 if report.judged else 2


def list_versions(data: Path, limit: int, *, as_json: bool) -> int:
    """Print when which version went live, the newest first, and whether its files are kept."""
    versions = Versions(data)
    kept = versions.kept()
    for live in reversed(versions.live()[-limit:]):
        size = kept.get(live.version)
        if as_json:
            told = {**msgspec.to_builtins(live), "kept": size is not None, "bytes": size or 0}
            print(_encode(told).decode())
        else:
            at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(live.at))
            files = f"{size} bytes" if size is not None else "files gone"
            tenant = live.tenant or "all tenants"
            print(f"{live.version[:16]}  {at}  {live.name}  {tenant}  {files}")
    return 0


def export_version(version: str, folder: str, data: Path) -> int:
    """Write a kept version's files into a new folder, to look at them or to go back to them."""
    texts = _kept(version, data)
    if texts is None:
        raise ConfigError(f"no kept version begins with {version!r}; try `seawall policy versions`")
    target = Path(folder)
    if target.exists():
        raise ConfigError(f"{folder}: it exists already")
    files = list(texts.files)
    for name, text in files:
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    if texts.tenant is not None:
        beside = target.with_name(f"{target.name}.{texts.tenant[0]}")
        beside.write_text(texts.tenant[1], "utf-8")
        print(f"the tenant's own file is {beside}", file=sys.stderr)
    print(f"{len(files)} files in {target}", file=sys.stderr)
    return 0


def release_rule(rule: str, tenant: str | None, by: str, data: Path) -> int:
    """Ask the gateway that serves from a folder to give a rule back what it may do.

    Raises UnknownName for a folder, tenant or rule that it does not know.
    """
    release = Release(rule, by, tenant)
    check_release(data, release)
    ask_release(data, release)
    whose = f"for {tenant}" if tenant else "for all tenants"
    print(f"{rule} is released {whose} as soon as the gateway looks", file=sys.stderr)
    return 0


def _load(folder: str | None, tenant_file: str | None) -> Policy:
    return load_policy(Path(folder or shipped_policy()), Path(tenant_file) if tenant_file else None)


def _either(name: str, tenant_file: str | None, data: Path) -> Policy:
    """Load a folder, or a kept version by the beginning of its hash.

    A version brings the tenant file it was live with, unless another one is named.
    """
    if Path(name).is_dir():
        return load_policy(name, tenant_file)
    texts = _kept(name, data)
    if texts is None:
        raise ConfigError(f"{name}: neither a policy's folder nor a kept version")
    if tenant_file is not None:
        problems = Problems()
        own = read_texts(Path(name), tenant_file, problems).tenant
        texts = msgspec.structs.replace(texts, tenant=own)
    return load_texts(texts)


def _kept(version: str, data: Path) -> Texts | None:
    versions = Versions(data)
    found = versions.find(version)
    return None if found is None else versions.texts(found)
