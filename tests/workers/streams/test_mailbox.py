"""Frames in shared memory, and readers that cannot be hurt by it."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import given, strategies as st

from workers.streams.mailbox import SLOTS, Gallery, Mailbox


def test_what_is_written_is_seen_without_a_copy() -> None:
    box = Mailbox(64 * 48 * 3)
    gallery = Gallery(os.dup(box.fd), box.slots, box.slot_bytes)
    for value in (7, 8):
        box.rows(1, 64, 48)[:] = value
        assert int(gallery.rows(1, 64, 48).min()) == value
    view = gallery.rows(1, 64, 48)
    box.rows(1, 64, 48)[0, 0, 0] = 99
    assert view[0, 0, 0] == 99
    with pytest.raises(ValueError, match="read-only"):
        view[0, 0, 0] = 1
    box.close()


def test_the_view_outlives_everybody() -> None:
    box = Mailbox(300)
    box.rows(0, 10, 10)[:] = 5
    view = Gallery(os.dup(box.fd), box.slots, box.slot_bytes).rows(0, 10, 10)
    box.close()
    del box
    assert int(np.asarray(view).sum()) == 1500


def test_slots_are_taken_lowest_first_and_given_back() -> None:
    box = Mailbox(30)
    assert [box.take() for _ in range(SLOTS + 1)] == [0, 1, 2, None]
    for slot in (2, 2, 0, -1, 99):
        box.free(slot)
    assert [box.take(), box.take(), box.take()] == [0, 2, None]
    box.reset()
    assert box.take() == 0
    box.close()


@given(st.integers(-2, 5), st.integers(-5, 50), st.integers(-5, 50))
def test_nothing_outside_a_slot_can_be_named(slot: int, width: int, height: int) -> None:
    box = Mailbox(20 * 20 * 3)
    gallery = Gallery(os.dup(box.fd), box.slots, box.slot_bytes)
    fits = 0 <= slot < SLOTS and width > 0 and height > 0 and width * height <= 400
    for rows in (box.rows, gallery.rows):
        if fits:
            assert rows(slot, width, height).shape == (height, width, 3)
        else:
            with pytest.raises(ValueError, match="slot"):
                rows(slot, width, height)
    box.close()


@pytest.mark.parametrize(
    ("slots", "slot_bytes"), [(3, 31), (4, 30), (0, 30), (3, 0), (-1, -1), (1 << 40, 1 << 40)]
)
def test_memory_that_is_not_as_said_is_refused(slots: int, slot_bytes: int) -> None:
    box = Mailbox(30)
    with pytest.raises(ValueError):  # noqa: PT011  (several messages)
        Gallery(os.dup(box.fd), slots, slot_bytes)
    box.close()


def test_memory_that_could_be_shrunk_is_refused_and_ours_cannot() -> None:
    plain = os.memfd_create("plain")
    os.ftruncate(plain, 90)
    with pytest.raises(ValueError, match="sealed"):
        Gallery(plain, 3, 30)
    box = Mailbox(30)
    with pytest.raises(PermissionError):
        os.ftruncate(box.fd, 10)
    box.close()
