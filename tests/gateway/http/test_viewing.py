"""A case as it is seen: with evidence where one may see it, and written down first."""

from __future__ import annotations

import msgspec
import pytest

from gateway.record.kept import KeptEvidence
from gateway.record.where import Where
from gateway.roles import Role
from gateway.shapes.cases import CaseView
from seawall import wire
from tests.gateway.cases.making import AT
from tests.gateway.http.desk import TENANT, Front, Record
from tests.gateway.http.serving import ask
from tests.gateway.record.making import change

REASON = wire.Reason("lure", "scam.phishing", "high", 0.9, (0, 4), "links")


def verdict(event: str) -> wire.Verdict:
    return wire.Verdict(event, 0, "block", reasons=[REASON], notice="not here")


async def test_a_case_is_shown_with_what_is_kept_of_it(front: Front) -> None:
    case = front.opened(event="m1")
    front.keep("m1", "free money", verdict("m1"), still=b"\xff\xd8")
    status, body, answer = await ask(front.port, f"/v1/cases/{case.id}")
    assert status == 200
    assert answer.headers["ETag"] == f'"{case.version}"'
    shown = msgspec.convert(body, CaseView)
    (member,) = shown.members.items
    assert (member.text, member.kept, member.still, member.clip) == (
        "free money",
        True,
        True,
        False,
    )
    assert [(span.start, span.end, span.rule) for span in member.spans] == [(0, 4, "lure")]
    assert (shown.notice, shown.detectors, shown.blind) == ("not here", ["links"], False)
    assert [choice.id for choice in shown.choices] == ["close"]
    assert shown.who is not None
    assert [note.kind for note in shown.notes] == ["opened"]


async def test_one_line_of_the_audit_is_there_before_anything_is_shown(front: Front) -> None:
    case = front.opened()
    await ask(front.port, f"/v1/cases/{case.id}")
    assert await front.audited() == [("moderator", "case.view", case.id)]


async def test_nothing_is_shown_that_cannot_be_written_down(front: Front) -> None:
    case = front.opened(event="m1")
    front.keep("m1", "free money")
    change(front.where, "DROP TABLE audit")
    status, body, _ = await ask(front.port, f"/v1/cases/{case.id}")
    assert (status, body["code"]) == (503, "record_unavailable")
    assert "money" not in str(body)


async def test_what_is_gone_or_was_changed_is_told_as_not_kept(front: Front) -> None:
    case = front.opened(event="m1")
    front.keep("m1", "free money")
    change(front.where, "UPDATE evidence SET sealed = ?", b"\x01" * 60)
    status, body, _ = await ask(front.port, f"/v1/cases/{case.id}")
    assert status == 200
    (member,) = body["members"]["items"]
    assert (member["kept"], member["text"], member["spans"]) == (False, None, [])


@pytest.mark.parametrize(
    ("role", "seen"), [("moderator", [None]), ("analyst", [None]), ("lead", ["a child"])]
)
async def test_what_may_endanger_minors_takes_a_leads_right(
    front: Front, role: Role, seen: list[str | None]
) -> None:
    case = front.opened(event="m1")
    front.keep("m1", "a child", category="minor_safety.csam", still=b"\xff\xd8")
    person = await front.sign_in("bea", role)
    path = f"/v1/cases/{case.id}"
    status, body, _ = await ask(front.port, path, role="", headers=person)
    assert status == 200
    assert [each["text"] for each in body["members"]["items"]] == seen
    still = await ask(front.port, f"{path}/members/m1/0/still", role="", headers=person)
    assert still[0] == (200 if seen[0] else 403)


async def test_an_analyst_sees_no_evidence(front: Front) -> None:
    case = front.opened(event="m1")
    front.keep("m1", "free money", still=b"\xff\xd8")
    person = await front.sign_in("ana", "analyst")
    path = f"/v1/cases/{case.id}"
    status, body, _ = await ask(front.port, path, role="", headers=person)
    assert status == 200
    assert body["members"]["items"][0]["text"] is None
    status, body, _ = await ask(front.port, f"{path}/claim", "POST", "", headers=person)
    assert (status, body["code"]) == (403, "forbidden")


async def test_a_still_is_of_the_cases_own_events_alone(front: Front) -> None:
    case, other = front.opened(event="m1"), front.opened(event="m2", alike="x")
    for event in ("m1", "m2"):
        front.keep(event, "", still=b"\xff\xd8 " + event.encode())
    path = f"/v1/cases/{case.id}/members"
    status, body, answer = await ask(front.port, f"{path}/m1/0/still")
    assert (status, body, answer.content_type) == (200, b"\xff\xd8 m1", "image/jpeg")
    assert (await ask(front.port, f"{path}/m2/0/still"))[0] == 404
    assert (await ask(front.port, f"{path}/m1/1/still"))[0] == 404
    assert (await ask(front.port, f"{path}/m1/0/clip"))[1]["code"] == "not_here"
    assert (await ask(front.port, f"/v1/cases/{other.id}/members/m2/0/still"))[0] == 200
    assert ("moderator", "evidence.still", f"{case.id}/m2/0") in await front.audited()


async def test_an_incident_is_paged_without_gaps_while_it_grows(front: Front) -> None:
    case = front.opened(alike="raid", event="m0", at=AT - 9)
    front.joined(30, alike="raid")
    seen: list[str] = []
    cursor = ""
    while True:
        path = f"/v1/cases/{case.id}/members?limit=7{cursor}"
        status, body, _ = await ask(front.port, path)
        assert status == 200
        seen += [each["event"] for each in body["items"]]
        if body["next"] is None:
            break
        front.joined(1, alike="raid")  # newer than all that is still to come
        cursor = f"&cursor={body['next']}"
    assert len(seen) == len(set(seen)) == 31


async def test_another_tenants_case_is_not_there(front: Front) -> None:
    case = front.work.opened(tenant="other")
    for path in ("", "/members", "/preview?choice=close"):
        status, body, _ = await ask(front.port, f"/v1/cases/{case.id}{path}")
        assert (status, body["code"]) == (404, "not_found")


async def test_who_asked_for_a_second_opinion_is_hidden_from_who_gives_it(front: Front) -> None:
    case = front.opened()
    await ask(front.port, f"/v1/cases/{case.id}/claim", "POST")
    body = {"question": "is this satire?", "choice": "ban"}
    status, line, _ = await ask(front.port, f"/v1/cases/{case.id}/second", "POST", body=body)
    assert (status, line["state"], line["asked_by"]) == (200, "second", "moderator")
    status, shown, _ = await ask(front.port, f"/v1/cases/{case.id}", role="admin")
    assert (status, shown["blind"]) == (200, True)
    assert "ban" not in str(shown["notes"])
    status, shown, _ = await ask(front.port, f"/v1/cases/{case.id}")
    assert (status, shown["blind"]) == (200, False)
    assert "ban" in str(shown["notes"])


async def test_evidence_of_many_is_read_at_once_in_either_database(where: Where) -> None:
    record, kept = Record(where), KeptEvidence(where)
    try:
        record.keep("m1", "one", category="spam")
        record.keep("m2", "two", category="minor_safety.csam")
        found = await kept.some([(TENANT, f"m{number}", 0) for number in range(1_200)])
        assert {key[1]: (each.text, each.category) for key, each in found.items()} == {
            "m1": ("one", "spam"),
            "m2": ("two", "minor_safety.csam"),
        }
        assert await kept.some([]) == {}
    finally:
        kept.close()
        record.close()
