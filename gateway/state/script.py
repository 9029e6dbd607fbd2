"""Checks as one EVALSHA of windows.lua: the client's half of its packed arguments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha1
from pathlib import Path

from gateway.state.lane import pack
from seawall.windows import Check, Spec, member_digest

__all__ = ["MOST_CHECKS", "Script"]

MOST_CHECKS = 128
"""Checks in one call: while it runs Valkey serves nobody else, and places in it are one byte."""

_MOST_SPECS_KNOWN = 4096


class Script:
    """windows.lua, read from disk once, and how to ask it."""

    def __init__(self) -> None:
        self.text = Path(__file__).with_name("windows.lua").read_bytes()
        self.sha = sha1(self.text, usedforsecurity=False).hexdigest()
        self.load: bytes = pack((b"SCRIPT", b"LOAD", self.text))
        """The command after which `command` works on a server that has not seen the script."""
        self._head = (b"EVALSHA", self.sha.encode())
        self._packed: dict[Spec, bytes] = {}

    def command(self, batches: Iterable[Sequence[Check]], now_ms: int | None) -> bytes:
        """Pack all checks of `batches`, at most MOST_CHECKS in sum and at least one, into one call.

        The reply is one list of counts in the same order. No `now_ms`: the server's time counts.
        """
        slots: dict[str, int] = {}
        places: dict[int, int] = {}
        specs: list[Spec] = []
        asked = bytearray()
        last_member, digest = "", member_digest("")
        for checks in batches:
            for check in checks:
                spec, key, member = check.spec, check.key, check.member
                if member != last_member:
                    last_member, digest = member, member_digest(member)
                slot = slots.setdefault(key, len(slots) + 1)
                place = places.get(id(spec))  # a struct's own hash costs more than all the rest
                if place is None:
                    specs.append(spec)
                    place = places[id(spec)] = len(specs)
                asked.append(slot)
                asked.append(place)
                asked += digest
        now = b"" if now_ms is None else now_ms
        packed = b"".join([self._packed.get(spec) or self._pack(spec) for spec in specs])
        tail = (now, packed, bytes(asked))
        try:
            return pack((*self._head, len(slots), *slots, *tail))
        except UnicodeEncodeError:  # a lone surrogate in a key is a key all the same
            keys = [key.encode("utf-8", "surrogatepass") for key in slots]
            return pack((*self._head, len(slots), *keys, *tail))

    def _pack(self, spec: Spec) -> bytes:
        if len(self._packed) >= _MOST_SPECS_KNOWN:
            self._packed.clear()
        mode, limit, per = int(spec.mode), spec.limit, spec.per_ms
        packed = mode.to_bytes(1, "big") + limit.to_bytes(4, "big") + per.to_bytes(6, "big")
        self._packed[spec] = packed
        return packed
