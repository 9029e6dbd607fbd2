"""What somebody wants to run: rooms, messages, streams, people who watch. Rates are at the peak."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

__all__ = ["Demand"]

Amount = Annotated[float, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0, le=1)]


class Demand(msgspec.Struct, frozen=True):
    """A deployment at its busiest moment.

    `connections` are sockets of chat and stream servers, not of viewers. `users` write within
    `window_s`. `hottest_room` is the share of all messages that falls into one room, which no
    second machine can take over. `busy` is how much of a core is planned to be used. `restricted`
    is the share of messages that leave a line in the journal. `link_mbit` is a machine's network.
    """

    rooms: Amount = 1_000
    messages_per_second: Amount = 1_000
    users: Amount = 10_000
    connections: Amount = 100
    consoles: Amount = 10
    alerts_per_second: Amount = 1
    streams: Amount = 0
    profile: Literal["fast", "thrifty"] = "thrifty"
    stream_mbit: Amount = 3
    pack: Literal["default", "all"] = "default"
    restricted: Share = 0.05
    hottest_room: Share = 0.01
    busy: Annotated[float, Meta(gt=0, le=1)] = 0.6
    retention_days: Amount = 30
    link_mbit: Annotated[float, Meta(gt=0)] = 1_000
    gpu: bool = False
