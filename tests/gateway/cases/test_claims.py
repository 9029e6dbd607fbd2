"""Whose a case is, and who may not have it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gateway.cases.claims import holder, why_not_decide, why_not_see
from gateway.cases.drafts import opened
from gateway.roles import Actor
from gateway.shapes.cases import CaseLine
from tests.gateway.cases.making import AT, actor
from tests.gateway.cases.test_drafts import line_of

CASE = opened(line_of(), "k")
ANN, LEA = actor("ann"), actor("lea", "lead")


def test_a_claim_that_ran_out_is_nobodys() -> None:
    case = replace(CASE, state="claimed", claimed_by="ann", claim_until=AT + 5)
    assert (holder(case, AT), holder(case, AT + 5), holder(CASE, AT)) == ("ann", "", "")


@pytest.mark.parametrize(
    ("who", "case", "code"),
    [
        (ANN, CASE, ""),
        (actor("x", "auditor"), CASE, "forbidden"),
        (actor("ann", queues=frozenset({"media"})), CASE, "forbidden"),
        (ANN, replace(CASE, sealed=True), "forbidden"),
        (LEA, replace(CASE, sealed=True), ""),
        (ANN, replace(CASE, state="claimed", claimed_by="bob", claim_until=AT + 1), "claimed"),
        (LEA, replace(CASE, state="claimed", claimed_by="bob", claim_until=AT + 1), "claimed"),
        (ANN, replace(CASE, state="claimed", claimed_by="bob", claim_until=AT), ""),
        (ANN, replace(CASE, state="claimed", claimed_by="ann", claim_until=AT + 1), ""),
        (ANN, replace(CASE, state="escalated"), "escalated"),
        (LEA, replace(CASE, state="escalated"), ""),
        (ANN, replace(CASE, state="second", asked_by="ann"), "second"),
        (ANN, replace(CASE, state="second", asked_by="bob"), ""),
        (ANN, replace(CASE, assigned="bob"), "assigned"),
        (LEA, replace(CASE, assigned="bob"), ""),
        (ANN, replace(CASE, state="decided", decided_by="bob"), "already_decided"),
        (ANN, replace(CASE, state="expired"), "state"),
        (ANN, replace(CASE, state="resolved"), "state"),
    ],
)
def test_who_may_decide(who: Actor, case: CaseLine, code: str) -> None:
    refused = why_not_decide(who, case, AT)
    assert (refused.code if refused is not None else "") == code


def test_to_see_a_case_takes_less() -> None:
    assert why_not_see(actor("x", "auditor"), CASE) is None
    assert why_not_see(actor("x", "auditor"), replace(CASE, sealed=True)) is not None
