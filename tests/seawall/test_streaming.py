"""Credit is kept, the newest media wins, and the gateway can see what is missing."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, strategies as st

from seawall import wire
from seawall.binary import HEADER_BYTES, parse
from seawall.errors import WireError
from seawall.streaming import CUT_S, PIECE, Flow, Flows

_OPENING = wire.StreamOpen("o1", "s1", "r1", wire.User("u1"), "webm")


def flow_of(credit: int = 1 << 20, **options: float) -> Flow:
    flow = Flow(_OPENING, keep_s=options.get("keep_s", 1.0))
    assert flow.next_text(0.0, 5.0) is not None
    flow.opened(wire.StreamOpened("s1", 7, credit))
    return flow


def pieces(flow: Flow, now: float = 0.0) -> list[tuple[int, bytes]]:
    out = []
    while (frame := flow.next_piece(now)) is not None:
        head = parse(frame)
        assert not isinstance(head, wire.Error)
        out.append((head.seq, frame[HEADER_BYTES:]))
    return out


def said(text: bytes | None) -> wire.ClientMessage:
    assert text is not None
    message: wire.ClientMessage = msgspec.json.decode(text, type=wire.ClientMessage)
    return message


def test_the_opening_tells_the_senders_clock_and_is_asked_once() -> None:
    flow = Flow(_OPENING)
    assert said(flow.next_text(0.0, 5.0)) == msgspec.structs.replace(_OPENING, at=5.0)
    assert flow.next_text(0.0, 5.0) is None
    assert not flow.is_open


def test_pieces_carry_number_time_and_handle() -> None:
    flow = flow_of()
    flow.offer(b"abc", at=12.3456, now=0.0)
    frame = flow.next_piece(0.0)
    assert frame is not None
    head = parse(frame)
    assert not isinstance(head, wire.Error)
    assert (head.handle, head.seq, head.captured_ms) == (7, 0, 12_345)
    assert frame[HEADER_BYTES:] == b"abc"


def test_what_is_long_is_cut_into_pieces() -> None:
    flow = flow_of()
    flow.offer(b"x" * (PIECE + 1), 1.0, 0.0)
    assert [(seq, len(data)) for seq, data in pieces(flow)] == [(0, PIECE), (1, 1)]


def test_little_credit_makes_small_pieces_and_not_a_standstill() -> None:
    flow = flow_of(credit=2000)
    flow.offer(b"x" * 5000, 1.0, 0.0)
    sizes = []
    for _ in range(3):
        sizes += [len(data) for _, data in pieces(flow)]
        flow.credit += 2000
    assert sizes == [2000, 2000, 1000]


def test_out_of_credit_the_oldest_goes_and_leaves_a_hole() -> None:
    flow = flow_of(credit=10)
    for second in range(4):
        flow.offer(b"0123456789", at=second, now=second * 0.6)
    assert pieces(flow, 1.8) == [(2, b"0123456789")]
    assert (flow.dropped, flow.waiting, flow.sent) == (20, 10, 10)


def test_too_many_bytes_are_dropped_however_young() -> None:
    flow = Flow(_OPENING, keep_bytes=100)
    for _ in range(30):
        flow.offer(b"0123456789", 1.0, 0.0)
    assert (flow.waiting, flow.dropped) == (100, 200)


@given(
    st.lists(st.tuples(st.integers(0, 3000), st.floats(0, 0.7), st.integers(0, 4000)), max_size=60)
)
def test_credit_is_never_overdrawn_and_no_byte_is_lost_uncounted(
    steps: list[tuple[int, float, int]],
) -> None:
    flow, now, granted, offered, last = flow_of(credit=4096), 0.0, 4096, 0, -1
    sent = 0
    for size, pause, more in steps:
        now += pause
        flow.offer(b"x" * size, now, now)
        offered += size
        for seq, data in pieces(flow, now):
            assert seq > last
            last, sent = seq, sent + len(data)
        assert sent <= granted
        flow.credit += more
        granted += more
    assert flow.sent + flow.dropped + flow.waiting == offered
    assert flow.credit == granted - sent


def test_a_resumed_stream_goes_on_with_what_got_lost() -> None:
    flow = flow_of()
    for data in (b"a", b"b", b"c"):
        flow.offer(data, 1.0, 0.0)
    assert len(pieces(flow)) == 3
    flow.broke()
    flow.offer(b"d", 1.0, 0.5)
    assert flow.next_piece(0.5) is None
    again = said(flow.next_text(0.5, 6.0))
    assert isinstance(again, wire.StreamOpen)
    assert again.resume
    flow.opened(wire.StreamOpened("s1", 7, 100, next=1))
    assert pieces(flow, 0.5) == [(1, b"b"), (2, b"c"), (3, b"d")]


def test_what_got_lost_long_ago_stays_lost() -> None:
    flow = flow_of()
    flow.offer(b"a", 1.0, 0.0)
    assert pieces(flow)
    flow.broke()
    flow.offer(b"b", 9.0, 5.0)
    assert flow.next_text(5.0, 6.0)
    flow.opened(wire.StreamOpened("s1", 7, 100, next=0))
    assert pieces(flow, 5.0) == [(1, b"b")]


def test_where_the_gateway_begins_anew_the_head_goes_first() -> None:
    flow = flow_of()
    flow.head = b"HEAD"
    flow.offer(b"a", 1.0, 0.0)
    assert pieces(flow) == [(0, b"a")]
    flow.broke()
    flow.offer(b"b", 2.0, 9.0)
    assert flow.next_text(9.0, 6.0)
    flow.opened(wire.StreamOpened("s1", 8, 100))
    frame = flow.next_piece(9.0)
    assert frame is not None
    assert frame[HEADER_BYTES:] == b"HEAD"
    flow.broke()  # the head belonged to that opening
    flow.opened(wire.StreamOpened("s1", 8, 100, next=1))
    assert pieces(flow, 9.0) == [(1, b"b")]


def test_a_refusal_for_a_while_is_asked_again_and_one_for_good_is_not() -> None:
    flow = Flow(_OPENING)
    assert flow.next_text(0.0, 0.0)
    flow.failed(wire.Error("o1", None, "overloaded", "later", 2.0), 0.0)
    assert flow.next_text(1.0, 0.0) is None
    assert flow.due_in(0.5) == 1.5
    assert flow.next_text(2.0, 0.0)
    flow.failed(wire.Error("o1", None, "unsupported", "no media here"), 0.0)
    assert flow.refused is not None
    assert flow.next_text(99.0, 0.0) is None
    flow.broke()
    assert flow.due_in(99.0) is None


def test_what_is_wrong_with_its_bytes_is_a_complaint_and_it_goes_on() -> None:
    flow, flows = flow_of(), Flows()
    flows.add(flow)
    assert flows.hear(wire.Error("s1", None, "unsupported", "cannot be decoded"), 0.0)
    assert flow.complaint is not None
    assert (flow.complaint.code, flow.refused, flow.is_open) == ("unsupported", None, True)
    flow.offer(b"a", 1.0, 0.0)
    assert pieces(flow) == [(0, b"a")]


def test_a_late_refusal_of_its_opening_changes_nothing_of_an_open_stream() -> None:
    flow = flow_of()
    flow.failed(wire.Error("o1", None, "id_reused", "it is open already"), 0.0)
    assert (flow.refused, flow.complaint, flow.is_open) == (None, None, True)


def test_what_was_cut_during_a_break_stops_at_once_and_says_so_later() -> None:
    flow = flow_of()
    flow.offer(b"abc", 1.0, 0.0)
    flow.broke()
    assert flow.next_text(1.0, 6.0)
    flow.failed(wire.Error("o1", None, "not_allowed", "the stream was cut"), 1.0)
    assert (flow.stopped, flow.waiting, flow.dropped) == (True, 0, 3)
    assert flow.refused is not None
    assert flow.refused_at == 1.0 + CUT_S


def test_a_second_greeting_neither_repeats_pieces_nor_overdraws_credit() -> None:
    flow = flow_of()
    flow.offer(b"a", 1.0, 0.0)
    assert pieces(flow) == [(0, b"a")]
    flow.broke()
    flow.offer(b"bb", 1.0, 0.0)
    flow.offer(b"ccc", 1.0, 0.0)
    assert flow.next_text(0.0, 6.0)
    flow.opened(wire.StreamOpened("s1", 7, 5, next=0))  # the answer to `resume`
    assert pieces(flow) == [(0, b"a"), (1, b"bb")]
    flow.opened(wire.StreamOpened("s1", 7, 5, next=0))  # ... and to `stream.open`
    assert (flow.credit, pieces(flow), flow.opens) == (2, [], 2)
    flow.credit += 1
    assert pieces(flow) == [(2, b"ccc")]


def test_a_stream_that_only_the_gateway_knows_is_closed() -> None:
    flow, flows = flow_of(), Flows()
    assert flows.hear(wire.StreamOpened("s1", 7, 5, next=0), 0.0)
    assert said(flows.next_text(0.0, 0.0)) == wire.StreamClose("s1")
    assert flows.next_text(0.0, 0.0) is None
    assert flows.hear(wire.StreamOpened("s1", 7, 5, next=0), 0.0)
    flows.add(flow)  # it is somebody's by now
    assert flows.next_text(0.0, 0.0) is None


def test_a_stream_that_the_gateway_closed_is_opened_again_for_the_next_bytes() -> None:
    flow, flows = flow_of(), Flows()
    flow.head = b"HEAD"
    flows.add(flow)
    flow.offer(b"a", 1.0, 0.0)
    assert pieces(flow) == [(0, b"a")]
    assert flows.hear(wire.Error("s1", None, "unknown_stream", "nothing came"), 9.0)
    assert not flow.is_open
    assert (flows.due_in(99.0), flows.next_text(99.0, 0.0)) == (None, None)
    flow.offer(b"b", 100.0, 100.0)
    assert flows.due_in(100.0) == 0.0
    again = said(flows.next_text(100.0, 0.0))
    assert isinstance(again, wire.StreamOpen)
    flow.opened(wire.StreamOpened("s1", 8, 100))
    assert [data for _, data in pieces(flow, 100.0)] == [b"HEAD", b"b"]


def test_the_end_of_a_stream_that_the_gateway_does_not_know_is_the_end() -> None:
    flow, flows = flow_of(), Flows()
    flows.add(flow)
    flow.close(wire.StreamClose("s1"))
    assert flows.next_text(0.0, 0.0)
    assert flows.hear(wire.Error("s1", None, "unknown_stream", "no open stream"), 0.0)
    assert flow.closed
    assert flows.next_text(9.0, 0.0) is None


def test_a_stopped_stream_sends_nothing_more_but_its_end() -> None:
    flow = flow_of()
    flow.offer(b"abc", 1.0, 0.0)
    flow.stop()
    assert (pieces(flow), flow.dropped) == ([], 3)
    flow.close(wire.StreamClose("s1", reason="cut"))
    assert said(flow.next_text(0.0, 0.0)) == wire.StreamClose("s1", reason="cut")


def test_the_end_comes_after_the_last_piece() -> None:
    flow = flow_of(credit=3)
    flow.offer(b"abc", 1.0, 0.0)
    flow.offer(b"def", 1.0, 0.0)
    flow.close(wire.StreamClose("s1"))
    assert len(pieces(flow)) == 1
    assert flow.next_text(0.0, 0.0) is None
    flow.credit += 3
    assert len(pieces(flow)) == 1
    assert said(flow.next_text(0.0, 0.0)) == wire.StreamClose("s1")


def test_streams_take_turns() -> None:
    flows = Flows()
    for number in (1, 2):
        opening = wire.StreamOpen(f"o{number}", f"s{number}", "r", wire.User("u"), "webm")
        flows.add(Flow(opening))
        assert flows.next_text(0.0, 0.0)
        assert flows.hear(wire.StreamOpened(f"s{number}", number, 1 << 20), 0.0)
    for name in ("s1", "s2"):
        for _ in range(2):
            flows._flows[name].offer(b"x", 1.0, 0.0)
    handles = []
    while (frame := flows.next_piece(0.0)) is not None:
        head = parse(frame)
        assert not isinstance(head, wire.Error)
        handles.append(head.handle)
    assert handles == [1, 2, 1, 2]


def test_only_what_is_about_these_streams_is_taken() -> None:
    flows, flow = Flows(), Flow(_OPENING)
    flows.add(flow)
    with pytest.raises(WireError, match="id_reused"):
        flows.add(Flow(_OPENING))
    assert not flows.hear(wire.Ack("s1"), 0.0)  # its end was not said: it is somebody else's
    assert not flows.hear(wire.Credit("s2", 5), 0.0)
    assert not flows.hear(wire.Error("m1", 0, "rate", "slowly"), 0.0)
    assert not flows.hear(wire.Verdict("m1", 0, "allow"), 0.0)
    assert flows.hear(wire.StreamOpened("s1", 1, 10), 0.0)
    assert not flows.hear(wire.Error("s1", None, "rate", "slowly"), 0.0)
    assert flow.is_open
    assert flows.hear(wire.Error("s1", None, "not_allowed", "gone"), 0.0)
    assert flow.refused is not None
