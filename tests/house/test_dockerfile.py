"""The container image, as far as it can be checked without building it."""

from __future__ import annotations

import json
import os
import re
import ssl
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.gateway.certificates import Authority
from tests.house.tree import ROOT

LINES = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text("utf-8")).splitlines()
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
IGNORED = (ROOT / ".dockerignore").read_text("utf-8").split()


def instructions(word: str) -> list[str]:
    return [line.removeprefix(word).strip() for line in LINES if line.startswith(f"{word} ")]


def copied() -> list[str]:
    """Name what is copied from the tree (and not from another stage)."""
    copies = [line.split() for line in instructions("COPY") if "--from=" not in line]
    return [source for line in copies for source in line[:-1]]


def test_every_source_that_is_copied_exists() -> None:
    assert copied()
    assert not [source for source in copied() if not (ROOT / source).exists()]


def test_every_source_that_is_copied_reaches_the_builder() -> None:
    assert "*" in IGNORED
    assert not [source for source in copied() if f"!{source}" not in IGNORED]


def test_everything_that_the_wheel_is_made_of_is_copied() -> None:
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    project = PROJECT["project"]
    readme = [project["readme"]] if "readme" in project else []
    needed = {*wheel["only-include"], *project["license-files"], *readme, "pyproject.toml"}
    assert needed <= set(copied())


def test_the_entry_point_is_a_command_that_we_install() -> None:
    (entry,) = instructions("ENTRYPOINT")
    (script,) = json.loads(entry)
    assert script in PROJECT["project"]["scripts"]
    module, _, function = PROJECT["project"]["scripts"][script].partition(":")
    path = ROOT / (module.replace(".", "/") + ".py")
    assert f"def {function}(" in path.read_text("utf-8")


def test_it_is_built_in_stages_and_does_not_run_as_root() -> None:
    assert len(instructions("FROM")) == 2
    last = max(number for number, line in enumerate(LINES) if line.startswith("FROM "))
    users = [line.split()[1] for line in LINES[last:] if line.startswith("USER ")]
    assert users[-1] not in ("0", "root")


def test_it_says_how_to_see_that_it_is_well() -> None:
    (check,) = instructions("HEALTHCHECK")
    (command,) = instructions("CMD")
    words = json.loads(command)
    port = words[words.index("--http") + 1].rpartition(":")[2]
    assert f"127.0.0.1:{port}/healthz" in check
    assert port in instructions("EXPOSE")[0].split()


@pytest.mark.parametrize("tls", [False, True])
def test_what_asks_whether_it_is_well_hears_it_with_and_without_tls(
    tmp_path: Path, tls: bool
) -> None:
    environ = {name: value for name, value in os.environ.items() if name != "SEAWALL_TLS_CERT"}
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Well)
    if tls:
        cert, key = Authority(tmp_path).pair()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        environ["SEAWALL_TLS_CERT"] = str(cert)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    (check,) = instructions("HEALTHCHECK")
    _, _, code = json.loads(check[check.index("[") :])
    asked = code.replace("7401", str(server.server_port))
    try:
        done = subprocess.run([sys.executable, "-c", asked], env=environ, check=False, timeout=15)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert done.returncode == 0


class _Well(BaseHTTPRequestHandler):
    """Answers like a gateway that is well, and writes no log."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def test_nothing_of_the_surroundings_reaches_the_builder() -> None:
    let_in = {pattern.removeprefix("!") for pattern in IGNORED if pattern.startswith("!")}
    private = (".git", ".venv", "seawall-data", "tests", "docs")
    assert not [name for name in private if any(fnmatch(name, pattern) for pattern in let_in)]
