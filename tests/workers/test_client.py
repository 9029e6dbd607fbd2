"""What the gateway hears of text models that work: each answer once, in time, in its own lane."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable

import pytest
import uvloop

from seawall.errors import ConfigError, OurFault
from tests.workers.conftest import ROOT, Start, heard, model, until
from workers.client import Heard, TextWorkers


async def test_a_text_is_judged_by_the_model_that_was_asked(start: Start) -> None:
    workers = await start(model(rude=["bother"]), model(name="other", rude=["oats"]))
    rude = await heard(workers, "bother it")
    assert rude.unchecked == ""
    [found] = rude.signals
    assert (found.name, found.score, found.category) == ("words.harassment", 0.5, "harassment")
    assert found.detector == "words"
    assert await heard(workers, "bother it", name="other") == Heard()
    assert workers.version("words") == "0123456789abcdef"
    assert workers.problems() == {}
    assert workers.names == {"words", "other"}


async def test_what_is_asked_in_one_pass_of_the_loop_is_judged_together(start: Start) -> None:
    workers = await start(model())
    answers: list[Heard] = []
    now = asyncio.get_running_loop().time()
    for _ in range(64):
        workers.ask("words", "hello", until=now + 5, done=answers.append)
    assert not answers
    await until(lambda: len(answers) == 64)
    [stats] = workers.stats()
    assert (stats.asked, stats.answered, stats.batches, stats.batch_units) == (64, 64, 1, 64)
    assert stats.units == stats.bytes == 0
    assert stats.judged_s > 0


async def test_a_batch_is_never_larger_than_the_model_takes(start: Start) -> None:
    workers = await start(model(batch=10))
    answers: list[Heard] = []
    now = asyncio.get_running_loop().time()
    for _ in range(64):
        workers.ask("words", "hello", until=now + 5, done=answers.append)
    await until(lambda: len(answers) == 64)
    assert workers.stats()[0].batches == 7


async def test_every_text_is_told_once_by_its_deadline(start: Start) -> None:
    workers = await start(model(slow_s=0.02, batch=2))
    loop = asyncio.get_running_loop()
    told: Counter[int] = Counter()
    late: list[float] = []
    why: Counter[str] = Counter()

    def ask(number: int, end: float) -> None:
        def done(answer: Heard) -> None:
            told[number] += 1
            late.append(loop.time() - end)
            why[answer.unchecked] += 1

        workers.ask("words", "hello", until=end, done=done)

    now = loop.time()
    for number in range(100):
        ask(number, now + 0.01 + number * 0.003)
    await until(lambda: len(told) == 100)
    await until(lambda: workers.stats()[0].units == 0)
    assert set(told.values()) == {1}
    assert max(late) < 0.25  # the machine may be busy, and this loop with it
    assert why["timeout"] > 50
    assert why[""] > 1
    stats = workers.stats()[0]
    assert stats.timeout == why["timeout"]
    assert stats.overdue > 50  # and the worker did not judge those for nobody


async def test_a_moment_that_has_passed_is_told_without_asking_anybody(start: Start) -> None:
    workers = await start(model())
    answers: list[Heard] = []
    workers.ask("words", "hello", until=0.0, done=answers.append)
    assert not answers, "nobody is told from within ask"
    await until(lambda: bool(answers))
    assert answers == [Heard(unchecked="timeout")]


async def test_a_slow_model_never_stands_before_a_fast_one(start: Start) -> None:
    workers = await start(model(name="slow", slow_s=0.2, batch=8), model())
    loop = asyncio.get_running_loop()
    slow: list[Heard] = []
    for _ in range(8):
        workers.ask("slow", "hello", until=loop.time() + 5, done=slow.append)
    for _ in range(20):
        assert (await heard(workers, "hello")).unchecked == ""
    assert not slow


@pytest.mark.parametrize("limit", ["units", "bytes"])
async def test_what_finds_no_room_is_told_at_once(start: Start, limit: str) -> None:
    size = 4 * (64 + 4 * len("hello"))
    small = model(slow_s=0.05, units=4) if limit == "units" else model(slow_s=0.05, size_bytes=size)
    workers = await start(small)
    loop = asyncio.get_running_loop()
    answers: list[Heard] = []
    for _ in range(6):
        workers.ask("words", "hello", until=loop.time() + 5, done=answers.append)
    await asyncio.sleep(0)
    assert [answer.unchecked for answer in answers] == ["full", "full"]
    await until(lambda: len(answers) == 6)
    assert workers.stats()[0].full == 2


async def test_a_text_that_was_given_up_keeps_its_place_until_the_worker_is_through(
    start: Start,
) -> None:
    workers = await start(model(slow_s=0.3, units=1))
    first = await heard(workers, "hello", 0.02)
    assert first.unchecked == "timeout"
    assert (await heard(workers, "hello")).unchecked == "full"
    await until(lambda: workers.stats()[0].units == 0)
    assert workers.stats()[0].answered == 1
    assert (await heard(workers, "hello")).unchecked == ""


async def test_half_a_surrogate_pair_harms_nobody_else(start: Start) -> None:
    workers = await start(model())
    loop = asyncio.get_running_loop()
    answers: dict[str, Heard] = {}

    def keep(text: str) -> Callable[[Heard], None]:
        return lambda answer: answers.__setitem__(text, answer)

    for text in ("bother", "\ud83d", "hello"):
        workers.ask("words", text, until=loop.time() + 5, done=keep(text))
    await until(lambda: len(answers) == 3)
    assert answers["\ud83d"] == Heard(unchecked="error")
    assert answers["bother"].signals
    assert answers["hello"] == Heard()


async def test_a_callback_that_fails_is_reported_and_the_next_is_called(start: Start) -> None:
    workers = await start(model())
    loop = asyncio.get_running_loop()
    reported: list[dict[str, object]] = []
    loop.set_exception_handler(lambda _, context: reported.append(context))
    answers: list[Heard] = []

    def fails(_: Heard) -> None:
        raise RuntimeError

    workers.ask("words", "hello", until=loop.time() + 5, done=fails)
    workers.ask("words", "hello", until=loop.time() + 5, done=answers.append)
    await until(lambda: len(answers) == 1)
    assert len(reported) == 1


async def test_whoever_is_told_may_ask_again(start: Start) -> None:
    workers = await start(model())
    loop = asyncio.get_running_loop()
    turns: list[Heard] = []

    def again(answer: Heard) -> None:
        turns.append(answer)
        if len(turns) < 50:
            workers.ask("words", "hello", until=loop.time() + 5, done=again)

    again(Heard())
    await until(lambda: len(turns) == 50)


async def test_after_the_end_everything_is_down(start: Start) -> None:
    workers = await start(model(slow_s=1.0))
    loop = asyncio.get_running_loop()
    answers: list[Heard] = []
    workers.ask("words", "hello", until=loop.time() + 5, done=answers.append)
    pid = workers.pid("words")
    await workers.close()
    assert answers == [Heard(unchecked="down")]
    assert (await heard(workers, "hello")).unchecked == "down"
    assert workers.problems() == {"words": "was stopped"}
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_model_that_is_not_in_the_table_is_a_bug_of_the_asker(start: Start) -> None:
    workers = await start(model())
    with pytest.raises(OurFault, match="no text model"):
        workers.ask("wrods", "hello", until=0.0, done=lambda _: None)


async def test_no_model_at_all_is_fine() -> None:
    workers = TextWorkers([])
    await workers.start()
    await workers.close()


def test_two_models_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigError):
        TextWorkers([model(), model()])


def test_workers_are_started_from_the_main_thread_only() -> None:
    problems: list[OurFault] = []

    def go() -> None:
        try:
            asyncio.run(TextWorkers([model()]).start())
        except OurFault as error:
            problems.append(error)

    thread = threading.Thread(target=go)
    thread.start()
    thread.join()
    assert problems


def test_it_works_on_uvloop_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))

    async def go() -> None:
        workers = TextWorkers([model()])
        await workers.start()
        assert (await heard(workers, "bother")).signals
        await workers.close()

    uvloop.run(go())


def test_the_gateways_side_loads_no_numeric_library() -> None:
    code = (
        "import sys, workers.client\n"
        "loaded = {'numpy', 'onnxruntime', 'tokenizers', 'aiohttp'} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
        "assert not [name for name in sys.modules if name.startswith('detectors.models.')"
        " and name != 'detectors.models.unit']"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=20)
