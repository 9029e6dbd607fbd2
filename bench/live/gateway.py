"""A gateway that sees and hears, as a child; its processes, their CPU and memory."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any

import msgspec

from bench.generator import Target
from bench.live.sender import Job, Told, Work
from bench.procs import ROOT
from bench.shapes.system import System
from bench.systems.clocks import cpu_s
from bench.workload import hello, make_policy
from gateway.config import shipped_policy
from gateway.record.keys import keys_new
from gateway.record.where import Where

__all__ = ["GROUPS", "Gateway", "Spent", "policy_with"]

GROUPS = ("gateway", "zygote", "decoders", "vision", "speech", "record", "other")
_WORDS = (
    ("workers.streams.zygote", "zygote"),
    ("workers.vision.run", "vision"),
    ("workers.speech.run", "speech"),
    ("record.writer", "record"),
)
_START_S = 90.0
_STOP_S = 5.0
_TENANT = "bench"


def policy_with(
    folder: Path, profile: str = "fast", rules: str = "", promote: bool = True, load: bool = False
) -> Path:
    """Write the shipped policy with another profile and more rules.

    Without `promote` new text and codes are no reason to look closer. With `load` it is the one
    that chat is measured with: more terms, and windows wide enough for it.
    """
    made = make_policy(folder) if load else folder / "policy"
    if not load:
        shutil.copytree(shipped_policy(), made)
    manifest = made / "policy.yaml"
    text = manifest.read_text("utf-8").replace("  profile: fast", f"  profile: {profile}")
    if not promote:
        text = text.replace("promote: {on: [report, scene, text, qr]", "promote: {on: [report]")
    manifest.write_text(text, "utf-8")
    if rules:
        (made / "rules.bench.yaml").write_text(rules, "utf-8")
    return made


class Spent(msgspec.Struct):
    """CPU seconds by group of processes, at a time."""

    at: float
    pids: dict[int, tuple[str, float]]

    def until(self, later: Spent) -> dict[str, float]:
        """Return what each group used until later; processes that ended count to the last look."""
        used = dict.fromkeys(GROUPS, 0.0)
        for pid, (group, seconds) in later.pids.items():
            used[group] += seconds - self.pids.get(pid, (group, 0.0))[1]
        return used


class Gateway:
    """One gateway under measurement. Use it as a context manager."""

    def __init__(self, folder: Path, policy: Path, settings: Mapping[str, str]) -> None:
        self.answers = folder / "answers.jsonl"
        self.listen = self.http = ""
        self._data = folder / "data"
        where = Where.of(self._data, "")
        self._data.mkdir()
        self.key = keys_new(where, _TENANT, "server", "bench")
        self.watcher = keys_new(where, _TENANT, "moderator", "bench")
        environ = {name: value for name, value in os.environ.items() if "SEAWALL" not in name}
        paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
        environ["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
        environ.update({f"SEAWALL_{name.upper()}": value for name, value in settings.items()})
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "bench.live.watched", str(self.answers), "serve",
             "--data", str(self._data), "--policy", str(policy),
             "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"],
            stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environ, text=True,
        )  # fmt: skip
        self._log: list[str] = []
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Gateway:
        until = time.monotonic() + _START_S
        while not self.listen or not self._up():
            if self._process.poll() is not None or time.monotonic() > until:
                self.__exit__()
                raise SystemExit("the gateway did not start:\n" + "".join(self._log[-20:]))
            time.sleep(0.2)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(_STOP_S)
        assert self._process.stderr is not None
        self._process.stderr.close()

    @property
    def system(self) -> System:
        """Return it as the harness drives and weighs it; its clock is the one of this machine."""
        port = int(self.listen.rpartition(":")[2])
        target = Target(port, "/v1", self.key, hello())
        return System("gateway", (target,), {"gateway": (self._process.pid,)}, http=(self.http,))

    def pids(self) -> dict[int, str]:
        """Return the running processes and the group of each."""
        found = {self._process.pid: "gateway"}
        for pid in _children(self._process.pid):
            command = _command(pid)
            group = next((name for word, name in _WORDS if word in command), "other")
            found[pid] = group
            if group == "zygote":
                found.update(dict.fromkeys(_children(pid), "decoders"))
        return found

    def of(self, group: str) -> list[int]:
        """Return the processes of a group."""
        return [pid for pid, name in self.pids().items() if name == group]

    def spent(self) -> Spent:
        """Return what every process has used."""
        pids = {}
        for pid, group in self.pids().items():
            with suppress(ProcessLookupError):
                pids[pid] = (group, cpu_s(pid))
        return Spent(time.monotonic(), pids)

    def memory_mb(self) -> dict[str, tuple[float, float]]:
        """Return resident and proportional memory by group: forks share pages."""
        sums = dict.fromkeys(GROUPS, (0.0, 0.0))
        for pid, group in self.pids().items():
            with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
                text = Path(f"/proc/{pid}/smaps_rollup").read_text()
                rss, pss = (_field(text, name) for name in ("Rss", "Pss"))
                before = sums[group]
                sums[group] = (before[0] + rss, before[1] + pss)
        return sums

    def metrics(self) -> dict[str, float]:
        """Return every metric by name with its labels."""
        with urllib.request.urlopen(f"http://{self.http}/metrics", timeout=10) as reply:
            lines = reply.read().decode().splitlines()
        pairs = (line.rpartition(" ") for line in lines if line and line[0] != "#")
        return {name: float(value) for name, _, value in pairs}

    def ask(self, path: str) -> Any:  # Any: JSON
        """Return what the HTTP API says."""
        request = urllib.request.Request(
            f"http://{self.http}{path}", headers={"Authorization": f"Bearer {self.watcher}"}
        )
        with urllib.request.urlopen(request, timeout=10) as reply:
            return json.load(reply)

    def send(self, works: list[Work]) -> Sending:
        """Have a generator process send streams; `told` must be called, or `stop`."""
        return Sending(Job(f"ws://{self.listen}/v1", self.key, works))

    def _up(self) -> bool:
        found = self.metrics()
        names = ("vision", "speech")
        ups = [found.get(f'seawall_media_up{{process="{name}"}}') for name in names]
        return all(up in (None, 1.0) for up in ups) and any(ups)

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            if '"event": "ready"' in line:
                ready = json.loads(line)
                self.http, self.listen = ready["http"], ready["listen"]
            self._log.append(line)
            del self._log[:-200]


class Sending:
    """A generator at work."""

    def __init__(self, job: Job) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "bench.live.sender"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(job))
        self._process.stdin.close()
        self._process.stdin = None

    def stop(self) -> None:
        """Have every stream end now, as one does that is over."""
        self._process.terminate()

    def told(self, within_s: float) -> Told:
        """Wait for its end and return what it tells."""
        out, _ = self._process.communicate(timeout=within_s)
        if self._process.returncode:
            raise SystemExit(f"a generator ended with {self._process.returncode}")
        return msgspec.json.decode(out, type=Told)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += [int(each) for each in (task / "children").read_text().split()]
    return found


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _field(text: str, name: str) -> float:
    line = next((each for each in text.splitlines() if each.startswith(f"{name}:")), ": 0 kB")
    return int(line.split()[1]) / 1024
