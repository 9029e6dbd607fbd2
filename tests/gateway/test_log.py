"""Logs are JSON lines on standard error, and hold no message text unless that is asked for."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.log import RestrictionLog, log, setup
from tests.gateway.live import running

Lines = list[dict[str, Any]]


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Give the root logger its handlers back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("picows").setLevel(logging.NOTSET)


def read(capfd: pytest.CaptureFixture[str]) -> Lines:
    out, err = capfd.readouterr()
    assert out == ""
    return [json.loads(line) for line in err.splitlines()]


def test_a_line_says_when_how_bad_and_what(capfd: pytest.CaptureFixture[str]) -> None:
    setup("info")
    log.warning("windows %s", "gone", extra={"fields": {"store": "x", "n": 5}})
    (line,) = read(capfd)
    assert line.pop("at") > 1e9
    assert line == {"level": "warning", "event": "windows gone", "store": "x", "n": 5}


def test_what_is_below_the_level_is_not_written(capfd: pytest.CaptureFixture[str]) -> None:
    setup("warning")
    log.info("quiet")
    log.error("loud")
    assert [line["event"] for line in read(capfd)] == ["loud"]


def test_a_library_logs_in_the_same_shape(capfd: pytest.CaptureFixture[str]) -> None:
    setup("info")
    logging.getLogger("some.library").warning("hm")
    logging.getLogger("picows.server").info("a connection")
    assert [line["event"] for line in read(capfd)] == ["hm"]


def test_an_exception_stays_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    setup("info")
    try:
        raise ZeroDivisionError("a bug\nof two lines")
    except ZeroDivisionError:
        log.exception("failed", extra={"fields": {"path": Path("/x"), "odd": "\ud800\n"}})
    (line,) = read(capfd)
    assert line["event"] == "failed"
    assert line["path"] == "/x"
    assert "ZeroDivisionError" in line["trace"]


def test_setting_up_twice_writes_once(capfd: pytest.CaptureFixture[str]) -> None:
    setup("info")
    setup("info")
    log.info("once")
    assert len(read(capfd)) == 1


class Tick:
    """A loop's `call_soon`, run by hand."""

    def __init__(self) -> None:
        self.calls: list[Callable[[], None]] = []

    def __call__(self, call: Callable[[], None]) -> None:
        self.calls.append(call)

    def run(self) -> None:
        calls, self.calls = self.calls, []
        for call in calls:
            call()


def test_a_ticks_restrictions_are_written_together_at_its_end(
    capfd: pytest.CaptureFixture[str],
) -> None:
    setup("info")
    tick = Tick()
    restrictions = RestrictionLog(tick)
    restrictions.add({"id": "m1", "rule": "r"})
    restrictions.add({"id": "m2", "rule": 'quoted "and"\nsplit'})
    assert len(tick.calls) == 1
    assert read(capfd) == []
    tick.run()
    first, second = read(capfd)
    assert (first["level"], first["event"], first["id"]) == ("info", "restricted", "m1")
    assert second["rule"] == 'quoted "and"\nsplit'
    restrictions.add({"id": "m3"})
    tick.run()
    assert [line["id"] for line in read(capfd)] == ["m3"]


def test_restrictions_are_info(capfd: pytest.CaptureFixture[str]) -> None:
    setup("warning")
    tick = Tick()
    RestrictionLog(tick).add({"id": "m1"})
    assert tick.calls == []
    tick.run()
    assert read(capfd) == []


@pytest.mark.e2e
@pytest.mark.parametrize("log_text", [False, True])
async def test_a_restricting_verdict_is_one_line_with_text_only_if_asked(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], log_text: bool
) -> None:
    async with running(tmp_path, redis="local", log_text=log_text) as live, live.peer() as peer:
        setup("info")
        capfd.readouterr()
        await peer.chat("good evening")
        await peer.chat("a blockword of ours", id="first", user="ann")
        await peer.chat("muteword", user="bob")
        _, err = capfd.readouterr()
        lines = [json.loads(line) for line in err.splitlines()]
    first, second = (line for line in lines if line["event"] == "restricted")
    at = first.pop("at")
    assert at > 1e9
    text = first.pop("text", None)
    assert text == ("a blockword of ours" if log_text else None)
    assert first == {
        "level": "info",
        "event": "restricted",
        "tenant": "t",
        "room": "r1",
        "user": "ann",
        "action": "block",
        "actions": [],
        "rule": "block-spam",
        "id": "first",
        "rev": 0,
        "surface": "chat",
    }
    assert (second["user"], second["actions"]) == ("bob", ["mute"])
    assert log_text or "blockword" not in err
