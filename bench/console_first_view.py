"""How long a moderator waits for the queue: a real gateway, a real browser, thousands of cases.

    seawall bench console-first-view [--cases N] [--loads N] [--latency-ms MS]

The queue is filled through a chat server's connection. Then it is opened by somebody signed in, in
turn with an empty cache (a window of its own) and with what that left (a second page of it). The
clock is the page's own: it starts with the navigation and stops when the first row is painted, a
task after the animation frame that follows the row's arrival in the page. The browser runs already;
the gateway is on one core, the browser takes what it gets. It is wall-clock: neighbours are in it.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

from bench.commands.options import Report, output, whole
from bench.console_browser import browsing, find_browser, window
from bench.consoles import Running, Session, Wire, asking, running, sign_in
from bench.shapes.result import Figure
from bench.systems.weighing import Neighbours
from bench.workload import words
from seawall.errors import SeawallError

__all__ = ["Load", "main"]

BAR_MS = 1000.0
_ROOMS = 200
_TOGETHER = 32
_FILL_S = 120.0
_WATCHER = """
window.firstView = new Promise((resolve, reject) => {
  const seen = {}
  const tell = () => seen.painted_ms && seen.contentful_ms && resolve(seen)
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (entry.name === 'first-contentful-paint') seen.contentful_ms = entry.startTime
    }
    tell()
  }).observe({ type: 'paint', buffered: true })
  const painted = () => {
    seen.painted_ms = performance.now()
    const [page] = performance.getEntriesByType('navigation')
    const files = performance
      .getEntriesByType('resource').filter((it) => it.responseEnd <= seen.painted_ms)
    const end = (part) =>
      Math.max(0, ...files.filter((it) => it.name.match(part)).map((it) => it.responseEnd))
    Object.assign(seen, {
      page_ms: page.responseEnd, code_ms: end('/assets/'), session_ms: end('/v1/session'),
      cases_ms: end('/v1/cases'), requests: files.length + 1,
      bytes: [page, ...files].reduce((sum, it) => sum + it.transferSize, 0),
    })
    tell()
  }
  const watcher = new MutationObserver(() => {
    if (!document.querySelector('[id^="case-"]')) return
    watcher.disconnect()
    seen.row_ms = performance.now()
    requestAnimationFrame(() => {
      const after = new MessageChannel()
      after.port1.onmessage = painted
      after.port2.postMessage(0)
    })
  })
  watcher.observe(document, { childList: true, subtree: true })
  setTimeout(() => reject(new Error('not painted in 20 s')), 20_000)
})
"""


class Load(msgspec.Struct, frozen=True):
    """One load of the queue. Milliseconds since the navigation began, and what came by then.

    `row_ms`: the first row is in the page; the others are when the last byte of each was here, 0
    where it was not asked for. `bytes` count headers too, and not what the cache had.
    """

    contentful_ms: float
    row_ms: float
    painted_ms: float
    page_ms: float
    code_ms: float
    session_ms: float
    cases_ms: float
    requests: int
    bytes: int


def main() -> int:
    """Measure: 0, 1 where a median is over the bar, 3 where there is nothing to measure with."""
    options = argparse.ArgumentParser(prog="seawall bench console-first-view", description=__doc__)
    options.add_argument("--cases", type=whole, default=3000, help="open ones (%(default)s)")
    options.add_argument("--loads", type=whole, default=9, help="of each kind (%(default)s)")
    options.add_argument(
        "--latency-ms", type=float, default=0.0, help="added to every request (%(default)s)"
    )
    output(options)
    given = options.parse_args()
    path = find_browser()
    if path is None:
        return 3
    report = Report("console-first-view", given, "", gates=True)
    noise = Neighbours()
    try:
        with ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="seawall-bench-"))
            gateway = stack.enter_context(running(Path(folder)))
            session = sign_in(gateway)
            cases = _fill(gateway, session, given.cases)
            browser = stack.enter_context(browsing(path))
            noise.begin()
            found = _measure(browser, gateway, session, given.loads, given.latency_ms)
            meanwhile = noise.end()
    except (OSError, RuntimeError, SeawallError) as error:
        print(f"seawall bench console-first-view: {error}", file=sys.stderr)
        return 3
    for name, loads in found.items():
        _told(report, name, loads)
    report.notes.append(f"{cases} open cases, {given.loads} loads of each kind in turn")
    report.notes.append(
        f"meanwhile others used {meanwhile.others:.0%} of the cores, the host stole "
        f"{meanwhile.steal:.0%}; load before: {meanwhile.load:.1f}"
    )
    return report.finish()


def _told(report: Report, name: str, loads: list[Load]) -> None:
    """Put the figures of one kind of load into a report."""

    def middle(of: Callable[[Load], float]) -> float:
        return median(of(each) for each in loads)

    way = ", ".join(
        f"{part} {middle(of):.0f}"
        for part, of in (
            ("page", lambda each: each.page_ms),
            ("code", lambda each: each.code_ms),
            ("session", lambda each: each.session_ms),
            ("cases", lambda each: each.cases_ms),
            ("row", lambda each: each.row_ms),
        )
    )
    painted = [each.painted_ms for each in loads]
    contentful = [each.contentful_ms for each in loads]
    report.figures += [
        Figure(f"{name}: first row painted, median", median(painted), "ms", BAR_MS, why=way),
        Figure(f"{name}: first row painted, worst", max(painted), "ms"),
        Figure(f"{name}: first contentful paint, median", median(contentful), "ms"),
        Figure(f"{name}: first contentful paint, worst", max(contentful), "ms"),
        Figure(f"{name}: transferred", middle(lambda each: each.bytes) / 1000, "kB"),
        Figure(f"{name}: requests", middle(lambda each: each.requests)),
    ]


def _measure(
    browser: Any,  # playwright's
    gateway: Running,
    session: Session,
    rounds: int,
    latency_ms: float,
) -> dict[str, list[Load]]:
    """Open the queue in turn without and with what is cached; a first pair warms up."""
    found: dict[str, list[Load]] = {"empty cache": [], "warm cache": []}
    for turn in range(rounds + 1):
        with closing(window(browser, gateway, session)) as context:
            context.add_init_script(_WATCHER)
            for loads in found.values():
                load = _load(context, f"http://127.0.0.1:{gateway.http}/", latency_ms)
                if turn > 0:
                    loads.append(load)
    return found


def _load(context: Any, site: str, latency_ms: float) -> Load:  # Any: playwright's
    """Open the queue once. Raises RuntimeError where its first row does not come."""
    from playwright.sync_api import Error

    with closing(context.new_page()) as page:
        try:
            if latency_ms > 0:
                wire = context.new_cdp_session(page)
                wire.send("Network.enable")
                slow = {"latency": latency_ms, "downloadThroughput": -1, "uploadThroughput": -1}
                wire.send("Network.emulateNetworkConditions", {"offline": False, **slow})
            page.goto(site)
            seen = page.evaluate("firstView")
        except Error as error:
            raise RuntimeError(f"no first row: {error.message.splitlines()[0]}") from error
    return msgspec.convert(seen, Load)


def _fill(gateway: Running, session: Session, count: int) -> int:
    """Let a chat server say what opens cases; return how many are open, once all of them are."""
    said = words(8 * count, 7)
    asked = 0
    with closing(Wire(gateway.port, "/v1", {"Authorization": f"Bearer {gateway.key}"})) as chat:
        chat.send(b'{"type":"hello","server":"bench","rooms":["*"]}')
        chat.read()
        for first in range(0, count, _TOGETHER):
            asked += _say(
                chat,
                {
                    f"m{number}": asking(number, f"user-{number}", f"room-{number % _ROOMS}", said)
                    for number in range(first, min(first + _TOGETHER, count))
                },
            )
    until = time.monotonic() + _FILL_S
    while (there := _open(gateway, session)) < asked:
        if time.monotonic() > until:
            raise RuntimeError(f"{there} of {asked} cases were open after {_FILL_S:.0f} s")
        time.sleep(0.5)
    return there


def _say(chat: Wire, waiting: dict[str, bytes]) -> int:
    """Say some messages, again those that are refused for load; return how many ask for somebody.

    An invented word may be one of the lexicon's: such a message is blocked, and opens no case.
    """
    asked = 0
    for message in waiting.values():
        chat.send(message)
    while waiting:
        for told in map(json.loads, chat.read()):
            match told["type"]:
                case "verdict":
                    del waiting[told["id"]]
                    asked += told["action"] == "allow"
                case "error" if told["code"] == "overloaded":
                    time.sleep(told["retry_after"])
                    chat.send(waiting[told["ref"]])
                case "error":
                    raise RuntimeError(f"the gateway refused a message: {told['message']}")
    return asked


def _open(gateway: Running, session: Session) -> int:
    """Return how many cases are open, as the queue's numbers tell it."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{gateway.http}/v1/queues",
        headers={"Cookie": f"seawall={session.token}"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return sum(int(line["open"]) for line in json.load(answer)["items"])


if __name__ == "__main__":
    sys.exit(main())
