"""Answers are found whole or in pieces, and nothing else is taken for one."""

from __future__ import annotations

import json
from itertools import pairwise

import msgspec
from hypothesis import given, strategies as st

from bench.load.plan import Heard, new_heard
from bench.load.replies import Replies, Rest
from seawall import wire
from seawall.actions import Target

RUN = "x1y2z3"


def ref(number: int) -> str:
    return f"a{RUN}{number:09d}"


def framed(payload: bytes) -> bytes:
    size = len(payload)
    head = bytes([0x81, size]) if size < 126 else b"\x81\x7e" + size.to_bytes(2, "big")
    return head + payload


def verdict(number: int, action: str = "allow", unchecked: bool = False) -> wire.Verdict:
    # A masked text that looks like an answer: within JSON its quotes are escaped.
    lure = json.dumps({"type": "verdict", "id": ref(number + 1), "rev": 0, "action": "allow"})
    reasons = [wire.Reason("unchecked.load" if unchecked else "r", "spam", "low")]
    ms = dict.fromkeys(("decode", "detect", "state", "decide", "journal", "total"), 0.125)
    return wire.Verdict(ref(number), 0, action, reasons=reasons, text=lure, ms=ms)


ANSWERS = st.one_of(
    st.builds(
        verdict,
        st.integers(0, 99),
        st.sampled_from(["allow", "block", "mask"]),
        st.booleans(),
    ),
    st.builds(lambda n, code: wire.Error(ref(n), 0, code, "no"), st.integers(0, 99),
              st.sampled_from(["overloaded", "rate"])),
    st.builds(lambda n: wire.Verdicts([verdict(n), verdict(n + 1, "hold")]), st.integers(0, 98)),
    st.just(wire.Error(None, None, "bad_json", "what?")),
    st.just(wire.Command("c-1", 7, "mute", Target("user", "r", "u"))),
    st.just(wire.Verdict("nobody-asked", 0, "allow")),
    st.just(wire.Verdict(ref(3), 1, "allow")),
    st.just(wire.Credit("s", 5)),
    st.just(wire.Ack("c")),
    st.just(wire.Bye("draining", 1.0)),
)  # fmt: skip


def listen(chunks: list[bytes], speaks: str = "seawall") -> tuple[Heard, Replies]:
    heard = new_heard(100)
    replies = Replies(RUN, speaks, heard, 100, 1)  # type: ignore[arg-type]  # a literal, given here
    rest = Rest()
    for at, chunk in enumerate(chunks):
        replies.take(rest, chunk, float(at))
    return heard, replies


def by_hand(said: list[msgspec.Struct]) -> list[tuple[int, str]]:
    found = []
    for each in said:
        for one in each.items if isinstance(each, wire.Verdicts) else [each]:
            if isinstance(one, wire.Verdict) and RUN in one.id and not one.rev:
                found.append((int(one.id[-9:]), one.action))
            elif isinstance(one, wire.Error) and one.ref is not None:
                found.append((int(one.ref[-9:]), one.code))
    return found


@given(st.lists(ANSWERS, min_size=1, max_size=8), st.data())
def test_however_the_stream_is_cut_the_same_answers_are_found(
    said: list[msgspec.Struct], data: st.DataObject
) -> None:
    stream = b"".join(framed(msgspec.json.encode(each)) for each in said)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(stream) - 1), max_size=6)))
    edges = [0, *cuts, len(stream)]
    heard, replies = listen([stream[a:b] for a, b in pairwise(edges)])
    names = [heard.names[code] for code in heard.outcomes]
    assert list(zip(heard.numbers, names, strict=True)) == by_hand(said)
    strange = [each for each in said if isinstance(each, wire.Verdict)]
    assert heard.unknown == sum(RUN not in each.id or each.rev > 0 for each in strange)
    assert heard.complaints.total() == sum(getattr(each, "code", "") == "bad_json" for each in said)
    assert replies.commands == [b"c-1"] * sum(isinstance(each, wire.Command) for each in said)
    assert sum(heard.sizes) == len(heard.numbers)


def test_who_was_not_examined_is_told_even_when_the_reason_comes_later() -> None:
    stream = framed(msgspec.json.encode(verdict(1))) + framed(
        msgspec.json.encode(verdict(2, unchecked=True))
    )
    cut = stream.index(b"unchecked") - 30
    heard, _ = listen([stream])
    assert heard.unchecked == [2]
    heard, _ = listen([stream[:cut], stream[cut:]])
    assert set(heard.unchecked) == {2}


def test_stages_are_read_from_the_verdict_that_tells_them() -> None:
    heard, _ = listen([framed(msgspec.json.encode(verdict(5)))])
    assert [(each.number, each.total) for each in heard.samples] == [(5, 0.125)]


def test_an_echo_is_an_answer_and_its_authors_are_none() -> None:
    line = b'{"type":"chat","id":"%b","room":"r","user":{"id":"u1"},"text":"t"}'
    frames = [framed(line % ref(number).encode()) for number in range(3)]
    stream = b"".join(frames)
    for cut in range(1, len(stream)):
        heard, _ = listen([stream[:cut], stream[cut:]], "echo")
        assert list(heard.numbers) == [0, 1, 2]
