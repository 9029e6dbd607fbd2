"""Clips as a camera would send them: 720p30 H.264 with AAC, drawn here, as slices with due times.

A scene is a texture that moves; a new one comes every few seconds. What is written on the picture
stays (`calm`) or is another with each scene (`busy`), which has a gateway look closer all the time.
`slides` are full of text, another page with each scene; of `still` only a light blinks.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, Literal, assert_never

import av
import cv2
import msgspec
import numpy as np
import segno
from numpy.typing import NDArray

from bench.speech.clips import clips as recordings

__all__ = ["FPS", "Clip", "Look", "Slice", "drawn", "looped", "pieces", "sampled_voice", "spoken"]

WIDTH, HEIGHT, FPS, GOP = 1280, 720, 30, 60
GOP_S = GOP / FPS
RATE = 16_000
SCENE_S = 8.0
DUTY = 0.6
_ROUND_S = 1e-6
_FRAGMENT_US = "20000"
"""Less than a picture lasts: each gets a fragment of its own, with the sound after it."""
_TURN = 5 * RATE
_LEAST_S = 2.5
LINK = "https://example.com/a-code-on-the-screen"
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_LINES = (
    "what we measured in the first quarter",
    "the rows are servers, the columns are days",
    "a queue that only grows is not a queue",
    "ask for the slowest and not for the mean",
    "who waits for whom, and for how long",
    "the plan for the weeks until the summer",
)
_SAMPLE = Path(__file__).resolve().parents[2] / "gateway" / "demo" / "sample_stream.webm"
_HONEST_S = 5.5
"""So long nobody offers anything in the demo's stream."""

Look = Literal["calm", "busy", "slides", "still"]
Samples = NDArray[np.int16]
Picture = NDArray[np.uint8]


class Slice(msgspec.Struct, frozen=True, array_like=True):
    """Bytes of a container, and when they are there: seconds from the beginning."""

    due: float
    data: bytes


class _Packet(msgspec.Struct, frozen=True):
    video: bool
    data: bytes
    pts: int
    dts: int
    base: Fraction
    key: bool
    lasts: int


class Clip(msgspec.Struct):
    """A clip that is encoded and not in a container yet."""

    seconds: float
    packets: list[_Packet]


def spoken(seconds: float, seed: int = 0) -> Samples:
    """Return speech, mono at 16 kHz, with pauses so that somebody speaks 60 % of the time."""
    english = [
        each.samples
        for each in recordings()
        if each.kind == "speech" and each.lang == "en" and each.seconds >= _LEAST_S
    ]
    if not english:
        english = [sampled_voice()]
    random = np.random.default_rng(seed)
    parts: list[Samples] = []
    length = 0
    while length < seconds * RATE:
        whole = english[int(random.integers(len(english)))]
        first = int(random.integers(max(1, len(whole) - _TURN)))
        voice = whole[first : first + _TURN]
        pause = np.zeros(int(len(voice) * (1 / DUTY - 1)), np.int16)
        parts += [voice, pause]
        length += len(voice) + len(pause)
    return np.concatenate(parts)[: int(seconds * RATE)]


def drawn(
    seconds: float,
    look: Look = "calm",
    bitrate: int = 3_000_000,
    seed: int = 0,
    code_from: float | None = None,
    gop: int = GOP,
    sound: Samples | None = None,
) -> Clip:
    """Draw and encode a clip, a keyframe each `gop`; from `code_from` on a QR code is shown.

    `sound` is mono at 16 kHz; without, somebody speaks.
    """
    with av.open(_Sink(), "w", format="mpegts") as container:
        video, audio = _streams(container, bitrate, gop)
        found: list[_Packet] = []
        for packet in _video(video, seconds, look, seed, code_from):
            found.append(_kept(packet, True))
        for packet in _audio(audio, spoken(seconds, seed) if sound is None else sound):
            found.append(_kept(packet, False))
    found.sort(key=lambda each: each.dts * each.base)
    return Clip(seconds, found)


def looped(
    clip: Clip, seconds: float, container: str = "mp4", start: float = 0.0
) -> Iterator[Slice]:
    """Put a clip into a container, again and again for so long; yield what comes of each frame.

    `start` is where in the clip it begins: at a keyframe.
    """
    sink = _Sink()
    # Not `frag_every_frame`: libavformat then mistakes the times of the other track, and whoever
    # decodes it loses every third AAC frame.
    options = {"movflags": "empty_moov+default_base_moof", "frag_duration": _FRAGMENT_US}
    with av.open(
        sink, "w", format=container, options=options if container == "mp4" else {}
    ) as made:
        video, audio = _streams(made, 1_000_000)
        video.codec_context.open()
        audio.codec_context.open()
        last = {True: -1.0, False: -1.0}
        for turn, kept in _turns(clip, start):
            due = float(kept.dts * kept.base) + turn * clip.seconds - start
            if due >= seconds:
                return
            # An encoder begins before zero: that would go back, or stand still but for rounding.
            if due <= last[kept.video] + _ROUND_S:
                continue
            last[kept.video] = due
            packet = av.Packet(kept.data)
            offset = round((turn * clip.seconds - start) / kept.base)
            packet.pts, packet.dts = kept.pts + offset, kept.dts + offset
            packet.time_base, packet.is_keyframe = kept.base, kept.key
            packet.duration = kept.lasts
            packet.stream = video if kept.video else audio
            made.mux(packet)
            if data := sink.take():
                yield Slice(max(0.0, due), data)


def _turns(clip: Clip, start: float) -> Iterator[tuple[int, _Packet]]:
    for turn in count():
        for kept in clip.packets:
            if turn or kept.dts * kept.base >= start:
                yield turn, kept


def pieces(slices: Iterator[Slice], size: int) -> Iterator[Slice]:
    """Cut a stream into pieces of one size, each due with its last byte."""
    held = bytearray()
    for each in slices:
        held += each.data
        while len(held) >= size:
            yield Slice(each.due, bytes(held[:size]))
            del held[:size]


class _Sink:
    """Where a muxer writes; it cannot seek."""

    def __init__(self) -> None:
        self._held = bytearray()

    def write(self, data: bytes) -> int:
        """Take bytes."""
        self._held += data
        return len(data)

    def take(self) -> bytes:
        """Return what was written since."""
        data = bytes(self._held)
        self._held.clear()
        return data


def _streams(
    container: av.container.OutputContainer, bitrate: int, gop: int = GOP
) -> tuple[av.VideoStream, av.AudioStream]:
    video = container.add_stream("libx264", FPS)
    video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    video.bit_rate = bitrate
    video.options = {
        "preset": "ultrafast",
        "tune": "zerolatency",
        "g": str(gop),
        "maxrate": str(bitrate),
        "bufsize": str(bitrate),
    }
    video.codec_context.flags |= av.codec.context.Flags.global_header
    audio = container.add_stream("aac", 48_000, layout="mono")
    audio.bit_rate = 64_000
    audio.codec_context.flags |= av.codec.context.Flags.global_header
    return video, audio


def _video(
    stream: av.VideoStream, seconds: float, look: Look, seed: int, code_from: float | None
) -> Iterator[av.Packet[Any]]:
    code = _code()
    texture = _texture(seed)
    for number in range(round(seconds * FPS)):
        at = number / FPS
        scene = int(at / SCENE_S)
        if number and at % SCENE_S < 1 / FPS:
            texture = _texture(seed * 1000 + scene)
        picture = _shown(texture, number, scene, look, seed)
        if code_from is not None and at >= code_from:
            picture[-code.shape[0] - 40 : -40, -code.shape[1] - 40 : -40] = code
        frame = av.VideoFrame.from_ndarray(picture, "bgr24")
        frame.pts, frame.time_base = number, Fraction(1, FPS)
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _shown(texture: Picture, number: int, scene: int, look: Look, seed: int) -> Picture:
    """Return one picture, without what breaks a rule."""
    match look:
        case "calm" | "busy":
            across, down = number % 120, (number // 2) % 90
            picture = texture[down : down + HEIGHT, across : across + WIDTH].copy()
            part = f"part {scene + 1}: what {seed + scene} is"
            words = "the weekly talk" if look == "calm" else part
            cv2.putText(picture, words, (60, 90), _FONT, 1.6, (250, 250, 250), 4)
        case "slides":
            picture = _page(seed + scene).copy()
            cv2.circle(picture, (200 + 6 * (number % 120), 640), 9, (40, 40, 200), -1)
        case "still":
            picture = texture[:HEIGHT, :WIDTH].copy()
            light = (60, 60, 230) if number // FPS % 2 else (60, 60, 90)
            cv2.circle(picture, (WIDTH - 50, 50), 10, light, -1)
        case _:
            assert_never(look)
    return picture


@cache
def _page(number: int) -> Picture:
    """Draw a page of text; never written to."""
    page = np.full((HEIGHT, WIDTH, 3), 245, np.uint8)
    cv2.putText(page, f"Section {number + 1}", (80, 110), _FONT, 2.0, (60, 40, 30), 4)
    for row, line in enumerate(_LINES):
        words = line[number % len(line) :] + " " + line[: number % len(line)]
        cv2.putText(page, words.strip(), (80, 200 + 70 * row), _FONT, 1.1, (40, 40, 40), 2)
    return page


def _texture(seed: int) -> Picture:
    """Make something like a photograph: smooth shapes and a little noise."""
    random = np.random.default_rng(seed)
    small = random.integers(30, 200, (12, 20, 3), np.uint8)
    wide = cv2.resize(small, (WIDTH + 128, HEIGHT + 96), interpolation=cv2.INTER_CUBIC)
    noise = random.integers(0, 24, wide.shape, np.uint8)
    return cv2.add(wide, noise).astype(np.uint8)


def _audio(stream: av.AudioStream, samples: Samples) -> Iterator[av.Packet[Any]]:
    resampler = av.AudioResampler("fltp", "mono", 48_000)
    for start in range(0, len(samples), RATE):
        frame = av.AudioFrame.from_ndarray(samples[None, start : start + RATE], "s16", "mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
        for each in resampler.resample(frame):
            yield from stream.encode(each)
    yield from stream.encode(None)


def _kept(packet: av.Packet[Any], video: bool) -> _Packet:
    assert packet.pts is not None
    assert packet.dts is not None
    assert packet.time_base is not None
    data = bytes(packet)
    lasts = packet.duration or round(1 / FPS / packet.time_base)
    return _Packet(video, data, packet.pts, packet.dts, packet.time_base, packet.is_keyframe, lasts)


def _code() -> Picture:
    rows = np.array([list(row) for row in segno.make(LINK, error="m").matrix], np.uint8)
    framed = np.pad(1 - rows, 4, constant_values=1) * np.uint8(255)
    big = framed.repeat(8, axis=0).repeat(8, axis=1)
    return np.repeat(big[:, :, None], 3, axis=2).astype(np.uint8)


def sampled_voice() -> Samples:
    """Return the honest beginning of the demo's stream."""
    resampler = av.AudioResampler("s16", "mono", RATE)
    with av.open(str(_SAMPLE)) as container:
        found = [
            each.to_ndarray()[0]
            for frame in container.decode(audio=0)
            for each in resampler.resample(frame)
        ]
    return np.concatenate(found)[: int(_HONEST_S * RATE)].astype(np.int16)
