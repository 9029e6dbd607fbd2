"""The rota and the channels as they are edited: documents with versions, secrets sealed.

A channel's secret is never shown. It is empty in what is shown, and empty in what is written keeps
the one that stands.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

import msgspec

from gateway.paging.rota import check
from gateway.paging.targets import check_url
from gateway.record.database import Where, as_where
from gateway.record.seal import Seal
from gateway.record.secret import load_secret
from gateway.refusal import Refused
from gateway.shapes.paging import Channel, Channels, ChannelsBody, Rota, RotaBody

__all__ = ["CONSOLE", "Plans"]

CONSOLE = Channel("console", "console")
"""Always there, and not edited."""
_ROTA, _CHANNELS = "rota", "channels"
_encode = msgspec.json.Encoder().encode


class Found(Protocol):
    """One version of a document."""

    @property
    def version(self) -> int:
        """Its number; 0: there is none."""

    @property
    def body(self) -> str:
        """What it says."""

    @property
    def by(self) -> str:
        """Who wrote it."""

    @property
    def at(self) -> float:
        """When."""


class Keeping(Protocol):
    """Where documents are kept; blocking."""

    def get(self, tenant: str, name: str) -> Found:
        """Return the newest version."""

    def newest(self, name: str) -> Mapping[str, Found]:
        """Return what is in force under a name, by tenant."""

    def put(
        self, tenant: str, name: str, body: str, version_expected: int | None, by: str, at: float
    ) -> int:
        """Write the next version. Raises Refused 412."""


class Plans:
    """Rota and channels of every tenant. Blocking: call it in a thread."""

    def __init__(
        self, documents: Keeping, where: Where | Path, wall: Callable[[], float] = time.time
    ) -> None:
        self._documents = documents
        self._seal = Seal(load_secret(as_where(where).data))
        self._wall = wall

    def rota(self, tenant: str) -> Rota:
        """Return the rota that stands; version 0 where nobody wrote one."""
        found = self._documents.get(tenant, _ROTA)
        body = msgspec.json.decode(found.body, type=RotaBody) if found.version else RotaBody([])
        return Rota(body, found.version, found.by, found.at)

    def rotas(self) -> dict[str, RotaBody]:
        """Return every tenant's rota."""
        found = self._documents.newest(_ROTA)
        return {name: msgspec.json.decode(each.body, type=RotaBody) for name, each in found.items()}

    def write_rota(self, tenant: str, body: RotaBody, version: int | None, by: str) -> Rota:
        """Write the rota anew. Raises Refused 400 `bad_rota`, 412."""
        wrong = check(body) or self._unknown_channel(tenant, body)
        if wrong is not None:
            raise Refused(400, "bad_rota", wrong)
        at = self._wall()
        number = self._documents.put(tenant, _ROTA, _encode(body).decode(), version, by, at)
        return Rota(body, number, by, at)

    def channels(self, tenant: str) -> Channels:
        """Return the channels as they are used, with their secrets."""
        found = self._documents.get(tenant, _CHANNELS)
        kept: list[Channel] = []
        if found.version:
            data = self._seal.open_bytes(base64.b64decode(found.body), _bound(tenant))
            kept = msgspec.json.decode(data, type=list[Channel])
        return Channels([CONSOLE, *kept], found.version, found.by, found.at)

    def write_channels(
        self, tenant: str, body: ChannelsBody, version: int | None, by: str
    ) -> Channels:
        """Write all channels anew. Raises Refused 400 `bad_channel`, 412."""
        wrong = _wrong(body.channels)
        if wrong is not None:
            raise Refused(400, "bad_channel", wrong)
        standing = {each.name: each for each in self.channels(tenant).channels}
        kept = [
            msgspec.structs.replace(
                each,
                secret=each.secret or _secret(standing.get(each.name), each),
                failing="",
            )
            for each in body.channels
            if each.kind != "console"
        ]
        sealed = self._seal.seal_bytes(_encode(kept), _bound(tenant))
        text, at = base64.b64encode(sealed).decode(), self._wall()
        number = self._documents.put(tenant, _CHANNELS, text, version, by, at)
        return Channels([CONSOLE, *kept], number, by, at)

    def _unknown_channel(self, tenant: str, body: RotaBody) -> str | None:
        known = {each.name for each in self.channels(tenant).channels}
        for step in body.steps:
            for name in step.channels:
                if name not in known:
                    return f"there is no channel {name!r}"
        return None


def _secret(before: Channel | None, now: Channel) -> str:
    """Return the secret that stands, unless it would now go to somebody else."""
    if before is None or (before.kind, before.url, before.host) != (now.kind, now.url, now.host):
        return ""
    return before.secret


def _bound(tenant: str) -> bytes:
    return b"channels\0" + tenant.encode()


def _wrong(channels: list[Channel]) -> str | None:
    names = [each.name for each in channels]
    for each in channels:
        if names.count(each.name) > 1:
            return f"two channels are called {each.name!r}"
        if (each.kind == "console") != (each.name == CONSOLE.name):
            return "the channel `console` is always there, and the only one of its kind"
        if each.kind in ("webhook", "slack") and (wrong := check_url(each.url)):
            return f"{each.name}: {wrong}"
        if each.kind == "mail" and not (each.host and "@" in each.sender):
            return f"{each.name}: mail takes a host and a sender's address"
        if "\n" in each.sender + each.to or "\r" in each.sender + each.to:
            return f"{each.name}: an address is one line"
    return None
