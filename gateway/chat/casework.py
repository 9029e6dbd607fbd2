"""What verdicts, holds and joins ask of people, as lines of cases; and how many of one kind do.

Rules:
1. A verdict asks once, whatever rules want a case: the most urgent of them has it. A message that
   is held asks always; its line is the hold's, due when the hold expires.
2. Only findings that act ask: what is in shadow is no work for anybody.
3. Danger to minors is the line's category wherever it is found, whoever has the word, because that
   seals the case.
4. A line's id is made of what it is about, so that whoever tells it again changes nothing, and
   whoever ends it need not look it up. A flood of one user over a window is one, ten seconds long.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Literal

from gateway.chat.runs import RUN_S, is_run
from gateway.record.entry import CaseRow
from seawall.alike import alike, named
from seawall.events import Joined, Message
from seawall.policy.model import CaseSpec, Policy
from seawall.verdicts import Finding, Verdict

__all__ = [
    "HOLDS",
    "HOLD_CASE",
    "SEALED",
    "Waves",
    "case_of_verdict",
    "finding_of_case",
    "hold_ended",
    "hold_word",
    "is_held",
    "sealing",
]

HOLDS, HOLD_PRIORITY = "holds", "p2"
"""Where a held message waits when no rule says."""
SEALED = "minor_safety"
HOLD_CASE = CaseSpec(HOLDS, HOLD_PRIORITY)
WAVE_LINES, WAVE_S = 1000, 60.0
_WAVES = 10_000


class Waves:
    """How many lines of one incident were told of late: what is beyond `WAVE_LINES` a minute adds
    nothing that a person would look at, and is counted."""

    def __init__(self, lines: int = WAVE_LINES) -> None:
        self._lines = lines
        self._since: OrderedDict[tuple[str, str], list[float]] = OrderedDict()

    def has_room(self, tenant: str, alike: str, now: float) -> bool:
        """Count a line; False when its incident has had enough of them."""
        key = (tenant, alike)
        wave = self._since.get(key)
        if wave is None or not 0 <= now - wave[0] < WAVE_S:
            self._since.pop(key, None)
            wave = self._since[key] = [now, 0.0]
            if len(self._since) > _WAVES:
                self._since.popitem(last=False)
        wave[1] += 1
        return wave[1] <= self._lines


def hold_word(policy: Policy) -> Literal["approve", "deny"]:
    """Return what becomes of a held message that nobody decides."""
    return "approve" if policy.hold_expiry == "approved" else "deny"


def is_held(event: Message | Joined, verdict: Verdict) -> bool:
    """Say whether a message waits for a decision."""
    return isinstance(event, Message) and verdict.action == "hold" and verdict.until is not None


def finding_of_case(verdict: Verdict) -> Finding | None:
    """Return the finding whose case it is, which need not be the one that decided."""
    for finding in verdict.reasons:
        if finding.case is not None and finding.case == verdict.case:
            return finding
    return verdict.reasons[0] if verdict.reasons else None


def sealing(verdict: Verdict, finding: Finding) -> str:
    """Return the category of a case: the finding's, unless any endangers minors."""
    found = any(each.category == SEALED for each in verdict.reasons)
    return SEALED if found else finding.category


def case_of_verdict(
    event: Message | Joined, verdict: Verdict, viewers: int, word: str
) -> tuple[CaseRow, ...]:
    """Return the line that a verdict opens, none where it asks nobody.

    `viewers` are the room's; `word` is policy's for a hold that nobody decides.
    """
    spec, held = verdict.case, is_held(event, verdict)
    finding = finding_of_case(verdict)
    if finding is None or (spec is None and not held):
        return ()
    due, nobody = None, ""
    if held:
        due, nobody = verdict.until, word
    elif spec is not None and spec.due_s is not None:
        due, nobody = event.at + spec.due_s, spec.nobody
    ref, lang = (event.id, event.lang or "") if isinstance(event, Message) else ("", "")
    return (
        CaseRow(
            _id(event, verdict, finding, held),
            "open",
            HOLDS if spec is None else spec.queue,
            HOLD_PRIORITY if spec is None else spec.priority,
            "hold" if held else "verdict",
            ref,
            finding.rule,
            event.user.name,
            alike=_alike(event, finding, held),
            lang=lang,
            viewers=viewers,
            due=due,
            nobody=nobody,
            rule=finding.rule,
            category=sealing(verdict, finding),
            severity=finding.severity.label,
            score=finding.score,
        ),
    )


def hold_ended(tenant: str, ref: str, rev: int, created: float, outcome: str) -> CaseRow:
    """Return the line that says that a hold needs nobody any more."""
    case = _of_hold(tenant, ref, rev, created)
    return CaseRow(case, "resolved", HOLDS, HOLD_PRIORITY, "hold", ref, outcome)


def _id(event: Message | Joined, verdict: Verdict, finding: Finding, held: bool) -> str:
    if isinstance(event, Joined):
        minute = str(int(event.at // WAVE_S))
        return named("join", event.tenant, event.room, event.user.id, finding.rule, minute)
    if held:
        return _of_hold(event.tenant, event.id, event.rev, event.at)
    if is_run(verdict):
        # Those decided while the run's first is on its way to the record ask for the same case.
        begun = str(int(event.at // RUN_S))
        return named("run", event.tenant, event.room, event.user.id, finding.rule, begun)
    return named("verdict", event.tenant, event.id, str(event.rev))


def _of_hold(tenant: str, ref: str, rev: int, created: float) -> str:
    """Name a hold. A message that could not be recorded in time may be held again, later."""
    return named("hold", tenant, ref, str(rev), str(round(created * 1000)))


def _alike(event: Message | Joined, finding: Finding, held: bool) -> str:
    """Return what is alike. What waits is apart from what was done: other things can be decided."""
    key = alike(event, finding)
    return f"hold:{key}" if held and key else key
