"""What is told of what waits: a repeat is told as one, unless it was called durable before."""

from __future__ import annotations

from pathlib import Path

import msgspec

from gateway.record.backlog import Backlog, Pending, Progress, Work
from gateway.record.chain import Head
from gateway.record.entry import Entry
from gateway.record.seal import Seal
from gateway.record.spill import Spill
from tests.gateway.record.making import make_entry

WAIT_S = 1.0


def made(tmp_path: Path, answered: list[Progress]) -> Backlog:
    def spill() -> Spill:
        return Spill(tmp_path, "w" * 32, Seal(b"s" * 32), 1 << 20)

    backlog = Backlog(spill, WAIT_S, lambda: None, answer=answered.append)
    backlog.begin(Head(), 0)
    entries = [make_entry(n) for n in (1, 2, 3)]
    pending = [
        Pending(n, msgspec.msgpack.encode(each), each, 0.0) for n, each in enumerate(entries, 1)
    ]
    backlog.arrived(pending)
    return backlog


def test_a_repeat_is_told_with_what_is_durable(tmp_path: Path) -> None:
    answered: list[Progress] = []
    backlog = made(tmp_path, answered)
    work = backlog.take(0.0)
    assert work is not None
    assert backlog.repeated({2}) == {2}
    assert backlog.progress(0.0).repeats == ()  # it is not durable yet
    backlog.done(work, Head(3, b"h"), 3, 0.0)
    assert answered == []  # the main thread has something to add
    progress = backlog.progress(0.0)
    assert (progress.n, progress.repeats, progress.refused) == (3, (2,), ())
    assert backlog.progress(0.0).repeats == ()


def test_what_was_spilled_meanwhile_was_told_as_it_is(tmp_path: Path) -> None:
    backlog = made(tmp_path, [])
    work = backlog.take(0.0)
    assert work is not None
    assert backlog.progress(WAIT_S).n == 3  # the commit takes too long
    assert backlog.repeated({2}) == set()
    backlog.done(work, Head(3, b"h"), 3, 2.0)
    assert backlog.progress(WAIT_S).repeats == ()


def test_a_repeat_that_is_spilled_brings_nothing_with_it(tmp_path: Path) -> None:
    backlog = made(tmp_path, [])
    backlog.take(0.0)
    assert backlog.repeated({2}) == {2}
    progress = backlog.progress(WAIT_S)
    assert (progress.n, progress.repeats) == (3, (2,))
    assert backlog.spill is not None
    frames, _, _ = backlog.spill.read(0, 10)
    entries = [msgspec.msgpack.decode(frame, type=Entry) for _, frame in frames]
    assert [(each.kind, each.evidence is None) for each in entries] == [
        ("verdict", False), ("repeat", True), ("verdict", False),
    ]  # fmt: skip


def test_nothing_is_called_durable_past_a_repeat_that_is_not_told_yet(tmp_path: Path) -> None:
    answered: list[Progress] = []
    backlog = made(tmp_path, answered)
    backlog.repeated({2})
    work = backlog.take(0.0)
    assert work is not None
    backlog.done(work, Head(3, b"h"), 3, 0.0)
    assert backlog.progress(0.0).repeats == (2,)  # taken, and not said yet
    more = make_entry(4)
    backlog.arrived([Pending(4, msgspec.msgpack.encode(more), more, 0.0)])
    work = backlog.take(0.0)
    assert work is not None
    backlog.done(work, Head(4, b"i"), 4, 0.0)
    assert answered == []
    assert backlog.progress(0.0).n == 4  # who asks again has said what it was told before
    backlog.done(Work(), Head(4, b"i"), 4, 0.0)
    assert [each.n for each in answered] == [4]


def test_a_database_that_lacks_what_it_had_is_told(tmp_path: Path) -> None:
    backlog = made(tmp_path, [])
    work = backlog.take(0.0)
    assert work is not None
    backlog.done(work, Head(3, b"h"), 3, 0.0)
    backlog.failed("the file was replaced")
    assert backlog.begin(Head(3, b"h"), 3) is None
    assert backlog.progress(0.0).lost == 0
    backlog.failed("the file was replaced")
    assert backlog.begin(Head(1, b"g"), 1) == Head(3, b"h")
    assert backlog.progress(0.0).lost == 2
    assert backlog.begin(Head(1, b"other"), 1) == Head(1, b"g")
    assert backlog.progress(0.0).lost == 3
