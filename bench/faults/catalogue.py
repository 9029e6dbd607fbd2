"""Every fault that `seawall bench fault` knows: what is broken, and what is promised meanwhile."""

from __future__ import annotations

import signal
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from bench.faults import breaks as on, running, writers
from bench.faults.databases import filled, locked, moved, no_room, pulsing, why_no_disk
from bench.faults.enduring import Break, Breaking, endure
from bench.faults.packets import why_no_line
from bench.faults.postgres import why_no_postgres
from bench.faults.site import Layout
from bench.shapes.result import Figure

__all__ = ["FAULTS", "Fault", "Run"]

Run = Callable[[Path, int], Coroutine[Any, Any, list[Figure]]]  # Any: nobody looks at it
"""Stages a fault in an empty folder, so many times where it is one of moments."""


class Fault(msgspec.Struct, frozen=True):
    """One fault. `why_not` says why it cannot be staged here; empty when it can.

    `root_can`: root could make it possible, so that for root it is a failure and not a skip.
    """

    name: str
    what: str
    promise: str
    run: Run
    why_not: Callable[[], str] = lambda: ""
    root_can: bool = True


def _break(how: Break) -> Run:
    async def run(folder: Path, _runs: int) -> list[Figure]:
        return await endure(folder, how)

    return run


_ONE = "one verdict each, every restriction recorded, every command once"
_WINDOWS = f"counted here within the budget, told, limits kept, nobody struck, back in 2 s; {_ONE}"
_RECORD = f"restrictions wait in the spill, in their budget, told, replayed in 2 s; {_ONE}"
_MODEL = f"its texts are late and say so, no verdict waits, started again in 3 s; {_ONE}"
_OTHER = f"the other gateway answers what was owed within 3 s; {_ONE}"
_LINE = f"budgets count from the read: nothing is late for the line's sake; {_ONE}"
_SILENT = f"both sides give a silent line up, the server moves over; {_ONE}"
_PROXIED = Layout(line="proxied", settings={"ping_s": str(on.PING_S)})
_PACKETS = Layout(line="packets", settings={"ping_s": str(on.PING_S)})
_PROXIED_STORE = Layout(store="proxied")
_SQL = Layout(record="postgresql")
_FAR_SQL = Layout(record="postgresql-proxied")
_ASKS = Layout(asks=True)
_windows = partial(Break, tells="windows", during=(on.limits_hold,), after=(on.nobody_struck,))
_record = partial(Break, tells="record")
_PATIENCE_S = 2.0
"""How long a text worker may be silent while asked (`workers.table`)."""
WORKER_BACK_S = 3.0


def _worker(breaking: Breaking, noticed_s: float | None) -> Run:
    look = on.told_unchecked("unchecked.model")
    return _break(
        Break(
            breaking,
            layout=_ASKS,
            uses="models",
            during=(on.workers_ended(noticed_s),),
            in_the_end=(look,),
            back_s=WORKER_BACK_S,
            mended=False,
        )
    )


_bad = partial(Break, in_the_end=(on.line_was_bad, on.nothing_late))
_silent = partial(
    Break,
    during=(on.silence_given_up,),
    in_the_end=(on.moved_over,),
    seconds=4.0,
    is_prompt=False,
)

FAULTS: tuple[Fault, ...] = (
    Fault(
        "valkey-killed", "Valkey is killed and started anew, empty", _WINDOWS,
        _break(_windows(lambda site: site.store.away())),
    ),
    Fault(
        "valkey-paused", "Valkey stands still (SIGSTOP)", _WINDOWS,
        _break(_windows(lambda site: site.store.paused())),
    ),
    Fault(
        "valkey-slow", "30 ms lie between the gateways and Valkey", _WINDOWS,
        _break(_windows(
            lambda site: on.switched(site.store_proxy, delay_s=0.015), layout=_PROXIED_STORE,
        )),
    ),
    Fault(
        "valkey-starved", "scripts keep Valkey busy for 200 ms at a time", _WINDOWS,
        _break(_windows(lambda site: site.store.starved())),
    ),
    Fault(
        "valkey-full", "Valkey has no memory left", _WINDOWS,
        _break(_windows(lambda site: site.store.full())),
    ),
    Fault(
        "valkey-partitioned", "the line to Valkey is silent", _WINDOWS,
        _break(_windows(
            lambda site: on.switched(site.store_proxy, stalled=True), layout=_PROXIED_STORE,
        )),
    ),
    Fault(
        "database-gone", "the SQLite file's folder is moved away", _RECORD,
        _break(_record(lambda site: moved(site.record))),
    ),
    Fault(
        "database-locked", "another process holds the SQLite file", _RECORD,
        _break(_record(lambda site: locked(site.file))),
    ),
    Fault(
        "database-slow", "commits take 200 ms: another process writes", _RECORD,
        _break(_record(lambda site: pulsing(site.file))),
    ),
    Fault(
        "database-full", "the disk of the SQLite file has no byte left", _RECORD,
        _break(_record(lambda site: filled(site.record), layout=Layout(record="small-disk"))),
        why_no_disk,
    ),
    Fault(
        "disk-full", "nothing can be written, the spill neither",
        f"policy's word, said to be unchecked; /readyz keeps traffic away; back in 2 s; {_ONE}",
        _break(Break(
            lambda site: no_room(site.writers), during=(on.refused_traffic,), is_prompt=False,
            in_the_end=(on.told_unchecked("unchecked.journal"),),
        )),
    ),
    Fault(
        "postgresql-stopped", "PostgreSQL crashes (SIGQUIT) and is started again", _RECORD,
        _break(_record(lambda site: site.postgres.away(signal.SIGQUIT), layout=_SQL)),
        why_no_postgres,
    ),
    Fault(
        "postgresql-paused", "PostgreSQL stands still (SIGSTOP)", _RECORD,
        _break(_record(lambda site: site.postgres.paused(), layout=_SQL)),
        why_no_postgres,
    ),
    Fault(
        "postgresql-slow", "100 ms lie between the gateways and PostgreSQL", _RECORD,
        _break(_record(
            lambda site: on.switched(site.record_proxy, delay_s=0.05), layout=_FAR_SQL,
        )),
        why_no_postgres,
    ),
    Fault(
        "postgresql-partitioned", "the line to PostgreSQL is silent", _RECORD,
        _break(_record(
            lambda site: on.switched(site.record_proxy, stalled=True), layout=_FAR_SQL,
        )),
        why_no_postgres,
    ),
    Fault(
        "writer-killed", "the journals' writers are killed",
        f"others are started and told what was not durable, back in 2 s; {_ONE}",
        _break(Break(
            lambda site: on.writers_signalled(signal.SIGKILL, site), mended=False, is_prompt=False,
            during=(on.writers_replaced("died", writers.KILLED_S),),
        )),
    ),
    Fault(
        "writer-stopped", "the journals' writers stand still (SIGSTOP) for good",
        f"told in 2 s, replaced in {writers.SILENT_S:g} s, as before 2 s later; {_ONE}",
        writers.stopped,
    ),
    Fault(
        "worker-killed", "the text workers are killed", _MODEL,
        _worker(lambda site: on.workers_signalled(signal.SIGKILL, site), 1.0),
    ),
    Fault(
        "worker-hung", "the text workers stand still (SIGSTOP)", _MODEL,
        _worker(lambda site: on.workers_signalled(signal.SIGSTOP, site), _PATIENCE_S + 1.5),
    ),
    Fault(
        "worker-leaking", "the text workers reach the end of their memory", _MODEL,
        _worker(on.workers_starved, None),
    ),
    Fault(
        "media-workers-killed", "a decoder, the vision and the speech worker are killed",
        "streams are examined again within 3 s, and the hole is told by `coverage`",
        running.media, running.why_no_media,
    ),
    Fault(
        "gateway-killed", "a gateway is killed in mid-flight, each second time with all it started",
        f"it is started again and has forgotten nothing; {_ONE}", running.killed,
    ),
    Fault(
        "gateway-killed-of-two", "one of two gateways is killed in mid-flight", _OTHER,
        running.killed_of_two,
    ),
    Fault(
        "gateway-stopped-of-two", "one of two gateways stands still (SIGSTOP) for up to 3 s",
        f"it decides nothing twice when it goes on; {_OTHER}", running.stopped_of_two,
    ),
    Fault(
        "network-delay", "100 ms each way, up to 100 ms more at random", _LINE,
        _break(_bad(
            lambda site: on.switched(site.line, delay_s=0.1, jitter_s=0.1),
            layout=_PROXIED,
        )),
    ),
    Fault(
        "network-loss", "a tenth is lost and sent again, a retransmission later", _LINE,
        _break(_bad(lambda site: on.switched(site.line, loss=0.1), layout=_PROXIED)),
    ),
    Fault(
        "network-half-open", "what the gateway says does not arrive any more", _SILENT,
        _break(_silent(
            lambda site: on.switched(site.line, stalled_back=True), layout=_PROXIED,
        )),
    ),
    Fault(
        "network-half-open-up", "what the server says does not arrive any more", _SILENT,
        _break(_silent(lambda site: on.switched(site.line, stalled_up=True), layout=_PROXIED)),
    ),
    Fault(
        "network-partition", "the line is silent both ways", _SILENT,
        _break(_silent(lambda site: on.switched(site.line, stalled=True), layout=_PROXIED)),
    ),
    Fault(
        "packets-delay", "packets: 100 ms each way, up to 100 ms more at random", _LINE,
        _break(_bad(
            lambda site: on.switched(site.packets, delay_s=0.1, jitter_s=0.1), layout=_PACKETS,
        )),
        why_no_line,
    ),
    Fault(
        "packets-loss", "packets: a tenth is lost", _LINE,
        _break(_bad(lambda site: on.switched(site.packets, loss=0.1), layout=_PACKETS)),
        why_no_line,
    ),
    Fault(
        "packets-half-open", "packets: none from the gateway arrives", _SILENT,
        _break(_silent(lambda site: on.switched(site.packets, down=False), layout=_PACKETS)),
        why_no_line,
    ),
    Fault(
        "packets-partition", "packets: none arrives either way", _SILENT,
        _break(_silent(
            lambda site: on.switched(site.packets, up=False, down=False), layout=_PACKETS,
        )),
        why_no_line,
    ),
)  # fmt: skip
"""In the order in which they run."""
