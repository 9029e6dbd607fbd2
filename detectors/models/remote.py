"""A judge behind HTTP: a vendor, or a model somebody runs beside us; mapped to our signals.

1. Off unless `models.toml` switches it on: texts leave this machine.
2. It goes to one address and nowhere else: no redirect is followed, no proxy of the environment is
   used, and an address that is not public is refused on every connection unless allowed.
3. What comes back is a stranger's: bounded in size and time, never decompressed, every number
   checked. What cannot be understood is a failure, not a clean text.
4. After five failures in a row it is left alone for a while (`breaker`). The texts of that time are
   told as not examined.
5. No text, no answer and no key is ever said aloud.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import ssl
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from detectors.models.addresses import PublicOnly, is_public
from detectors.models.breaker import Breaker
from detectors.models.labels import Labels
from detectors.models.pointer import Json, filled, look_up, split
from detectors.models.unit import Unit
from seawall.errors import ConfigError
from seawall.signals import Signal

__all__ = ["Remote"]

_FAILURES = (aiohttp.ClientError, OSError, ValueError, RecursionError, asyncio.TimeoutError)


class Remote:
    """One remote judge. Raises ConfigError when its entry makes no sense."""

    def __init__(
        self,
        name: str,
        url: str,
        labels: Mapping[str, str],
        request: str = '{"text": "$text"}',
        answers: str = "",
        label: str = "/label",
        score: str = "/score",
        most: float = 1.0,
        caps: Mapping[str, float] | None = None,
        least: float = 0.1,
        headers: Mapping[str, str] | None = None,
        key_env: str = "",
        key_file: str = "",
        key_header: str = "Authorization",
        key_prefix: str = "Bearer ",
        timeout_ms: int = 1000,
        concurrency: int = 8,
        most_bytes: int = 65_536,
        allow_private: bool = False,
        ca_file: str = "",
    ) -> None:
        """Take the entry of `models.toml`; nothing is sent yet."""
        self.name = name
        self._url = _checked_url(url, allow_private)
        self._template = _template(request)
        self._pointers = {each: split(each) for each in labels if each.startswith("/")}
        self._answers, self._label, self._score = split(answers), split(label), split(score)
        self._most = most
        self._labels = Labels(name, "vendor.", labels, caps or {}, least)
        self._headers = {**(headers or {}), "Accept-Encoding": "identity"}
        if key := _key(key_env, key_file):
            self._headers[key_header] = f"{key_prefix}{key}"
        self._timeout = aiohttp.ClientTimeout(total=timeout_ms / 1000)
        self._concurrency = max(1, concurrency)
        self._most_bytes = most_bytes
        self._allow_private = allow_private
        self._tls = _tls(ca_file)
        self._breaker = Breaker()
        self._session: aiohttp.ClientSession | None = None
        self._runner = asyncio.Runner()
        told = json.dumps([url, request, answers, label, score, dict(labels), most, least])
        self.version = hashlib.sha256(told.encode()).hexdigest()[:16]

    def judge(self, units: Sequence[Unit]) -> list[list[Signal] | None]:
        """Ask about each unit; None for those that were not examined."""
        return self._runner.run(self._judge(units))

    def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            self._runner.run(self._session.close())
            self._session = None
        self._runner.close()

    async def _judge(self, units: Sequence[Unit]) -> list[list[Signal] | None]:
        turns = asyncio.Semaphore(self._concurrency)

        async def one(unit: Unit) -> list[Signal] | None:
            async with turns:
                return await self._one(unit)

        return list(await asyncio.gather(*(one(unit) for unit in units)))

    async def _one(self, unit: Unit) -> list[Signal] | None:
        if not self._breaker.allows(time.monotonic()):
            return None
        try:
            found = self._understood(await self._ask(unit), unit.lang)
        except _FAILURES:
            self._breaker.failed(time.monotonic())
            return None
        self._breaker.succeeded()
        return found

    async def _ask(self, unit: Unit) -> Json:
        """Return the parsed answer. Raises what `_FAILURES` lists."""
        values = {"$text": unit.text, "$lang": unit.lang, "$surface": unit.surface}
        async with self._opened().post(
            self._url, json=filled(self._template, values), allow_redirects=False
        ) as response:
            if response.status != 200 or "Content-Encoding" in response.headers:
                raise ValueError("no plain answer")
            body = bytearray()
            async for chunk in response.content.iter_any():
                body += chunk
                if len(body) > self._most_bytes:
                    raise ValueError("an answer that is too long")
        return json.loads(bytes(body))

    def _understood(self, document: Json, lang: str) -> list[Signal]:
        """Return an answer's signals. Raises ValueError when it is not what was agreed."""
        scores = [
            (label, self._number(look_up(document, steps)))
            for label, steps in self._pointers.items()
        ]
        if len(self._pointers) < len(self._labels):
            scores += self._listed(look_up(document, self._answers))
        return self._labels.signals(scores, lang)

    def _listed(self, found: Json) -> list[tuple[str, float]]:
        if isinstance(found, dict):
            return [
                (label, self._number(look_up(each, self._score) if _deep(each) else each))
                for label, each in found.items()
                if label in self._labels
            ]
        if not isinstance(found, list):
            raise ValueError("scores are neither an object nor a list")
        pairs = [(look_up(each, self._label), look_up(each, self._score)) for each in found]
        return [(str(label), self._number(score)) for label, score in pairs]

    def _number(self, found: Json) -> float:
        if not isinstance(found, int | float):
            raise ValueError("a score is no number")
        return float(found) / self._most

    def _opened(self) -> aiohttp.ClientSession:
        """Return the session; made in the loop that uses it."""
        if self._session is None:
            resolver = None if self._allow_private else PublicOnly()
            connector = aiohttp.TCPConnector(
                resolver=resolver, use_dns_cache=False, limit=self._concurrency, ssl=self._tls
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                headers=self._headers,
                timeout=self._timeout,
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
            )
        return self._session


def _deep(each: Json) -> bool:
    return isinstance(each, dict | list)


def _checked_url(url: str, allow_private: bool) -> str:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.password:
        raise ConfigError("a remote judge has an http(s) address with a host and no user in it")
    literal = ":" in host or _is_v4(host)
    if literal and not allow_private and not is_public(host):
        raise ConfigError("the remote judge's address is not public; `allow_private` allows it")
    if parts.scheme == "http" and not allow_private:
        raise ConfigError("texts go to a remote judge over https, or `allow_private` is set")
    return url


def _is_v4(host: str) -> bool:
    # Also what only old C libraries take for an address: 127.1, 0x7f000001, 017700000001.
    return all(part and part[0].isdigit() for part in host.rstrip(".").split("."))


def _template(request: str) -> Json:
    try:
        return json.loads(request)
    except ValueError as error:
        raise ConfigError("the request of a remote judge is no JSON") from error


def _key(key_env: str, key_file: str) -> str:
    if key_env:
        key = os.environ.get(key_env, "")
    elif key_file:
        try:
            key = Path(key_file).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError("the remote judge's key file cannot be read") from error
    else:
        return ""
    if not key or not key.isprintable() or not key.isascii():
        raise ConfigError("the remote judge's key is empty or no line of plain characters")
    return key


def _tls(ca_file: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError("the remote judge's certificate file cannot be read") from error
