"""Secrets never leave in a log line, whatever way they came into it."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from gateway.cli import main
from gateway.log import _known, hide, log, redacted, setup
from gateway.record.keys import PREFIX, keys_new, keys_revoke
from tests.gateway.live import write_policy
from tests.gateway.record.making import change

SECRET = "0123456789abcdef" * 4
PASSWORD = "hunter22!x"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Give the root logger its handlers back, and forget what was hidden."""
    root = logging.getLogger()
    handlers, level, hook, known = root.handlers[:], root.level, sys.excepthook, set(_known)
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("picows").setLevel(logging.NOTSET)
    sys.excepthook = hook
    _known.clear()
    _known.update(known)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"redis://user:{PASSWORD}@cache:6379/0", "redis://user:***@cache:6379/0"),
        (f"rediss://:{PASSWORD}@cache", "rediss://:***@cache"),
        (f"postgresql://u:{PASSWORD}/p@ss@db/x", "postgresql://u:***@db/x"),
        (f"postgresql://db/x?sslpassword={PASSWORD}&a=b", "postgresql://db/x?sslpassword=***&a=b"),
        (f"host=db password={PASSWORD} user=x", "host=db password=*** user=x"),
        (f"{{'password': '{PASSWORD}', 'a': 1}}", "{'password': '***', 'a': 1}"),
        (f"--requirepass {PASSWORD}", "--requirepass ***"),
        (f"Authorization: Bearer {PASSWORD}", "Authorization: Bearer ***"),
        (f"(b'authorization', b'Basic {PASSWORD}')", "(b'authorization', b'Basic ***')"),
        (f"SEAWALL_SECRET={SECRET}", "SEAWALL_SECRET=***"),
        (f"secret {SECRET}, mode 0600", "secret ***, mode 0600"),
        ("key sw_0123456789abcdef is wrong", "key sw_*** is wrong"),
    ],
)
def test_a_secret_is_taken_out_and_what_it_was_stays(text: str, kept: str) -> None:
    assert redacted(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "redis://cache:6379/0 is away",
        "listening on http://127.0.0.1:7401 for a@b",
        '{"url":"http://h:1","by":"c@d"}',
        "password authentication failed for user x",
        "seawall-data/secret.key: mode 0644 lets others read the secret; chmod 600 it",
        "the bearer of bad news",
        f"head {SECRET[:16]}",
        "sw_ is the prefix",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redacted(text) == text


def test_a_value_that_is_hidden_is_hidden_as_an_address_spells_it() -> None:
    hide("p%40ss word", "ab")
    assert redacted("one p%40ss word, two p@ss word, ab") == "one ***, two ***, ab"


class Keeping(logging.Handler):
    """Keeps records as they come."""

    def __init__(self, records: list[logging.LogRecord]) -> None:
        super().__init__()
        self._records = records

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(record)


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\"'\\@"), min_size=6).filter(
        lambda text: not any(each.isspace() for each in text)
    ),
    st.sampled_from(["message", "argument", "field", "exception", "cause"]),
)
def test_no_way_into_a_line_lets_a_password_out(password: str, way: str) -> None:
    records: list[logging.LogRecord] = []
    logger = logging.Logger("t")
    logger.addHandler(Keeping(records))
    address = f"redis://someone:<{password}>@cache"
    if way == "message":
        logger.error(address.replace("%", "%%"))
    elif way == "argument":
        logger.error("no %s", address)
    elif way == "field":
        logger.error("no", extra={"fields": {"url": address, "list": [address]}})
    else:
        try:
            try:
                raise ConnectionError(address)
            except ConnectionError as error:
                if way == "exception":
                    raise
                raise ValueError("other") from error
        except (ConnectionError, ValueError):
            logger.exception("no")
    setup("debug")
    line = logging.getLogger().handlers[0].format(records[0])  # formatted as it is written
    assert f"<{password}>" not in json.loads(line).__repr__()
    assert "***@cache" in line


def test_a_message_that_cannot_be_formatted_is_still_one_clean_line(
    capfd: pytest.CaptureFixture[str],
) -> None:
    setup("info")
    log.warning("two %s %s", f"redis://u:{PASSWORD}@h")
    _, err = capfd.readouterr()
    assert err.count("\n") == 1
    assert PASSWORD not in err
    assert "cannot be formatted" in json.loads(err)["event"]


def test_what_nobody_caught_is_one_clean_line() -> None:
    code = (
        "from gateway.log import setup; setup('info')\n"
        f"raise RuntimeError('redis://u:{PASSWORD}@h {SECRET}')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=False
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert json.loads(line)["event"] == "crashed"
    assert PASSWORD not in line
    assert SECRET not in line


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """Return settings of a gateway that logs everything."""
    return {
        **os.environ,
        "PYTHONASYNCIODEBUG": "1",
        "SEAWALL_SECRET": SECRET,
        "SEAWALL_LOG_LEVEL": "debug",
        "SEAWALL_DATA_DIR": str(folder / "data"),
        "SEAWALL_POLICY": str(write_policy(folder / "policy")),
        "SEAWALL_LISTEN": "127.0.0.1:0",
        "SEAWALL_HTTP": "127.0.0.1:0",
        **{f"SEAWALL_{name.upper()}": value for name, value in settings.items()},
    }


WRONG_DATABASES = [
    {"database": f"postgresql://u:{PASSWORD}@127.0.0.1:1/x"},
    {"database": f"postgresql://u:{PASSWORD}@[bad/x"},
    {"database": f"postgresql://u:{PASSWORD}@127.0.0.1:port/x"},
    {"database": f"mysql://u:{PASSWORD}@h/x"},
    {"database": f"u:{PASSWORD}@h"},
    {"database": f"sqlite://u:{PASSWORD}@h/x"},
]
WRONG = [
    {"redis": f"nonsense://u:{PASSWORD}@h"},
    {"redis": f"redis://u:{PASSWORD}@h/0?nonsense={PASSWORD}"},
    {"secret": f"{SECRET}zz"},
]
WRONG_LIKE_THOSE = [
    {"redis": f"redis://u:{PASSWORD}@h:port"},
    {"redis": f"u:{PASSWORD}@h"},
    {"secret": SECRET[:-1]},
]


@pytest.mark.parametrize("settings", WRONG_DATABASES, ids=lambda settings: settings["database"])
def test_a_database_that_is_refused_is_not_repeated(
    tmp_path: Path,
    settings: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    for name, value in environment(tmp_path, **settings).items():
        monkeypatch.setenv(name, value)
    assert main(["keys", "new", "--tenant", "t", "--name", "n"]) == 1
    out, err = capfd.readouterr()
    assert PASSWORD not in out + err
    assert SECRET[:-1] not in out + err
    assert "database" in err or "127.0.0.1" in err


@pytest.mark.e2e
@pytest.mark.parametrize(
    "settings",
    [*WRONG, *(pytest.param(each, marks=pytest.mark.soak) for each in WRONG_LIKE_THOSE)],
    ids=lambda settings: next(iter(settings)),
)
def test_a_setting_that_is_refused_is_not_repeated(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "seawall", "serve"],
        env=environment(tmp_path, **settings),
        capture_output=True,
        text=True,
        timeout=15,
        check=False,
    )
    text = done.stdout + done.stderr
    assert done.returncode == 1, text
    assert PASSWORD not in text
    assert SECRET[:-1] not in text
    assert "Traceback" not in text
    assert any(name in text for name in (*settings, "windows store"))


@pytest.mark.e2e
async def test_a_gateway_in_every_kind_of_trouble_tells_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    monkeypatch.setenv("SEAWALL_SECRET", SECRET)
    key = await asyncio.to_thread(keys_new, data, "t", "server", "s1")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "seawall", "serve"),
        env=environment(tmp_path, redis=f"redis://someone:{PASSWORD}@127.0.0.1:1/0"),
        stderr=subprocess.PIPE,
        limit=2**20,
    )
    assert process.stderr is not None
    said = b""
    try:
        async with asyncio.timeout(15):
            while b'"ready"' not in (line := await process.stderr.readline()):
                assert line, said.decode()
                said += line
            ready = json.loads(line)
            await trouble(ready["listen"], ready["http"], key)
            await asyncio.to_thread(keys_revoke, data, "s1")
            await asyncio.to_thread(change, data, "ALTER TABLE keys RENAME TO gone")
            process.send_signal(signal.SIGHUP)
            while b"keys cannot be refreshed" not in (line := await process.stderr.readline()):
                said += line
            process.send_signal(signal.SIGTERM)
            said += await process.stderr.read()
            await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    text = said.decode()
    assert "key refused" in text
    for secret in (PASSWORD, SECRET, key.removeprefix(PREFIX), "sw_guessed-wrongly"):
        assert secret not in text


async def trouble(listen: str, http: str, key: str) -> None:
    """Knock at both doors in ways that are refused, with the key in all places."""
    requests = [
        f"GET /v1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\r\n",
        f"GET /v1?key={key} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {key}\r\n\r\n",
        "GET /v1/holds HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sw_guessed-wrongly\r\n\r\n",
        f"{key} {key} {key}\r\nAuthorization: {key}\r\n\r\n",
        f"GET /{key} HTTP/1.1\r\nHost: x\r\nA\x00: {key}\r\nAuthorization: Bearer {key}\r\n\r\n",
        f"POST /v1/holds/{key}/x/deny HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\r\n",
    ]
    for address in (listen, http):
        host, _, port = address.rpartition(":")
        for request in requests:
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(request.encode())
            writer.write_eof()
            async with asyncio.timeout(8.0):
                await reader.read()
            writer.close()
