"""TLS on both doors: a pair is checked aloud, renewed under open connections, and hard to upset."""

from __future__ import annotations

import asyncio
import os
import shutil
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NoReturn

import aiohttp
import pytest
import websockets
from cryptography import x509

from gateway.edge.listener import listen
from gateway.http.app import start_http
from gateway.http.context import Context
from gateway.http.readiness import Health
from gateway.metrics import Metrics
from gateway.record.keys import Key
from gateway.tls import Certificate, context
from seawall.errors import ConfigError
from tests.gateway.certificates import Authority
from tests.gateway.record.making import eventually


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "ca")


def refused(cert: str, key: str) -> str:
    with pytest.raises(ConfigError) as problem:
        context(cert, key)
    return str(problem.value)


def test_a_good_pair_is_tls_1_2_or_newer(authority: Authority) -> None:
    made = context(*authority.pair())
    assert made.minimum_version is ssl.TLSVersion.TLSv1_2


def test_a_setting_alone_is_refused(authority: Authority) -> None:
    cert, key = authority.pair()
    assert Certificate.of("", "") is None
    for given, told in (((cert, ""), "tls_key: is needed"), (("", key), "tls_cert: is needed")):
        with pytest.raises(ConfigError, match=told):
            Certificate.of(*given)


def test_what_cannot_be_used_names_setting_and_file(authority: Authority, tmp_path: Path) -> None:
    cert, key = authority.pair()
    other = authority.pair("other")[1]
    locked = authority.pair("locked", passphrase=b"open sesame")
    text = tmp_path / "text"
    text.write_text("-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n")
    assert refused("nowhere.pem", key) == "tls_cert: nowhere.pem: No such file or directory"
    assert refused(cert, str(tmp_path)) == f"tls_key: {tmp_path}: Is a directory"
    assert refused(str(text), key) == f"tls_cert: {text} holds no PEM certificate"
    assert refused(cert, str(text)) == f"tls_key: {text} holds no PEM private key"
    assert refused(cert, cert) == f"tls_key: {cert} holds no PEM private key"
    assert refused(key, key) == f"tls_cert: {key} holds no PEM certificate"
    assert (
        refused(cert, other)
        == f"tls_key: {other} is not the key of the first certificate in " + cert
    )
    assert refused(*locked) == f"tls_key: {locked[1]} needs a passphrase; store it without one"


def test_a_key_that_anybody_may_read_is_told_not_refused(
    authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    cert, key = authority.pair()
    Certificate(cert, key)
    assert caplog.messages == []
    os.chmod(key, 0o644)  # as a Kubernetes secret is mounted
    Certificate(cert, key)
    assert caplog.messages == ["any user of this machine may read the TLS key"]


@pytest.mark.parametrize(
    ("days", "begins", "told"),
    [
        (365.0, -1.0, []),
        (13.0, -1.0, ["the certificate expires soon"]),
        (-0.5, -1.0, ["the certificate has expired"]),
        (365.0, 1.0, ["the certificate is not valid yet"]),
    ],
)
async def test_an_end_that_is_near_is_told_once_a_day(
    authority: Authority,
    caplog: pytest.LogCaptureFixture,
    days: float,
    begins: float,
    told: list[str],
) -> None:
    certificate = Certificate(*authority.pair(days=days, begins=begins))
    assert abs(certificate.expires - time.time() - days * 86_400.0) < 60.0
    watching = asyncio.create_task(certificate.watch(every_s=0.001))
    await asyncio.sleep(0)
    for _ in range(5):
        certificate.poke()
        await asyncio.to_thread(certificate.reload)
    assert caplog.messages == told
    await cancelled(watching)


async def cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def doors(certificate: Certificate | None) -> AsyncIterator[tuple[int, int]]:
    """Open both doors; the edge echoes. Yields their ports."""

    def nobody(key: str) -> Key | None:
        return None

    def never(key: Key) -> NoReturn:
        raise AssertionError(key)

    async def no_holds(*_: object) -> list[dict[str, Any]]:
        return []

    async def no_decision(*_: object) -> None:
        return None

    tls = None if certificate is None else certificate.context
    calm: Any = None  # nobody asks what these tests do not
    shown = Context(Metrics(), nobody, dict, no_holds, no_decision, Health, calm, calm, calm, calm)
    runner, http = await start_http(shown, "127.0.0.1", 0, tls)
    edge = await listen("127.0.0.1", 0, nobody, never, 20.0, True, tls=tls)
    try:
        yield edge.sockets[0].getsockname()[1], http
    finally:
        edge.close()
        await edge.wait_closed()
        await runner.cleanup()


async def shown_by(port: int, trust: ssl.SSLContext, host: str = "localhost") -> str:
    """Return the name in the certificate that a door shows."""
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trust, server_hostname=host)
    found = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    await writer.wait_closed()
    return x509.load_der_x509_certificate(found).subject.rfc4514_string().removeprefix("CN=")


async def test_both_doors_speak_tls(authority: Authority) -> None:
    trust = authority.trusting()
    async with doors(Certificate(*authority.pair())) as (edge, http):
        async with websockets.connect(f"wss://localhost:{edge}/echo", ssl=trust) as peer:
            for message in ("hello", "x" * 300_000):
                await peer.send(message)
                assert await peer.recv() == message
        url = f"https://localhost:{http}/healthz"
        async with aiohttp.ClientSession() as session, session.get(url, ssl=trust) as reply:
            assert (reply.status, await reply.json()) == (200, {"status": "ok"})


async def test_a_stranger_to_the_authority_does_not_get_in(authority: Authority) -> None:
    async with doors(Certificate(*authority.pair())) as ports:
        for port in ports:
            with pytest.raises(ssl.SSLCertVerificationError):
                await shown_by(port, ssl.create_default_context())


async def test_an_expired_certificate_is_shown_and_clients_refuse_it(authority: Authority) -> None:
    async with doors(Certificate(*authority.pair(days=-0.5))) as ports:
        for port in ports:
            with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
                await shown_by(port, authority.trusting())


async def test_tls_1_1_is_refused(authority: Authority) -> None:
    old = authority.trusting()
    old.minimum_version = ssl.TLSVersion.TLSv1_2
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    async with doors(Certificate(*authority.pair())) as (edge, _):
        assert await shown_by(edge, old) == "server"
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        old.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await shown_by(edge, old)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])  # the second is sent without SNI
async def test_a_renewal_is_shown_to_who_comes_next_and_drops_nobody(
    authority: Authority, tmp_path: Path, host: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "seawall")
    cert, key = authority.pair("first")
    new = authority.pair("second")
    certificate = Certificate(cert, key)
    watching = asyncio.create_task(certificate.watch(every_s=0.01))
    async with doors(certificate) as (edge, http):
        trust = authority.trusting()
        async with websockets.connect(f"wss://localhost:{edge}/echo", ssl=trust) as peer:
            shutil.copy(new[0], cert)  # half of the pair: must not be used
            await eventually(lambda: "certificate not renewed" in caplog.messages)
            assert await shown_by(edge, trust, host) == "first"
            shutil.copy(new[1], key)
            await eventually(lambda: "certificate renewed" in caplog.messages)
            for port in (edge, http):
                assert await shown_by(port, trust, host) == "second"
            await peer.send("still here")
            assert await peer.recv() == "still here"
    await cancelled(watching)
    assert caplog.messages.count("certificate renewed") == 1


async def test_a_poke_looks_at_once(authority: Authority, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "seawall")
    cert, key = authority.pair("first")
    certificate = Certificate(cert, key)
    watching = asyncio.create_task(certificate.watch(every_s=1000.0))
    for old, new in zip((cert, key), authority.pair("second"), strict=True):
        os.replace(new, old)
    certificate.poke()
    await eventually(lambda: "certificate renewed" in caplog.messages)
    await cancelled(watching)


async def test_files_that_vanish_are_told_once_and_leave_the_old_pair(
    authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    cert, key = authority.pair()
    certificate = Certificate(cert, key)
    os.replace(key, f"{key}.away")
    with pytest.raises(ConfigError, match="tls_key"):
        certificate.reload()
    watching = asyncio.create_task(certificate.watch(every_s=0.001))
    await eventually(lambda: len(caplog.records) > 0)
    async with doors(certificate) as (edge, _):
        assert await shown_by(edge, authority.trusting()) == "server"
    ours = [each.getMessage() for each in caplog.records if each.name.startswith("seawall")]
    assert ours == ["certificate not renewed"]
    await cancelled(watching)


GARBAGE = [
    b"GET /v1 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
    b"\x00" * 100,
    b"\x80",
    b"",
]


@pytest.mark.parametrize("secure", [True, False])
@pytest.mark.parametrize("data", GARBAGE)
async def test_what_a_door_does_not_speak_costs_a_connection_and_no_word(
    authority: Authority, data: bytes, secure: bool, caplog: pytest.LogCaptureFixture
) -> None:
    troubles: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, told: troubles.append(told))
    certificate = Certificate(*authority.pair()) if secure else None
    async with doors(certificate) as ports:
        for port in ports:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(data)
            writer.write_eof()
            async with asyncio.timeout(5.0):
                assert b" 101 " not in await reader.read()
            writer.close()
            if secure:
                assert await shown_by(port, authority.trusting()) == "server"
    assert troubles == []
    assert not [record for record in caplog.records if record.exc_info and record.levelno >= 20]
