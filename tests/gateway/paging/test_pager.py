"""Somebody is called, then somebody else, until one answers, whichever channel fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from aiosmtpd.smtp import SMTP

from gateway.paging.pager import PAUSES_S
from gateway.paging.sending import Sender
from gateway.paging.signing import verifies
from gateway.record.where import Where
from gateway.refusal import Refused
from gateway.shapes.paging import (
    Channel,
    ChannelsBody,
    Quiet,
    Step,
)
from tests.gateway.paging.making import DAYS, Duty, hook, rota


@pytest.fixture
async def duty(where: Where) -> AsyncIterator[Duty]:
    made = Duty(where)
    yield made
    await made.close()


async def test_whoever_is_on_call_is_called_then_the_next_then_the_leads(duty: Duty) -> None:
    duty.plans.write_rota("acme", rota(), None, "ann")
    duty.case("k1")
    await duty.after(0)
    assert (duty.page().person, duty.page().state) == ("ann", "open")
    people = []
    for _ in range(3):
        await duty.after(61)
        people += [duty.page().person]
    assert people == ["ann", "bob", "lea"]
    await duty.after(301)
    assert duty.page().state == "exhausted"
    assert duty.told[-1].state == "exhausted"


async def test_an_answer_ends_it_and_the_later_one_is_told_who_was_first(duty: Duty) -> None:
    duty.case("k1")
    await duty.after(0)
    answered = duty.store.ack("acme", "k1", "bob", duty.now)
    assert (answered.state, answered.acked_by) == ("acked", "bob")
    assert duty.store.ack("acme", "k1", "bob", duty.now).state == "acked"
    with pytest.raises(Refused, match="bob has answered") as refused:
        duty.store.ack("acme", "k1", "ann", duty.now)
    assert refused.value.status == 409
    with pytest.raises(Refused) as refused:
        duty.store.ack("other", "k1", "ann", duty.now)
    assert refused.value.status == 404
    await duty.after(1000)
    assert len(duty.deliveries()) == 1


@pytest.mark.parametrize(
    ("new", "state"),
    [
        ({"claimed_by": "bob", "state": "claimed"}, "acked"),
        ({"open": False, "state": "decided"}, "closed"),
    ],
)
async def test_a_case_that_is_taken_or_over_calls_nobody(
    duty: Duty, new: dict[str, Any], state: str
) -> None:
    duty.case("k1")
    await duty.after(0)
    duty.change("k1", **new)
    await duty.after(61)
    assert duty.page().state == state


async def test_an_incident_is_one_page_and_one_more_when_it_is_escalated(duty: Duty) -> None:
    duty.case("k1")
    await duty.after(0)
    duty.change("k1", members=300, version=301)
    await duty.after(1)
    assert len(duty.store.pages("acme", None, 10)) == 1
    duty.change("k1", state="escalated")
    await duty.after(1)
    assert duty.page("k1.escalated").person == "lea"


async def test_priorities_that_call_nobody_do_not_and_stand_in_nobodys_way(duty: Duty) -> None:
    for number in range(3):
        duty.case(f"k{number}", priority="p2", rank=float(number))
    assert duty.store.unpaged(["p0"], {}) == []
    duty.case("k9", priority="p1", rank=9.0)
    (case,) = duty.store.unpaged(["p0", "p1"], {}, limit=1)
    assert case.id == "k9"
    assert len(duty.store.unpaged(["p0"], {"acme": ["p2"], "other": ["p0"]})) == 3
    await duty.after(0)
    assert [page.case for page in duty.store.pages("acme", None, 10)] == ["k9"]
    assert duty.remarked == [("k9", "lea")]


async def test_a_page_waits_for_the_end_of_quiet_hours(duty: Duty) -> None:
    quiet = Quiet(DAYS, "07:00", "09:00", "UTC", ["p0"])
    duty.plans.write_rota("acme", rota(quiet=[quiet]), None, "ann")
    duty.case("k1", priority="p1")
    duty.case("k2", priority="p0")
    await duty.after(0)
    assert (duty.page("k1").state, duty.page("k2").state) == ("quiet", "open")
    await duty.after(3600)
    assert (duty.page("k1").state, duty.page("k1").person) == ("open", "ann")


async def test_a_webhook_is_signed_and_says_nothing_of_what_was_written(duty: Duty) -> None:
    async with hook(lambda request: 204) as (url, got):
        channel = Channel("ops", "webhook", url, "s3cret")
        duty.plans.write_channels("acme", ChannelsBody([channel]), None, "ann")
        duty.plans.write_rota("acme", rota(Step("on-call", ["ops"])), None, "ann")
        duty.case("k1", because="sw_0123456789abcdef0123456789abcdef in a log line")
        await duty.after(0)
        ((body, header),) = got
    assert verifies("s3cret", body, header, duty.now)
    said = msgspec.json.decode(body)
    assert (said["type"], said["case"], said["person"]) == ("page", "k1", "mod-ann")
    assert said["url"] == "https://mod.test/#/case/k1"
    assert b"0123456789abcdef" not in body
    states = {each.channel: each.state for each in duty.deliveries()}
    assert states == {"ops": "sent", "console": "sent"}


@pytest.mark.parametrize("answer", [500, 429, "http://127.0.0.1:1/elsewhere"])
async def test_a_channel_that_fails_is_tried_again_and_the_next_one_at_once(
    duty: Duty, answer: int | str
) -> None:
    async with (
        hook(lambda request: answer) as (bad, tried),
        hook(lambda request: 200) as (good, got),
    ):
        channels = [Channel("first", "webhook", bad, "s"), Channel("second", "slack", good)]
        duty.plans.write_channels("acme", ChannelsBody(channels), None, "ann")
        step = Step("on-call", ["first"], ack_s=86_400.0)
        duty.plans.write_rota("acme", rota(step), None, "ann")
        duty.case("k1")
        await duty.after(0)
        await duty.after(0)
        assert len(got) == 1
        assert "first" in duty.store.failing("acme")
        for pause in PAUSES_S:
            await duty.after(pause + 0.1)
        assert len(tried) == 1 + len(PAUSES_S)
    dead = [each for each in duty.deliveries() if each.channel == "first"]
    assert [each.state for each in dead] == ["dead"]
    assert dead[0].error
    again = duty.store.retry("acme", dead[0].id, duty.now)
    assert again.state == "waiting"
    with pytest.raises(Refused):
        duty.store.retry("acme", dead[0].id, duty.now)


async def test_a_webhook_that_hangs_has_a_deadline(duty: Duty) -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    channel = Channel("ops", "webhook", f"http://127.0.0.1:{port}/", "s")
    duty.plans.write_channels("acme", ChannelsBody([channel]), None, "ann")
    duty.plans.write_rota("acme", rota(Step("on-call", ["ops"])), None, "ann")
    duty.case("k1")
    await duty.after(0)
    assert "no answer within" in duty.store.failing("acme")["ops"]
    server.close()
    await server.wait_closed()


async def test_a_private_address_is_refused_for_good_when_it_is_not_named(where: Where) -> None:
    duty = Duty(where)
    duty.sender = Sender(frozenset(), 1.0)
    duty.pager = duty.another("gw1")
    channel = Channel("ops", "webhook", "http://127.0.0.1:9/", "s")
    duty.plans.write_channels("acme", ChannelsBody([channel]), None, "ann")
    duty.plans.write_rota("acme", rota(Step("on-call", ["ops"])), None, "ann")
    duty.case("k1")
    await duty.after(0)
    assert "private address" in duty.store.failing("acme")["ops"]
    await duty.close()


class Inbox:
    """What a mail server took in."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:
        self.mails.append(envelope.content)
        return "250 OK"


async def test_a_mail_goes_to_the_persons_own_address(duty: Duty) -> None:
    inbox = Inbox()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(inbox, loop=loop), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    channel = Channel(
        "post", "mail", host=f"127.0.0.1:{port}", sender="sea@example.test", tls="none"
    )
    duty.plans.write_channels("acme", ChannelsBody([channel]), None, "ann")
    duty.plans.write_rota("acme", rota(Step("on-call", ["post"])), None, "ann")
    duty.case("k1", rule="wallet\r\nBcc: eve@example.test")
    await duty.after(0)
    server.close()
    await server.wait_closed()
    (mail,) = inbox.mails
    assert b"To: ann@example.test" in mail
    assert b"\nBcc:" not in mail.partition(b"\r\n\r\n")[0]


async def test_a_storm_reaches_people_by_the_console_alone(duty: Duty) -> None:
    async with hook(lambda request: 200) as (url, got):
        channel = Channel("ops", "webhook", url, "s")
        duty.plans.write_channels("acme", ChannelsBody([channel]), None, "ann")
        plan = rota(Step("on-call", ["ops"], 600.0), storm=3)
        duty.plans.write_rota("acme", plan, None, "ann")
        for number in range(10):
            duty.case(f"k{number}")
        await duty.after(0)
        await duty.after(0)
        assert len(got) == 3
    assert len(duty.store.pages("acme", None, 20)) == 10


async def test_two_gateways_call_once(duty: Duty) -> None:
    async with hook(lambda request: 200) as (url, got):
        channel = Channel("ops", "webhook", url, "s")
        duty.plans.write_channels("acme", ChannelsBody([channel]), None, "ann")
        duty.plans.write_rota("acme", rota(Step("on-call", ["ops"])), None, "ann")
        duty.case("k1")
        pagers = [duty.pager, duty.another("gw2")]
        for _ in range(3):
            await asyncio.gather(*(pager.attempt(duty.now) for pager in pagers))
            for pager in pagers:
                while pager._sending:
                    await asyncio.wait(pager._sending)
        assert len(got) == 1


async def test_a_drill_says_so_and_needs_no_case(duty: Duty) -> None:
    async with hook(lambda request: 200) as (url, got):
        channels = ChannelsBody([Channel("ops", "webhook", url, "s")])
        duty.plans.write_channels("acme", channels, None, "ann")
        page = await duty.pager.drill("acme", "zoe", ["ops"])
        await duty.after(0)
        assert msgspec.json.decode(got[0][0])["type"] == "drill"
    assert duty.page(page.id).person == "zoe"


async def test_a_clock_that_steps_back_calls_nobody_twice(duty: Duty) -> None:
    duty.case("k1")
    await duty.after(0)
    before = len(duty.deliveries())
    await duty.after(-7200)
    await duty.after(1)
    assert len(duty.deliveries()) == before


async def test_a_secret_is_kept_only_for_where_it_went(where: Where) -> None:
    duty = Duty(where)
    first = Channel("ops", "webhook", "https://a.example/", "s3cret")
    duty.plans.write_channels("acme", ChannelsBody([first]), None, "ann")
    same = msgspec.structs.replace(first, secret="")
    kept = duty.plans.write_channels("acme", ChannelsBody([same]), 1, "ann")
    assert kept.channels[1].secret == "s3cret"
    moved = msgspec.structs.replace(same, url="https://evil.example/")
    gone = duty.plans.write_channels("acme", ChannelsBody([moved]), 2, "ann")
    assert gone.channels[1].secret == ""
    with pytest.raises(Refused) as refused:
        duty.plans.write_channels("acme", ChannelsBody([same]), 2, "ann")
    assert refused.value.status == 412
    await duty.close()
