"""Workers that die, hang or lie: what they held is told, they come back, nothing runs twice."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import msgspec
import pytest

from tests.workers.conftest import ROOT, Start, heard, model, until
from workers.client import Heard, TextWorkers
from workers.units import Greeting, Said, Told, frame

pytestmark = pytest.mark.fault

_DOWN = Heard(unchecked="down")


def ask(workers: TextWorkers, *texts: str) -> list[Heard]:
    answers: list[Heard] = []
    end = asyncio.get_running_loop().time() + 5
    for text in texts:
        workers.ask("words", text, until=end, done=answers.append)
    return answers


async def comes_back(workers: TextWorkers, seconds: float = 5.0) -> float:
    began = time.monotonic()
    await until(lambda: not workers.problems(), seconds)
    return time.monotonic() - began


async def test_what_a_killed_worker_held_is_down_at_once_and_it_is_back_soon(start: Start) -> None:
    workers = await start(model(slow_s=0.2))
    answers = ask(workers, *["hello"] * 20)
    await asyncio.sleep(0)
    pid = workers.pid("words")
    assert pid is not None
    began = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    await until(lambda: len(answers) == 20)
    assert time.monotonic() - began < 0.5
    assert set(map(str, answers)) == {str(_DOWN)}
    assert (await heard(workers, "hello")) == _DOWN
    assert await comes_back(workers) < 2.0  # the bar is one second, on a machine of one's own
    [stats] = workers.stats()
    assert (stats.restarts, stats.down, stats.answered) == (1, 21, 0)
    assert (await heard(workers, "bother")).signals
    assert workers.stats()[0].answered == 1, "nothing that was lost is judged again"


async def test_a_text_that_kills_its_worker_harms_only_what_was_judged_with_it(
    start: Start,
) -> None:
    workers = await start(model("Moody"))
    assert (await heard(workers, "hello")) == Heard()
    assert (await heard(workers, "die")) == _DOWN
    await comes_back(workers)
    assert (await heard(workers, "hello")) == Heard()
    assert (await heard(workers, "leave")) == _DOWN
    await comes_back(workers)
    assert (await heard(workers, "bother")).signals


async def test_a_worker_that_hangs_is_found_and_replaced(start: Start) -> None:
    workers = await start(model("Moody", patience_s=0.4))
    first = workers.pid("words")
    answers = ask(workers, "hang")
    waits = await heard(workers, "hello", 0.05)
    assert waits.unchecked == "timeout", "its deadline does not wait for the discovery"
    await until(lambda: bool(answers))
    assert answers == [_DOWN]
    await comes_back(workers)
    assert workers.pid("words") != first
    assert workers.stats()[0].hung == 1


async def test_a_worker_that_hangs_while_nothing_is_asked_is_found_too(start: Start) -> None:
    workers = await start(model(patience_s=0.4))
    pid = workers.pid("words")
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    await until(lambda: workers.stats()[0].hung == 1)
    await comes_back(workers)


async def test_a_quiet_worker_is_left_in_peace(start: Start) -> None:
    workers = await start(model(patience_s=0.1))
    pid = workers.pid("words")
    loop = asyncio.get_running_loop()
    began = loop.time()
    await until(lambda: loop.time() - began > 0.6)
    assert workers.pid("words") == pid
    assert workers.stats()[0].restarts == 0


def wire(what: Greeting | Told) -> bytes:
    return frame(msgspec.msgpack.encode(what))


LIES: dict[str, bytes] = {
    "garbage": b"\x04\x00\x00\x00\xff\xff\xff\xff",
    "a frame without end": b"\xff\xff\xff\xff",
    "an id nobody asked": wire(Told(1, quiet=[999])),
    "an answer twice": wire(Told(1, quiet=[1, 1])),
    "an answer to the future": wire(Told(99)),
    "another detector's signal": wire(Told(1, spoke=[(1, [Said("link.listed", 1.0)])])),
    "a score that is none": wire(Told(1, spoke=[(1, [Said("words.hate", 7.0)])])),
    "no score at all": wire(Told(1, spoke=[(1, [Said("words.hate", float("nan"))])])),
    "a greeting again": wire(Greeting("words", "1")),
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_worker_that_lies_is_replaced(start: Start, lie: str) -> None:
    workers = await start(model("Broken", says=LIES[lie].hex()))
    answers = ask(workers, "hello")
    await until(lambda: bool(answers))
    await until(lambda: workers.stats()[0].restarts == 1)
    assert workers.stats()[0].lies == 1
    assert workers.stats()[0].units == 0
    assert all(not found.name.startswith("link") for heard in answers for found in heard.signals)
    await comes_back(workers)


async def test_a_worker_that_only_claims_to_be_through_is_replaced(start: Start) -> None:
    workers = await start(model("Forgetful", patience_s=0.3))
    answers = ask(workers, "hello")
    await until(lambda: workers.stats()[0].lies == 1)
    assert answers == [_DOWN]


async def test_a_model_that_boasts_of_anothers_signals_is_not_believed(start: Start) -> None:
    workers = await start(model("Moody"))
    assert (await heard(workers, "boast")) == _DOWN
    assert workers.stats()[0].lies == 1


async def test_a_text_that_a_model_cannot_take_harms_no_neighbour(
    start: Start, capfd: pytest.CaptureFixture[str]
) -> None:
    workers = await start(model("Moody"))
    answers = ask(workers, "bother", "raise", "hello", "miscount")
    await until(lambda: len(answers) == 4)
    assert sorted(answer.unchecked for answer in answers) == ["", "", "error", "error"]
    assert workers.stats()[0].restarts == 0
    assert workers.stats()[0].error == 2
    said = capfd.readouterr().err
    assert "ValueError at small_models.py" in said
    assert "secret-word" not in said


async def test_a_model_that_eats_too_much_memory_fails_in_its_own_process(start: Start) -> None:
    workers = await start(model("Moody", memory_mb=256))
    assert (await heard(workers, "eat")).unchecked == "error"
    assert (await heard(workers, "bother")).signals


async def test_a_model_that_cannot_be_loaded_says_why_and_the_others_work(start: Start) -> None:
    workers = await start(model("Unloadable", "bad"), model())
    assert workers.problems() == {"bad": "weights.bin has another sha256 than its card"}
    assert (await heard(workers, "hello", name="bad")) == _DOWN
    assert (await heard(workers, "bother")).signals


@pytest.mark.parametrize(
    ("which", "where", "says"),
    [
        ("Nothing", "", "cannot be loaded"),
        ("Mute", "", "takes other options"),
        ("Words", "no_such_module:Words", "`no_such_module` is not installed: `pip install"),
    ],
)
async def test_what_is_wrong_with_a_line_of_the_table_is_said(
    start: Start, which: str, where: str, says: str
) -> None:
    line = model(which)
    workers = await start(type(line)(line.name, where or line.where, line.prefix))
    assert says in workers.problems()["words"]


async def test_a_model_that_loads_too_long_is_tried_again(start: Start) -> None:
    workers = await start(model("Sleepy", start_s=0.4))
    assert "did not start" in workers.problems()["words"]


async def test_a_worker_dies_with_its_gateway() -> None:
    code = (
        "import asyncio, sys\n"
        "from tests.workers.conftest import model\n"
        "from workers.client import TextWorkers\n"
        "async def go():\n"
        "    workers = TextWorkers([model()])\n"
        "    await workers.start()\n"
        "    print(workers.pid('words'), flush=True)\n"
        "    await asyncio.sleep(30)\n"
        "asyncio.run(go())\n"
    )
    gateway = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert gateway.stdout is not None
    async with asyncio.timeout(10):
        pid = int(await gateway.stdout.readline())
    gateway.kill()
    await gateway.wait()

    def gone() -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        return _is_zombie(pid)

    await until(gone)


def _is_zombie(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("ascii")
    except FileNotFoundError:
        return True
    return stat.rpartition(")")[2].split()[0] == "Z"
