"""How often one may try: the arithmetic, without a clock."""

from __future__ import annotations

from hypothesis import given, strategies as st

from gateway.people.throttle import FORGET_S, LONGEST_S, Throttle, address_of


def test_the_first_failures_are_free_then_each_doubles_the_wait() -> None:
    throttle, now = Throttle(3), 100.0
    waits = []
    for _ in range(14):
        waits.append(throttle.wait_s("k", now))
        now += waits[-1]
        throttle.charge("k", now)
    assert waits == [0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, LONGEST_S]


@given(
    st.lists(st.tuples(st.floats(0, 2 * FORGET_S), st.booleans()), max_size=60),
    st.integers(1, 5),
)
def test_nobody_ever_waits_longer_than_a_quarter_of_an_hour(
    steps: list[tuple[float, bool]], free: int
) -> None:
    throttle, now = Throttle(free), 0.0
    for passed, right in steps:
        now += passed
        wait = throttle.wait_s("k", now)
        assert 0.0 <= wait <= LONGEST_S
        assert throttle.wait_s("k", now + wait) == 0.0
        if wait == 0.0:
            throttle.charge("k", now)
            if right:
                throttle.forgive("k", all_of_it=True)
                assert throttle.wait_s("k", now) == 0.0


def test_a_success_halves_what_is_charged_to_an_address() -> None:
    throttle = Throttle(4)
    for _ in range(4):
        throttle.charge("a", 0.0)
    assert throttle.wait_s("a", 0.0) == 1.0
    throttle.charge("a", 1.0)
    throttle.forgive("a", all_of_it=False)  # of four failures two are left
    for _ in range(2):
        assert throttle.wait_s("a", 1.0) == 0.0
        throttle.charge("a", 1.0)
    assert throttle.wait_s("a", 1.0) == 1.0


def test_an_hour_of_quiet_forgets_everything() -> None:
    throttle = Throttle(1)
    for at in range(20):
        throttle.charge("a", float(at))
    throttle.charge("a", 20 + FORGET_S)
    assert throttle.wait_s("a", 20 + FORGET_S) == 1.0


def test_a_try_that_was_not_answered_is_taken_back() -> None:
    throttle = Throttle(1)
    throttle.charge("a", 0.0)
    assert throttle.wait_s("a", 0.0) == 1.0
    throttle.take_back("a")
    assert throttle.wait_s("a", 0.0) == 0.0
    assert len(throttle) == 0


def test_memory_is_bounded_and_the_longest_quiet_goes_first() -> None:
    throttle = Throttle(1, most_keys=100)
    for number in range(1000):
        throttle.charge(str(number), float(number))
    assert len(throttle) == 100
    assert throttle.wait_s("999", 999.0) == 1.0
    assert throttle.wait_s("0", 999.0) == 0.0


def test_addresses_count_by_host_and_networks_of_64_bits() -> None:
    assert address_of("192.0.2.7") == "192.0.2.7"
    assert address_of("::ffff:192.0.2.7") == "192.0.2.7"
    assert address_of("2001:db8::1") == address_of("2001:db8::ffff:1") == "2001:db8::/64"
    assert address_of("fe80::1%eth0") == "fe80::/64"
    assert len(address_of("x" * 1000)) == 64
