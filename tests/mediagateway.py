"""A gateway of its own process with everything that sees and hears, and who sends streams to it."""

from __future__ import annotations

import asyncio
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import websockets

from bench.faults.victim import Victim
from gateway.record.where import Where
from media.pushing import Job, push
from seawall import client, wire
from seawall.errors import SeawallError
from tests.gateway.live import Peer, write_policy
from tests.gateway.records import fresh_record

__all__ = ["Answer", "MediaGateway", "Sent", "Span", "until"]

Told = dict[str, Any]  # Any: JSON
_WORKERS = {"workers.streams.zygote": "zygote", "workers.vision.run": "vision",
            "workers.speech.run": "speech"}  # fmt: skip


class Answer(NamedTuple):
    """What the HTTP API answered."""

    status: int
    kind: str
    body: bytes

    @property
    def json(self) -> Told:
        """Return the body, read."""
        found: Told = json.loads(self.body)
        return found


class Span(NamedTuple):
    """A stretch that was not examined."""

    start: float
    end: float
    unit: str
    cause: str


class Sent:
    """What came back of a stream that was pushed."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.came: list[float] = []
        self.failed = ""

    def tell(self, told: Told) -> None:
        """Keep a message, and when it came."""
        self.told.append(told)
        self.came.append(time.time())

    def of(self, kind: str) -> list[Told]:
        """Return the messages of a kind."""
        return [each for each in self.told if each["type"] == kind]

    @property
    def kinds(self) -> list[str]:
        """The commands that came."""
        return [each["kind"] for each in self.of("command")]

    @property
    def rules(self) -> set[tuple[str, str]]:
        """Surface and rule of every finding."""
        return {(each["surface"], why["rule"])
                for each in self.of("finding") for why in each["reasons"]}  # fmt: skip

    @property
    def unchecked(self) -> list[Span]:
        """All that was told unchecked."""
        return [
            Span(each["from"], each["to"], each["unit"], each["cause"])
            for coverage in self.of("coverage")
            for each in coverage["unchecked"]
        ]

    @property
    def seconds(self) -> float:
        """How much of the stream coverage tells of."""
        return float(sum(each["to"] - each["from"] for each in self.of("coverage")))

    def missed_s(self, unit: str, causes: Iterable[str] = ()) -> float:
        """Return how much of a unit was not examined, for these causes or any."""
        wanted = set(causes)
        return sum(
            each.end - each.start
            for each in self.unchecked
            if each.unit == unit and (not wanted or each.cause in wanted)
        )

    def share(self, unit: str) -> float:
        """Return how much of a unit was examined of what is told of, 0 to 1."""
        whole = self.seconds
        return 1.0 - min(1.0, self.missed_s(unit) / whole) if whole else 1.0

    def said(self) -> str:
        """Return all of it, for whoever reads why a test failed."""
        return "\n".join([self.failed, *(json.dumps(each)[:900] for each in self.told)])


class MediaGateway:
    """The gateway, a key of its tenant, and a moderator's."""

    def __init__(self, folder: Path, files: dict[str, str] | Path, **settings: str) -> None:
        """`files` are the policy's, beside the small one of the tests, or a folder of its own."""
        policy = files if isinstance(files, Path) else write_policy(folder / "policy", **files)
        self.victim = Victim(folder, policy, None, media="true", **settings)
        fresh_record(Where.of_path(self.victim.data))
        self.key = self.victim.key("t")
        self._admin = self.victim.key("t", "admin", "moderator")
        self._names = 0

    @property
    def uri(self) -> str:
        """Where streams are sent to."""
        return f"ws://{self.victim.listen}/v1"

    def name(self) -> str:
        """Return a stream's id nobody has used."""
        self._names += 1
        return f"live-{self._names}"

    def start(self, within_s: float = 90.0) -> None:
        """Start it; return when its models are warm."""
        self.victim.start()
        end = time.monotonic() + within_s
        while not all(self.up().values()):
            if time.monotonic() > end:
                raise RuntimeError("the models did not load:\n" + "\n".join(self.victim.log))
            time.sleep(0.2)  # in a fixture that does not run in a loop

    # -- what can be asked of it ------------------------------------------------------------------

    def ask(self, path: str, method: str = "GET", body: Told | None = None) -> Answer:
        """Ask the HTTP API as a moderator."""
        request = urllib.request.Request(
            f"http://{self.victim.http}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self._admin}",
                "Content-Type": "application/json",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return Answer(answer.status, answer.headers.get_content_type(), answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers.get_content_type(), error.read())

    def numbers(self) -> dict[str, float]:
        """Return the metrics by name with labels, as they stand in the text."""
        lines = self.ask("/metrics").body.decode().splitlines()
        pairs = (line.rpartition(" ") for line in lines if line and not line.startswith("#"))
        return {name: float(value) for name, _, value in pairs}

    def up(self) -> dict[str, bool]:
        """Say of each process whether it does its work."""
        told = self.numbers()
        names = _WORKERS.values()
        return {name: told.get(f'seawall_media_up{{process="{name}"}}', 0.0) == 1 for name in names}

    def pids(self) -> dict[str, int]:
        """Return the zygote's and the workers' process ids; a spare is younger than its worker."""
        found: dict[str, int] = {}
        for pid in _children(self.victim.pid):
            module = next((each for each in _command(pid) if each in _WORKERS), "")
            if module:
                found.setdefault(_WORKERS[module], pid)
        return found

    def decoders(self) -> list[int]:
        """Return the decoders' process ids."""
        zygote = self.pids().get("zygote")
        return [] if zygote is None else _children(zygote)

    # -- what is sent to it -----------------------------------------------------------------------

    async def push(self, source: Path, sent: Sent | None = None, **more: Any) -> Sent:
        """Send a file as `seawall send` does; what goes wrong is in `failed`."""
        sent = Sent() if sent is None else sent
        name = more.pop("stream", self.name())
        job = {"room": "r1", "user": "u1", "server": f"of-{name}", "stream": name, **more}
        try:
            await push(Job(source=str(source), uri=self.uri, key=self.key, **job), sent.tell)
        except SeawallError as problem:
            sent.failed = f"{type(problem).__name__}: {problem}"
        return sent

    async def pour(
        self, data: bytes, container: str = "auto", piece: int = 16_384, step_s: float = 0.1
    ) -> Sent:
        """Send bytes as they are, as fast as they are taken; what goes wrong is in `failed`.

        Nothing is read of them here: they may be anything.
        """
        sent, name = Sent(), self.name()

        async def hear(news: wire.Finding | wire.Coverage) -> None:
            sent.tell(msgspec.to_builtins(news))

        try:
            async with (
                client.connect(
                    self.uri, key=self.key, server=f"of-{name}", rooms=["r1"],
                    on_finding=hear, on_coverage=hear, wait_s=10.0,
                ) as sea,
                sea.stream(
                    stream=name, room="r1", user={"id": "u1"}, container=container,
                    keep_s=float("inf"), within_s=10.0,
                ) as live,
            ):  # fmt: skip
                begun = time.time()
                for number, at in enumerate(range(0, len(data), piece)):
                    await live.send(data[at : at + piece], at=begun + number * step_s)
                    await live.drained(60.0)
                if not await live.close("ended", 60.0) and live.refused is None:
                    sent.failed = "the end was not confirmed"
                elif live.refused is not None:
                    sent.failed = f"WireError: {live.refused}"
        except SeawallError as problem:
            sent.failed = f"{type(problem).__name__}: {problem}"
        return sent

    @asynccontextmanager
    async def peer(self, server: str = "s1", hello: bool = True) -> AsyncIterator[Peer]:
        """Connect as a server, in plain JSON."""
        headers = {"Authorization": f"Bearer {self.key}"}
        async with websockets.connect(
            self.uri, additional_headers=headers, compression=None, ping_interval=None,
            max_size=None,
        ) as socket:  # fmt: skip
            peer = Peer(socket)
            if hello:
                await peer.send({"type": "hello", "server": server, "rooms": ["*"]})
                await peer.wait("hello")
            yield peer


async def until(true: Callable[[], Awaitable[object] | object], seconds: float = 15.0) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(seconds):
        while True:
            found = true()
            if await found if isinstance(found, Awaitable) else found:
                return
            await asyncio.sleep(0.05)


def _children(pid: int) -> list[int]:
    """Return the processes whose parent this is."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(each) for each in task.read_text("ascii").split()]
        except (FileNotFoundError, ProcessLookupError):
            continue  # the thread has ended meanwhile
    return found


def _command(pid: int) -> list[str]:
    try:
        return [
            os.fsdecode(each) for each in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        ]
    except (FileNotFoundError, ProcessLookupError):
        return []  # it has ended meanwhile
