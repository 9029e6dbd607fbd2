"""What was announced is pending until it is answered, given up, or late."""

from __future__ import annotations

from workers.streams.pending import MOST_FRAMES, Pending
from workers.streams.units import Chosen, Heard


def chosen(n: int) -> Chosen:
    return Chosen(n, 100.0 + n, float(n), "key")


def test_frames_are_pending_until_they_are_answered() -> None:
    pending = Pending(7)
    for n in range(3):
        assert pending.chosen(chosen(n), float(n)) is None
    pending.answered(1)
    assert pending.frames == 2
    assert [(lost.n, lost.cause) for lost in pending.late(1.0)] == [(0, "late")]
    assert [(lost.n, lost.at, lost.cause) for lost in pending.unseen("down")] == [
        (2, 102.0, "down")
    ]
    assert pending.settled


def test_too_many_frames_cost_the_oldest() -> None:
    pending = Pending(7)
    for n in range(MOST_FRAMES):
        pending.chosen(chosen(n), 0.0)
    lost = pending.chosen(chosen(MOST_FRAMES), 0.0)
    assert lost is not None
    assert (lost.n, lost.cause) == (0, "full")


def test_sound_is_pending_until_it_is_settled_or_given_up() -> None:
    pending = Pending(7)
    pending.heard(Heard(100.0, 104.0))
    pending.listened(100.0, 102.0)
    (unheard,) = pending.unheard("down")
    assert (unheard.from_, unheard.to, unheard.unchecked) == (102.0, 104.0, "down")
    assert pending.unheard("down") == []
    assert pending.settled


def test_the_pause_behind_an_utterance_does_not_settle_the_utterance() -> None:
    pending = Pending(7)
    pending.heard(Heard(100.0, 104.0))
    pending.listened(100.0, 101.0)
    pending.listened(103.0, 104.0)
    assert not pending.settled
    assert pending.unheard_s == 2.0
    pending.listened(101.0, 103.0)
    assert pending.settled


def test_an_answer_may_come_before_the_announcement() -> None:
    pending = Pending(7)
    pending.answered(3)
    assert pending.chosen(chosen(3), 0.0) is None
    assert pending.frames == 0
    pending.listened(100.0, 101.0)
    pending.heard(Heard(100.0, 101.0))
    assert pending.settled


def test_a_jump_is_nobodys_sound() -> None:
    pending = Pending(7)
    pending.heard(Heard(100.0, 101.0))
    pending.listened(100.0, 101.0)
    pending.heard(Heard(200.0, 201.0))
    assert pending.unheard_s == 1.0
