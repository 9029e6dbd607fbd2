"""A command is carried out once, and the gateway always hears what became of it."""

from __future__ import annotations

import asyncio

import msgspec

from seawall import client, wire
from seawall.actions import Target
from tests.seawall.scripted import MUTE, Link, gateway, join, until


async def test_a_command_is_carried_out_once_and_confirmed_every_time() -> None:
    carried: list[wire.Command] = []
    confirmed: list[str] = []

    async def act(command: wire.Command) -> None:
        carried.append(command)

    newer = msgspec.structs.replace(MUTE, id="c2", seq=2)

    async def script(link: Link) -> None:
        await link.greet()
        await link.tell(MUTE, MUTE, newer, MUTE)
        for _ in range(4):
            confirmed.append((await link.next(wire.Done)).command)
        await link.rest()

    async with gateway(script) as uri, join(uri, on_command=act) as sea:
        await until(lambda: len(confirmed) == 4)
        assert carried == [MUTE, newer]
        assert confirmed == ["c1", "c1", "c2", "c1"]
        assert (sea.counts.applied, sea.counts.repeated) == (2, 2)


async def test_a_command_applied_before_a_break_is_only_confirmed_after_it() -> None:
    carried: list[wire.Command] = []
    confirmed: list[str] = []

    async def act(command: wire.Command) -> None:
        carried.append(command)

    async def script(link: Link) -> None:
        await link.greet()
        await link.tell(MUTE)
        confirmed.append((await link.next(wire.Done)).command)
        if link.number == 1:
            link.cut()
        else:
            await link.rest()

    async with gateway(script) as uri, join(uri, on_command=act):
        await until(lambda: len(confirmed) == 2)
    assert carried == [MUTE]


async def test_a_command_that_fails_is_said_to_have_failed_and_may_be_tried_again() -> None:
    answers: list[object] = []

    async def act(command: wire.Command) -> None:
        if not answers:
            raise LookupError("no such user")

    async def script(link: Link) -> None:
        await link.greet()
        await link.tell(MUTE)
        answers.append(await link.next(wire.Failed))
        await link.tell(MUTE)
        answers.append((await link.next(wire.Done)).command)
        await link.tell(msgspec.structs.replace(MUTE, id="c3", seq=3, until=1.0))
        answers.append(await link.next(wire.Failed))
        await link.rest()

    async with gateway(script) as uri, join(uri, on_command=act):
        await until(lambda: len(answers) == 3)
    assert answers == [
        wire.Failed("c1", "LookupError: no such user"),
        "c1",
        wire.Failed("c3", "expired"),
    ]


async def test_commands_can_be_walked_and_the_next_step_confirms() -> None:
    confirmed: list[str] = []
    other = wire.Command("c2", 1, "slow_all", Target("room", "r1"), 60.0)

    async def script(link: Link) -> None:
        await link.greet()
        await link.tell(MUTE, MUTE, other)
        confirmed.append((await link.next(wire.Done)).command)
        confirmed.append((await link.next(wire.Done)).command)
        await link.rest()

    async with gateway(script) as uri, join(uri) as sea:
        kinds = []
        async for command in sea.commands():
            kinds.append(command.kind)
            if len(kinds) == 2:
                break
        await until(lambda: confirmed == ["c1", "c1"])
        assert kinds == ["mute", "slow_all"]
        assert sea.counts.applied == 1


async def test_too_many_commands_are_refused_aloud() -> None:
    failed: list[wire.Failed] = []

    async def script(link: Link) -> None:
        await link.greet()
        for number in range(client.MAILBOX + 1):
            await link.tell(msgspec.structs.replace(MUTE, id=f"c{number}", seq=number))
        failed.append(await link.next(wire.Failed))
        await link.rest()

    async with gateway(script) as uri, join(uri):
        await until(lambda: bool(failed))
    assert failed == [wire.Failed(f"c{client.MAILBOX}", "overloaded")]


async def test_too_many_hold_outcomes_are_counted() -> None:
    go = asyncio.Event()

    async def hear(hold: wire.Hold) -> None:
        await go.wait()

    async def script(link: Link) -> None:
        await link.greet()
        for number in range(client.MAILBOX + 2):
            await link.tell(wire.Hold(f"m{number}", 0, "expired"))
        await link.rest()

    async with gateway(script) as uri, join(uri, on_hold=hear) as sea:
        await until(lambda: sea.counts.failed > 0)
        assert sea.counts.failed <= 2  # the handler may or may not have taken the first already


async def test_the_outcome_of_a_hold_is_handed_over() -> None:
    outcomes: list[wire.Hold] = []

    async def hear(hold: wire.Hold) -> None:
        outcomes.append(hold)
        if len(outcomes) == 1:
            raise LookupError("a handler's own trouble")

    async def script(link: Link) -> None:
        await link.greet()
        await link.tell(wire.Hold("m1", 0, "approved"), wire.Hold("m2", 0, "denied"))
        await link.rest()

    async with gateway(script) as uri, join(uri, on_hold=hear) as sea:
        await until(lambda: len(outcomes) == 2)
        assert sea.counts.failed == 1


async def test_an_outcome_that_comes_again_after_a_break_is_handed_over_once() -> None:
    outcomes: list[wire.Hold] = []
    last = wire.Hold("m9", 0, "denied")

    async def hear(hold: wire.Hold) -> None:
        outcomes.append(hold)

    async def script(link: Link) -> None:
        await link.greet()
        await link.tell(wire.Hold("m1", 0, "approved"), wire.Hold("m1", 1, "denied"))
        if link.number == 1:
            link.cut()
        else:
            await link.tell(last)
            await link.rest()

    async with gateway(script) as uri, join(uri, on_hold=hear):
        await until(lambda: last in outcomes)
    assert outcomes == [wire.Hold("m1", 0, "approved"), wire.Hold("m1", 1, "denied"), last]
