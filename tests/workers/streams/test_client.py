"""Streams over small real processes: fed, answered, and whatever dies is there again."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys

import msgspec
import pytest

from seawall.errors import ConfigError, OurFault
from tests.workers.streams.conftest import Heap, Start, small, until
from tests.workers.streams.small_worker import SmallOptions
from workers.streams.client import Decoding, StreamWorkers, WorkerOptions
from workers.streams.decoding import DecodingLimits
from workers.streams.reports import Aligned, Listened, Lost, Saw, Spoke
from workers.streams.units import Chosen, Ended, Failed, Hearing, Missed, Opened, Sampling

PIECE = b"x" * 1000


def begin(workers: StreamWorkers, sink: Heap, handle: int = 7) -> Decoding:
    return workers.open(handle, "mpegts", Sampling(), Hearing(), sink)


def feed(decoder: Decoding, count: int, first: int = 0, data: bytes = PIECE) -> None:
    for n in range(first, first + count):
        decoder.feed(n, 100.0 + n, data, gap=False)


async def test_a_stream_is_decoded_answered_and_ended(start: Start) -> None:
    workers, sink = await start(small(SmallOptions(), SmallOptions())), Heap()
    assert workers.ready
    assert workers.problems() == {}
    decoder = begin(workers, sink)
    feed(decoder, 5)
    await until(lambda: len(sink.of(Saw)) == 5 and len(sink.of(Spoke)) == 5)
    decoder.finish()
    await until(lambda: sink.ends)
    assert sink.ends == [("", False)]
    assert [saw.n for saw in sink.of(Saw)] == [1, 2, 3, 4, 5]
    assert sink.taken() == 5 * len(PIECE)
    assert len(sink.of(Opened)) == len(sink.of(Ended)) == 1
    assert sink.of(Listened)[-1].to == 105.0
    assert not sink.of(Missed)
    assert not sink.of(Lost)
    assert workers.stats().streams == 0


async def test_a_decoder_that_is_killed_is_replaced(start: Start) -> None:
    workers, sink, other = await start(small(SmallOptions())), Heap(), Heap()
    decoder, spared = begin(workers, sink), begin(workers, other, 8)
    feed(decoder, 3)
    feed(spared, 3)
    await until(lambda: len(sink.of(Saw)) == 3 and len(other.of(Saw)) == 3)
    await until(lambda: workers.decoder_pid(7))
    pid = workers.decoder_pid(7)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await until(lambda: sink.ends)
    assert sink.ends == [("died", True)]
    feed(decoder, 3, 3)
    await until(lambda: len(sink.of(Saw)) == 6)
    assert workers.decoder_pid(7) != pid
    numbers = [saw.n for saw in sink.of(Saw)]
    assert numbers == sorted(set(numbers))  # none is used again
    assert {saw.handle for saw in sink.of(Saw)} == {7}
    await until(lambda: workers.stats().decoder_ends["signal"] == 1)
    assert other.ends == []


@pytest.mark.parametrize("word", [b"CRASH", b"LIE"])
async def test_what_ends_a_decoder_is_unchecked_and_the_stream_goes_on(
    start: Start, word: bytes
) -> None:
    workers, sink = await start(small(SmallOptions())), Heap()
    decoder = begin(workers, sink)
    feed(decoder, 2)
    await until(lambda: len(sink.of(Saw)) == 2)
    decoder.feed(2, 102.0, word, gap=False)
    feed(decoder, 2, 3)
    await until(lambda: sink.taken() == 4 * len(PIECE) + len(word))
    feed(decoder, 2, 5)
    await until(lambda: any(saw.at == 106.0 for saw in sink.of(Saw)))
    assert sink.ends[0][1]
    if word == b"CRASH":
        assert any(missed.cause == "down" for missed in sink.of(Missed))


async def test_a_stuck_decoder_is_ended(start: Start) -> None:
    limits = DecodingLimits(stuck_s=0.5)
    workers, sink = await start(small(SmallOptions(), decoding=limits)), Heap()
    decoder = begin(workers, sink)
    feed(decoder, 1)
    await until(lambda: len(sink.of(Saw)) == 1)
    decoder.feed(1, 101.0, b"STUCK", gap=False)
    await until(lambda: sink.ends)
    assert sink.ends == [("took nothing for 0.5 s", True)]
    feed(decoder, 2, 2)
    await until(lambda: len(sink.of(Saw)) == 3)


async def test_a_poisoned_stream_gets_few_decoders_a_minute(start: Start) -> None:
    limits = DecodingLimits(restarts=3)
    workers, sink = await start(small(decoding=limits)), Heap()
    decoder = begin(workers, sink)
    for n in range(40):
        decoder.feed(n, 100.0 + n, b"CRASH", gap=False)
        await asyncio.sleep(0.02)
    await until(lambda: len(sink.ends) == 4)  # the first one and three more
    decoder.feed(41, 141.0, b"CRASH", gap=False)
    await asyncio.sleep(0.6)
    assert workers.stats().forked == 4


async def test_what_cannot_be_decoded_is_said_and_swallowed(start: Start) -> None:
    workers, sink = await start(small()), Heap()
    decoder = begin(workers, sink)
    decoder.feed(0, 100.0, b"NEVER", gap=False)
    await until(lambda: sink.ends == [("failed", True)])
    feed(decoder, 3, 1)
    assert len(sink.of(Failed)) == 1
    assert sink.taken() == 3 * len(PIECE) + len(b"NEVER")
    assert {missed.cause for missed in sink.of(Missed)} == {"encrypted"}
    decoder.finish()
    await until(lambda: ("", False) in sink.ends)
    assert workers.stats().forked == 1


async def test_a_dead_worker_loses_what_it_had_and_comes_back(start: Start) -> None:
    options = small(SmallOptions("mute"), SmallOptions("mute"))
    workers, sink = await start(options), Heap()
    decoder = begin(workers, sink)
    feed(decoder, 3)
    await until(lambda: len(sink.of(Chosen)) == 3)
    for name in ("vision", "speech"):
        pid = workers.pids()[name]
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
    await until(lambda: len(sink.of(Lost)) == 3 and sink.of(Listened))
    assert {lost.cause for lost in sink.of(Lost)} == {"down"}
    (unheard,) = sink.of(Listened)
    assert (unheard.from_, unheard.to, unheard.unchecked) == (100.0, 103.0, "down")
    await until(lambda: workers.problems() == {})
    assert workers.stats().ends["vision"] == {"died": 1}
    feed(decoder, 3, 3)
    await until(lambda: len(sink.of(Chosen)) > 3)


async def test_a_spare_takes_the_place_of_the_dead(start: Start) -> None:
    options = small(SmallOptions(), SmallOptions(), spare=True)
    workers, sink = await start(options), Heap()
    assert workers.stats().spares == frozenset(), "without a stream nobody needs one"
    decoder = begin(workers, sink)
    feed(decoder, 1)
    await until(lambda: workers.stats().spares == {"vision", "speech"})
    before = workers.pids()
    spares = {name: each.spare.pid for name, each in workers._workers()}
    for name in spares:
        pid = before[name]
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
    await until(lambda: not workers.problems() and workers.stats().ends["speech"])
    assert {name: workers.pids()[name] for name in spares} == spares
    ends = {name: {"died": 1} for name in spares}
    assert workers.stats().ends == {"zygote": {}, **ends}, "a spare that serves has not ended"
    seen = len(sink.of(Saw))
    for n in range(1, 100):
        feed(decoder, 1, n)  # until the decoder has found who looks now
        await until(lambda n=n: sink.taken() == (n + 1) * len(PIECE))  # type: ignore[misc]
        if len(sink.of(Saw)) > seen:
            break
        await asyncio.sleep(0.01)
    assert len(sink.of(Saw)) > seen
    await until(lambda: workers.stats().spares == {"vision", "speech"})
    assert {each.spare.pid for _, each in workers._workers()}.isdisjoint(spares.values())


async def test_a_spare_that_dies_is_loaded_again(start: Start) -> None:
    workers, sink = await start(small(SmallOptions(), spare=True)), Heap()
    begin(workers, sink)
    await until(lambda: workers.stats().spares)
    [(_, vision)] = workers._workers()
    pid = vision.spare.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await until(lambda: workers.stats().ends.get("vision spare") == {"died": 1})
    await until(lambda: workers.stats().spares)
    assert vision.spare.pid != pid
    assert workers.problems() == {}


async def test_a_silent_worker_is_ended(start: Start) -> None:
    workers = await start(small(SmallOptions("silent"), patience_s=0.5))
    await until(lambda: workers.stats().ends["vision"].get("stuck"))


async def test_a_worker_that_is_unable_says_why(start: Start) -> None:
    workers = await start(small(SmallOptions("unable")))
    assert workers.problems() == {"vision": "no weights"}
    assert workers.ready  # sound may still be listened to


async def test_a_worker_that_does_without_a_list_is_a_problem_and_is_not_down(start: Start) -> None:
    workers = await start(small(SmallOptions("weak")))
    await until(lambda: workers.problems() == {"vision": "list: gone"})
    assert workers.stats().down == frozenset()


async def test_a_dead_zygote_takes_its_decoders_and_all_come_back(start: Start) -> None:
    workers, sinks = await start(small(SmallOptions())), [Heap(), Heap()]
    decoders = [begin(workers, sink, n) for n, sink in enumerate(sinks)]
    for decoder in decoders:
        feed(decoder, 2)
    await until(lambda: all(len(sink.of(Saw)) == 2 for sink in sinks))
    await until(lambda: all(workers.decoder_pid(n) for n in range(2)))
    pids = [workers.decoder_pid(n) for n in range(2)]
    zygote = workers.pids()["zygote"]
    assert zygote is not None
    os.kill(zygote, signal.SIGKILL)
    for pid in pids:  # the small zygote's are not bound to its life
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
    await until(lambda: all(sink.ends for sink in sinks))
    for decoder in decoders:
        feed(decoder, 2, 2)
    await until(lambda: all(len(sink.of(Saw)) == 4 for sink in sinks))


async def test_words_are_aligned_or_nobody_can_tell(start: Start) -> None:
    workers, sink = await start(small(speech=SmallOptions())), Heap()
    decoder = begin(workers, sink)
    feed(decoder, 1)
    await until(lambda: sink.of(Spoke))
    told: list[Aligned] = []
    workers.align(7, sink.of(Spoke)[0].n, told.append)
    await until(lambda: told)
    assert [word.text for word in told[0].words] == ["word"]
    workers.align(99, 1, told.append)
    assert len(told) == 1
    await until(lambda: len(told) == 2)
    assert told[1] == Aligned(99, 1, [])


async def test_an_aborted_stream_is_silent(start: Start) -> None:
    workers, sink = await start(small(SmallOptions())), Heap()
    decoder = begin(workers, sink)
    feed(decoder, 3)
    decoder.abort()
    said = len(sink.said)
    assert not decoder.feed(3, 103.0, PIECE, gap=False)
    await asyncio.sleep(0.05)
    assert (len(sink.said), sink.ends) == (said, [])
    begin(workers, sink, 9)
    with pytest.raises(OurFault):
        begin(workers, sink, 9)


async def test_a_folder_too_deep_for_sockets_is_refused(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    deep = tmp_path_factory.mktemp("x" * 100)
    options = msgspec.structs.replace(small(SmallOptions()), folder=str(deep))
    with pytest.raises(ConfigError):
        await StreamWorkers(options).start()


def test_the_gateway_side_loads_no_codec_and_no_model() -> None:
    program = (
        "import importlib, pathlib, sys, gateway.stream\n"
        "folder = pathlib.Path(gateway.stream.__file__).parent\n"
        "for path in sorted(folder.glob('*.py')):\n"
        "    importlib.import_module(f'gateway.stream.{path.stem}')\n"
        "import workers.streams.client, workers.vision.options, workers.speech.options\n"
        "heavy = {'numpy', 'av', 'cv2', 'onnxruntime', 'ctranslate2', 'PIL', 'faster_whisper'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=30
    )
    assert done.stdout == "[]\n", done.stderr


def test_options_have_defaults_that_run_nothing() -> None:
    assert WorkerOptions().vision is None
