"""Talk to a gateway: ask, await verdicts, obey commands, send streams; this floor's one I/O.

Rules:
1. `judge` always answers in time: with the gateway's verdict, or with one made here (`late` is
   True and the reason's rule says why: `client.timeout`, `client.disconnected`,
   `client.overloaded`, `client.refused`). Silence never decides; `on_timeout` does.
2. One writer per connection sends in the order of asking, never more than the gateway allows.
3. A connection that breaks is opened again, what still waits for a verdict is sent again and the
   session resumed; a refusal for good (401, 4001, 4004) ends that.
4. A command is carried out once: what is not newer than the last one applied is only confirmed.
5. Streams go over the same connection, each piece in turn with messages, and are resumed like them
   (`seawall.streaming`). A client of their own keeps megabytes from standing before a chat.
"""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial
from typing import Any, NoReturn
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect as dial
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidStatus,
    InvalidURI,
    NegotiationError,
)
from websockets.typing import Subprotocol

from seawall import wire
from seawall.asking import Asking
from seawall.dialogue import Dialogue, End, Heard, News, Outcome
from seawall.errors import HandshakeRefused, NotConnected, WireError
from seawall.ledger import Key, key_of
from seawall.live import Line, LiveStream, open_stream
from seawall.outgoing import Judged, OnTimeout, Sent, encode, opening
from seawall.retry import HELLO_S, PING_S, RETRIED, UNCHANGED, of_close, of_status, pause_s, tries
from seawall.streaming import KEEP_S, Flow

__all__ = ["Client", "OnCommand", "OnCoverage", "OnFinding", "OnHold", "connect"]

OnCommand = Callable[[wire.Command], Awaitable[None]]
OnHold = Callable[[wire.Hold], Awaitable[None]]
OnFinding = Callable[[wire.Finding], Awaitable[None]]
OnCoverage = Callable[[wire.Coverage], Awaitable[None]]
Acts = Mapping[type, Callable[[Any], Awaitable[None]] | None]  # Any: each takes its own type
Tls = ssl.SSLContext | None

FORGET_S = 30.0
"""An answer nobody waits for any more is not expected after this."""
MAILBOX = 1024
"""Commands, or news, waiting to be carried out."""
MAX_FRAME = 8 * 1024 * 1024
"""Largest frame taken from the gateway: a full batch of masked texts fits."""

log = logging.getLogger("seawall.client")


class Client(Asking):
    """One server's line to the gateway, made by `connect`; for one event loop."""

    def __init__(self, uri: str, key: str, server: str, rooms: Sequence[str], tls: Tls) -> None:
        self.connected = False
        self._talk = Dialogue(server, rooms)
        self.counts = self._talk.counts  # what happened so far; only grows
        self._uri = uri
        self._dial = dial if tls is None else partial(dial, ssl=tls)  # None would forbid wss://
        self._headers = {"Authorization": f"Bearer {key}"}
        self._waiting: dict[Key, asyncio.Future[Outcome]] = {}
        self._commands: asyncio.Queue[wire.Command | None] = asyncio.Queue()
        self._news: asyncio.Queue[News] = asyncio.Queue()
        self._wake = asyncio.Event()
        self._moved = asyncio.Event()
        rest = partial(asyncio.sleep, 0)
        self._line = Line(time.time, time.monotonic, self._wake.set, rest, self._until, self._check)
        self._begun = asyncio.Event()
        self._ended: End | None = None
        self._refusal: HandshakeRefused | None = None
        self._serial = 0

    @property
    def hello(self) -> wire.HelloReply | None:
        """The gateway's last greeting: session, policy, budgets, limits, what is degraded."""
        return self._talk.hello

    async def judge_many(
        self,
        messages: Sequence[Judged],
        *,
        timeout_s: float | None = None,
        on_timeout: OnTimeout | None = None,
    ) -> list[wire.Verdict | WireError]:
        """Have messages judged together, in batches; answers in the order of the messages."""
        self._serial += 1
        ask = partial(self.ask, timeout_s=timeout_s, on_timeout=on_timeout, batch=self._serial)

        async def one(message: Judged) -> wire.Verdict | WireError:
            try:
                return await ask(message)
            except WireError as error:
                return error

        return await asyncio.gather(*map(one, messages))

    def stream(
        self,
        *,
        stream: str,
        room: str,
        user: wire.User | Mapping[str, Any],  # Any: the caller's JSON
        container: str,
        viewers: int | None = None,
        codecs: list[str] | None = None,
        keep_s: float = KEEP_S,
        within_s: float = HELLO_S,
    ) -> AbstractAsyncContextManager[LiveStream]:
        """Open a live stream; it is closed when the block ends.

        What could not be sent within `keep_s` is dropped and counted. Raises WireError when the
        gateway refuses it, NotConnected when it did not open in `within_s`.
        """
        begin = opening(uuid4().hex, stream, room, user, container, viewers, codecs)
        return open_stream(self._line, self._talk.flows, Flow(begin, keep_s), within_s)

    async def commands(self) -> AsyncGenerator[wire.Command, None]:
        """Yield commands to carry out, each once; coming back for the next one says `done`.

        One left unfinished (the loop ended or raised) stays unanswered. Ends when the client is
        closed; raises HandshakeRefused when the gateway refused us for good.
        """
        while (command := await self._commands.get()) is not None:
            if self._talk.is_due(command, time.time()):
                yield command
                self._talk.done(command, time.time())
            self._wake.set()
        self._commands.put_nowait(None)  # for whoever else takes
        if self._refusal is not None:
            raise self._refusal

    # -- the life of one message ----------------------------------------------------------------

    async def _settle(self, message: Judged | Sent, timeout_s: float, batch: int = 0) -> Outcome:
        """Send until something final comes back. Raises TimeoutError."""
        limits = self._talk.limits
        attempt, item = 0, encode(message, limits.text_bytes, limits.frame_bytes)
        batch = 0 if isinstance(message, wire.Profile) else batch  # WIRE has none in a batch
        self._serial += 1
        key = key_of(message, self._serial)
        async with asyncio.timeout(timeout_s) as timer:
            while True:
                outcome = await self._exchange(key, item, batch)
                if not isinstance(outcome, wire.Error) or outcome.code not in RETRIED:
                    return outcome
                pause = pause_s(attempt, random.random(), outcome.retry_after or 0.0)
                if asyncio.get_running_loop().time() + pause >= (timer.when() or 0.0):
                    return outcome
                attempt, batch = attempt + 1, 0
                self.counts.retried += 1
                await asyncio.sleep(pause)

    async def _exchange(self, key: Key, item: bytes, batch: int) -> Outcome:
        """Queue a message once and wait for what becomes of it."""
        if self._ended is not None:
            return self._ended
        self._talk.ledger.expire(time.monotonic() - FORGET_S)
        if not self._talk.ledger.open(key, item, batch):
            return End.OVERLOADED
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting[key] = future
        self._wake.set()
        try:
            return await future
        finally:
            del self._waiting[key]
            self._talk.ledger.give_up(key, time.monotonic())

    def _resolve(self, key: Key, outcome: Outcome) -> None:
        if not (future := self._waiting[key]).done():  # it was cancelled in this very tick
            future.set_result(outcome)

    async def _obey(self, act: OnCommand) -> None:
        while (command := await self._commands.get()) is not None:
            try:
                if self._talk.is_due(command, time.time()):
                    await act(command)
                    self._talk.done(command, time.time())
            except Exception as error:  # whatever the caller's handler raises is its `failed`
                if not isinstance(error, WireError):  # which refuses; all else is a bug
                    log.exception("the handler of command %s raised", command.id)
                self._talk.failed(command, f"{type(error).__name__}: {error}")
            self._wake.set()

    async def _hear(self, acts: Acts) -> None:
        while True:
            news = await self._news.get()
            try:
                if (act := acts.get(type(news))) is not None:
                    await act(news)
            except Exception:  # nothing on the wire answers news: told here, and counted
                log.exception("the handler of a %s raised", type(news).__name__)
                self.counts.failed += 1

    async def _until(self, holds: Callable[[], bool], within_s: float) -> bool:
        """Wait for something that messages, or writing, may change. Raises HandshakeRefused."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while not holds() and self._ended is None:
                    await self._moved.wait()
        if self._refusal is not None:
            raise self._refusal
        return holds()

    def _check(self) -> None:
        if self._ended is not None:
            raise self._refusal or NotConnected(self._ended.value)

    # -- the life of one connection -------------------------------------------------------------

    async def _begin(self, wait_s: float) -> None:
        if wait_s:
            try:
                async with asyncio.timeout(wait_s):
                    await self._begun.wait()
            except TimeoutError as error:
                raise NotConnected(f"no gateway answered at {self._uri} in {wait_s} s") from error
        self._check()

    async def _run(self, on_command: OnCommand | None, acts: Acts) -> None:
        """Keep a connection and the caller's handlers going until refused or cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                hearing = group.create_task(self._hear(acts))
                if on_command is not None:
                    group.create_task(self._obey(on_command))
                await self._stay()
                hearing.cancel()
        finally:
            self._end(End.DISCONNECTED)

    async def _stay(self) -> None:
        attempt = -1
        while True:
            began = time.monotonic()
            code, cause = await self._connection()
            self.counts.breaks += self.connected
            self.connected = False
            for key in self._talk.broke(resend=code not in UNCHANGED):
                self._resolve(key, End.DISCONNECTED)
            if isinstance(cause, HandshakeRefused):
                log.error("%s", cause)
                self._refusal = cause
                return self._end(End.REFUSED)
            attempt = tries(attempt, time.monotonic() - began)
            pause = pause_s(attempt, random.random(), self._talk.retry_after_s)
            log.warning("no connection to the gateway (%s); again in %.1f s", cause, pause)
            await asyncio.sleep(pause)

    async def _connection(self) -> tuple[int | None, Exception]:
        """Live through one connection; return the gateway's close code and what ended it."""
        try:
            async with self._dial(
                self._uri,
                additional_headers=self._headers,
                subprotocols=[Subprotocol(wire.SUBPROTOCOL)],
                compression=None,
                proxy=None,
                open_timeout=HELLO_S,
                ping_interval=PING_S,
                ping_timeout=PING_S,
                close_timeout=1.0,
                max_size=MAX_FRAME,
            ) as socket:
                await self._greet(socket)
                await self._serve(socket)
        except ConnectionClosed as error:
            code = error.rcvd.code if error.rcvd and error.rcvd_then_sent else None
            return code, of_close(code) or error
        except InvalidStatus as error:
            return None, of_status(error.response.status_code) or error
        except (InvalidURI, NegotiationError) as error:
            return None, HandshakeRefused(f"this is no address of a gateway: {error}")
        except (OSError, InvalidHandshake, HandshakeRefused, NotConnected) as error:
            return None, error

    async def _greet(self, socket: ClientConnection) -> None:
        if socket.subprotocol != wire.SUBPROTOCOL:
            raise HandshakeRefused(f"the other side does not speak {wire.SUBPROTOCOL}")
        async with asyncio.timeout(HELLO_S):
            await socket.send(self._talk.greeting, text=True)
            self._talk.greeted(await socket.recv(decode=False))
        self.connected = True
        self._begun.set()

    async def _serve(self, socket: ClientConnection) -> NoReturn:
        closed: BaseException = NotConnected("the connection ended")
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._read(socket))
                group.create_task(self._write(socket))
        except* ConnectionClosed as gone:
            closed = gone.exceptions[0]
        raise closed

    async def _write(self, socket: ClientConnection) -> None:
        flows = self._talk.flows
        while True:
            now = time.monotonic()
            if (frame := self._talk.next_frame()) is not None:
                await socket.send(frame.data, text=True)
                self._handle(self._talk.written(frame))
            if (news := flows.next_text(now, time.time())) is not None:
                await socket.send(news, text=True)
            if (piece := flows.next_piece(time.monotonic())) is not None:
                await socket.send(piece)
                self._move()
            if frame is None and news is None and piece is None:
                self._wake.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(flows.due_in(now)):
                        await self._wake.wait()

    async def _read(self, socket: ClientConnection) -> None:
        while True:
            self._handle(self._talk.received(await socket.recv(decode=False), time.monotonic()))

    def _handle(self, heard: list[Heard]) -> None:
        for item in heard:
            match item:
                case wire.Command() if self._commands.qsize() >= MAILBOX:
                    self._talk.failed(item, "overloaded")
                case wire.Command():
                    self._commands.put_nowait(item)
                case wire.Hold() | wire.Finding() | wire.Coverage() if self._news.qsize() < MAILBOX:
                    self._news.put_nowait(item)
                case wire.Hold() | wire.Finding() | wire.Coverage():
                    self.counts.failed += 1
                case wire.Error():
                    log.warning("the gateway answered %s: %s", item.code, item.message)
                case _:
                    self._resolve(*item)
        self._wake.set()  # an answer makes room for the next message
        self._move()

    def _move(self) -> None:
        """Let those look again who wait for something to hold."""
        self._moved.set()
        self._moved = asyncio.Event()

    def _end(self, end: End) -> None:
        if self._ended is None:
            self._ended = end
            self._begun.set()
            self._move()
            self._commands.put_nowait(None)
            for key in tuple(self._waiting):
                self._resolve(key, end)


@asynccontextmanager
async def connect(
    uri: str,
    *,
    key: str,
    server: str,
    rooms: Sequence[str] = ("*",),
    on_command: OnCommand | None = None,
    on_hold: OnHold | None = None,
    on_finding: OnFinding | None = None,
    on_coverage: OnCoverage | None = None,
    wait_s: float = 10.0,
    tls: Tls = None,
) -> AsyncIterator[Client]:
    """Keep a connection to a gateway while the block runs.

    `server` is this process's stable name. `on_command` carries a command out: `done` is sent when
    it returns, `failed` when it raises: a WireError refuses, all else is logged. The others hear
    what is told of held messages and of streams. Raises HandshakeRefused when the gateway does not
    want us, NotConnected when it is not there after `wait_s`; with 0 the block begins at once, and
    what it asks meanwhile is answered by `on_timeout`. `tls` trusts an authority of your own for `wss://`.
    """
    client = Client(uri, key, server, rooms, tls)
    acts: Acts = {wire.Hold: on_hold, wire.Finding: on_finding, wire.Coverage: on_coverage}
    runner = asyncio.create_task(client._run(on_command, acts), name="seawall.client")
    try:
        await client._begin(wait_s)
        yield client
    finally:
        runner.cancel()
        await asyncio.wait([runner])
        if not runner.cancelled():
            runner.result()
