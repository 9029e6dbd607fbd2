"""What the gateway and the zygote say to each other."""

from __future__ import annotations

import msgspec
import pytest

from workers.streams.orders import Awake, FromZygote, Gone, Kill, Spawn, Spawned, ToZygote


@pytest.mark.parametrize("said", [Spawn(1), Spawn(2, 100, 3, 1.5), Kill(7)])
def test_orders_travel(said: ToZygote) -> None:
    body = msgspec.msgpack.encode(said)
    assert msgspec.msgpack.decode(body, type=ToZygote) == said


@pytest.mark.parametrize("said", [Awake(60.0), Spawned(1, 42), Gone(1, 42, -9, 1.0, 40.0)])
def test_answers_travel(said: FromZygote) -> None:
    body = msgspec.msgpack.encode(said)
    assert msgspec.msgpack.decode(body, type=FromZygote) == said
