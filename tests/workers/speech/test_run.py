"""The real process: speech in, words out; who lies is cut off alone; it dies when it must."""

from __future__ import annotations

import os
import signal
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from detectors.listfiles import CATALOGUE
from tests.detectors.audio.sounds import noise, pcm, silence, spoken, tone
from tests.workers.speech.process import Process, bye, door, send
from workers.speech.options import SpeechOptions
from workers.streams.reports import (
    Align,
    Aligned,
    FromSpeech,
    Listened,
    Loaded,
    Ready,
    Serve,
    Spoke,
    Stats,
)
from workers.streams.units import Attach, Detach, Hearing, Sound
from workers.units import frame

pytestmark = [pytest.mark.timeout(90), pytest.mark.e2e]
ENCODE = msgspec.msgpack.Encoder().encode


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    one = Process(tmp_path_factory.mktemp("speech"), SpeechOptions(device="cpu"))
    try:
        assert set(one.ready().models) == {"silero-vad", "whisper-base", "whisper-tiny.en"}
        yield one
    finally:
        if one.process.poll() is None:
            one.close()


def settled(said: list[FromSpeech], handle: int) -> float:
    return sum(
        each.to - each.from_
        for each in said
        if isinstance(each, Listened) and each.handle == handle
    )


def finals(process: Process, handle: int) -> list[Spoke]:
    """Return them as they were spoken: two are transcribed at once, so a later one may be first."""
    said = [
        each
        for each in process.said
        if isinstance(each, Spoke) and each.handle == handle and each.final
    ]
    return sorted(said, key=lambda each: each.from_)


def hangs_up(sock: socket.socket) -> bool:
    try:
        return sock.recv(1) == b""
    except ConnectionResetError:
        return True


def test_speech_becomes_words_with_times_and_all_of_it_is_settled(process: Process) -> None:
    sound = pcm(spoken())
    sock = send(process, 1, sound)
    bye(sock)
    seconds = len(sound) / 32_000
    process.until(lambda said: settled(said, 1) > seconds - 0.01)
    first, second = finals(process, 1)
    assert "bitcoin" in first.text.casefold()
    assert "weather" in second.text.casefold()
    assert {first.lang, second.lang} == {"en"}
    assert first.shaky == second.shaky == ""
    assert 1000.5 < first.from_ < 1001.5
    assert [word.text for word in first.words] == first.text.split()


def test_words_of_the_last_utterance_are_aligned(process: Process) -> None:
    sock = send(process, 2, pcm(spoken()))
    process.until(lambda said: len(finals(process, 2)) == 2)
    last = finals(process, 2)[-1]
    process.tell(Align(2, last.n))
    process.tell(Align(2, 1))
    process.until(lambda said: sum(isinstance(each, Aligned) for each in said) == 2)
    found = {each.n: each.words for each in process.said if isinstance(each, Aligned)}
    assert found[1] == []
    assert [word.text for word in found[last.n]] == last.text.split()
    assert last.from_ <= found[last.n][0].from_ <= found[last.n][-1].to <= last.to + 0.2
    bye(sock)


def test_silence_noise_and_a_tone_are_no_speech_found(process: Process) -> None:
    for handle, sound in enumerate((silence(3.0), noise(3.0), tone(3.0)), 11):
        bye(send(process, handle, pcm(sound), Hearing(music=True)))
    process.until(lambda said: all(settled(said, handle) > 2.99 for handle in (11, 12, 13)))
    assert not [
        each for handle in (11, 12, 13) for each in finals(process, handle) if not each.shaky
    ]
    told = [each for each in process.said if isinstance(each, Listened) and each.handle > 10]
    assert {each.what for each in told} == {"none"}


@pytest.mark.parametrize(
    "lie",
    [
        b"\xff" * 64,
        struct.pack("<I", 4) + b"junk",
        frame(ENCODE(Sound(0.0, b"\0\0"))),
        frame(ENCODE(Attach(31))) * 2,
        frame(ENCODE(Attach(32))) + frame(ENCODE(Sound(0.0, b"\0"))),
        frame(ENCODE(Attach(33))) + frame(ENCODE(Sound(float("inf"), b"\0\0"))),
        struct.pack("<I", 30 << 20) + b"\0" * 4096,
    ],
    ids=["garbage", "junk", "unsaid", "twice", "odd", "never", "huge"],
)
def test_who_says_what_cannot_be_is_cut_off_alone(process: Process, lie: bytes) -> None:
    honest = send(process, 40, pcm(silence(0.5)))
    with door(process) as liar:
        liar.sendall(lie)
        assert hangs_up(liar)
    before = settled(process.said, 40)
    honest.sendall(frame(ENCODE(Sound(1000.5, pcm(silence(1.5))))) + frame(ENCODE(Detach())))
    process.until(lambda said: settled(said, 40) >= before + 1.9)
    honest.close()


def test_a_connection_that_breaks_off_ends_its_stream(process: Process) -> None:
    send(process, 50, pcm(silence(1.0))).close()
    process.until(lambda said: settled(said, 50) > 0.99)


def test_it_tells_its_counts_every_second(process: Process) -> None:
    count = sum(isinstance(each, Stats) for each in process.said)
    process.until(lambda said: sum(isinstance(each, Stats) for each in said) > count + 1)
    last = [each for each in process.said if isinstance(each, Stats)][-1]
    assert last.lost["lies"] >= 1
    assert last.hop_s == 1.5
    assert last.busy_s > 0
    assert 100 < last.rss_mb < 700


def test_a_killed_one_is_seen_by_the_end_of_its_sockets(process: Process) -> None:
    sock = send(process, 60, pcm(silence(0.5)))
    os.kill(process.process.pid, signal.SIGTERM)  # meant for the gateway
    bye(send(process, 61, pcm(silence(1.0))))
    process.until(lambda said: settled(said, 61) > 0.99)
    os.kill(process.process.pid, signal.SIGKILL)
    assert hangs_up(sock)
    sock.close()
    with pytest.raises((EOFError, ConnectionResetError)):
        process.until(lambda said: False)
    assert process.close() == -signal.SIGKILL


def test_what_it_lacks_is_said(tmp_path: Path) -> None:
    process = Process(tmp_path, SpeechOptions(model="whisper-none"))
    assert "whisper-none" in process.ready().problem
    assert process.close() == 2


def test_a_broken_catalogue_is_done_without_and_said(tmp_path: Path) -> None:
    (tmp_path / CATALOGUE).write_bytes(b"no catalogue")
    options = SpeechOptions(device="cpu", small="", threads=1, catalogue=str(tmp_path))
    process = Process(tmp_path, options)
    assert process.ready().problem == ""
    process.until(lambda said: any(isinstance(each, Stats) for each in said))
    [first, *_] = [each for each in process.said if isinstance(each, Stats)]
    assert set(first.weak) == {"catalogue"}
    assert first.weak["catalogue"].startswith("no recording is looked for: ")
    bye(send(process, 1, pcm(silence(1.0))))
    process.until(lambda said: settled(said, 1) > 0.99)
    assert process.close() == 0


def test_a_spare_waits_without_a_door_until_it_is_told_to_serve(tmp_path: Path) -> None:
    options = SpeechOptions(device="cpu", small="", threads=1)
    process = Process(tmp_path, options, standby=True)
    process.until(lambda said: bool(said))
    assert process.said == [Loaded()]
    assert not Path(process.path).exists()
    process.tell(Serve())
    process.until(lambda said: any(isinstance(each, Ready) for each in said))
    bye(send(process, 1, pcm(silence(1.0))))
    process.until(lambda said: settled(said, 1) > 0.99)
    assert process.close() == 0


def test_a_spare_that_nobody_needs_ends_with_its_gateway(tmp_path: Path) -> None:
    process = Process(tmp_path, SpeechOptions(device="cpu", small="", threads=1), standby=True)
    process.until(lambda said: bool(said))
    assert process.close() == 0


def test_it_ends_with_its_gateway(tmp_path: Path) -> None:
    process = Process(tmp_path, SpeechOptions(device="cpu", small="", threads=1))
    assert process.ready().problem == ""
    assert process.close() == 0


def test_it_ends_where_it_takes_more_than_it_may(tmp_path: Path) -> None:
    process = Process(tmp_path, SpeechOptions(device="cpu", small="", threads=1), memory_mb=50)
    assert process.ready().problem == ""
    with pytest.raises((EOFError, ConnectionResetError)):
        process.until(lambda said: False)
    assert process.close() == 3
