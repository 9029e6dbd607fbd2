"""Promise: a deadline that fires because this process stood still does not count at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.chat.patience import AGAIN_S, LOOK_S, Patience


class Clock:
    """A loop's timers, moved by hand; `sleep` is a process that is stopped."""

    def __init__(self) -> None:
        self.now = 0.0
        self._timers: list[tuple[float, Handle]] = []

    def __call__(self) -> float:
        return self.now

    def after(self, delay: float, callback: Callable[[], None]) -> Handle:
        handle = Handle(callback)
        self._timers.append((self.now + delay, handle))
        return handle

    def pass_to(self, now: float) -> None:
        """Go there at once, and fire what is due by then."""
        self.now = now
        due = [each for each in self._timers if each[0] <= now]
        self._timers = [each for each in self._timers if each[0] > now]
        for _, handle in due:
            if not handle.cancelled:
                handle.callback()


class Handle:
    """A timer."""

    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback = callback
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


@pytest.mark.parametrize("late_s", [0.0, 0.001])
def test_a_deadline_counts_when_it_fires_in_time(late_s: float) -> None:
    clock, fired = Clock(), list[float]()
    Patience(clock.after, clock)(0.05, lambda: fired.append(clock.now))
    clock.pass_to(0.05 + late_s)
    assert fired == [0.05 + late_s]


def test_who_was_busy_listens_for_one_pass_before_the_deadline_counts() -> None:
    clock, fired = Clock(), list[float]()
    Patience(clock.after, clock)(0.05, lambda: fired.append(clock.now))
    clock.pass_to(0.95)
    assert fired == []
    clock.pass_to(0.95 + LOOK_S)
    assert fired == [0.95 + LOOK_S]


def test_one_that_fires_after_a_standstill_is_put_off_once() -> None:
    clock, fired = Clock(), list[float]()
    Patience(clock.after, clock)(0.05, lambda: fired.append(clock.now))
    clock.pass_to(10.0)
    assert fired == []
    clock.pass_to(10.0 + AGAIN_S + 5.0)
    assert fired == [15.0 + AGAIN_S]


@pytest.mark.parametrize("stood", [False, True])
def test_cancelled_it_never_fires(stood: bool) -> None:
    clock, fired = Clock(), list[float]()
    timer = Patience(clock.after, clock)(0.05, lambda: fired.append(clock.now))
    if stood:
        clock.pass_to(10.0)
    timer.cancel()
    clock.pass_to(30.0)
    assert fired == []
