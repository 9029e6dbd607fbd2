"""Claims about slots: ours are the server's, and what is no map of them is refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings, strategies as st

from gateway.state.slots import SLOTS, Topology, read_redirect, read_slots, slot_of
from seawall.errors import StateUnavailable
from tests.gateway.state.nodes import Server, serving


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


keys = st.text(st.sampled_from("{}a1.:комната\x00"), max_size=20) | st.text(max_size=40)


@settings(max_examples=500)
@given(keys)
def test_a_keys_slot_is_the_one_the_server_computes(server: Server, key: str) -> None:
    assert slot_of(key) == server.do("CLUSTER", "KEYSLOT", key)


def test_only_the_first_tag_with_something_in_it_counts() -> None:
    assert slot_of("w:{user}:a") == slot_of("{user}") == slot_of("user")
    assert slot_of("w{}{user}") != slot_of("user")
    assert slot_of("w:{us}er}") == slot_of("us")


def test_a_map_is_read_with_its_replicas() -> None:
    reply = [
        [0, 99, [b"a", 1, b"id", []], [b"b", 2, b"id"]],
        [100, SLOTS - 1, [b"", 3, b"id"], [None, 4, b"id"]],
    ]
    expected = Topology(
        ((0, 99, ("a", 1)), (100, SLOTS - 1, ("asked", 3))), frozenset({("b", 2), ("asked", 4)})
    )
    assert read_slots(reply, "asked") == expected


@pytest.mark.parametrize(
    "reply",
    [
        None,
        b"OK",
        7,
        [1],
        [[0, 1]],
        [[0, SLOTS, [b"a", 1]]],
        [[5, 4, [b"a", 1]]],
        [[-1, 4, [b"a", 1]]],
        [[0, 1, [b"a", 0]]],
        [[0, 1, [b"a", 65_536]]],
        [[0, 1, ["a", 1]]],
        [[0, 1, b"a"]],
        [[0, 1, [b"a", 1], 7]],
        [[0, 0, [b"a", port]] for port in range(1, 1_002)],
    ],
)
def test_what_is_no_map_is_refused(reply: object) -> None:
    with pytest.raises(StateUnavailable):
        read_slots(reply, "asked")


@pytest.mark.parametrize(
    ("error", "redirect"),
    [
        ("MOVED 7 10.0.0.1:7000", (7, ("10.0.0.1", 7000))),
        ("ASK 16383 host.example:65535", (16383, ("host.example", 65535))),
        ("MOVED 7 :7000", (7, ("asked", 7000))),
        ("MOVED 7 ::1:7000", (7, ("::1", 7000))),
        ("MOVED", None),
        ("MOVED 7", None),
        ("MOVED 7 host", None),
        ("MOVED 7 host:0", None),
        ("MOVED 7 host:65536", None),
        ("MOVED x host:1", None),
        ("MOVED 16384 host:1", None),
        ("MOVED " + "9" * 5_000 + " host:1", None),
        ("MOVED 1 host:" + "9" * 5_000, None),
        ("MOVED 7 host:1 more", None),
    ],
)
def test_a_redirect_is_read_or_refused(
    error: str, redirect: tuple[int, tuple[str, int]] | None
) -> None:
    assert read_redirect(error, "asked") == redirect
