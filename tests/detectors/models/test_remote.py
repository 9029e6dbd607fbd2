"""A remote judge that is right, and ones that answer garbage, slowly, never, hugely, elsewhere."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from detectors.models.remote import Remote
from detectors.models.unit import Unit
from seawall.errors import ConfigError
from seawall.signals import Signal

_LABELS = {"TOXIC": "harassment", "SPAM": "spam", "OTHER": ""}


class Vendor:
    """A real HTTP server in a thread of its own, that answers as the text of a request says."""

    def __init__(self) -> None:
        self.seen: list[tuple[dict[str, str], Any]] = []
        self.fail = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.port = asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(5)

    async def _open(self) -> int:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        return port

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        asked = await request.json()
        self.seen.append((dict(request.headers), asked))
        text = asked["text"] if isinstance(asked, dict) else ""
        if self.fail:
            raise web.HTTPInternalServerError
        match text:
            case "slow":
                await asyncio.sleep(0.5)
            case "never":
                await asyncio.sleep(3600)
            case "elsewhere":
                raise web.HTTPFound(f"http://127.0.0.1:{self.port}/other")
            case "broken":
                raise web.HTTPInternalServerError
            case "huge":
                return web.json_response({"TOXIC": 0.9, "padding": "x" * 100_000})
            case "bomb":
                response = web.json_response({"TOXIC": 0.9})
                response.enable_compression(web.ContentCoding.deflate, strategy=0)
                response.headers["Content-Encoding"] = "deflate"
                return response
            case "drip":
                stream = web.StreamResponse()
                await stream.prepare(request)
                for _ in range(100):
                    await stream.write(b" ")
                    await asyncio.sleep(0.05)
                return stream
        if text in ANSWERS:
            return web.Response(body=ANSWERS[text], content_type="application/json")
        return web.json_response({"TOXIC": 0.9, "SPAM": 0.05, "OTHER": 1, "UNKNOWN": "?"})

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()


ANSWERS: dict[str, bytes] = {
    "garbage": b"\xff\xfe<html>",
    "nothing": b"",
    "a list of strings": b'["TOXIC"]',
    "a word": b'{"TOXIC": "high"}',
    "not a number": b'{"TOXIC": NaN}',
    "infinity": b'{"TOXIC": 1e999}',
    "too much": b'{"TOXIC": 7}',
    "negative": b'{"TOXIC": -1}',
    "null": b"null",
    "deep": b"[" * 40_000,
}


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with closing(Vendor()) as server:
        yield server


def remote(vendor: Vendor, **changes: Any) -> Remote:
    options: dict[str, Any] = {
        "name": "vendor:test",
        "url": f"http://127.0.0.1:{vendor.port}/judge",
        "labels": _LABELS,
        "caps": {"": 1.0},
        "allow_private": True,
        "timeout_ms": 300,
        **changes,
    }
    return Remote(**options)


def judged(judge: Remote, *texts: str) -> list[list[Signal] | None]:
    with closing(judge):
        return judge.judge([Unit(at, text, "en") for at, text in enumerate(texts)])


def test_an_answer_becomes_signals_of_our_categories(vendor: Vendor) -> None:
    [found] = judged(remote(vendor), "hello")
    assert found == [Signal("vendor.harassment", 0.9, "vendor:test", "harassment")]


def test_what_is_sent_is_what_the_template_says(
    vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUDGE_KEY", "k3y")
    template = '{"text": "$text", "in": ["$lang", {"at": "$surface", "n": 1}], "keep": "text"}'
    judged(remote(vendor, request=template, key_env="JUDGE_KEY"), 'a "quoted" $lang')
    [(headers, asked)] = vendor.seen
    assert asked == {
        "text": 'a "quoted" $lang',
        "in": ["en", {"at": "chat", "n": 1}],
        "keep": "text",
    }
    assert headers["Authorization"] == "Bearer k3y"


def test_a_key_may_lie_in_a_file(vendor: Vendor, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from-file\n", "utf-8")
    judge = remote(vendor, key_file=str(tmp_path / "key"), key_header="X-Key", key_prefix="")
    judged(judge, "hello")
    assert vendor.seen[0][0]["X-Key"] == "from-file"


@pytest.mark.parametrize(
    ("answer", "options"),
    [
        ({"a": [{"label": "TOXIC", "score": 0.9}]}, {"answers": "/a"}),
        ([{"l": "SPAM", "s": {"v": 0.1}}, {"l": "TOXIC", "s": {"v": 0.9}}],
         {"label": "/l", "score": "/s/v"}),
        ({"TOXIC": {"value": 90}}, {"score": "/value", "most": 100.0}),
        ({"x": {"deep/er": [0.2, 0.9]}}, {"labels": {"/x/deep~1er/1": "harassment"}}),
        ({"TOXIC": True}, {}),
    ],
)  # fmt: skip
def test_scores_are_found_where_the_entry_points(
    vendor: Vendor, answer: object, options: dict[str, Any]
) -> None:
    ANSWERS["shaped"] = json.dumps(answer).encode()
    [found] = judged(remote(vendor, least=0.5, **options), "shaped")
    assert found is not None
    assert [each.name for each in found] == ["vendor.harassment"]
    assert found[0].score == pytest.approx(1.0 if answer == {"TOXIC": True} else 0.9)


def test_a_score_never_exceeds_what_was_measured_in_the_language(vendor: Vendor) -> None:
    [found] = judged(remote(vendor, caps={"en": 0.7, "": 0.5}), "hello")
    assert found
    assert found[0].score == 0.7


@pytest.mark.parametrize(
    "text", ["slow", "never", "drip", "elsewhere", "broken", "huge", "bomb", *ANSWERS]
)
def test_what_is_no_answer_is_not_examined(vendor: Vendor, text: str) -> None:
    assert judged(remote(vendor), text, "hello")[0] is None
    assert len(vendor.seen) == 2, "no redirect is followed"


def test_texts_are_asked_side_by_side(vendor: Vendor) -> None:
    loop = asyncio.new_event_loop()
    began = loop.time()
    found = judged(remote(vendor, timeout_ms=5000, concurrency=8), *["slow"] * 8)
    assert all(found)
    assert loop.time() - began < 2.0
    loop.close()


def test_who_fails_again_and_again_is_left_alone(vendor: Vendor) -> None:
    vendor.fail = True
    assert judged(remote(vendor, concurrency=1), *["hello"] * 50) == [None] * 50
    assert len(vendor.seen) == 5


def test_nobody_at_the_address_is_not_examined(vendor: Vendor) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        assert judged(remote(vendor, url=url), "hello") == [None]


def test_a_name_that_leads_inside_is_refused_when_connecting(vendor: Vendor) -> None:
    judge = remote(vendor, url=f"https://localhost:{vendor.port}/", allow_private=False)
    assert judged(judge, "hello") == [None]
    assert not vendor.seen


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/", "https://10.0.0.8/", "https://[::1]/", "https://127.1/",
        "https://0x7f000001/", "https://2130706433/", "https://169.254.169.254/latest",
        "https://[::ffff:10.0.0.1]/", "https://[fe80::1%25eth0]/", "https://100.64.0.1/",
        "http://judge.example/", "ftp://judge.example/", "https://user:pw@judge.example/",
        "judge.example", "https:///x",
    ],
)  # fmt: skip
def test_an_address_that_must_not_be_is_refused_at_the_start(vendor: Vendor, url: str) -> None:
    with pytest.raises(ConfigError):
        remote(vendor, url=url, allow_private=False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"request": "{"},
        {"answers": "scores"},
        {"key_env": "NO_SUCH_VARIABLE_HERE"},
        {"key_file": "no/such/file"},
        {"ca_file": "no/such/file"},
        {"labels": {"TOXIC": "rudeness"}},
    ],
)
def test_an_entry_that_makes_no_sense_is_refused(vendor: Vendor, wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        remote(vendor, **wrong)


def test_nothing_of_a_text_a_key_or_an_answer_is_ever_said(
    vendor: Vendor,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("JUDGE_KEY", "sup3rs3cret")
    texts = ["broken", "garbage", "a very private sentence", "elsewhere", "never"]
    judged(remote(vendor, key_env="JUDGE_KEY"), *texts)
    said = caplog.text + "".join(capfd.readouterr())
    assert not [word for word in (*texts[2:3], "sup3rs3cret", "<html>") if word in said]
