"""Windows in a cluster: every check is asked of the node its key's slot belongs to.

Rules:
1. A submission is parted by slot, one call a slot and node; the calls of a node are pipelined, and
   its counts are put together in the order of the submission.
2. MOVED and ASK are followed, within the deadline of the submission and at most MOST_HOPS times.
   TRYAGAIN, said while the keys of a slot are on their way, is answered by asking key by key.
3. What belongs to a slot nobody can be asked about is counted here and marked degraded; other slots
   are not concerned. (A cluster with `cluster-require-full-coverage yes`, the default, refuses all
   slots itself while one has no owner.)
4. The map of slots is read anew when a node is lost or sends us elsewhere, every 250 ms while
   anything is degraded and every 10 s anyway. Several nodes are asked at once and the map with the
   fewest unreachable slots wins: a node that is cut off tells an old one.
5. A failover of the cluster may lose what its replica had not yet: those windows let a few more
   through, as those of any store that forgets.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from itertools import count

from gateway.state.address import Address, Seeds
from gateway.state.asks import Ask, Counts, Desk, Whole
from gateway.state.lane import connect
from gateway.state.link import PROBE, Link, is_refusal
from gateway.state.script import MOST_CHECKS, Script
from gateway.state.shard import Shard
from gateway.state.slots import SLOTS, Node, Topology, read_redirect, read_slots, slot_of
from gateway.state.waiting import BySlot
from seawall.errors import ConfigError, StateUnavailable
from seawall.windows import Check

__all__ = ["Cluster"]

_LOG = logging.getLogger("seawall.state")

MOST_IN_FLIGHT = 32
MOST_HOPS = 4

_ASKED_AT_ONCE = 5
_REPLY_DEADLINE_S = 0.5
_EACH_S = 10.0
_EACH_WHILE_DEGRADED_S = 0.25
_LEAST_S = 0.05
_MOST_TRIES = 20_000
_KEPT_S = 30.0


class Cluster:
    """All primaries of a cluster, and which of them owns which slot."""

    def __init__(
        self, seeds: Seeds, script: Script, deadline_s: float, desk: Desk, max_waiting: int
    ) -> None:
        self._seeds = seeds
        self._script = script
        self._deadline_s = deadline_s
        self._desk = desk
        self._max_waiting = max_waiting
        self._loop = asyncio.get_running_loop()
        self._shards: dict[Node, Shard] = {}
        self._wanted: dict[Node, float] = {}
        self._slots: list[Shard | None] = [None] * SLOTS
        self._unserved = SLOTS
        self._owners: set[Node] = set()
        self._replicas: frozenset[Node] = frozenset()
        self._stale = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._probes = count()
        self._refusal = self._said = ""

    @property
    def degraded(self) -> bool:
        """Say whether any slot cannot be asked about."""
        return self._unserved > 0 or any(not self._shards[node].link.up for node in self._owners)

    async def start(self, patience_s: float) -> None:
        """Begin to keep the map; return once every slot is served, or after `patience_s` without.

        Raises ConfigError when the nodes refuse us; the caller closes it then.
        """
        self._keeper = asyncio.create_task(self._keep(), name="windows-cluster")
        self._keeper.add_done_callback(_report)
        try:
            async with asyncio.timeout(patience_s):
                while self.degraded and not self._refused():  # noqa: ASYNC110  # many links at once
                    await asyncio.sleep(0.005)
        except TimeoutError:
            _LOG.warning("starting without all of the cluster: windows of its slots are local")
        if refusal := self._refused():
            raise ConfigError(f"the cluster at {self._seeds} refuses us: {refusal}")

    async def close(self) -> None:
        """Answer what is open here and disconnect from every node."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            await asyncio.wait([keeper])
        for shard in self._shards.values():
            await shard.link.close()
            shard.close()

    def submit(self, checks: Sequence[Check], now_ms: int | None, done: Counts) -> None:
        """Ask every check of its node; `done` as in WindowStore. At least one check."""
        due = time.monotonic() + 2 * self._deadline_s - 0.001
        places: dict[int, list[int]] = {}
        for place, check in enumerate(checks):
            slot = slot_of(check.key)
            known = places.get(slot)
            if known is None:
                places[slot] = [place]
            else:
                known.append(place)
        whole = Whole(len(checks), done)
        touched: dict[int, Shard] = {}
        for slot, at in places.items():
            for start in range(0, len(at), MOST_CHECKS):
                part = at[start : start + MOST_CHECKS]
                answer = partial(whole.take_at, part)
                ask = Ask([checks[place] for place in part], now_ms, answer, due, slot)
                shard = self._slots[slot]
                if (
                    shard is None
                    or not shard.link.up
                    or shard.waiting_checks + len(part) > self._max_waiting
                ):
                    self._loop.call_soon(self._desk.answer_here, ask, True)
                else:
                    shard.put(ask)
                    touched[id(shard)] = shard
        for shard in touched.values():
            shard.send()

    def _refused(self) -> str:
        refusals = (shard.link.refusal for shard in self._shards.values())
        return self._refusal or next(filter(None, refusals), "")

    def _redirected(self, node: Node, asks: list[Ask], error: str) -> bool:
        """Send on what a node would not answer; False when that is a failure of the node."""
        kind = error.partition(" ")[0]
        if kind not in ("MOVED", "ASK", "TRYAGAIN", "CLUSTERDOWN"):
            return False
        if kind in ("MOVED", "CLUSTERDOWN"):  # the others are said of a slot on its way
            self._stale.set()
        if kind == "CLUSTERDOWN":
            if "not served" not in error:  # the node refuses all slots
                return False
            self._unserve(asks[0].slot)
            self._fail(asks)
            return True
        redirect = read_redirect(error, node[0])
        for ask in asks:
            ask.hops += 1
        if asks[0].hops > MOST_HOPS or (redirect is None and kind != "TRYAGAIN"):
            self._fail(asks)
        elif redirect is None:
            parts = [part for ask in asks for part in _key_by_key(ask)]
            self._pass_on(self._slots[asks[0].slot], parts)
        elif kind == "MOVED":
            shard = self._slots[redirect[0]] = self._shard_at(redirect[1])
            self._pass_on(shard, asks)
        else:
            shard = self._shard_at(redirect[1])
            if shard.link.up:
                shard.send_asking(asks)
                shard.expect(asks[0].due)
            else:
                self._fail(asks)
        return True

    def _pass_on(self, shard: Shard | None, asks: list[Ask]) -> None:
        if shard is None or not shard.link.up:
            self._fail(asks)
            return
        for ask in asks:
            shard.put(ask)
        shard.send()
        shard.expect(asks[0].due)

    def _fail(self, asks: list[Ask]) -> None:
        for ask in asks:
            self._desk.failed += self._desk.answer_here(ask, True)

    def _unserve(self, slot: int) -> None:
        if self._slots[slot] is not None:
            self._slots[slot] = None
            self._unserved += 1

    def _shard_at(self, node: Node) -> Shard:
        """Return the shard of a node; a new one is connected in the background."""
        self._wanted[node] = time.monotonic()
        shard = self._shards.get(node)
        if shard is None:
            link = Link(
                self._seeds.nodes[0].at(*node),
                self._script,
                self._deadline_s,
                partial(self._lost, node),
                partial(self._probe, node),
            )
            shard = self._shards[node] = Shard(
                link,
                self._script,
                self._deadline_s,
                self._desk,
                BySlot(),
                MOST_IN_FLIGHT,
                partial(self._redirected, node),
            )
            link.begin()
        return shard

    def _lost(self, node: Node) -> None:
        self._stale.set()
        if node in self._shards:  # else closed as one that nobody wants any more
            self._shards[node].give_up()

    def _probe(self, node: Node) -> list[Check]:
        """Return a check on a key that belongs to the node, as far as we know."""
        shard = self._shards[node]
        key = ""
        for number in self._probes:
            key = f"seawall:probe:{number}"
            if node not in self._owners or self._slots[slot_of(key)] is shard:
                break
            if number % _MOST_TRIES == 0:  # it owns next to nothing: its MOVED is a sign of life
                break
        return [Check(PROBE, key, "probe")]

    async def _keep(self) -> None:
        for turn in count():
            self._stale.clear()
            await self._refresh(turn)
            with suppress(TimeoutError):
                async with asyncio.timeout(_EACH_WHILE_DEGRADED_S if self.degraded else _EACH_S):
                    await self._stale.wait()
            await asyncio.sleep(_LEAST_S)  # however many were sent elsewhere

    async def _refresh(self, turn: int) -> None:
        """Read the map of slots from several nodes and take the best; keep the old one if none."""
        login = self._seeds.nodes[0]
        known = [login.at(*node) for node in (*self._owners, *self._replicas)]
        nodes = list(dict.fromkeys([*known, *self._seeds.nodes]))
        first = turn * _ASKED_AT_ONCE % len(nodes)
        asked = (nodes[first:] + nodes[:first])[:_ASKED_AT_ONCE]
        answers = await asyncio.gather(*map(_read_topology, asked), return_exceptions=True)
        maps: list[Topology] = []
        for answer in answers:
            if isinstance(answer, Topology):
                maps.append(answer)
            elif isinstance(answer, StateUnavailable):
                self._note(str(answer))
            else:
                raise answer
        if maps:
            self._said = self._refusal = ""
            await self._adopt(min(maps, key=self._unreachable))

    def _note(self, reason: str) -> None:
        if reason != self._said:
            self._said = reason
            fields = {"store": str(self._seeds), "reason": reason}
            _LOG.warning("no map of the cluster's slots", extra={"fields": fields})
        if is_refusal(reason.partition(": ")[2]):
            self._refusal = reason

    def _unreachable(self, topology: Topology) -> int:
        """Return how many slots could not be asked about by this map, new nodes given credit."""
        served = 0
        for first, last, node in topology.ranges:
            shard = self._shards.get(node)
            if shard is None or shard.link.up:
                served += last - first + 1
        return SLOTS - served

    async def _adopt(self, topology: Topology) -> None:
        slots: list[Shard | None] = [None] * SLOTS
        owners = {node for _, _, node in topology.ranges}
        for first, last, node in topology.ranges:
            slots[first : last + 1] = [self._shard_at(node)] * (last - first + 1)
        if owners != self._owners:
            fields = {"store": str(self._seeds), "primaries": sorted(map(str, owners))}
            _LOG.info("the cluster's primaries", extra={"fields": fields})
        self._slots, self._owners, self._replicas = slots, owners, topology.replicas
        self._unserved = slots.count(None)
        unwanted = time.monotonic() - _KEPT_S
        for node, shard in list(self._shards.items()):
            if node not in owners and shard.idle and self._wanted[node] < unwanted:
                del self._shards[node], self._wanted[node]
                await shard.link.close()
                shard.close()


async def _read_topology(node: Address) -> Topology:
    """Ask a node for its map; StateUnavailable naming the node if that fails or is late."""
    lane = None
    try:
        async with asyncio.timeout(_REPLY_DEADLINE_S):
            lane = await connect(node, _ignore_loss, _REPLY_DEADLINE_S)
            reply = await lane.request("CLUSTER", "SLOTS", deadline_s=_REPLY_DEADLINE_S)
            return read_slots(reply, node.host)
    except TimeoutError:
        raise StateUnavailable(f"{node}: no map within {_REPLY_DEADLINE_S:g} s") from None
    except StateUnavailable as problem:
        raise StateUnavailable(f"{node}: {problem}") from problem
    finally:
        if lane is not None:
            lane.close()


def _key_by_key(ask: Ask) -> list[Ask]:
    """Part an ask into one for each key."""
    places: dict[str, list[int]] = {}
    for place, check in enumerate(ask.checks):
        places.setdefault(check.key, []).append(place)
    whole = Whole(len(ask.checks), ask.done)
    parts: list[Ask] = []
    for at in places.values():
        checks = [ask.checks[place] for place in at]
        part = Ask(checks, ask.now_ms, partial(whole.take_at, at), ask.due, ask.slot)
        part.alone, part.hops = True, ask.hops
        parts.append(part)
    return parts


def _ignore_loss() -> None:
    """Leave it to the one request made: it fails when the connection ends."""


def _report(keeper: asyncio.Task[None]) -> None:
    if not keeper.cancelled() and (problem := keeper.exception()) is not None:
        _LOG.critical("the cluster's map is looked after no more", exc_info=problem)
