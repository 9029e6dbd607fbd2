"""From a verdict to its case on a screen: a real gateway, a real browser, fifty consoles.

Messages that open a case go through a real WebSocket, one at a time and at random moments. The
clock starts when the verdict has arrived at the chat server. `line` ends when the last raw console
has the case's line, `pixels` when the browser has painted the case's row: a task after the
animation frame that follows the row's arrival in the page. The page's clock (performance.timeOrigin
and now) and ours are the same machine's. Each message comes from a busier room than the one before,
so that its case ranks first and its row is in view. It is wall-clock: busy neighbours are in it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bench.console_browser import browsing, find_browser, window
from bench.consoles import Crowd, Running, Session, Wire, asking, running, sign_in
from bench.generator import quantile
from bench.procs import LOAD_CORE
from bench.workload import words
from gateway.serve import allow_many_sockets

__all__ = ["main"]

BAR_MS = 500.0
_WAIT_S = 5.0
_WATCHER = """
() => {
  window.painted = {}
  const user = /user-\\d+/
  const now = () => performance.timeOrigin + performance.now()
  const look = (node) => {
    const rows = node.querySelectorAll ? [node, ...node.querySelectorAll('[id^="case-"]')] : []
    for (const row of rows) {
      const found = (row.id || '').startsWith('case-') && user.exec(row.textContent)
      if (!found || window.painted[found[0]]) continue
      const times = (window.painted[found[0]] = { inserted: now() })
      requestAnimationFrame(() => {
        const after = new MessageChannel()
        after.port1.onmessage = () => (times.painted = now())
        after.port2.postMessage(0)
      })
    }
  }
  const watcher = new MutationObserver((changes) => {
    for (const change of changes) {
      change.addedNodes.forEach(look)
      const row = (change.target.parentElement ?? change.target).closest?.('[id^="case-"]')
      if (row) look(row)
    }
  })
  watcher.observe(document.body, { childList: true, subtree: true, characterData: true })
}
"""


def main() -> int:
    """Measure; return 0 when the 95th percentile is within the bar."""
    options = argparse.ArgumentParser(prog="seawall bench console-pixels", description=__doc__)
    options.add_argument("--consoles", type=int, default=50, help="sockets (%(default)s)")
    options.add_argument("--messages", type=int, default=100, help="cases (%(default)s)")
    options.add_argument("--no-browser", action="store_true", help="sockets alone")
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    allow_many_sockets()
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {LOAD_CORE})
    browser = None if given.no_browser else find_browser()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="seawall-bench-")))
        gateway = stack.enter_context(running(folder))
        session = sign_in(gateway)
        page = stack.enter_context(_page(browser, gateway, session)) if browser else None
        crowd = Crowd(gateway, session, given.consoles - (page is not None))
        stack.callback(crowd.close)
        chat = Wire(gateway.port, "/v1", {"Authorization": f"Bearer {gateway.key}"})
        stack.callback(chat.close)
        verdicts, lines = _send(chat, crowd, given.messages)
        painted = {} if page is None else _painted(page, len(verdicts))
    report: dict[str, Any] = {"consoles": given.consoles, "messages": len(verdicts)}
    report["line"] = _figures(verdicts, lines)
    if page is not None:
        inserted = {user: each["inserted"] / 1000 for user, each in painted.items()}
        pixels = {
            user: each["painted"] / 1000 for user, each in painted.items() if "painted" in each
        }
        report |= {"row": _figures(verdicts, inserted), "pixels": _figures(verdicts, pixels)}
    return _tell(report, as_json=given.json)


def _tell(report: dict[str, Any], *, as_json: bool) -> int:
    if as_json:
        print(json.dumps(report))
    else:
        print(f"{report['messages']} cases, {report['consoles']} consoles, ms from the verdict")
        for name in ("line", "row", "pixels"):
            if name in report:
                row = report[name]
                print(
                    f"  {name:<7} p50 {row['p50']:7.1f}   p95 {row['p95']:7.1f}   "
                    f"max {row['max']:7.1f}   ({row['count']} seen)"
                )
        if "pixels" not in report:
            print("  pixels: not measured (no browser)")
    last = report.get("pixels", report["line"])
    return 0 if last["p95"] <= BAR_MS and last["count"] == report["messages"] else 1


def _figures(begun: dict[str, float], ended: dict[str, float]) -> dict[str, float]:
    took = [(ended[user] - at) * 1000 for user, at in begun.items() if user in ended]
    if not took:
        return {"p50": float("inf"), "p95": float("inf"), "max": float("inf"), "count": 0}
    return {
        "p50": round(quantile(took, 0.5), 1),
        "p95": round(quantile(took, 0.95), 1),
        "max": round(max(took), 1),
        "count": len(took),
    }


def _send(chat: Wire, crowd: Crowd, count: int) -> tuple[dict[str, float], dict[str, float]]:
    """Return when each user's verdict was here, and when the last console had the case's line."""
    chance = random.Random(6)
    said = words(8 * count, 6)
    _settle(crowd, 1.5)
    chat.send(b'{"type":"hello","server":"bench","rooms":["*"]}')
    chat.read()
    verdicts: dict[str, float] = {}
    lines: dict[str, float] = {}
    for number in range(count):
        user, room = f"user-{number}", f"room-{number}"
        viewers = int(100 * 1.03**number)
        chat.send(json.dumps({"type": "room", "room": room, "viewers": viewers}).encode())
        chat.send(asking(number, user, room, said))
        while not any(b'"verdict"' in text for text in chat.read()):
            continue
        verdicts[user] = time.time()
        told = f'"user":"{user}"'.encode()
        waiting = set(crowd.wires)
        until = time.monotonic() + _WAIT_S
        while waiting and time.monotonic() < until:
            for wire, text in crowd.read(0.1):
                if told in text:
                    waiting.discard(wire)
        if not waiting:
            lines[user] = time.time()
        _settle(crowd, chance.uniform(0.2, 0.8))
    _settle(crowd, 2.0)
    return verdicts, lines


def _settle(crowd: Crowd, seconds: float) -> None:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        crowd.read(left)


@contextmanager
def _page(path: str, gateway: Running, session: Session) -> Iterator[Any]:  # Any: playwright's
    """Show the queue in a browser, watched."""
    with browsing(path) as browser:
        page = window(browser, gateway, session).new_page()
        page.goto(f"http://127.0.0.1:{gateway.http}")
        page.wait_for_selector(".queue-view", timeout=20_000)
        page.wait_for_timeout(1500)  # its live socket is up, the first page is here
        page.evaluate(_WATCHER)
        yield page


def _painted(page: Any, wanted: int) -> dict[str, dict[str, float]]:  # Any: playwright's
    found: dict[str, dict[str, float]] = page.evaluate("() => window.painted")
    if len(found) < wanted:
        print(f"{wanted - len(found)} rows never came to the page", file=sys.stderr)
    return found


if __name__ == "__main__":
    sys.exit(main())
