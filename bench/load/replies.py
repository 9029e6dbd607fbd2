"""What servers answer, read cheaply: heads of messages found in what a read brought, whole or not.

Rules:
1. An answer is a `verdict` (alone or within `verdicts`) or an `error` about a message of this run.
   Nothing else is: not a `command`, a `hello`, an `ack`, an `error` about no message.
2. Mostly a read brings whole frames and nothing but answers: one pass finds them, and a count of
   the heads says whether that was all. Where it was not, every head is looked at for itself, and
   what may be the beginning of one is kept for the next read.
3. Strings of a message cannot be taken for heads: within JSON their quotes are escaped.
"""

from __future__ import annotations

import re

from bench.load.messages import DIGITS
from bench.load.plan import Heard, Sample
from bench.shapes.system import Speech

__all__ = ["Replies", "Rest"]

HEAD = 384
"""Longer than any head: an id has at most 128 bytes, and may be escaped."""
_MARK = b'{"type":"'
_UNCHECKED = b'"rule":"unchecked'
_VERDICT = re.compile(rb'\{"type":"verdict","id":"')
_HEADS = re.compile(
    rb'\{"type":"(?:(verdict)","id":"([^"]*)","rev":(\d+),"action":"(\w+)"'
    rb'|(error)","ref":(?:"([^"]*)"|null),"rev":(?:\d+|null),"code":"(\w+)"'
    rb'|(command)","id":"([^"]*)"'
    rb"|(?!verdict\"|error\"|command\")[\w.]+\")"
)
_MS = (
    rb'"rev":0,"action":"\w+".*?"ms":\{"decode":([\d.]+),"detect":([\d.]+),"state":([\d.]+),'
    rb'"decide":([\d.]+),"journal":([\d.]+),"total":([\d.]+)\}'
)


class Rest:
    """What of a connection's stream is not read to its end yet, and whose verdict came last."""

    __slots__ = ("last", "tail")

    def __init__(self) -> None:
        self.tail = b""
        self.last = -1


class Replies:
    """Reads replies into what was heard.

    `answered` has a byte for each number of the run; `commands` are ids that nobody confirmed yet.
    """

    def __init__(self, run: str, speaks: Speech, heard: Heard, total: int, sample: int) -> None:
        own = rb"[a-z]%b(\d{%d})" % (run.encode(), DIGITS)
        self._own = re.compile(own)
        self._heard = heard
        self._codes: dict[bytes, int] = {}
        self._sample = sample
        self._due = 0
        if speaks == "seawall":
            quick = (
                rb'\{"type":"(?:verdict","id|error","ref)":"%b","rev":0,"(?:action|code)":"(\w+)"'
            )
            self._quick = re.compile(quick % own)
        else:
            self._quick = re.compile(rb'"id": ?"%b"()' % own)
            self._code(b"")
        self._plain = speaks != "seawall"
        self._ms = re.compile(rb'\{"type":"verdict","id":"%b",%b' % (own, _MS))
        self.answered = bytearray(total)
        self.commands: list[bytes] = []
        self.beyond = 0
        """Reads that brought a number which no message bears; the ledger finds the number."""

    def take(self, rest: Rest, data: bytes, now: float) -> int:
        """Read what arrived at `now`; return how many answers there were."""
        if rest.tail:
            data = rest.tail + data
            rest.tail = b""
        found = self._quick.findall(data)
        if self._plain:
            if data[-1] != 0x7D:
                self._keep(rest, data, self._quick)
        elif data[-1] != 0x7D or data.count(_MARK) != len(found):
            found = self._each(rest, data)
        count = len(found)
        if count:
            numbers, outcomes = zip(*found, strict=True)
            heard, codes = self._heard, self._codes
            try:
                heard.outcomes.extend([codes[name] for name in outcomes])
            except KeyError:
                heard.outcomes.extend([self._code(name) for name in outcomes])
            ours = list(map(int, numbers))
            heard.numbers.extend(ours)
            heard.arrivals.append(now)
            heard.sizes.append(count)
            answered = self.answered
            try:
                for number in ours:
                    answered[number] = 1
            except IndexError:
                self.beyond += 1
            self._due -= count
            if self._due < 0:
                self._stages(data)
        if _UNCHECKED in data:
            self._unchecked(rest, data)
        if count:
            rest.last = ours[-1]
        return count

    def _each(self, rest: Rest, data: bytes) -> list[tuple[bytes, bytes]]:
        """Look at every head for itself; keep what may be the beginning of one."""
        found = []
        heard = self._heard
        for head in _HEADS.finditer(data):
            ref, name = head[2], head[4]
            if head[5]:
                ref, name = head[6], head[7]
            elif head[8]:
                self.commands.append(head[9])
                continue
            elif not head[1]:
                continue
            own = self._own.fullmatch(ref) if ref is not None else None
            if own is not None and (head[5] or head[3] == b"0"):
                found.append((own[1], name))
            elif head[5]:
                heard.complaints[name.decode()] += 1
            else:
                heard.unknown += 1
        self._keep(rest, data, _HEADS)
        return found

    def _keep(self, rest: Rest, data: bytes, heads: re.Pattern[bytes]) -> None:
        end = 0
        for head in heads.finditer(data):
            end = head.end()
        rest.tail = data[max(end, len(data) - HEAD) :]

    def _code(self, name: bytes) -> int:
        code = self._codes.get(name)
        if code is None:
            code = self._codes[name] = len(self._heard.names)
            self._heard.names.append(name.decode())
        return code

    def _stages(self, data: bytes) -> None:
        found = self._ms.search(data)
        if found is not None:
            self._due = self._sample
            self._heard.samples.append(Sample(int(found[1]), *map(float, found.groups()[1:])))

    def _unchecked(self, rest: Rest, data: bytes) -> None:
        """Note whose verdicts say that something was not examined."""
        first, *parts = _VERDICT.split(data)
        if _UNCHECKED in first and rest.last >= 0:
            self._heard.unchecked.append(rest.last)
        for part in parts:
            own = self._own.match(part)
            if own is not None and _UNCHECKED in part:
                self._heard.unchecked.append(int(own[1]))
