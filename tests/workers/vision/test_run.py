"""The process that sees: real pictures in shared memory, over real sockets."""

from __future__ import annotations

import io
import os
import signal
import socket
from pathlib import Path
from time import monotonic, time

import cv2
import msgspec
import numpy as np
import pytest
import segno

from detectors.perceptual import hashes, luma
from detectors.pictures import Picture
from tests.workers.vision.conftest import Showing, Start, Worker, plain, scene, wait_for
from workers.streams.reports import Loaded, Lost, Saw, Serve, Stats
from workers.streams.units import Attach, Freed, Shown
from workers.units import frame as framed
from workers.vision.run import EXIT_UNABLE

pytestmark = pytest.mark.e2e

LINK = "https://drainer.example/claim"


def with_code(content: str) -> Picture:
    buffer = io.BytesIO()
    segno.make(content, micro=False).save(buffer, kind="png", scale=5, border=4)
    coded = cv2.imdecode(np.frombuffer(buffer.getvalue(), np.uint8), cv2.IMREAD_COLOR)
    code = np.asarray(coded, np.uint8)
    picture = scene(7)
    height, width = code.shape[:2]
    picture[40 : 40 + height, 60 : 60 + width] = code
    return picture


def stats(worker: Worker) -> Stats:
    """Wait for the next count."""
    worker.said.clear()
    wait_for(lambda: any(isinstance(each, Stats) for each in worker.read()))
    return next(each for each in reversed(worker.said) if isinstance(each, Stats))


@pytest.mark.timeout(60)
def test_a_frame_is_seen_by_all_and_its_text_is_read(start: Start) -> None:
    worker = start(ocr_every_s=0.0)
    ready = worker.ready()
    assert ready.problem == ""
    assert set(ready.models) == {"codes", "nudity", "safety", "ocr"}
    decoder = worker.decoder(5)
    picture = with_code(LINK)
    cv2.putText(
        picture, "send 1 ETH to me", (250, 300), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (0, 0, 0), 6
    )
    cv2.putText(picture, "send 1 ETH to me", (250, 300), cv2.FONT_HERSHEY_SIMPLEX, 1.0,
                (255, 255, 255), 2)  # fmt: skip
    n = decoder.show(picture, changed=True)
    saw = worker.answer(5, n)
    assert isinstance(saw, Saw)
    assert "qr.any" in {each.name for each in saw.signals}
    assert [(text.kind, text.text) for text in saw.texts] == [("qr", LINK)]
    assert 0 < len(saw.still) <= 100_000
    assert saw.still[:3] == b"\xff\xd8\xff"
    assert {"codes", "nudity", "safety", "queue"} <= set(saw.ms)
    read = worker.answer(5, n, "ocr")
    assert isinstance(read, Saw)
    assert "send 1 ETH to me" in " ".join(text.text for text in read.texts)
    wait_for(lambda: decoder.free_slots() == 3)
    assert stats(worker).rss_mb < 450


def test_slots_come_back_and_every_frame_is_answered_once(start: Start) -> None:
    worker = start(detectors=["codes"])
    worker.ready()
    decoder = worker.decoder(1)
    shown = [decoder.show(scene(seed), changed=True) for seed in range(30)]
    wait_for(lambda: all(worker.answers(1, n) for n in shown))
    assert all(len(worker.answers(1, n)) == 1 for n in shown)
    assert isinstance(worker.answer(1, shown[-1]), Saw)


def test_what_was_shown_before_a_decoder_left_is_seen_all_the_same(start: Start) -> None:
    worker = start(detectors=["codes"])
    worker.ready()
    decoder = worker.decoder(1)
    n = decoder.show(with_code(LINK))
    decoder.close()
    assert isinstance(worker.answer(1, n), Saw)


def test_a_frame_that_is_too_late_is_not_looked_at_and_that_is_said(start: Start) -> None:
    worker = start(detectors=["codes"])
    worker.ready()
    decoder = worker.decoder(1)
    n = decoder.show(plain(), within_s=-1.0)
    assert worker.answer(1, n) == Lost(1, n, worker.answer(1, n).at, "frame", "late")
    wait_for(lambda: decoder.free_slots() == 3)
    assert stats(worker).lost["frame.late"] == 1


def lie_garbage(decoder: Showing) -> None:
    decoder.sock.sendall(b"\x05\x00\x00\x00hello")


def lie_length(decoder: Showing) -> None:
    decoder.sock.sendall(b"\xff\xff\xff\x7f")


def lie_endless(decoder: Showing) -> None:
    decoder.sock.sendall(b"\x00\x00\x00\x01" + b"x" * 200_000)


def lie_slot(decoder: Showing) -> None:
    decoder.send(Shown(9, time(), 7, 320, 180, monotonic() + 5))


def lie_size(decoder: Showing) -> None:
    decoder.send(Shown(9, time(), 2, 30_000, 30_000, monotonic() + 5))


def lie_negative(decoder: Showing) -> None:
    decoder.send(Shown(9, time(), 2, -320, -180, monotonic() + 5))


def lie_time(decoder: Showing) -> None:
    decoder.send(Shown(9, time(), 2, 320, 180, float("nan")))


def lie_twice(decoder: Showing) -> None:
    decoder.send(Attach(decoder.handle, 3, decoder.mailbox.slot_bytes))


def lie_foreign(decoder: Showing) -> None:
    decoder.send(Freed(1))


def lie_descriptors(decoder: Showing) -> None:
    socket.send_fds(decoder.sock, [b"\x01"], [0, 0, 0])


LIES = [lie_garbage, lie_length, lie_endless, lie_slot, lie_size, lie_negative, lie_time, lie_twice,
        lie_foreign, lie_descriptors]  # fmt: skip


def test_a_decoder_that_lies_is_closed_and_the_others_are_not(start: Start) -> None:
    worker = start(detectors=["codes"])
    worker.ready()
    honest = worker.decoder(1)
    for number, lie in enumerate(LIES, 10):
        liar = worker.decoder(number)
        try:
            lie(liar)
        except (BrokenPipeError, ConnectionResetError):
            assert lie is lie_endless  # closed before it had said everything
        wait_for(lambda liar=liar: not liar.listen())  # type: ignore[misc]
        assert isinstance(worker.answer(1, honest.show(scene(number))), Saw)
    assert stats(worker).lost["decoder.lied"] == len(LIES)


@pytest.mark.parametrize("size", [1024, 320 * 180 * 3 * 3], ids=["too small", "not sealed"])
def test_memory_that_is_not_as_said_is_refused(start: Start, size: int) -> None:
    worker = start(detectors=["codes"])
    worker.ready()
    memory = os.memfd_create("loose")
    os.ftruncate(memory, size)
    with socket.socket(socket.AF_UNIX) as liar:
        liar.connect(worker.path)
        attach = framed(msgspec.msgpack.encode(Attach(3, 3, 320 * 180 * 3)))
        socket.send_fds(liar, [attach], [memory])
        liar.settimeout(5.0)
        assert liar.recv(1) == b""
    os.close(memory)
    assert isinstance(worker.answer(1, worker.decoder(1).show(scene(1))), Saw)


def test_known_pictures_are_found_and_a_list_is_read_again_when_it_changes(
    start: Start, tmp_path: Path
) -> None:
    known = tmp_path / "known.txt"
    known.write_text("# empty so far\n")
    lists = [{"name": "bad", "path": str(known), "category": "extremism"}]
    worker = start(detectors=["pdq"], hashes=lists)
    worker.ready()
    decoder = worker.decoder(1)
    before = worker.answer(1, decoder.show(scene(3)))
    assert isinstance(before, Saw)
    assert before.signals == []
    [first, *_], _ = hashes(luma(scene(3)))
    known.write_text("".join(f"{int(word):016x}" for word in first))

    def is_found() -> bool:
        saw = worker.answer(1, decoder.show(scene(3)[:, ::-1]))
        return isinstance(saw, Saw) and [each.name for each in saw.signals] == ["hash.bad"]

    wait_for(is_found)


def test_a_stream_has_one_decoder(start: Start) -> None:
    worker = start(detectors=["codes"])
    worker.ready()
    first = worker.decoder(4)
    assert isinstance(worker.answer(4, first.show(scene(1))), Saw)
    second = worker.decoder(4)
    wait_for(lambda: not second.listen())
    assert isinstance(worker.answer(4, first.show(scene(2))), Saw)
    first.close()
    wait_for(lambda: stats(worker).depth["decoders"] == 0)
    again = worker.decoder(4)
    again.n = first.n
    assert isinstance(worker.answer(4, again.show(scene(3))), Saw)


def test_more_decoders_than_allowed_are_turned_away(start: Start) -> None:
    worker = start(detectors=["codes"], streams=1)
    worker.ready()
    first = worker.decoder(1)
    assert isinstance(worker.answer(1, first.show(scene(1))), Saw)
    second = worker.decoder(2)
    wait_for(lambda: not second.listen())
    assert stats(worker).lost["decoder.full"] == 1


def test_a_spare_waits_without_a_door_and_serves_with_lists_as_they_are_by_then(
    start: Start, tmp_path: Path
) -> None:
    known = tmp_path / "known.txt"
    known.write_text("# empty so far\n")
    lists = [{"name": "bad", "path": str(known), "category": "extremism"}]
    worker = start(standby=True, detectors=["pdq"], hashes=lists)
    wait_for(lambda: bool(worker.read()), 20.0)
    assert worker.said == [Loaded()]
    assert not Path(worker.path).exists()
    [first, *_], _ = hashes(luma(scene(3)))
    known.write_text("".join(f"{int(word):016x}" for word in first))
    worker.tell(Serve())
    assert worker.ready().problem == ""
    saw = worker.answer(1, worker.decoder(1).show(scene(3)))
    assert isinstance(saw, Saw)
    assert [each.name for each in saw.signals] == ["hash.bad"]


def test_a_spare_that_nobody_needs_ends_with_its_gateway(start: Start) -> None:
    worker = start(standby=True)
    wait_for(lambda: bool(worker.read()), 20.0)
    worker.sock.close()
    assert worker.process.wait(5) == 0


def test_it_ends_with_its_gateways_socket(start: Start) -> None:
    worker = start(detectors=["codes"])
    worker.ready()
    worker.sock.close()
    assert worker.process.wait(5) == 0


def test_signals_meant_for_the_gateway_are_ignored(start: Start) -> None:
    worker = start(detectors=["codes"])
    worker.ready()
    for number in (signal.SIGTERM, signal.SIGINT):
        worker.process.send_signal(number)
    decoder = worker.decoder(1)
    assert isinstance(worker.answer(1, decoder.show(scene(1))), Saw)


def test_a_broken_list_is_done_without_and_said_until_it_is_mended(
    start: Start, tmp_path: Path
) -> None:
    bad = tmp_path / "known.txt"
    bad.write_text("f" * 64 + "\nnot a hash\n")
    worker = start(detectors=["pdq", "codes"], hashes=[{"name": "known", "path": str(bad)}])
    assert worker.ready().problem == ""
    weak = stats(worker).weak
    assert list(weak) == ["hash.known"]
    assert weak["hash.known"].startswith(f"done without: {bad}: line 2: 'not a hash' is not")
    saw = worker.answer(1, worker.decoder(1).show(with_code(LINK)))
    assert isinstance(saw, Saw)
    assert [each.name for each in saw.signals] == ["qr.any"]
    bad.write_text("f" * 64 + "\n")
    wait_for(lambda: not stats(worker).weak)


def test_options_nobody_knows_are_refused(start: Start, tmp_path: Path) -> None:
    worker = start(
        detectors=["pdq"], hashes=[{"name": "known", "path": str(tmp_path), "category": "none"}]
    )
    assert "category" in worker.ready().problem
    assert worker.process.wait(5) == EXIT_UNABLE


@pytest.mark.fault
def test_kill_9_frees_nothing_it_held_and_another_sees_again(start: Start) -> None:
    first = start(detectors=["codes"])
    first.ready()
    decoder = first.decoder(1)
    assert isinstance(first.answer(1, decoder.show(scene(1))), Saw)
    first.process.kill()
    wait_for(lambda: not decoder.listen())
    second = start(detectors=["codes"])
    second.ready()
    again = second.decoder(1)
    assert isinstance(second.answer(1, again.show(with_code(LINK))), Saw)
