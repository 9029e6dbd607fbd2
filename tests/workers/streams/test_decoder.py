"""Decoders as processes: real zygote, real sockets, real shared memory."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator

import msgspec
import numpy as np
import pytest

from bench.decoders import Decoders, Eye, Played, bytes_of
from tests.media.clips import FRAGMENTS, Made, jpegs, made, raw
from workers.streams.decoder import decode
from workers.streams.orders import Gone, Spawned
from workers.streams.units import (
    Bytes,
    Chosen,
    Ended,
    Failed,
    Finish,
    Heard,
    Hearing,
    Missed,
    Opened,
    Pace,
    Same,
    Sampling,
    Start,
)
from workers.units import frame

EVERY = Sampling(random=False, min_gap_s=0.0, alike=0.0)
CONTAINERS = [
    ("fmp4", Made("mp4", "libx264", "aac", options=FRAGMENTS)),
    ("mp4", Made("mp4", "libx264", "aac", options=(("movflags", "faststart"),))),
    ("webm", Made("webm", "libvpx", "libopus")),
    ("webm", Made("webm", "libvpx-vp9", "libopus")),
    ("webm", Made("webm", "libsvtav1", "libopus")),
    ("matroska", Made("matroska", "libx264", "libopus")),
    ("mpegts", Made("mpegts", "libx264", "aac", bframes=2)),
    ("mpegts", Made("mpegts", "libx265", "")),
    ("flv", Made("flv", "libx264", "aac")),
    ("ogg", Made("ogg", "", "libopus")),
    ("adts", Made("adts", "", "aac")),
    ("wav", Made("wav", "", "pcm_s16le")),
    ("h264", Made("h264", "libx264")),
]


@pytest.fixture(scope="module")
def decoders() -> Iterator[Decoders]:
    with Decoders() as started:
        yield started


@pytest.fixture(autouse=True)
def _fresh(decoders: Decoders) -> None:
    decoders.eye.shown.clear()
    decoders.ear.sounds.clear()
    decoders.eye.holding = False


def ended(played: Played) -> Ended:
    assert played.gone is not None
    assert played.gone.status == 0
    (last,) = [each for each in played.said if isinstance(each, Ended)]
    return last


def causes(played: Played) -> set[str]:
    return {each.cause for each in played.said if isinstance(each, Missed)}


def live(data: bytes, lasts: float, size: int = 2000) -> list[Bytes]:
    """Return pieces as a live stream has them: captured while it lasts."""
    return list(bytes_of(data, lasts=lasts, size=size))


@pytest.mark.parametrize(("name", "what"), CONTAINERS)
def test_every_container_is_seen_and_heard(decoders: Decoders, name: str, what: Made) -> None:
    played = decoders.play(live(made(what), 3.0), name, EVERY)
    end = ended(played)
    assert causes(played) == set()
    assert played.taken == len(made(what))
    if what.video:
        assert len(played.of(Chosen)) == len(decoders.eye.shown) in (3, 4)
        assert end.frames_chosen == len(decoders.eye.shown)
        assert end.video_s == pytest.approx(3.0, abs=0.25)
        assert all((s.width, s.height) == (160, 96) for s, _ in decoders.eye.shown)
    if what.audio:
        assert len(decoders.ear.pcm) / 16_000 == pytest.approx(3.0, abs=0.12)
        spectrum = np.abs(np.fft.rfft(decoders.ear.pcm.astype(np.float64)))
        hertz = spectrum.argmax() * 16_000 / len(decoders.ear.pcm)
        assert hertz == pytest.approx(440, abs=4)
        heard = [each for each in played.said if isinstance(each, Heard)]
        assert sum(each.to - each.from_ for each in heard) == pytest.approx(3.0, abs=0.4)


def test_raw_samples_and_jpegs(decoders: Decoders) -> None:
    ended(decoders.play(live(raw(2.0, 8000, 2), 2.0), "pcm_s16le;rate=8000;channels=2"))
    assert len(decoders.ear.pcm) == pytest.approx(32_000, abs=100)
    played = decoders.play(live(jpegs(6), 6.0, len(jpegs(6)) // 6), "mjpeg", EVERY)
    assert len(played.of(Chosen)) == 6
    times = [each.at for each in played.said if isinstance(each, Chosen)]
    assert 2.5 < times[-1] - times[0] < 6.0, "the capture clock is all there is"


def test_a_stream_that_lies_is_told_what_it_is(decoders: Decoders) -> None:
    played = decoders.play(live(made(CONTAINERS[2][1]), 3.0), "mpegts", EVERY)
    (opened,) = [each for each in played.said if isinstance(each, Opened)]
    assert opened.container == "matroska"
    assert [track.codec for track in opened.tracks] == ["vp8", "opus"]
    assert len(played.of(Chosen)) == 3


def test_a_reconnect_with_another_size_goes_on(decoders: Decoders) -> None:
    second = Made("webm", "libvpx-vp9", "libopus", width=320, height=180)
    data = made(CONTAINERS[2][1]) + made(second)
    played = decoders.play(live(data, 6.0), "webm", EVERY)
    opened = [each for each in played.said if isinstance(each, Opened)]
    assert [each.tracks[0].width for each in opened] == [160, 320]
    assert {s.width for s, _ in decoders.eye.shown} == {160, 320}
    assert ended(played).video_s == pytest.approx(6.0, abs=0.7)
    assert len(decoders.ear.pcm) / 16_000 == pytest.approx(6.0, abs=0.3)


def test_a_size_that_changes_in_the_middle_is_told(decoders: Decoders) -> None:
    one = made(Made("h264", "libx264", seconds=2))
    two = made(Made("h264", "libx264", seconds=2, width=320, height=192))
    played = decoders.play(live(one + two, 4.0), "h264", EVERY)
    opened = [each for each in played.said if isinstance(each, Opened)]
    assert [each.tracks[0].width for each in opened] == [160, 320]


@pytest.mark.parametrize("name", ["fmp4", "mpegts", "webm", "flv"])
def test_missing_pieces_are_told_and_survived(decoders: Decoders, name: str) -> None:
    what = next(what for each, what in CONTAINERS if each == name)
    data = made(what._replace(seconds=6.0))
    pieces = live(data, 6.0, 1000)
    third = len(pieces) // 3
    kept = [*pieces[:third], msgspec.structs.replace(pieces[third + 8], gap=True)]
    played = decoders.play(kept + pieces[third + 9 :], name, EVERY)
    assert "gap" in causes(played)
    # Six seconds come at once: what finds no free slot is told, and was decoded all the same.
    missed = [each for each in played.said if isinstance(each, Missed)]
    full = [each for each in missed if (each.unit, each.cause) == ("frames", "full")]
    assert len(played.of(Chosen)) + len(full) >= 4
    assert len(decoders.ear.pcm) / 16_000 > 4.0


@pytest.mark.parametrize(
    ("container", "data", "cause"),
    [
        ("auto", b"This is no film. " * 5000, "damaged"),
        ("mp4", b"This is no film. " * 5000, "damaged"),
        ("mpegts", bytes(n * 7 % 251 for n in range(300_000)), "damaged"),
        ("webm", b"", "damaged"),
        ("hls", b"#EXTM3U", "unsupported"),
        ("fmp4", made(CONTAINERS[0][1]).replace(b"avc1", b"encv"), "encrypted"),
        ("fmp4", made(CONTAINERS[0][1])[:900], "damaged"),
    ],
)
def test_what_cannot_be_decoded_ends_in_words(
    decoders: Decoders, container: str, data: bytes, cause: str
) -> None:
    played = decoders.play(bytes_of(data), container)
    (failed,) = [each for each in played.said if isinstance(each, Failed)]
    assert failed.code in ("unsupported", "encrypted")
    assert failed.message.startswith(cause)
    assert played.gone is not None
    assert played.gone.status == 0


def test_a_picture_nobody_can_decode_is_told_for_as_long_as_there_is_sound(
    decoders: Decoders,
) -> None:
    what = next(what for name, what in CONTAINERS if name == "matroska")
    data = made(what._replace(seconds=6.0))
    assert b"V_MPEG4/ISO/AVC" in data
    data = data.replace(b"V_MPEG4/ISO/AVC", b"V_MPEG4/ISO/QQQ")
    played = decoders.play(live(data, 6.0, 1000), "matroska", EVERY)
    told = [each for each in played.said if isinstance(each, Missed)]
    told = [each for each in told if (each.unit, each.cause) == ("frames", "unsupported")]
    assert sum(each.to - each.from_ for each in told) > 5.0
    assert played.of(Chosen) == []
    assert len(decoders.ear.pcm) / 16_000 > 5.0


@pytest.mark.parametrize("rate", [0, 1, 768_000, 0xFFFFFFFF])
def test_sound_at_absurd_rates_is_refused_in_words(decoders: Decoders, rate: int) -> None:
    data = bytearray(made(Made("wav", "", "pcm_s16le")))
    data[24:28] = rate.to_bytes(4, "little")
    played = decoders.play(bytes_of(bytes(data)), "wav")
    assert played.gone is not None
    assert played.gone.status == 0
    assert causes(played) & {"limit", "damaged"}
    assert len(decoders.ear.pcm) == 0


def test_a_picture_too_large_is_missed_and_its_sound_heard(decoders: Decoders) -> None:
    few = Sampling(most_pixels=100 * 50)
    played = decoders.play(live(made(CONTAINERS[0][1]), 3.0), "fmp4", few)
    ended(played)
    assert played.of(Chosen) == []
    assert causes(played) == {"limit"}
    assert len(decoders.ear.pcm) / 16_000 == pytest.approx(3.0, abs=0.1)


def test_garbage_in_the_middle_costs_what_it_covers(decoders: Decoders) -> None:
    what = CONTAINERS[6][1]._replace(seconds=6.0)
    data = bytearray(made(what))
    data[60_000:70_000] = bytes(n * 31 % 253 for n in range(10_000))
    played = decoders.play(live(bytes(data), 6.0), "mpegts", EVERY)
    ended(played)
    assert len(played.of(Chosen)) >= 4
    assert len(decoders.ear.pcm) / 16_000 > 4.5


def test_a_still_picture_is_shown_once_and_again(decoders: Decoders) -> None:
    data = jpegs(1)
    pieces = [Bytes(n + 1, 1000.0 + n, data) for n in range(25)]
    played = decoders.play(pieces, "mjpeg", Sampling(max_gap_s=10.0))
    assert len(played.of(Chosen)) == 3
    same = [each for each in played.said if isinstance(each, Same)]
    assert len(same) in (21, 22)
    assert {each.n for each in same} <= {1, 2, 3}
    assert [s.changed for s, _ in decoders.eye.shown] == [True, True, True]


def test_without_a_free_slot_frames_are_missed_full(decoders: Decoders) -> None:
    decoders.eye.holding = True
    played = decoders.play(live(made(CONTAINERS[0][1]._replace(seconds=6.0)), 6.0), "fmp4", EVERY)
    assert len(played.of(Chosen)) == 3
    assert causes(played) == {"full"}


def test_with_nobody_to_look_frames_are_missed_down(decoders: Decoders) -> None:
    handle, sock = decoders.spawn()
    with sock:
        sock.sendall(decoders.start(handle, "fmp4", EVERY, blind=True, deaf=True))
        for piece in live(made(CONTAINERS[0][1]), 3.0):
            sock.sendall(frame(msgspec.msgpack.encode(piece)))
        sock.sendall(frame(msgspec.msgpack.encode(Finish())))
        played = Played()
        played.listen(sock, time.monotonic() + 10)
    assert causes(played) == {"down"}
    assert wait_gone(decoders, handle).status == 0


def test_a_vision_worker_that_comes_back_is_found(decoders: Decoders) -> None:
    path = decoders.eye.path
    decoders.eye.close()
    pieces = live(made(CONTAINERS[6][1]._replace(seconds=4.0)), 4.0)
    half = len(pieces) // 2

    def paced() -> Iterator[Bytes]:
        yield from pieces[:half]
        until = time.monotonic() + 5
        while "down" not in causes(decoders.playing) and time.monotonic() < until:
            time.sleep(0.01)
        decoders.eye = Eye(path)
        while not decoders.eye.attached and time.monotonic() < until:
            time.sleep(0.01)
        yield from pieces[half:]

    played = decoders.play(paced(), "mpegts", EVERY)
    assert "down" in causes(played)
    assert len(decoders.eye.shown) >= 1


def test_a_still_picture_is_shown_to_a_vision_worker_that_comes_back(decoders: Decoders) -> None:
    path = decoders.eye.path
    pieces = [Bytes(n + 1, 1000.0 + n / 10, jpegs(1)) for n in range(200)]

    def paced() -> Iterator[Bytes]:
        yield from pieces[:100]
        until = time.monotonic() + 5
        while not decoders.eye.shown and time.monotonic() < until:
            time.sleep(0.01)
        decoders.eye.close()
        decoders.eye = Eye(path)
        while not decoders.eye.attached and time.monotonic() < until:
            time.sleep(0.01)
        yield from pieces[100:]

    played = decoders.play(paced(), "mjpeg", Sampling(max_gap_s=100.0))
    assert len(decoders.eye.shown) == 1
    assert len(played.of(Chosen)) == 2


def test_promotion_looks_closer(decoders: Decoders) -> None:
    pace = frame(msgspec.msgpack.encode(Pace(True)))
    what = CONTAINERS[6][1]._replace(seconds=6.0, gop=60)
    played = decoders.play(
        live(made(what), 6.0), "mpegts", before=lambda _, sock: sock.sendall(pace)
    )
    whys = [each.why for each in played.said if isinstance(each, Chosen)]
    assert whys.count("promoted") + whys.count("scene") >= 6


@pytest.mark.fault
def test_a_decoder_killed_is_told_and_the_others_live(decoders: Decoders) -> None:
    handle, sock = decoders.spawn()
    other, still = decoders.spawn()
    pids: dict[int, int] = {}
    while len(pids) < 2:
        said = decoders.heard()
        if isinstance(said, Spawned):
            pids[said.handle] = said.pid
    os.kill(pids[handle], signal.SIGKILL)
    gone = wait_gone(decoders, handle)
    assert (gone.pid, gone.status) == (pids[handle], -signal.SIGKILL)
    assert sock.recv(10) == b""
    os.kill(pids[other], signal.SIGSTOP)
    decoders.kill(other)
    assert wait_gone(decoders, other).status == -signal.SIGKILL
    sock.close()
    still.close()
    ended(decoders.play(live(made(CONTAINERS[0][1]), 3.0), "fmp4"))


def test_a_decoder_ends_when_its_gateway_hangs_up(decoders: Decoders) -> None:
    handle, sock = decoders.spawn()
    sock.sendall(decoders.start(handle, "fmp4"))
    sock.close()
    assert wait_gone(decoders, handle).status == 0


def test_a_first_frame_that_is_no_start_ends_it(decoders: Decoders) -> None:
    handle, sock = decoders.spawn()
    sock.sendall(frame(msgspec.msgpack.encode(Finish())))
    assert wait_gone(decoders, handle).status == 4
    sock.close()


def test_bytes_that_waited_too_long_are_not_decoded_but_told() -> None:
    ours, theirs = socket.socketpair()
    ours.settimeout(20)
    said = Played()
    first = Start(1, "mpegts", EVERY, Hearing())
    with ours, theirs:
        life = threading.Thread(target=decode, args=(theirs, lambda _: None, 0.0))
        life.start()
        for each in (first, *live(made(CONTAINERS[6][1]), 3.0, 8000), Finish()):
            ours.sendall(frame(msgspec.msgpack.encode(each)))
        life.join(20)
        theirs.shutdown(socket.SHUT_WR)
        said.listen(ours, time.monotonic() + 20)
    (end,) = [each for each in said.said if isinstance(each, Ended)]
    assert end.frames_decoded == 0
    assert causes(said) == {"late"}
    told = [each for each in said.said if isinstance(each, Missed)]
    assert sum(each.to - each.from_ for each in told) == pytest.approx(3.0, abs=0.4)


def test_a_gateway_that_hangs_up_in_the_middle_leaves_no_traceback(
    capfd: pytest.CaptureFixture[str],
) -> None:
    ours, theirs = socket.socketpair()
    waits = threading.Event()
    with theirs:
        called = (theirs, lambda works: None if works else waits.set())
        life = threading.Thread(target=decode, args=called)
        life.start()
        with ours:
            first = Start(1, "webm", EVERY, Hearing())
            for each in (first, *live(made(CONTAINERS[2][1]), 3.0)[:-1]):
                waits.clear()
                ours.sendall(frame(msgspec.msgpack.encode(each)))
            assert waits.wait(20)  # it asks for more, from inside the demuxer
        life.join(20)
    assert not life.is_alive()
    assert capfd.readouterr().err == ""


def wait_gone(decoders: Decoders, handle: int) -> Gone:
    while True:
        said = decoders.heard()
        if isinstance(said, Gone) and said.handle == handle:
            return said
