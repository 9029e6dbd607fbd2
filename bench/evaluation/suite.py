"""The functional suite: small capabilities, each with violating cases and benign look-alikes.

A violating case counts as flagged when any rule says something of it, as caught when a message of
it is restricted; a benign one passes when nothing is done and nothing is said. A person in need
must get care and nothing else. Each case stands in a room of its own, an hour after the one before.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from bench.evaluation.cases import objects
from bench.evaluation.judging import ModelScores, Outcome, outcome
from bench.evaluation.measures import Interval, intervals
from gateway.judge.rows import Row
from gateway.judge.run import Judge
from gateway.policy.load import load_policy
from seawall.events import Message, Surface, User
from seawall.policy.model import Policy

__all__ = ["SuiteCase", "SuiteScore", "read_suite", "score_suite", "suite_policy", "suite_texts"]

PASSED = 0.8
_HOUR_S = 3600.0
_PART_GAP_S = 3.0
_FAMILY = re.compile(r"\b(base|variant of|benign twin of) (ev\d+)")
_MARKET = frozenset({"market.manipulation", "market.misinformation"})
_THEFT = frozenset({"scam.phishing", "scam.giveaway"})
_ACCEPTED: Mapping[str, frozenset[str]] = {
    "scam.phishing": _THEFT,
    "market": _MARKET,
    "impersonation": frozenset({"scam.impersonation"}),
    "doxxing": frozenset({"privacy"}),
    "selfharm": frozenset({"self_harm", "harassment"}),
    "graphic_violence": frozenset({"graphic", "violence"}),
    "illicit.gambling": frozenset({"gambling"}),
    "illicit.adult": frozenset({"sexual"}),
    "illicit.drugs": frozenset({"illegal_goods"}),
    "illicit.weapons": frozenset({"illegal_goods"}),
    "illicit.counterfeit_docs": frozenset({"illegal_goods"}),
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


class SuiteCase(msgspec.Struct, frozen=True):
    """A case as its file has it, with its evasion family taken from the note."""

    id: str
    functionality: str
    category: str
    label: str
    surface: Surface
    lang: str
    note: str = ""
    text: str = ""
    parts: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    user: dict[str, Any] = {}

    @property
    def said(self) -> tuple[str, ...]:
        """Its messages in order."""
        return self.parts or (self.text,)

    @property
    def family(self) -> tuple[str, str]:
        """Return (`base`, `variant of`, `benign twin of` or nothing; the family's name)."""
        found = _FAMILY.search(self.note)
        return (found[1], found[2]) if found else ("", "")


class Judged(msgspec.Struct, frozen=True):
    """A case and what came of it."""

    case: SuiteCase
    outcome: Outcome

    @property
    def flagged(self) -> bool:
        """Whether anything was said or done."""
        return self.outcome.level >= 1 or bool(self.outcome.actions)

    @property
    def named(self) -> bool:
        """Whether a reason is of the case's category."""
        wanted = _ACCEPTED.get(self.case.category, frozenset({self.case.category}))
        also = _ALSO.get(self.case.functionality, frozenset())
        return not self.outcome.categories.isdisjoint(wanted | also)


class SuiteScore(msgspec.Struct):
    """The suite's result: totals with intervals, and tables by group, language and surface."""

    flagged: Interval
    caught: Interval
    benign_flagged: Interval
    benign_restricted: Interval
    named: float
    retention: Interval
    retention_caught: float | None
    twins_flagged: tuple[int, int]
    cared: tuple[int, int]
    punished: int
    passed: tuple[int, int]
    tables: dict[str, dict[str, dict[str, float | None]]]
    wrong: list[dict[str, Any]]


def read_suite(file: Path, ending: str | None = None) -> list[SuiteCase]:
    """Return the cases; `ending` replaces the reserved hosts' own (a rule must not know them)."""
    cases = []
    for found in objects(file):
        if ending is not None and "official" not in found.get("note", ""):
            told = json.dumps(found, ensure_ascii=False)
            found = json.loads(re.sub(r"\.(?:example|test)\b", f".{ending}", told))
        cases.append(msgspec.convert(found, SuiteCase))
    return cases


def suite_policy(folder: Path, readme: Path) -> Policy:
    """Load a policy with the tenant settings that the suite's description gives."""
    found = re.search(r"```json\n(.*?)```", readme.read_text(encoding="utf-8"), re.DOTALL)
    given = json.loads(found[1]) if found else {}
    tenant = {key: given[key] for key in ("brands", "official_domains", "staff") if key in given}
    if "host" in given:
        tenant["hosts"] = [given["host"]]
    if "shop" in given:
        tenant["shop"] = given["shop"]
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "tenant.yaml"
        file.write_text(json.dumps(tenant), encoding="utf-8")
        return load_policy(folder, file)


def suite_texts(cases: Sequence[SuiteCase]) -> list[str]:
    """Return every text that a model may be asked about."""
    return [part for case in cases for part in case.said]


def score_suite(
    cases: Sequence[SuiteCase], policy: Policy, models: ModelScores | None
) -> SuiteScore:
    """Judge all cases and add them up."""
    judge = Judge(policy, models.of if models is not None else None)
    results = [
        Judged(case, outcome([judge.judge(row) for row in _rows(case, at * _HOUR_S)]))
        for at, case in enumerate(cases, start=1)
    ]
    bad = [each for each in results if each.case.label == "violating"]
    good = [each for each in results if each.case.label == "benign"]
    care = [each for each in results if each.case.label == "care"]
    flagged = [each for each in bad if each.flagged]
    retention, kept = _retention(results)
    twins = [each.flagged for each in good if each.case.family[0] == "benign twin of"]
    return SuiteScore(
        flagged=_share(bad, lambda each: each.flagged),
        caught=_share(bad, lambda each: each.outcome.level >= 2),
        benign_flagged=_share(good, lambda each: each.flagged),
        benign_restricted=_share(good, lambda each: each.outcome.level >= 2),
        named=sum(each.named for each in flagged) / max(1, len(flagged)),
        retention=retention,
        retention_caught=kept,
        twins_flagged=(sum(twins), len(twins)),
        cared=(sum(each.outcome.cared for each in care), len(care)),
        punished=sum(each.outcome.level >= 2 for each in care),
        passed=_passed(results),
        tables={
            "group": _table(results, lambda case: case.functionality.partition(".")[0]),
            "functionality": _table(results, lambda case: case.functionality),
            "language": _table(results, lambda case: case.lang),
            "surface": _table(results, lambda case: case.surface),
        },
        wrong=[_told(each) for each in results if _is_wrong(each)],
    )


def _rows(case: SuiteCase, at: float) -> Iterator[Row]:
    senders = case.users or ("viewer",) * len(case.said)
    roles = frozenset(case.user.get("roles", ()))
    for index, (part, sender) in enumerate(zip(case.said, senders, strict=True)):
        name = part.partition(" | ")[0] if case.surface == "profile" else sender
        user = User(f"{case.id}/{sender}", case.user.get("name", name), roles)
        time = at + index * _PART_GAP_S
        ref, surface = f"{case.id}.{index}", case.surface
        message = Message("judge", ref, case.id, user, part, time, time, surface, lang=case.lang)
        yield Row(message, timed=True)


def _share(some: Sequence[Judged], holds: Any) -> Interval:
    """Return a share with an interval over evasion families and functionalities."""
    if not some:
        return Interval(None)
    names = [each.case.family[1] or each.case.id for each in some]
    _, clusters = np.unique(names, return_inverse=True)
    said = np.array([bool(holds(each)) for each in some])
    everything = np.ones(len(some), bool)
    return intervals(said, everything, clusters.tolist())["recall"]


def _retention(results: Sequence[Judged]) -> tuple[Interval, float | None]:
    """Return the share of variants flagged, over families whose base is; the same for caught."""
    bases = [each for each in results if each.case.family[0] == "base"]
    variants = [each for each in results if each.case.family[0] == "variant of"]
    flagged = {each.case.family[1] for each in bases if each.flagged}
    caught = {each.case.family[1] for each in bases if each.outcome.level >= 2}
    some = [each for each in variants if each.case.family[1] in flagged]
    held = [each.outcome.level >= 2 for each in variants if each.case.family[1] in caught]
    return _share(some, lambda each: each.flagged), sum(held) / len(held) if held else None


def _passed(results: Sequence[Judged]) -> tuple[int, int]:
    rights: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for each in results:
        rights[each.case.functionality][each.case.label].append(not _is_wrong(each))
    shares = [min(sum(some) / len(some) for some in by.values()) for by in rights.values()]
    return sum(share >= PASSED for share in shares), len(shares)


def _table(results: Sequence[Judged], key: Any) -> dict[str, dict[str, float | None]]:
    groups: dict[str, list[Judged]] = defaultdict(list)
    for each in results:
        groups[key(each.case)].append(each)
    return {name: _line(some) for name, some in sorted(groups.items())}


def _line(some: Sequence[Judged]) -> dict[str, float | None]:
    bad = [each for each in some if each.case.label == "violating"]
    good = [each for each in some if each.case.label == "benign"]
    recall = sum(each.flagged for each in bad) / len(bad) if bad else None
    passing = sum(not each.flagged for each in good) / len(good) if good else None
    known = [share for share in (recall, passing) if share is not None]
    return {
        "violating": len(bad),
        "flagged": recall,
        "caught": sum(each.outcome.level >= 2 for each in bad) / len(bad) if bad else None,
        "benign": len(good),
        "passed": passing,
        "least": min(known) if known else None,
    }


def _is_wrong(each: Judged) -> bool:
    match each.case.label:
        case "violating":
            return not each.flagged
        case "care":
            return not each.outcome.cared or each.outcome.level >= 2
        case _:
            return each.flagged


def _told(each: Judged) -> dict[str, Any]:
    case = each.case
    return {
        "id": case.id,
        "label": case.label,
        "lang": case.lang,
        "rules": list(each.outcome.rules),
        "text": " / ".join(case.said),
    }
