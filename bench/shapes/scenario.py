"""A scenario: what arrives when, from whom, over how many connections, and what counts as in time.

Scenarios are TOML files in `bench/scenarios/`. Every time is in seconds, every rate a second, every
share from 0 to 1. Unknown fields are refused, so that a misspelt one never goes unnoticed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

__all__ = [
    "Arrivals",
    "Burst",
    "Clients",
    "Constant",
    "Flow",
    "Poisson",
    "Scenario",
    "ScenarioError",
    "Streams",
    "Trace",
    "read_scenario",
    "scenarios",
]

Positive = Annotated[float, Meta(gt=0)]
Share = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=1)]

FOLDER = Path(__file__).resolve().parents[1] / "scenarios"


class ScenarioError(ValueError):
    """The caller's: a scenario that cannot be read, in one line."""


class Constant(
    msgspec.Struct, frozen=True, tag_field="kind", tag="constant", forbid_unknown_fields=True
):
    """One message every 1/rate seconds."""

    rate: Positive


class Poisson(
    msgspec.Struct, frozen=True, tag_field="kind", tag="poisson", forbid_unknown_fields=True
):
    """Independent arrivals: exponential gaps of 1/rate on average, drawn up front from the seed."""

    rate: Positive


class Burst(msgspec.Struct, frozen=True, tag_field="kind", tag="burst", forbid_unknown_fields=True):
    """`rate`, and every `every_s` seconds `peak` for `for_s` seconds."""

    rate: Positive
    peak: Positive
    every_s: Positive
    for_s: Positive


class Trace(msgspec.Struct, frozen=True, tag_field="kind", tag="trace", forbid_unknown_fields=True):
    """As recorded: the times of a replay file of the shared data, `speed` times as fast.

    With `rate` the trace is sped up or slowed to that many a second on average instead.
    """

    file: str
    speed: Positive = 1.0
    rate: Positive | None = None


Arrivals = Constant | Poisson | Burst | Trace


class Flow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Chat messages of one kind. Flows run side by side and are reported apart.

    `text`: `mixed` (about 80 characters, a fifth not ASCII, a twentieth with a listed word),
    `ascii`, `copypasta` (many users, few texts), `raid` (joins and near copies by new users),
    `trace` (what the replay file holds, users and rooms with it). Flows of one `prefix` have their
    rooms and users in common.
    """

    name: str
    arrivals: Arrivals
    rooms: Count = 100
    users: Count = 5_000
    text: Literal["mixed", "ascii", "copypasta", "raid", "trace"] = "mixed"
    prefix: str = ""


class Clients(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The connections, and how badly some of them behave.

    `slow` of them read `slow_bytes_per_s`; every `reconnect_every_s` seconds `reconnect` of them
    break and come back at once; `hostile` kinds each have connections of their own beside the
    others: `fragments` (one byte a segment), `floods` (largest frames, no pause), `garbage`
    (bytes that are no frame, frames that are no message), `pings`.
    """

    connections: Count = 100
    slow: Share = 0.0
    slow_bytes_per_s: Positive = 2_000.0
    reconnect: Share = 0.0
    reconnect_every_s: Positive = 5.0
    hostile: tuple[Literal["fragments", "floods", "garbage", "pings"], ...] = ()
    hostile_connections: Count = 4


class Streams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """So many live streams of one kind, pushed at the pace of their own clock.

    `clip`: `talk` (speech, camera), `screen` (text on screen), `quiet` (hardly anything happens),
    `violation` (something is cut for, at a moment the harness knows).
    """

    name: str
    count: Count
    clip: Literal["talk", "screen", "quiet", "violation"] = "talk"
    stagger_s: Annotated[float, Meta(ge=0)] = 0.3


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What happens in a run. `slo_ms` counts from the moment a message was meant to be sent."""

    name: str
    about: str
    seconds: Positive = 10.0
    warmup_s: Annotated[float, Meta(ge=0)] = 2.0
    slo_ms: Positive = 50.0
    seed: int = 7
    clients: Clients = Clients()
    flows: tuple[Flow, ...] = ()
    streams: tuple[Streams, ...] = ()


def scenarios() -> list[str]:
    """Name the scenarios that come along, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def read_scenario(name: str) -> Scenario:
    """Read a scenario by its name, or from a path that ends in `.toml`. Raises ScenarioError."""
    path = Path(name) if name.endswith(".toml") else FOLDER / f"{name}.toml"
    try:
        found = msgspec.toml.decode(path.read_bytes(), type=Scenario)
    except FileNotFoundError:
        raise ScenarioError(f"no scenario {name!r}; there are {', '.join(scenarios())}") from None
    except (OSError, UnicodeDecodeError, ValueError, msgspec.DecodeError) as error:
        raise ScenarioError(f"{path}: {error}") from error
    if not found.flows and not found.streams:
        raise ScenarioError(f"{path}: a scenario needs at least one flow or stream")
    names = [flow.name for flow in found.flows] + [group.name for group in found.streams]
    if len(set(names)) != len(names):
        raise ScenarioError(f"{path}: two flows or streams have the same name")
    return found
