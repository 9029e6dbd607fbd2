"""Start what is measured: one gateway, two that share everything, a peer; stop it whatever happens.

1. Servers stand on the first core, generators on the last, all that helps a server on the others;
   on two cores helpers share with the generator. On one core nothing is pinned.
2. A server is handed over once it serves and nothing of it is still starting: its models answer.
3. Two gateways share a Valkey, a SQLite file and a secret: `docs/howto/run-two-gateways.md`.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Literal

from bench.generator import Target
from bench.peers.process import NotStarted, Process, cores, environment, pin
from bench.peers.registry import PEERS, find_peer
from bench.shapes.system import Role, System
from bench.systems.roles import by_role, roles
from bench.systems.store import valkey
from bench.workload import hello, make_policy, words
from gateway.config import shipped_policy
from gateway.record.keys import keys_new
from gateway.record.secret import SECRET_FILE
from gateway.record.where import Where
from gateway.serve import allow_many_sockets

__all__ = ["PEERS", "TENANT", "NotStarted", "gateway", "peer"]

TENANT = "bench"
WORDS = 10_000
"""Terms of the bench's lexicon, and of every peer's list."""
_START_S = 60.0
_MODELS_S = 120.0
_PASSING = frozenset({"lag", "certificate", "keys"})
"""What `/readyz` may call degraded for a moment although everything has started."""


@contextmanager
def gateway(
    folder: Path,
    *,
    policy: Path | Literal["default", "all", "bench"] = "bench",
    models: str = "",
    count: int = 1,
    patient: bool = False,
    environ: Mapping[str, str] | None = None,
) -> Iterator[System]:
    """Run gateways that answer as one system, until the caller is done. Raises NotStarted.

    `policy`: `bench` (everything shipped, 10,000 terms more, three windows wide enough for load),
    `default` (the shipped pack, no model), `all` (the shipped pack and its classifier), a folder.
    With `patient` the bench's policy sheds nothing: for costs, never for waits. `models` are the
    gateway's setting; with `all` it need not be given. `environ` holds further
    settings, `SEAWALL_NAME`: `value`. `folder` must exist; several systems need one each.
    """
    allow_many_sockets()
    if policy == "all" and not models:
        models = "linear"
    label = policy if isinstance(policy, str) else policy.name
    where = _policy(folder, policy, patient)
    given = {"SEAWALL_MODELS": models, **(environ or {})}
    servers, helpers = cores(count)
    with ExitStack() as stack:
        besides: dict[Role, tuple[int, ...]] = {}
        if count > 1:
            store = stack.enter_context(valkey(folder))
            besides["valkey"] = (store.pid,)
            given |= {
                "SEAWALL_REDIS": f"unix://{store.path}",
                "SEAWALL_DATABASE": f"sqlite://{(folder / 'shared.db').absolute()}",
            }
        running = [_Gateway(stack, folder, at, where, given) for at in range(count)]
        for each in running:
            each.wait()
        found = roles(tuple(each.pid for each in running), besides)
        for each, core in zip(running, servers, strict=True):
            pin((each.pid,), core)
        pin((pid for pid, name in found.items() if name != "gateway"), helpers)
        yield System(
            name=f"gateway {label}" if count == 1 else f"{count} gateways {label}",
            targets=tuple(each.target for each in running),
            pids=by_role(found),
            http=tuple(each.http for each in running),
        )


@contextmanager
def peer(name: str, folder: Path) -> Iterator[System]:
    """Run one of PEERS with a store and a word list of its own, where it needs them.

    Raises NotStarted, also where a library is missing; ValueError for a name there is not.
    """
    chosen = find_peer(name)
    if why := chosen.absent():
        raise NotStarted(f"{chosen.name}: {why}")
    allow_many_sockets()
    (server,), helpers = cores()
    with ExitStack() as stack:
        arguments: list[str] = []
        besides: dict[Role, tuple[int, ...]] = {}
        if chosen.store:
            store = stack.enter_context(valkey(folder))
            besides["valkey"] = (store.pid,)
            pin((store.pid,), helpers)
            arguments.append(store.path)
        if chosen.words:
            listed = folder / "words.txt"
            listed.write_text("\n".join(words(WORDS, 1)), encoding="utf-8")
            arguments.append(str(listed))
        process = Process(
            chosen.name,
            [sys.executable, "-P", "-m", chosen.module, *chosen.arguments, *arguments],
            environment(),
        )
        stack.callback(process.stop)
        port = process.line(_port, _START_S)
        process.started()
        pin((process.pid,), server)
        pids = by_role(roles((process.pid,), besides))
        yield System(chosen.name, (Target(port, "/v1"),), pids, chosen.speaks)


class _Gateway:
    """One gateway that is starting or serves."""

    def __init__(
        self, stack: ExitStack, folder: Path, at: int, policy: Path, settings: Mapping[str, str]
    ) -> None:
        data = folder / f"gateway-{at}"
        data.mkdir(mode=0o700)
        _secret(folder, data)
        where = Where.of(data, settings.get("SEAWALL_DATABASE", ""))
        self._key = keys_new(where, TENANT, "server", data.name)
        command = [
            *(sys.executable, "-P", "-m", "seawall"),
            *("serve", "--data", str(data), "--policy", str(policy)),
            *("--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"),
        ]
        self._process = Process("the gateway", command, environment(settings))
        stack.callback(self._process.stop)
        self.pid = self._process.pid
        self.target, self.http = Target(0, "/v1"), ""

    def wait(self) -> None:
        """Wait until it serves and its models are there."""
        ready = self._process.line(_ready, _START_S)
        self._process.started()
        self.http = ready["http"]
        port = int(ready["listen"].rpartition(":")[2])
        self.target = Target(port, "/v1", self._key, hello())
        until = time.monotonic() + _MODELS_S
        while missing := self._lacks():
            if not self._process.alive:
                raise self._process.failed("it ended")
            if time.monotonic() > until:
                raise self._process.failed(f"after {_MODELS_S:g} s: {missing}")
            time.sleep(0.05)

    def _lacks(self) -> str:
        """Say what is not there yet, empty when everything is."""
        try:
            with urllib.request.urlopen(f"http://{self.http}/readyz", timeout=10) as reply:
                said = json.load(reply)
        except urllib.error.HTTPError as refusal:
            said = json.load(refusal)
        except OSError as error:
            return str(error)
        lacking = [*said["problems"], *(set(said["degraded"]) - _PASSING)]
        return "; ".join(str(said["because"].get(each, each)) for each in lacking)


def _secret(folder: Path, data: Path) -> None:
    """Give a gateway the secret of its family, made by the first."""
    kept = folder / SECRET_FILE
    if not kept.exists():
        kept.write_text(token_hex(32), encoding="ascii")
    shutil.copyfile(kept, data / SECRET_FILE)
    (data / SECRET_FILE).chmod(0o600)


def _policy(folder: Path, policy: Path | str, patient: bool) -> Path:
    match policy:
        case "bench":
            return make_policy(folder, patient)
        case "default" | "all":
            return Path(shipped_policy())
        case _:
            return Path(policy)


def _ready(line: str) -> dict[str, str] | None:
    if not line.startswith('{"event": "ready"'):
        return None
    found: dict[str, str] = json.loads(line)
    return found


def _port(line: str) -> int | None:
    return int(line) if line.isdecimal() else None
