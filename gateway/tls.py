"""The certificate both doors show: checked before it is used, exchanged without closing a socket.

1. Servers are given one context for good. Each handshake is moved to the context of the newest good
   certificate, so no handshake ever sees half of an exchange.
2. A pair that cannot be used never replaces one that can; it is told once, and tried again.
3. A certificate that has expired is shown all the same, and told: all gateways share it, and one
   that refuses to start helps nobody.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_IMODE

from gateway.log import log
from seawall.errors import ConfigError

__all__ = ["EXPIRES_SOON_S", "HANDSHAKE_S", "Certificate", "context"]

EXPIRES_SOON_S = 14 * 86_400.0
"""A certificate that has less left than this is told of, in the log and by /readyz."""
HANDSHAKE_S = 10.0
"""How long a TLS handshake may take: who connects and says nothing costs a socket no longer."""
LOOK_S = 5.0
"""How often the files are looked at."""
REMIND_S = 86_400.0

Stamp = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class _Pair:
    context: ssl.SSLContext
    begins: float
    expires: float


def context(cert: str, key: str) -> ssl.SSLContext:
    """Return a server's context, TLS 1.2 or newer. Raises ConfigError naming setting and file."""
    return _load(cert, key).context


class Certificate:
    """A certificate and its key, followed through their renewals."""

    def __init__(self, cert: str, key: str) -> None:
        """Load the pair. Raises ConfigError naming the setting and the file that cannot be used."""
        if not (cert and key):
            there, missing = ("tls_cert", "tls_key") if cert else ("tls_key", "tls_cert")
            raise ConfigError(f"{missing}: is needed where {there} is set")
        self._cert, self._key = cert, key
        self._stamp = _stamp(cert, key)
        self._pair = _load(cert, key)
        self._failed: Stamp | None = None
        self._reminded: float | None = None
        self._poked = asyncio.Event()
        self.context = context(cert, key)
        """What servers are given, once."""
        self.context.sni_callback = self._newest
        if S_IMODE(Path(key).stat().st_mode) & 0o007:
            log.warning("any user of this machine may read the TLS key", extra=_file(key))

    @classmethod
    def of(cls, cert: str, key: str) -> Certificate | None:
        """Take the two settings; None where neither is set: no TLS. Raises ConfigError."""
        return cls(cert, key) if cert or key else None

    @property
    def expires(self) -> float:
        """When the certificate in use expires, seconds since the epoch."""
        return self._pair.expires

    def reload(self) -> bool:
        """Use the files as they are now; say whether they were new. Blocks for a file's read.

        Raises ConfigError when they cannot be used: what was in use stays so.
        """
        stamp = _stamp(self._cert, self._key)
        if stamp == self._stamp:
            return False
        self._pair = _load(self._cert, self._key)
        self._stamp = stamp
        self._reminded = None
        return True

    def poke(self) -> None:
        """Have `watch` look at the files now."""
        self._poked.set()

    async def watch(self, every_s: float = LOOK_S) -> None:
        """Follow the files until cancelled, telling renewals, failures and a near expiry."""
        while True:
            self._remind(time.time())
            with suppress(TimeoutError):  # as most of the time: nobody called, so look
                async with asyncio.timeout(every_s):
                    await self._poked.wait()
            self._poked.clear()
            try:
                renewed = await asyncio.to_thread(self.reload)
            except ConfigError as problem:
                self._tell(problem)
                continue
            self._failed = None
            if renewed:
                log.info("certificate renewed", extra={"fields": {"days": self._days(time.time())}})

    def _newest(
        self, handshake: ssl.SSLObject | ssl.SSLSocket, name: str | None, first: ssl.SSLContext
    ) -> None:
        handshake.context = self._pair.context

    def _tell(self, problem: ConfigError) -> None:
        try:
            stamp = _stamp(self._cert, self._key)
        except ConfigError:
            stamp = ()
        if stamp != self._failed:
            log.error("certificate not renewed", extra={"fields": {"why": str(problem)}})
        self._failed = stamp

    def _remind(self, now: float) -> None:
        soon = self._pair.expires - now < EXPIRES_SOON_S
        if not soon and self._pair.begins <= now:
            return
        if self._reminded is not None and now - self._reminded < REMIND_S:
            return
        self._reminded = now
        if self._pair.begins > now:
            log.error("the certificate is not valid yet", extra=_file(self._cert))
        elif self._pair.expires <= now:
            log.error("the certificate has expired", extra=_file(self._cert))
        else:
            days = {"fields": {"days": self._days(now), "file": self._cert}}
            log.warning("the certificate expires soon", extra=days)

    def _days(self, now: float) -> float:
        return round((self._pair.expires - now) / 86_400.0, 1)


def _load(cert: str, key: str) -> _Pair:
    # Here and not above: a gateway without TLS does not carry what reads certificates.
    from gateway.pem import validity

    begins, expires = validity(cert, key)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    made.set_alpn_protocols(["http/1.1"])
    try:
        made.load_cert_chain(cert, key, password="")  # left out, OpenSSL would ask the terminal
    except (OSError, ValueError) as problem:
        raise ConfigError(f"tls_cert: {cert} cannot be used with {key}: {problem}") from problem
    return _Pair(made, begins, expires)


def _stamp(cert: str, key: str) -> Stamp:
    """Tell one state of the files from another; links are followed, as Kubernetes swaps them."""
    found = []
    for setting, file in (("tls_cert", cert), ("tls_key", key)):
        try:
            status = Path(file).stat()
        except OSError as problem:
            raise ConfigError(f"{setting}: {file}: {problem.strerror}") from problem
        found.append((status.st_ino, status.st_mtime_ns, status.st_size))
    return tuple(found)


def _file(file: str) -> dict[str, dict[str, str]]:
    return {"fields": {"file": file}}
