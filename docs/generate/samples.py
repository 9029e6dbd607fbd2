"""One message of every type, built from the real types: the examples of the reference."""

from __future__ import annotations

from typing import Any

import msgspec

from seawall import wire
from seawall.actions import Action, Target

__all__ = ["SAMPLES", "sample"]

AT = 1767225600.25
USER = wire.User(id="u-17")
WHY = wire.Reason(
    rule="wallet-drainer-link",
    category="scam.phishing",
    severity="high",
    span=(10, 27),
    detector="links",
)
AUTHOR = wire.Author(id="u-17", name="Mira", roles=[], created_at=1766000000.0)
CHAT = wire.Chat(
    id="m-1",
    room="r-5",
    user=AUTHOR,
    text="claim at free-drop.example",
    at=AT,
    surface="chat",
    lang="en",
)
VERDICT = wire.Verdict(
    id="m-1",
    rev=0,
    action="block",
    actions=[Action(Target("user", room="r-5", id="u-17"), "slow", 30.0)],
    reasons=[WHY],
    notice="Your message was not shown: it holds a link to a site that steals wallets.",
    ms={"decode": 0.01, "detect": 0.02, "state": 0.6, "decide": 0.02, "journal": 2.1, "total": 2.9},
    policy="3f2a9c0d51e877b4",
)

SAMPLES: tuple[Any, ...] = (
    wire.Hello(server="chat-3", rooms=["*"]),
    wire.Room(room="r-5", topic="Friday market talk", viewers=420, owners=["u-1"]),
    CHAT,
    wire.Edit("m-1", "r-5", AUTHOR, "see you on Friday", AT + 8, "chat", rev=1),
    wire.Delete(id="m-1", room="r-5", by="u-17", at=AT + 60),
    wire.Batch(items=[CHAT, wire.Join(room="r-5", user=USER, at=AT)]),
    wire.Join(room="r-5", user=USER, at=AT),
    wire.Leave(room="r-5", user=USER, at=AT + 600),
    wire.Profile(id="p-9", user=wire.Named(id="u-17", name="Mira"), at=AT, bio="I paint boats."),
    wire.Report(id="rep-2", room="r-5", target="m-1", reason="scam", by="u-8", at=AT + 4),
    wire.Acted(Target("user", room="r-5", id="u-17"), "mute", "u-1", AT + 5, until=AT + 605),
    wire.Answer(id="a-3", ref="m-1", at=AT + 90, outcome="verified"),
    wire.StreamOpen(id="o-1", stream="s-5", room="r-5", user=USER, container="webm"),
    wire.StreamStat(stream="s-5", viewers=431),
    wire.StreamClose(stream="s-5", reason="the host left"),
    wire.Done(command="c-71", at=AT + 1),
    wire.Failed(command="c-71", reason="no such user"),
    wire.Resume(session="S6u0pKqz"),
    wire.HelloReply(
        session="S6u0pKqz",
        version=wire.VERSION,
        policy="3f2a9c0d51e877b4",
        budgets={"chat": wire.Budget(50.0, "allow"), "profile": wire.Budget(200.0, "allow")},
        limits=wire.Limits(wire.TEXT_BYTES, wire.FRAME_BYTES, wire.BATCH_ITEMS, 1024, 20_000.0),
        memory=wire.Memory(120.0, 64 * 2**20),
        degraded=[],
        at=AT,
    ),
    VERDICT,
    wire.Verdicts(items=[VERDICT, wire.Verdict("m-2", 0, "allow", policy="3f2a9c0d51e877b4")]),
    wire.Command(
        id="c-71",
        seq=4,
        kind="mute",
        target=Target("user", room="r-5", id="u-17"),
        for_s=600.0,
        until=AT + 60,
        because="user-room-messages",
    ),
    wire.Hold(id="m-7", rev=0, outcome="denied"),
    wire.Ack(ref="rep-2"),
    wire.StreamOpened(stream="s-5", handle=12, credit=4 * 2**20),
    wire.Credit(stream="s-5", bytes=2**20),
    wire.Finding("s-5", "speech", AT + 12.5, AT + 14.0, "warn", [WHY], late=False),
    wire.Coverage(
        "s-5", AT, AT + 60, 0.98, 1.0, [wire.Unchecked(AT + 31, AT + 32.2, "speech", "late")], 0.75
    ),
    wire.Error(ref="m-1", rev=0, code="bad_field", message="`at` must be a number."),
    wire.Bye(why="draining", retry_after=1.0),
)


def sample(cls: type[Any]) -> dict[str, Any]:
    """Return the example of a type, as it stands on the wire. Raises LookupError without one."""
    for value in SAMPLES:
        if type(value) is cls:
            plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(value))
            return plain
    raise LookupError(f"no sample of {cls.__name__}")
