"""Score the shipped policy on functional cases, and say what it does to ordinary chat.

Run `python -m bench.eval_suite`. The cases and replays are read from the folder in SEAWALL_DATA
(default `../shared/data`); nothing of them is part of this project. Every case is judged in a room
of its own, an hour after the one before, so that no case counts into another's windows.

A violating case is caught when a message of it is held, blocked, masked or removed; a benign one
passes when nothing at all is done; a person in need must get care and nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

import msgspec

from gateway.judge.rows import Row, Unreadable, read_rows
from gateway.judge.run import Judge
from gateway.judge.spread import Spread
from gateway.policy.load import load_policy
from seawall.actions import is_restriction
from seawall.events import Message, Surface, User
from seawall.policy.model import Policy
from seawall.verdicts import Verdict

__all__ = ["main"]

REPLAYS = ("ubuntu_irc", "twitch_live_2023")
_HOUR = 3600.0
_PART_GAP = 3.0
_FAMILY = re.compile(r"\b(base|variant of|benign twin of) (ev\d+)")
_MARKET = frozenset({"market.manipulation", "market.misinformation"})
_THEFT = frozenset({"scam.phishing", "scam.giveaway"})
_GOODS = frozenset({"illegal_goods"})
_ACCEPTED: Mapping[str, frozenset[str]] = {
    "scam.phishing": _THEFT,
    "market": _MARKET,
    "impersonation": frozenset({"scam.impersonation"}),
    "doxxing": frozenset({"privacy"}),
    "selfharm": frozenset({"self_harm", "harassment"}),
    "graphic_violence": frozenset({"graphic", "violence"}),
    "illicit.gambling": frozenset({"gambling"}),
    "illicit.adult": frozenset({"sexual"}),
    "illicit.drugs": _GOODS,
    "illicit.weapons": _GOODS,
    "illicit.counterfeit_docs": _GOODS,
    "illicit.ip": frozenset({"ip"}),
    "illicit.platform_abuse": frozenset({"spam", "flood"}),
    "spam": frozenset({"spam", "flood"}),
    "harassment": frozenset({"harassment", "hate"}),
}
_ALSO: Mapping[str, frozenset[str]] = {
    "mkt.send1get2": _THEFT | _MARKET,
    "mkt.rug_presale": _THEFT | _MARKET,
    "scam.giveaway_doubling": _MARKET,
    "speech.double_giveaway": _MARKET,
    "frame.qr_double": _MARKET,
    "scam.fake_support_dm": frozenset({"scam.impersonation", "diversion"}),
    "scam.fake_staff_announce": frozenset({"scam.impersonation"}),
    "imp.chat_claim": _THEFT,
    "harm.mob": frozenset({"threat"}),
    "scam.obfuscated_link": frozenset({"spam"}),
}
"""Overlaps that the suite's own description accepts as right."""


class Result(msgspec.Struct, frozen=True):
    """One case and what came of it."""

    case: dict[str, Any]
    restricted: bool
    cared: bool
    touched: bool
    categories: frozenset[str]
    rules: tuple[str, ...]

    @property
    def right(self) -> bool:
        """Say whether the case went as it should."""
        match self.case["label"]:
            case "violating":
                return self.restricted
            case "care":
                return self.cared and not self.restricted
            case _:
                return not self.touched

    @property
    def named(self) -> bool:
        """Say whether one of the reasons is of the case's category."""
        wanted = _ACCEPTED.get(self.case["category"], frozenset({self.case["category"]}))
        return not self.categories.isdisjoint(
            wanted | _ALSO.get(self.case["functionality"], frozenset())
        )


def main() -> int:
    """Print the scores; 0, or 2 when the data is absent."""
    options = _options()
    data = Path(os.environ.get("SEAWALL_DATA", "../shared/data"))
    suite, readme = data / "suite" / "suite.jsonl", data / "suite" / "README.md"
    missing = [str(path) for path in (suite, readme) if not path.is_file()]
    if missing:
        print(f"no evaluation data: {', '.join(missing)} (set SEAWALL_DATA)", file=sys.stderr)
        return 2
    policy = _with_tenant(options.policy, readme)
    cases = [_rewritten(case, options.hosts) for case in _cases(suite, options.half)]
    results = list(_judged(cases, policy))
    _print_suite(results)
    if options.wrong:
        _print_wrong(results, options.wrong)
    for name in REPLAYS:
        path = data / "replay" / f"{name}.jsonl"
        if path.is_file():
            _print_replay(name, path, load_policy(options.policy), options.wrong)
        else:
            print(f"\n{name}: no data at {path}")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="eval_suite", description=__doc__)
    parser.add_argument("--policy", default="policies/default", help="folder of the policy")
    parser.add_argument("--half", choices=("a", "b"), help="only one half of the cases, by id")
    parser.add_argument(
        "--hosts", metavar="ENDING", help="give reserved hosts (.example, .test) this ending"
    )
    parser.add_argument(
        "--wrong", metavar="PREFIX", nargs="?", const=".", help="list what went wrong"
    )
    return parser.parse_args()


def _with_tenant(folder: str, readme: Path) -> Policy:
    """Load the policy with the tenant settings that the suite's description gives."""
    found = re.search(r"```json\n(.*?)```", readme.read_text(encoding="utf-8"), re.DOTALL)
    given = json.loads(found[1]) if found else {}
    tenant = {
        "brands": given.get("brands", []),
        "official_domains": given.get("official_domains", []),
        "hosts": [given["host"]] if "host" in given else [],
        "staff": given.get("staff", []),
    }
    if "shop" in given:
        tenant["shop"] = given["shop"]
    with tempfile.TemporaryDirectory() as folder_of_tenant:
        file = Path(folder_of_tenant) / "tenant.yaml"
        file.write_text(json.dumps(tenant), encoding="utf-8")
        return load_policy(folder, file)


def _cases(suite: Path, half: str | None) -> Iterator[dict[str, Any]]:
    for line in suite.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        family = _FAMILY.search(case["note"])
        # An evasion family stays together, or one half would teach the other.
        key = family[2] if family else case["id"]
        if half is None or ("a" if crc32(key.encode()) % 2 == 0 else "b") == half:
            yield case


def _rewritten(case: dict[str, Any], ending: str | None) -> dict[str, Any]:
    """Give a case's reserved hosts another ending: a rule must not know them by theirs."""
    if ending is None or "official" in case["note"]:
        return case
    changed = dict(case)
    for key in ("text", "parts"):
        if key in changed:
            told = json.dumps(changed[key], ensure_ascii=False)
            changed[key] = json.loads(re.sub(r"\.(?:example|test)\b", f".{ending}", told))
    return changed


def _judged(cases: Iterable[dict[str, Any]], policy: Policy) -> Iterator[Result]:
    judge = Judge(policy)
    for at, case in enumerate(cases, start=1):
        verdicts = [judge.judge(row) for row in _rows(case, at * _HOUR)]
        yield _result(case, verdicts)


def _rows(case: Mapping[str, Any], at: float) -> Iterator[Row]:
    parts: Sequence[str] = case["parts"] if "parts" in case else [case["text"]]
    senders: Sequence[str] = case.get("users") or ["viewer"] * len(parts)
    given = case.get("user", {})
    roles = frozenset(given.get("roles", ()))
    surface = msgspec.convert(case["surface"], Surface)
    for index, (part, sender) in enumerate(zip(parts, senders, strict=True)):
        name = part.partition(" | ")[0] if surface == "profile" else sender
        user = User(f"{case['id']}/{sender}", given.get("name", name), roles)
        time = at + index * _PART_GAP
        yield Row(
            Message(
                "judge",
                f"{case['id']}.{index}",
                case["id"],
                user,
                part,
                time,
                time,
                surface,
                lang=case["lang"],
            ),
            timed=True,
        )


def _result(case: dict[str, Any], verdicts: Sequence[Verdict]) -> Result:
    reasons = [finding for verdict in verdicts for finding in verdict.reasons]
    given = [action.kind for verdict in verdicts for action in verdict.actions]
    return Result(
        case,
        any(verdict.action != "allow" or verdict.visibility for verdict in verdicts)
        or any(is_restriction(kind) for kind in given),
        "care" in given,
        any(verdict.action != "allow" or verdict.visibility for verdict in verdicts) or bool(given),
        frozenset(finding.category for finding in reasons),
        tuple(dict.fromkeys(finding.rule for finding in reasons)),
    )


def _print_suite(results: Sequence[Result]) -> None:
    print(f"{len(results)} cases")
    groups: dict[str, list[Result]] = defaultdict(list)
    languages: dict[str, list[Result]] = defaultdict(list)
    surfaces: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        groups[result.case["functionality"].partition(".")[0]].append(result)
        languages[result.case["lang"]].append(result)
        surfaces[result.case["surface"]].append(result)
    for title, parted in (("group", groups), ("language", languages), ("surface", surfaces)):
        print(f"\n{title:<10} {'recall':>15} {'category':>9} {'benign pass':>15}")
        for name, some in sorted(parted.items()):
            print(_line(name, some))
    print(_line("all", results))
    pack = [result for result in results if result.case["lang"] in ("en", "zh", "ru", "es")]
    print(_line("en+zh+ru+es", pack))
    _print_functions(results)
    _print_families(results)
    care = [result for result in results if result.case["label"] == "care"]
    punished = sum(result.restricted for result in care)
    print(f"care: {sum(r.cared for r in care)} of {len(care)} given, {punished} punished")


def _line(name: str, some: Sequence[Result]) -> str:
    bad = [result for result in some if result.case["label"] == "violating"]
    good = [result for result in some if result.case["label"] == "benign"]
    caught = [result for result in bad if result.right]
    named = sum(result.named for result in caught)
    return (
        f"{name:<11} {_share(len(caught), len(bad))} {named / max(1, len(caught)):>8.0%} "
        f"{_share(sum(result.right for result in good), len(good))}"
    )


def _share(part: int, whole: int) -> str:
    return f"{part:>5}/{whole:<4} {part / whole:>4.0%}" if whole else f"{'':>15}"


def _print_functions(results: Sequence[Result]) -> None:
    """Count the functionalities whose recall and pass rate both reach 0.8."""
    found: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for result in results:
        found[result.case["functionality"]][result.case["label"]].append(result.right)
    passed = sum(
        min(sum(rights) / len(rights) for rights in labels.values()) >= 0.8
        for labels in found.values()
    )
    print(f"\nfunctionalities passed at 0.8: {passed} of {len(found)}")


def _print_families(results: Sequence[Result]) -> None:
    """Print how many variants stay caught, over families whose base was caught."""
    bases: dict[str, bool] = {}
    variants: dict[str, list[bool]] = defaultdict(list)
    twins: list[bool] = []
    for result in results:
        family = _FAMILY.search(result.case["note"])
        if family is None:
            continue
        match family[1]:
            case "base":
                bases[family[2]] = bases.get(family[2], False) or result.restricted
            case "variant of":
                variants[family[2]].append(result.restricted)
            case _:
                twins.append(result.touched)
    kept = [right for name, rights in variants.items() if bases.get(name) for right in rights]
    print(
        f"evasion: {sum(bases.values())} of {len(bases)} bases caught; of their variants "
        f"{_share(sum(kept), len(kept)).strip()}; twins wrongly acted on {sum(twins)}/{len(twins)}"
    )


def _print_wrong(results: Sequence[Result], prefix: str) -> None:
    print()
    for result in results:
        case = result.case
        if result.right or not (prefix == "." or case["functionality"].startswith(prefix)):
            continue
        text = " / ".join(case["parts"]) if "parts" in case else case["text"]
        rules = f" [{', '.join(result.rules)}]" if result.rules else ""
        print(f"{case['label']:<9} {case['id']:<28} {case['lang']}{rules}: {text}")


def _print_replay(name: str, path: Path, policy: Policy, wrong: str | None) -> None:
    judge = Judge(policy)
    count = flagged = 0
    acted: list[tuple[str, str, str]] = []
    rules: Counter[str] = Counter()
    for row in Spread().rows(read_rows(_with_roles(path))):
        if isinstance(row, Unreadable):
            continue
        verdict = judge.judge(row)
        count += 1
        flagged += verdict.action == "allow" and bool(verdict.reasons)
        if verdict.restricts:
            acted.append((verdict.reasons[0].rule, row.message.user.id, row.message.text))
            rules[f"{verdict.reasons[0].rule} {verdict.action}"] += 1
    share = len(acted) / max(1, count)
    print(f"\n{name}: {count} lines, acted on {len(acted)} ({share:.2%}), flagged {flagged}")
    print(f"  {', '.join(f'{rule} {times}' for rule, times in rules.most_common())}")
    for rule, user, text in acted if wrong else ():
        print(f"  {rule:<24} {user}: {text}")


def _with_roles(path: Path) -> Iterator[bytes]:
    """Read a replay's lines; what it marks as a bot gets the role."""
    for line in path.read_bytes().splitlines():
        row = json.loads(line)
        if row.get("bot") and isinstance(row.get("user"), str):
            row["user"] = {"id": row["user"], "roles": ["bot"]}
        yield json.dumps(row).encode()


if __name__ == "__main__":
    sys.exit(main())
