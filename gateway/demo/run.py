"""`seawall demo`: start a gateway, play a room through the client, show it, and clean up."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from functools import partial

import aiohttp

from gateway.demo.board import Board, Judged
from gateway.demo.broadcast import Broadcast, Told
from gateway.demo.child import Child, running_gateway
from gateway.demo.keyboard import key_presses
from gateway.demo.options import add_options
from gateway.demo.player import Player
from gateway.demo.rows import read_room
from gateway.demo.stream import send_stream
from gateway.demo.words import plain
from gateway.mediachecks import check_libraries
from seawall import client
from seawall.errors import NotConnected, SeawallError

__all__ = ["main", "run_demo"]

PLAIN_S = 60.0
"""How long it plays without a terminal, unless told otherwise."""
FRAME_S = 0.1
HEALTH_S = 2.0
BREAK_S = 12.0
"""Pause before the stream is played again: what became of it is to be read."""


class _Remarks(logging.Handler):
    """Shows the client's warnings on the board: on the screen they would tear the picture."""

    def __init__(self, board: Board) -> None:
        super().__init__(logging.WARNING)
        self._board = board

    def emit(self, record: logging.LogRecord) -> None:
        self._board.remark(record.getMessage())


def main(argv: Sequence[str]) -> int:
    """Run the demo; return its exit status."""
    parser = argparse.ArgumentParser(prog="seawall demo")
    add_options(parser)
    try:
        return run_demo(parser.parse_args(argv))
    except SeawallError as problem:
        print(f"seawall: {problem}", file=sys.stderr)
        return 1


def run_demo(given: argparse.Namespace) -> int:
    """Run the demo as told. Raises SeawallError when the file or the gateway is unusable."""
    if given.media:
        check_libraries()
    board = Board(read_room(given.chat, given.room))
    screen = sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    return asyncio.run(_Demo(board, given, screen).run())


class _Demo:
    """One run: the gateway, the player, the view, and what ends them."""

    def __init__(self, board: Board, given: argparse.Namespace, screen: bool) -> None:
        self._board = board
        self._given = given
        self._screen = screen
        self._seconds = given.seconds or (None if screen else PLAIN_S)
        self._player = Player(board, given.pace, self._told)
        self._stopping = asyncio.Event()
        self._seeing = asyncio.Event()
        self._played_s = 0.0

    async def run(self) -> int:
        """Play until told to stop; always leaves without children."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._stopping.set)
        what = " and what sees and hears" if self._given.media else ""
        print(f"starting a gateway{what} …", file=sys.stderr, flush=True)
        playing = asyncio.create_task(self._play())
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({playing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (playing, stopping):
                task.cancel()
            await asyncio.wait({playing, stopping})
        if not playing.cancelled():
            playing.result()
        self._finish()
        return 0

    async def _play(self) -> None:
        async with (
            running_gateway(media=self._given.media) as child,
            client.connect(
                child.uri,
                key=child.key,
                server="demo-chat",
                on_command=self._player.obey,
                on_hold=self._player.hear,
            ) as sea,
        ):
            self._board.console = child.console
            if not self._screen:
                print(f"console: {child.console}", file=sys.stderr, flush=True)
            beside = {asyncio.create_task(self._watch(child)), asyncio.create_task(self._show())}
            if self._given.media:
                beside.add(asyncio.create_task(self._broadcast(child)))
            playing = asyncio.create_task(self._play_for(sea))
            try:
                await asyncio.wait({playing, *beside}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (playing, *beside):
                    task.cancel()
                await asyncio.wait({playing, *beside})
            for task in (playing, *beside):
                if not task.cancelled():
                    task.result()

    async def _play_for(self, sea: client.Client) -> None:
        """Play for as long as was asked, or to the end."""
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._seconds):
                    await self._player.play(sea, repeat=self._screen)
        finally:
            self._played_s = self._player.now()

    async def _watch(self, child: Child) -> None:
        """Ask the gateway how it is, now and then."""
        limit = aiohttp.ClientTimeout(total=HEALTH_S)
        async with aiohttp.ClientSession(timeout=limit) as session:
            while True:
                self._board.health = health = await child.health(session)
                if health.ready and "media" not in health.degraded:  # models have been loaded
                    self._seeing.set()
                if not child.is_running:
                    raise NotConnected(child.last_words("ended"))
                await asyncio.sleep(HEALTH_S)

    async def _broadcast(self, child: Child) -> None:
        """Play the stream; when there is a screen again and again, as the room."""
        number = 0
        await self._seeing.wait()
        while True:
            number += 1
            self._board.broadcast = broadcast = Broadcast()
            await send_stream(child.uri, child.key, number, partial(self._heard, broadcast))
            if not self._screen:
                await asyncio.Event().wait()  # the room goes on
            await asyncio.sleep(BREAK_S)

    def _heard(self, broadcast: Broadcast, told: Told) -> None:
        words = broadcast.tell(told, time.time())
        if words is not None:
            self._board.remark(words)
            self._told(words)

    def _told(self, entry: Judged | str) -> None:
        if not self._screen:
            print(plain(entry, self._player.now()), flush=True)

    def _pressed(self, key: str) -> None:
        if key in ("q", "Q", "\x04"):
            self._stopping.set()
        elif key == " ":
            self._player.pause()

    async def _show(self) -> None:
        """Draw the board several times a second; without a terminal, do nothing."""
        if not self._screen:
            await asyncio.Event().wait()
        # rich takes its time to import and is needed for this only.
        from rich.live import Live

        from gateway.demo.view import render

        log = logging.getLogger("seawall.client")
        handler = _Remarks(self._board)
        with ExitStack() as stack:
            log.addHandler(handler)
            stack.callback(log.removeHandler, handler)
            live = stack.enter_context(Live(screen=True, auto_refresh=False))
            stack.enter_context(key_presses(self._pressed))
            while True:
                width, height = live.console.size
                live.update(render(self._board, self._player.now(), width, height), refresh=True)
                await asyncio.sleep(FRAME_S)

    def _finish(self) -> None:
        for line in self._board.summary(self._played_s):
            print(line)
        if self._given.picture is not None:
            from gateway.demo.view import picture

            image = picture(self._board, self._played_s)
            self._given.picture.write_text(image, "utf-8")
