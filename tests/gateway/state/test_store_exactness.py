"""Claims about two gateways on one server: the limit is one, however their questions interleave."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
import uvloop
from hypothesis import given, settings, strategies as st

from gateway.state.store import WindowStore
from seawall.windows import Check, LocalWindows, Mode, Spec
from tests.gateway.state.asking import PATIENT_MS, Answer
from tests.gateway.state.nodes import Nodes, Server, cluster_of, serving

NOW = 1_700_000_000_000
LIMIT = 10


class Two:
    """Two gateways on one store, and the loop they live on."""

    def __init__(self, url: str, servers: list[Server]) -> None:
        self._loop = uvloop.new_event_loop()
        self._servers = servers
        self.stores = [WindowStore(url, deadline_ms=PATIENT_MS) for _ in range(2)]
        for store in self.stores:
            self._loop.run_until_complete(store.start())

    def forget(self) -> None:
        """Begin with empty windows."""
        for server in self._servers:
            server.do("FLUSHALL")

    def ask(self, submissions: list[tuple[int, list[Check]]], now_ms: int | None) -> list[Answer]:
        """Submit all at once, each to its gateway; return the answers in that order."""

        async def run() -> list[Answer]:
            replies: list[asyncio.Future[Answer]] = [
                self._loop.create_future() for _ in submissions
            ]
            for reply, (which, checks) in zip(replies, submissions, strict=True):
                self.stores[which].submit(
                    checks, now_ms, lambda *answer, reply=reply: reply.set_result(answer)
                )
            async with asyncio.timeout(10.0):
                return await asyncio.gather(*replies)

        return self._loop.run_until_complete(run())

    def close(self) -> None:
        for store in self.stores:
            self._loop.run_until_complete(store.close())
        self._loop.close()


@pytest.fixture(scope="module", params=["server", "cluster"])
def two(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    if request.param == "server":
        with serving() as server:
            gateways = Two(server.url, [server])
            yield gateways
            gateways.close()
        return
    nodes: Nodes
    with cluster_of(tmp_path_factory.mktemp("cluster")) as nodes:
        gateways = Two(nodes.url, nodes)
        yield gateways
        gateways.close()


asked = st.lists(
    st.tuples(
        st.integers(0, 1),  # which gateway
        st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 25)), min_size=1, max_size=8),
    ),
    min_size=1,
    max_size=40,
)


@settings(max_examples=60)
@given(asked)
def test_ten_means_ten_and_a_repeat_is_never_counted_twice(
    two: Two, asked: list[tuple[int, list[tuple[str, int]]]]
) -> None:
    """Every member is let through or refused for good, at whichever gateway it is asked again."""
    two.forget()
    spec = Spec(Mode.HITS_ACCEPTED, LIMIT, 3_600_000)
    submissions = [
        (which, [Check(spec, f"w:{{{key}}}", f"m{member}") for key, member in checks])
        for which, checks in asked
    ]
    answers = two.ask(submissions, None)
    assert not any(degraded for _, degraded in answers)
    said: dict[tuple[str, str], set[bool]] = {}
    for (_, checks), (counts, _) in zip(submissions, answers, strict=True):
        for check, count in zip(checks, counts, strict=True):
            said.setdefault((check.key, check.member), set()).add(count > 0)
            assert -LIMIT - 1 <= count <= LIMIT
    assert all(len(words) == 1 for words in said.values())
    for key in {key for key, _ in said}:
        members = [words == {True} for (other, _), words in said.items() if other == key]
        assert sum(members) == min(len(members), LIMIT)


modes = st.sampled_from([mode for mode in Mode if mode is not Mode.PEEK])
rounds = st.lists(st.tuples(st.integers(-2, 40), asked), min_size=1, max_size=6)


@settings(max_examples=40)
@given(modes, st.sampled_from([1, 3, 10, 129]), rounds)
def test_what_one_gateway_asks_is_answered_as_by_the_arithmetic(
    two: Two,
    mode: Mode,
    limit: int,
    rounds: list[tuple[int, list[tuple[int, list[tuple[str, int]]]]]],
) -> None:
    """The twin property, through the whole store: parted by slot and put together again."""
    two.forget()
    spec, local, now = Spec(mode, limit, 32), LocalWindows(), NOW
    for wait, asked in rounds:
        now += wait
        submissions = [
            (0, [Check(spec, f"w:{{{key}}}", f"m{member}") for key, member in checks])
            for _, checks in asked
        ]
        expected = [(local.check(checks, now), False) for _, checks in submissions]
        assert two.ask(submissions, now) == expected
