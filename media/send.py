"""The word `seawall send`: push a file, or what an address plays, as a stream server would."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Sequence

from media.pushing import Job, in_words, push_all
from seawall.errors import SeawallError

__all__ = ["main", "parser"]

_URI = "ws://127.0.0.1:7400/v1"
_KEY = "SEAWALL_KEY"


def main(argv: Sequence[str] | None = None) -> int:
    """Send; return 0, 2 where it could not be, 130 where it was interrupted, 143 terminated."""
    given = parser().parse_args(sys.argv[2:] if argv is None else argv)
    given.key = given.key or os.environ.get(_KEY, "")
    if not given.key:
        print(f"seawall send: no key given: --key or {_KEY}", file=sys.stderr)
        return 2
    try:
        return asyncio.run(_run(given))
    except (SeawallError, OSError) as problem:
        print(f"seawall send: {in_words(problem)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except asyncio.CancelledError:  # by nobody else: see `_run`
        return 128 + signal.SIGTERM


def parser() -> argparse.ArgumentParser:
    """Build the parser."""
    made = argparse.ArgumentParser(
        prog="seawall send",
        description="Push a file as a stream server would: its own bytes, at its own pace. "
        "Commands are obeyed: after a cut nothing more is sent. What the gateway says comes as "
        "JSON lines on standard output, a summary on standard error.",
        epilog="exit status: 0 sent, 2 could not be, 130 or 143 ended by a signal",
    )
    made.add_argument(
        "source", metavar="FILE|URL", help="a file, or rtmp, http(s), HLS as it plays"
    )
    made.add_argument("--room", required=True, help="the room it is shown in")
    made.add_argument("--user", required=True, help="who sends it: an id")
    made.add_argument("--stream", default="", help="its id (made of the room's)")
    made.add_argument(
        "--pace",
        type=_pace,
        default=1.0,
        metavar="1|N|max",
        help="as it plays, N times as fast, or as fast as the gateway takes it (%(default)g)",
    )
    made.add_argument("--url", default=_URI, help="the gateway (%(default)s)")
    made.add_argument(
        "--key", default="", help="a server's key; better in SEAWALL_KEY, where nobody reads it"
    )
    made.add_argument("--server", default="send", help="this server's name (%(default)s)")
    made.add_argument("--container", default="", help="what to announce (what the bytes show)")
    made.add_argument("--viewers", type=int, help="how many watch")
    made.add_argument("--loop", action="store_true", help="begin again at the end, for ever")
    made.add_argument("--for", dest="for_s", type=_length, metavar="S", help="end after S seconds")
    made.add_argument(
        "--connections",
        type=_connections,
        default=1,
        metavar="N",
        help="send it N times over as many connections, as streams NAME-1, NAME-2, …",
    )
    return made


def _pace(text: str) -> float:
    if text == "max":
        return 0.0
    try:
        pace = float(text)
    except ValueError:
        pace = 0.0
    if not 0.0 < pace <= 1000.0:
        raise argparse.ArgumentTypeError(f"{text!r} is no pace such as 1, 4 or max")
    return pace


def _length(text: str) -> float:
    try:
        length_s = float(text)
    except ValueError:
        length_s = 0.0
    if not 0.0 < length_s < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return length_s


def _connections(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text[:6]) <= 10_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not 1 to 10000")
    return int(text)


async def _run(given: argparse.Namespace) -> int:
    job = Job(
        source=given.source,
        uri=given.url,
        key=given.key,
        server=given.server,
        room=given.room,
        user=given.user,
        stream=given.stream or f"{given.room}-live",
        pace=given.pace,
        container=given.container,
        viewers=given.viewers,
        loop=given.loop,
        for_s=given.for_s,
    )
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await push_all(job, given.connections)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
