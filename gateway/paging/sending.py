"""One delivery over one channel: a signed webhook, a Slack-compatible one, or a mail.

Each has a deadline; an answer's body is not read beyond some bytes, and redirects are not followed.
"""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Protocol
from urllib.parse import urlsplit

import aiohttp

from gateway.paging.signing import HEADER, signature
from gateway.paging.targets import Guard, check_url
from gateway.paging.words import Called, mail_text, slack_body, subject, webhook_body
from gateway.shapes.paging import Channel

__all__ = ["SEND_S", "NotSent", "Sender"]

SEND_S = 10.0
_OK = range(200, 300)
_SMTP_PORTS = {"starttls": 587, "implicit": 465, "none": 25}


class NotSent(Exception):
    """A delivery that failed. `for_good`: trying again cannot help."""

    def __init__(self, why: str, for_good: bool = False) -> None:
        super().__init__(why)
        self.for_good = for_good


class Sends(Protocol):
    """Sends one page."""

    async def send(self, channel: Channel, called: Called, to: str, at: float) -> None:
        """Send it. Raises NotSent."""


class Sender:
    """Sends pages out of this process. `close` it."""

    def __init__(self, hosts: frozenset[str] = frozenset(), send_s: float = SEND_S) -> None:
        """`hosts` may be private; `send_s` is how long one delivery may take."""
        self._guard = Guard(hosts)
        self._send_s = send_s
        self._session: aiohttp.ClientSession | None = None

    async def send(self, channel: Channel, called: Called, to: str, at: float) -> None:
        """Send a page; `to` is the person's mail address. Raises NotSent."""
        try:
            async with asyncio.timeout(self._send_s):
                match channel.kind:
                    case "webhook":
                        body = webhook_body(called)
                        await self._post(
                            channel, body, {HEADER: signature(channel.secret, body, at)}
                        )
                    case "slack":
                        await self._post(channel, slack_body(called), {})
                    case "mail":
                        await self._mail(channel, called, to, at)
                    case "console":
                        raise NotSent("consoles are told by themselves", for_good=True)
        except TimeoutError:
            raise NotSent(f"no answer within {self._send_s:g} s") from None
        except (aiohttp.ClientError, OSError, smtplib.SMTPException, ssl.SSLError) as error:
            raise NotSent(_words(error)) from None

    async def close(self) -> None:
        """Let go of connections."""
        if self._session is not None:
            await self._session.close()

    async def _post(self, channel: Channel, body: bytes, headers: dict[str, str]) -> None:
        wrong = check_url(channel.url)
        if wrong is not None:
            raise NotSent(f"its address: {wrong}", for_good=True)
        host = urlsplit(channel.url).hostname or ""
        if _is_address(host):
            self._guard.check(host, host)  # an address is never resolved, so never looked at
        headers = {"Content-Type": "application/json", "User-Agent": "seawall", **headers}
        async with self._http().post(
            channel.url, data=body, headers=headers, allow_redirects=False
        ) as answer:
            if answer.status not in _OK:
                moved = " (redirects are not followed)" if 300 <= answer.status < 400 else ""
                raise NotSent(
                    f"it answered {answer.status}{moved}", answer.status in (400, 404, 410)
                )

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(resolver=self._guard, use_dns_cache=False, limit=20)
            self._session = aiohttp.ClientSession(
                connector=connector,
                trust_env=False,
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    async def _mail(self, channel: Channel, called: Called, to: str, at: float) -> None:
        receiver = to or channel.to
        if not receiver:
            raise NotSent("nobody's address is known", for_good=True)
        host, port = _host_port(channel)
        address = (await self._guard.resolve(host, port))[0]["host"]
        message = _mail(channel, called, receiver, at)
        deliver = _deliver(channel, host, address, port, message, self._send_s)
        await asyncio.to_thread(deliver)


def _mail(channel: Channel, called: Called, receiver: str, at: float) -> EmailMessage:
    message = EmailMessage()
    try:
        message["From"], message["To"] = channel.sender, receiver
        message["Subject"] = subject(called)
        message["Date"] = format_datetime(datetime.fromtimestamp(at, UTC))
        message["Message-ID"] = make_msgid(called.page.replace("@", ""), "seawall.invalid")
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday answers
    except ValueError as error:
        raise NotSent(f"an address is none: {error}", for_good=True) from None
    message.set_content(mail_text(called))
    return message


def _deliver(
    channel: Channel, host: str, address: str, port: int, message: EmailMessage, seconds: float
) -> Callable[[], None]:
    """Return what sends a mail; it runs in a thread and is bounded by its socket's timeout."""

    def run() -> None:
        tls = ssl.create_default_context()
        made: smtplib.SMTP
        if channel.tls == "implicit":
            made = _Implicit(host, address, port, seconds, tls)
        else:
            made = smtplib.SMTP(address, port, timeout=seconds)
        with made as smtp:
            if channel.tls == "starttls":
                smtp._host = host  # type: ignore[attr-defined]  # whose certificate it must be
                smtp.starttls(context=tls)
            if channel.user:
                smtp.login(channel.user, channel.secret)
            smtp.send_message(message)

    return run


class _Implicit(smtplib.SMTP_SSL):
    """TLS from the first byte, to an address that was looked at, with the name's certificate."""

    def __init__(
        self, host: str, address: str, port: int, seconds: float, tls: ssl.SSLContext
    ) -> None:
        self._name = host
        super().__init__(address, port, timeout=seconds, context=tls)

    def _get_socket(self, host: str, port: int, timeout: float) -> ssl.SSLSocket:
        sock = smtplib.SMTP._get_socket(self, host, port, timeout)  # type: ignore[attr-defined]
        return self.context.wrap_socket(sock, server_hostname=self._name)


def _host_port(channel: Channel) -> tuple[str, int]:
    host, sign, port = channel.host.rpartition(":")
    if not sign:
        return channel.host, _SMTP_PORTS[channel.tls]
    if not (port.isascii() and port.isdecimal() and 0 < int(port) < 65_536):
        raise NotSent("its host is no HOST:PORT", for_good=True)
    return host.strip("[]"), int(port)


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdecimal()


def _words(error: Exception) -> str:
    inner = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    return f"{type(inner).__name__}: {inner}"[:300]
