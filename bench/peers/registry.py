"""The servers that ours is compared with over WebSockets: a tuple you can read."""

from __future__ import annotations

from importlib.util import find_spec

import msgspec

from bench.shapes.system import Speech
from seawall.extras import missing

__all__ = ["PEERS", "Peer", "find_peer"]


class Peer(msgspec.Struct, frozen=True):
    """A server of one process, `python -m module`, that prints its port and serves until killed.

    It is given `arguments`, then the path of its store's socket and of its word list, where it
    wants them. `needs` are the libraries that it imports and we do not.
    """

    name: str
    module: str
    about: str
    speaks: Speech = "echo"
    arguments: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    store: bool = False
    words: bool = False

    def absent(self) -> str:
        """Say why it cannot be run here, empty where it can."""
        lacking = (library for library in self.needs if find_spec(library) is None)
        return "; ".join(missing(library, "peers") for library in lacking)


PEERS: tuple[Peer, ...] = (
    Peer("picows-echo", "bench.peers.picows_echo", "the floor: frames come back, nothing else"),
    Peer(
        "websockets-echo",
        "bench.peers.websockets_echo",
        "the same with `websockets`, uncompressed",
        needs=("websockets",),
    ),
    Peer(
        "aiohttp-gateway",
        "bench.peers.aiohttp_gateway",
        "aiohttp, orjson, an automaton, one script a message for two windows",
        speaks="plain",
        needs=("aiohttp", "ahocorasick", "orjson", "redis", "uvloop"),
        store=True,
        words=True,
    ),
    Peer(
        "week-gateway",
        "bench.peers.week_gateway",
        "websockets, pydantic, `limits` twice a message, better-profanity: as written in a week",
        speaks="plain",
        arguments=("better-profanity",),
        needs=("websockets", "pydantic", "limits", "redis", "better_profanity"),
        store=True,
        words=True,
    ),
    Peer(
        "week-gateway-kind",
        "bench.peers.week_gateway",
        "the same with an automaton in place of better-profanity",
        speaks="plain",
        arguments=("automaton",),
        needs=("websockets", "pydantic", "limits", "redis", "ahocorasick"),
        store=True,
        words=True,
    ),
)


def find_peer(name: str) -> Peer:
    """Return the peer of that name. Raises ValueError naming those there are."""
    for each in PEERS:
        if each.name == name:
            return each
    raise ValueError(f"no peer {name!r}; there are {', '.join(each.name for each in PEERS)}")
