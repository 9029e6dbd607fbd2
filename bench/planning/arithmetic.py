"""From a demand and measured costs to cores, shards, memory and network, with the sums shown.

1. Everything that scales is counted in units (a process on one core, a Valkey shard, a GPU, a link)
   that are planned to be `busy` full and no fuller.
2. What cannot be spread is looked at by itself: one room's windows lie on one shard, and one room's
   chat usually comes over one connection, which is one gateway.
3. The first bottleneck is what fills its single unit first when everything grows alike.
"""

from __future__ import annotations

from math import ceil

import msgspec

from bench.planning.costs import Cost, Costs
from bench.planning.demand import Demand

__all__ = ["Need", "Plan", "plan"]

_GIB = 2**30
_DAY_S = 86_400


class Need(msgspec.Struct, frozen=True):
    """What one resource comes to. `load` is how many single units it fills, at `busy`.

    `units` is `load` rounded up: what to run. `sum` shows how `amount` came about.
    """

    resource: str
    amount: float
    unit: str
    sum: str
    load: float = 0.0
    units: int = 0
    unmeasured: str = ""


class Plan(msgspec.Struct, frozen=True):
    """Everything a demand needs. `bottleneck` names the need that fills one unit first."""

    needs: list[Need]
    bottleneck: str
    advice: str
    cores: float
    memory_bytes: float
    warnings: list[str] = []


def plan(demand: Demand, costs: Costs) -> Plan:
    """Work out what a demand needs. Pure; the same arguments give the same plan."""
    gateway, processes = _gateway(demand, costs)
    needs = [
        gateway,
        *_text(demand, costs),
        _valkey(demand, costs),
        _hot_room(demand, costs),
        *_journal(demand, costs),
        *_streams(demand, costs),
        *_network(demand, costs),
    ]
    memory = _memory(demand, costs, processes)
    fullest = max(needs, key=lambda need: need.load)
    cores = sum(need.amount for need in needs if need.unit == "cores") / demand.busy
    return Plan(
        needs=[*needs, *memory],
        bottleneck=fullest.resource,
        advice=_ADVICE[fullest.resource],
        cores=cores,
        memory_bytes=sum(need.amount for need in memory),
        warnings=_warnings(demand, needs),
    )


_ADVICE = {
    "gateway": "add gateway processes: connections spread over them, Valkey keeps limits exact",
    "classifier": "add text workers, or run the default pack",
    "valkey": "add Valkey shards: a window's keys stay together, rooms and users spread",
    "hottest room": "nothing here spreads over machines: slow mode for that room, or fewer windows",
    "journal": "record less (aggregated runs), or give tenants databases of their own",
    "decode": "add machines for media: streams spread over gateways by connection",
    "pictures and speech": "GPUs, the profile `thrifty`, or fewer detectors (media_see)",
    "gpu": "add GPUs: streams spread over gateways by connection",
    "network in": "more machines, or let stream servers send a smaller rendition",
    "network out": "fewer consoles a gateway, or more gateways",
}


def _one(resource: str, cores: float, told: str, busy: float, spreads: bool = True) -> Need:
    load = cores / busy
    return Need(resource, cores, "cores", told, load, ceil(load) if spreads else 1)


def _gateway(demand: Demand, costs: Costs) -> tuple[Need, int]:
    each = (costs.gateway_all_us if demand.pack == "all" else costs.gateway_default_us).value
    watched = demand.consoles * demand.alerts_per_second
    chat = demand.messages_per_second * each / 1e6
    rest = watched * costs.alert_us.value / 1e6 + demand.streams * costs.stream_gateway_cores.value
    factor = 1.0 if (chat + rest) / demand.busy <= 1 else costs.gateway_second_us.value
    told = (
        f"({_n(demand.messages_per_second)} messages/s x {each:g} µs"
        f" + {_n(watched)} alerts/s x {costs.alert_us.value:g} µs"
        f" + {_n(demand.streams)} streams x {costs.stream_gateway_cores.value:g} cores)"
    )
    if factor != 1.0:
        told += f" x {factor:g} for sharing a Valkey"
    need = _one("gateway", (chat + rest) * factor, told, demand.busy)
    if factor != 1.0:
        need = msgspec.structs.replace(need, unmeasured=_assumed(costs.gateway_second_us))
    return need, max(1, need.units)


def _text(demand: Demand, costs: Costs) -> list[Need]:
    if demand.pack != "all":
        return []
    cores = demand.messages_per_second * costs.text_worker_us.value / 1e6
    told = f"{_n(demand.messages_per_second)} messages/s x {costs.text_worker_us.value:g} µs"
    return [_one("classifier", cores, told, demand.busy)]


def _valkey(demand: Demand, costs: Costs) -> Need:
    cores = demand.messages_per_second * costs.valkey_us.value / 1e6
    told = f"{_n(demand.messages_per_second)} messages/s x {costs.valkey_us.value:g} µs"
    return _one("valkey", cores, told, demand.busy)


def _hot_room(demand: Demand, costs: Costs) -> Need:
    """One room: its connection's gateway and its windows' shard; the dearer of the two."""
    rate = demand.messages_per_second * demand.hottest_room
    each = (costs.gateway_all_us if demand.pack == "all" else costs.gateway_default_us).value
    dearest = max(each, costs.valkey_us.value)
    told = f"{demand.hottest_room:g} of all messages = {_n(rate)}/s x {dearest:g} µs"
    # Part of the gateways' and shards' sums already: not added to the cores again.
    cores = rate * dearest / 1e6
    return Need("hottest room", cores, "of one core", told, cores / demand.busy, 1)


def _journal(demand: Demand, costs: Costs) -> list[Need]:
    rate = demand.messages_per_second * demand.restricted
    cores = rate * costs.journal_us.value / 1e6
    told = f"{_n(rate)} decisions/s x {costs.journal_us.value:g} µs"
    kept = rate * _DAY_S * demand.retention_days
    disk = kept * costs.journal_bytes.value
    return [
        _one("journal", cores, told, demand.busy),
        Need(
            "disk",
            disk,
            "bytes",
            f"{_n(rate)}/s x {demand.retention_days:g} days x {costs.journal_bytes.value:,.0f} B",
        ),
    ]


def _streams(demand: Demand, costs: Costs) -> list[Need]:
    if not demand.streams:
        return []
    decode = demand.streams * costs.stream_decode_cores.value
    needs = [
        _one(
            "decode",
            decode,
            f"{_n(demand.streams)} streams x {costs.stream_decode_cores.value:g} cores",
            demand.busy,
        )
    ]
    if demand.gpu:
        load = demand.streams / costs.streams_per_gpu.value
        told = f"{_n(demand.streams)} streams / {costs.streams_per_gpu.value:g} a GPU"
        note = _assumed(costs.streams_per_gpu)
        needs.append(Need("gpu", load, "GPUs", told, load, ceil(load), note))
        return needs
    each = costs.stream_fast_cores if demand.profile == "fast" else costs.stream_thrifty_cores
    told = f"{_n(demand.streams)} streams x {each.value:g} cores ({demand.profile})"
    seen = _one("pictures and speech", demand.streams * each.value, told, demand.busy)
    needs.append(msgspec.structs.replace(seen, unmeasured=_assumed(each)))
    return needs


def _assumed(cost: Cost) -> str:
    """Say of a cost that no command prints that nobody measured it."""
    return "" if cost.command else cost.note


def _network(demand: Demand, costs: Costs) -> list[Need]:
    taken = demand.messages_per_second * costs.message_in_bytes.value * 8 / 1e6
    media = demand.streams * demand.stream_mbit
    given = demand.messages_per_second * costs.message_out_bytes.value * 8 / 1e6
    told = demand.consoles * demand.alerts_per_second * costs.alert_bytes.value * 8 / 1e6
    link = demand.link_mbit * demand.busy
    return [
        Need(
            "network in",
            taken + media,
            "Mbit/s",
            f"{_n(demand.messages_per_second)}/s x {costs.message_in_bytes.value:,.0f} B"
            f" + {_n(demand.streams)} streams x {demand.stream_mbit:g} Mbit/s",
            (taken + media) / link,
            ceil((taken + media) / link),
        ),
        Need(
            "network out",
            given + told,
            "Mbit/s",
            f"{_n(demand.messages_per_second)}/s x {costs.message_out_bytes.value:,.0f} B"
            f" + {_n(demand.consoles * demand.alerts_per_second)} alerts/s"
            f" x {costs.alert_bytes.value:,.0f} B",
            (given + told) / link,
            ceil((given + told) / link),
        ),
    ]


def _memory(demand: Demand, costs: Costs, processes: int) -> list[Need]:
    remembered = demand.messages_per_second * costs.remembered_s.value
    socket = costs.gateway_connection_bytes.value
    gateways = (
        processes * costs.gateway_idle_bytes.value
        + demand.rooms * costs.gateway_room_bytes.value
        + demand.connections * socket
        + remembered * costs.gateway_remembered_bytes.value
    )
    valkey = (
        demand.users * costs.valkey_user_bytes.value + demand.rooms * costs.valkey_room_bytes.value
    )
    needs = [
        Need(
            "gateway memory",
            gateways,
            "bytes",
            f"{processes} x {_b(costs.gateway_idle_bytes.value)}"
            f" + {_n(demand.rooms)} rooms x {costs.gateway_room_bytes.value:,.0f} B"
            f" + {_n(demand.connections)} connections x {socket:,.0f} B"
            f" + {_n(remembered)} answers x {costs.gateway_remembered_bytes.value:,.0f} B",
        ),
        Need(
            "valkey memory",
            valkey,
            "bytes",
            f"{_n(demand.users)} users x {costs.valkey_user_bytes.value:,.0f} B"
            f" + {_n(demand.rooms)} rooms x {costs.valkey_room_bytes.value:,.0f} B",
        ),
    ]
    if demand.pack == "all":
        each, workers = costs.text_worker_bytes.value, max(1, _text(demand, costs)[0].units)
        told = f"{workers} x {_b(each)}"
        needs.append(Need("classifier memory", workers * each, "bytes", told))
    if demand.streams:
        total = costs.stream_worker_bytes.value + demand.streams * costs.stream_bytes.value
        told = (
            f"{_b(costs.stream_worker_bytes.value)} for models"
            f" + {_n(demand.streams)} streams x {_b(costs.stream_bytes.value)}"
        )
        needs.append(Need("media memory", total, "bytes", told))
    return needs


def _warnings(demand: Demand, needs: list[Need]) -> list[str]:
    found = [f"{need.resource}: {need.unmeasured}" for need in needs if need.unmeasured]
    hot = next(need for need in needs if need.resource == "hottest room")
    if hot.load > 1:
        found.append(
            f"the hottest room needs {hot.load:.1f}x what one gateway and one shard give a room: "
            "no number of machines changes that"
        )
    if demand.users < demand.rooms:
        found.append("fewer users than rooms: rooms in which nobody writes cost nothing")
    return found


def _n(number: float) -> str:
    return f"{number:,.0f}" if number >= 10 or number == int(number) else f"{number:g}"


def _b(size: float) -> str:
    return f"{size / _GIB:.2f} GiB" if size >= _GIB else f"{size / 2**20:.0f} MiB"
