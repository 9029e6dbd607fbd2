"""What reports and the gateway's own faults ask of people, as lines of cases.

Those of verdicts and holds are made where they are decided (`chat.casework`, `stream.findings`).
"""

from __future__ import annotations

from gateway.record.entry import EVIDENCE_S, CaseRow, Entry, Evidence
from seawall import wire
from seawall.alike import alike_fault, alike_report, named
from seawall.taxonomy import CATEGORY_NAMES

__all__ = [
    "OPERATIONS",
    "REPORTS",
    "fault_id",
    "of_fault",
    "of_report",
]

REPORTS, REPORT_PRIORITY = "reports", "p2"
OPERATIONS, FAULT_PRIORITY = "operations", "p1"


def of_report(
    tenant: str, report: wire.Report, viewers: int, at: float, keep_s: float = EVIDENCE_S
) -> Entry:
    """Return what a report makes durable: its row, what the reporter wrote, and its case.

    A reason that is no category of ours is the reporter's own words: kept with the text, as
    evidence, and not in the journal's row, which nothing can erase. The case has it in any case.

    All reports of one target are one incident. Who reported is in the journal, as a keyed hash;
    whom it is about only the platform knows, so the case names nobody. `viewers` are the room's,
    what was written is kept for `keep_s` seconds.
    """
    known = report.reason in CATEGORY_NAMES
    written = [text for text in ("" if known else report.reason, report.text) if text]
    case = CaseRow(
        named("report", tenant, report.id),
        "open",
        REPORTS,
        REPORT_PRIORITY,
        "report",
        report.target,
        report.reason,
        alike=alike_report(report.target),
        viewers=viewers,
        user="",
    )
    return Entry(
        "report",
        tenant,
        report.id,
        at,
        "ack",
        room=report.room,
        user=report.by,
        rule=report.reason if known else "",
        ref=report.target,
        evidence=Evidence("\n".join(written), keep_s=keep_s) if written else None,
        cases=(case,),
    )


def fault_id(tenant: str, node: str, dependency: str, since: float) -> str:
    """Return the id of the case about one outage: another one of the same gateway is another."""
    return named("fault", tenant, node, dependency, f"{since:.3f}")


def of_fault(
    tenant: str, case: str, node: str, dependency: str, at: float, because: str, *, over: bool
) -> Entry:
    """Return the entry that opens or (`over`) resolves the case about an outage."""
    row = CaseRow(
        case,
        "resolved" if over else "open",
        OPERATIONS,
        FAULT_PRIORITY,
        "gateway",
        dependency,
        because,
        alike=alike_fault(dependency),
        rule=f"degraded.{dependency}",
        severity="high",
        score=1.0,
    )
    action = "restored" if over else "degraded"
    return Entry("gateway", tenant, "", at, action, by=node, ref=dependency, cases=(row,))
