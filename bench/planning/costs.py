"""What one unit of work costs, as measured: each with the command that prints it."""

from __future__ import annotations

from pathlib import Path

import msgspec

__all__ = ["Cost", "Costs", "CostsError", "read_costs", "write_costs"]

SHIPPED = Path(__file__).with_name("costs.toml")


class CostsError(ValueError):
    """The caller's: a file of costs that cannot be read, in one line."""


class Cost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One measured cost. `command` prints it; empty `command`: nobody measured it, `note` says."""

    value: float
    command: str
    note: str = ""


class Costs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All costs. `_us` are CPU microseconds, `_cores` shares of a core, `_bytes` bytes."""

    machine: str
    gateway_default_us: Cost
    """Gateway process, a message, default pack."""
    gateway_all_us: Cost
    """The same with all packs and the classifier asked."""
    text_worker_us: Cost
    """The classifier's process, a message, `all` alone."""
    gateway_second_us: Cost
    """One gateway among two that share a Valkey, a message: how much dearer, as a factor."""
    valkey_us: Cost
    """Valkey, a message of three windows."""
    journal_us: Cost
    """Writer, a recorded decision."""
    journal_bytes: Cost
    """Database, a recorded decision with its evidence, indexes included."""
    gateway_idle_bytes: Cost
    gateway_room_bytes: Cost
    """Gateway, a room that somebody wrote in."""
    gateway_connection_bytes: Cost
    gateway_remembered_bytes: Cost
    """Gateway, the answer to a message, for as long as it is remembered."""
    remembered_s: Cost
    valkey_user_bytes: Cost
    """Valkey, a user with windows open."""
    valkey_room_bytes: Cost
    text_worker_bytes: Cost
    message_in_bytes: Cost
    message_out_bytes: Cost
    alert_us: Cost
    """Gateway, an alert to one console."""
    alert_bytes: Cost
    stream_gateway_cores: Cost
    stream_decode_cores: Cost
    stream_fast_cores: Cost
    """Pictures and speech of one stream, all detectors, profile `fast`."""
    stream_thrifty_cores: Cost
    stream_bytes: Cost
    """Decoder and its frames, a stream."""
    stream_worker_bytes: Cost
    """Vision and speech with their models, each with its spare, once a machine."""
    streams_per_gpu: Cost


def read_costs(path: Path = SHIPPED) -> Costs:
    """Read measured costs, those that come along without a path. Raises CostsError."""
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Costs)
    except (OSError, UnicodeDecodeError, ValueError, msgspec.DecodeError) as error:
        raise CostsError(f"{path}: {error}") from error


def write_costs(costs: Costs, path: Path) -> None:
    """Write costs as TOML, one line each."""
    lines = [f"machine = {_quoted(costs.machine)}"]
    for name in Costs.__struct_fields__:
        cost = getattr(costs, name)
        if isinstance(cost, Cost):
            note = f", note = {_quoted(cost.note)}" if cost.note else ""
            command = _quoted(cost.command)
            lines.append(f"{name} = {{ value = {cost.value:.6g}, command = {command}{note} }}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()  # a TOML basic string escapes as JSON does
