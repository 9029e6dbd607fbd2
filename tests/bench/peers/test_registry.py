"""Every peer answers what the generator sends, or says which library it lacks."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from websockets.asyncio.client import connect

from bench.peers.registry import PEERS, Peer, find_peer
from bench.systems.starting import NotStarted, peer
from bench.workload import message, words

pytestmark = pytest.mark.e2e


@pytest.mark.timeout(60)
@pytest.mark.parametrize("chosen", PEERS, ids=lambda each: each.name)
async def test_a_peer_answers(chosen: Peer, tmp_path: Path) -> None:
    if why := chosen.absent():
        pytest.skip(why)
    sent = message(7).decode()
    with peer(chosen.name, tmp_path) as system:
        assert ("valkey" in system.pids) == chosen.store
        (target,) = system.targets
        async with connect(f"ws://127.0.0.1:{target.port}/v1", compression=None) as connection:
            await connection.send(sent)
            answer = str(await connection.recv())
            if system.speaks == "echo":
                assert answer == sent
                return
            said = json.loads(answer)
            assert (said["id"], said["action"]) == ("m7", "allow")
            listed = "fuck" if "better-profanity" in chosen.arguments else words(10_000, 1)[3]
            await connection.send(json.dumps(json.loads(sent) | {"text": f"a {listed} b"}))
            assert json.loads(await connection.recv())["action"] == "block"


def test_a_missing_library_is_named_with_what_brings_it() -> None:
    lacking = msgspec.structs.replace(PEERS[0], needs=("no_such_library",))
    assert "`no_such_library` is not installed" in lacking.absent()


def test_a_name_there_is_not_is_told_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="no peer 'picos'; there are picows-echo, "):
        find_peer("picos")
    assert find_peer("picows-echo").speaks == "echo"


def test_a_peer_that_cannot_be_had_does_not_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lacking = msgspec.structs.replace(PEERS[0], needs=("no_such_library",))
    monkeypatch.setattr("bench.peers.registry.PEERS", (lacking,))
    with (
        pytest.raises(NotStarted, match=f"{lacking.name}: .*no_such_library"),
        peer(lacking.name, tmp_path),
    ):
        raise AssertionError("it has started")
