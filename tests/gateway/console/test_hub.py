"""Each console hears what it watches and may see, and nobody waits for anybody."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import msgspec
import pytest
from websockets.exceptions import ConnectionClosed

from gateway.roles import Rights
from gateway.shapes.cases import Note, QueueLine
from gateway.shapes.live import Bye, OverviewTold, StreamEnded
from gateway.shapes.paging import PageLine
from tests.gateway.console.making import ANN, Site, actor, case, site, token, until

NOTE = Note("n1", 1.0, "claimed", "bob", "", "")


def page(person: str) -> PageLine:
    return PageLine("p1", "k1", "p0", "why", 1.0, "open", 0, person, None, "", None)


@pytest.fixture
async def here() -> AsyncIterator[Site]:
    async with site() as found:
        yield found


async def test_a_console_is_greeted_with_the_gateways_name(here: Site) -> None:
    async with here.console() as console:
        greeting = await console.wait("hello")
        assert (greeting["gateway"], greeting["version"]) == ("gw", "1")


async def test_cases_are_told_to_whoever_watches_the_queue(here: Site) -> None:
    async with here.console(ANN, None, "queue") as console:
        here.hub.cases("acme", [case("k1"), case("k2")])
        told = await console.wait("cases")
        assert [each["id"] for each in told["items"]] == ["k1", "k2"]


async def test_of_one_case_only_the_newest_version_is_told(here: Site) -> None:
    async with here.console(ANN, None, "queue") as console:
        here.hub.cases("acme", [case("k1", 3)])
        here.hub.cases("acme", [case("k1", 2), case("k1", 4)])
        told = await console.wait("cases")
        assert [each["version"] for each in told["items"]] == [4]


async def test_nobody_hears_of_queues_that_are_not_theirs(here: Site) -> None:
    here.people[token("bob")] = actor("bob", queues=frozenset({"fraud"}))
    async with (
        here.console(ANN, None, "queue") as ann,
        here.console(token("bob"), None, "queue") as bob,
    ):
        await bob.watch("overview")
        await here.watched("overview")  # so bob's queue is watched too
        here.hub.cases("acme", [case("k1"), case("k2", queue="fraud")])
        assert len((await ann.wait("cases"))["items"]) == 2
        assert [each["id"] for each in (await bob.wait("cases"))["items"]] == ["k2"]
        here.hub.queues("acme", [QueueLine(each, 1, 0, 0, {}, None, None) for each in "ab"])
        assert (await bob.wait("queues"))["items"] == []
        assert len((await ann.wait("queues"))["items"]) == 2


async def test_another_tenant_hears_nothing(here: Site) -> None:
    here.people[token("eve")] = msgspec.structs.replace(actor("eve"), tenant="other")
    async with here.console(token("eve")) as eve:
        await eve.watch("stream:s1")
        await until(lambda: ("other", "stream:s1") in here.hub)
        here.hub.tell("acme", "stream:s1", Bye("not for you"))
        here.hub.tell("other", "stream:s1", StreamEnded("s1"))
        assert (await eve.wait("stream_ended"))["stream"] == "s1"


async def test_a_case_that_one_may_not_see_is_not_told(here: Site) -> None:
    here.cases["k1"], here.cases["k2"] = case("k1", queue="secret"), case("k2")
    here.people[token("bob")] = actor("bob", queues=frozenset({"abuse"}))
    async with here.console(token("bob")) as bob:
        await bob.watch("case:k1")
        await bob.watch("case:k2")
        await here.watched("case:k2")
        here.hub.noted("acme", "k1", NOTE)
        here.hub.noted("acme", "k2", NOTE)
        assert (await bob.wait("noted"))["case"] == "k2"


async def test_who_else_looks_at_a_case_is_told(here: Site) -> None:
    here.cases["k1"] = case("k1")
    here.people[token("bob")] = actor("bob")
    async with here.console(ANN, None, "case:k1") as ann:
        assert (await ann.wait("viewers"))["names"] == ["ann"]
        async with here.console(token("bob"), None, "case:k1"):
            assert (await ann.wait("viewers"))["names"] == ["ann", "bob"]
        assert (await ann.wait("viewers"))["names"] == ["ann"]


async def test_what_a_second_opinion_is_asked_for_stays_hidden(here: Site) -> None:
    here.cases["k1"] = case("k1")
    async with here.console(ANN, None, "case:k1") as ann:
        here.hub.noted("acme", "k1", msgspec.structs.replace(NOTE, kind="second"))
        here.hub.noted("acme", "k1", NOTE)
        assert (await ann.wait("noted"))["note"]["kind"] == "claimed"


async def test_whoever_is_called_hears_it_without_watching(here: Site) -> None:
    here.people[token("bob")] = actor("bob")
    async with (
        here.console(ANN) as ann,
        here.console(token("bob"), None, "pages") as bob,
    ):
        await ann.wait("hello")
        here.hub.paged("acme", page("ann"))
        assert (await ann.wait("page"))["ring"] is True
        assert (await bob.wait("page"))["ring"] is False


async def test_what_one_may_not_read_cannot_be_watched(here: Site) -> None:
    nothing = msgspec.structs.replace(actor("bob"), rights=Rights(frozenset({"evidence.view"})))
    here.people[token("bob")] = nothing
    async with here.console(token("bob")) as bob:
        for topic in ("overview", "queue:x", "nonsense", "case:", "queue"):
            await bob.watch(topic)
        await bob.watch("room:r1")
        await here.watched("room:r1")
        assert here.hub.watched("room") == [("acme", "room:r1")]
        assert not [kind for kind in ("overview", "queue", "nonsense") if here.hub.watched(kind)]


async def test_the_first_and_the_last_console_of_a_topic_are_noticed(here: Site) -> None:
    seen: list[tuple[str, bool]] = []
    here.hub.topics.append(lambda tenant, topic, watched: seen.append((topic, watched)))
    async with here.console(ANN, None, "room:r1") as ann:
        async with here.console(ANN, None, "room:r1"):
            assert seen == [("room:r1", True)]
        await ann.watch("room:r1", "unwatch")
        await until(lambda: len(seen) == 2)
        assert seen == [("room:r1", True), ("room:r1", False)]


async def test_a_room_is_heard_once_that_is_written_down(here: Site) -> None:
    async with here.console(ANN, None, "room:r1"):
        assert here.audited == [("ann", "room.watch", "r1")]
    here.people[token("bob")] = actor("bob", "analyst")
    async with here.console(token("bob")) as bob:
        await bob.watch("room:r1")
        await bob.watch("overview")
        await here.watched("overview")
        assert here.hub.watched("room") == []


async def test_a_session_that_ended_is_closed_for_good(here: Site) -> None:
    async with here.console() as console:
        await console.wait("hello")
        del here.people[ANN]
        here.hub.tick()
        assert (await console.wait("bye"))["why"] == "signed_out"
        with pytest.raises(ConnectionClosed) as closed:
            await console.socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4001


async def test_whose_rights_changed_comes_again(here: Site) -> None:
    async with here.console() as console:
        await console.wait("hello")
        here.people[ANN] = actor(role="lead")
        here.hub.tick()
        assert (await console.wait("bye"))["why"] == "changed"


async def test_who_does_not_read_misses_lines_and_is_told_how_many(here: Site) -> None:
    async with here.console(ANN, None, "overview", max_queue=1) as console:
        big = Bye("x" * 60_000)
        for _ in range(400):
            here.hub.tell("acme", "overview", big)
        missed = await console.wait("missed")
        assert missed["topic"] == "overview"
        assert 0 < missed["count"] < 400


async def test_who_never_reads_is_cut(here: Site) -> None:
    async with here.console(ANN, None, "overview", max_queue=1):
        for _ in range(400):
            here.hub.tell("acme", "overview", Bye("x" * 60_000))
        here.now += 60.0
        here.hub.tick()
        await until(lambda: not len(here.hub))


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("{", 1007),
        ('{"type":"dance"}', 1007),
        ('{"type":"watch"}', 1007),
        (json.dumps({"type": "watch", "topic": "x" * 161}), 1007),
        (json.dumps({"type": "watch", "topic": "x" * 5000}), 1009),
        (b"bytes", 4004),
    ],
)
async def test_what_a_console_never_says_ends_it(here: Site, frame: str | bytes, code: int) -> None:
    async with here.console() as console:
        await console.socket.send(frame)
        await console.wait("bye")
        with pytest.raises(ConnectionClosed) as closed:
            await console.socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == code


async def test_everybody_there_is_named_once(here: Site) -> None:
    here.people[token("bob")] = actor("bob")
    async with here.console(), here.console(), here.console(token("bob")) as last:
        await last.wait("hello")
        assert sorted(each.name for each in here.hub.people()) == ["ann", "bob"]
    await until(lambda: not here.hub.people())


async def test_a_flood_of_wishes_ends_it(here: Site) -> None:
    async with here.console() as console:
        for _ in range(60):
            await console.watch("overview")
        assert (await console.wait("bye"))["why"] == "rate"
        with pytest.raises(ConnectionClosed) as closed:
            await console.socket.recv()
        assert closed.value.rcvd is not None  # it goes on sending, and still hears why
        assert closed.value.rcvd.code == 4003


async def test_topics_are_bounded(here: Site) -> None:
    async with here.console() as console:
        for number in range(33):
            await console.watch(f"room:r{number}")
        assert (await console.wait("bye"))["why"] == "too_many_topics"


async def test_nothing_follows_a_goodbye(here: Site) -> None:
    async with here.console(ANN, None, "overview") as console:
        here.hub.drain()
        here.hub.tell("acme", "overview", Bye("after the end"))
        assert (await console.wait("bye"))["why"] == "draining"
        with pytest.raises(ConnectionClosed):
            await console.socket.recv()


async def test_draining_says_goodbye(here: Site) -> None:
    async with here.console() as console:
        await console.wait("hello")
        here.hub.drain()
        assert (await console.wait("bye"))["why"] == "draining"


def test_nothing_is_encoded_for_nobody() -> None:
    told = OverviewTold(None)  # type: ignore[arg-type]  # would fail if it were looked at
    Site().hub.tell("acme", "overview", told)
