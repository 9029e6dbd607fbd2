"""Who is told when a rule ran away: its owner, by a case, and whoever reads the log."""

from __future__ import annotations

from gateway.policy.tally import Tally, Trip
from gateway.record.entry import CaseRow, Entry
from seawall.alike import named

__all__ = ["PRIORITY", "QUEUE", "entry_of_release", "entry_of_trip"]

QUEUE, PRIORITY = "policy", "p1"


def entry_of_trip(trip: Trip) -> Entry:
    """Return what the record keeps of a rule that ran away: a row, and a case for its owner."""
    alike = named("p", trip.rule)
    case = CaseRow(
        trip.case, "open", QUEUE, PRIORITY, "gateway", trip.rule, trip.told(), alike=alike
    )
    return Entry(
        "policy",
        trip.tenant,
        "",
        trip.at,
        "eased",
        rule=trip.rule,
        policy=trip.version,
        stage=trip.ease,
        by="gateway",
        ref=trip.cause,
        cases=(case,),
    )


def entry_of_release(tenant: str, rule: str, tally: Tally, by: str, at: float) -> Entry:
    """Return what the record keeps when somebody gives a rule back what it may do."""
    cases: tuple[CaseRow, ...] = ()
    if tally.case:
        cases = (CaseRow(tally.case, "resolved", QUEUE, PRIORITY, "gateway", rule, "released"),)
    return Entry("policy", tenant, "", at, "released", rule=rule, by=by, cases=cases)
