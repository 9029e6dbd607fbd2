"""Draws the stream that `make demo MEDIA=1` shows: an honest start, then a scam, seen and heard.

    seawall bench demo-stream --speech offer.wav --out gateway/demo/sample_stream.webm

The picture is drawn here. The words are read by any speech synthesiser beforehand: mono, the honest
sentence first and the offer from second six on. It needs `segno` (dev) for the code.
"""

from __future__ import annotations

import argparse
import math
import wave
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import segno
from numpy.typing import NDArray

__all__ = ["main"]

WIDTH, HEIGHT, FPS, SECONDS, OFFER_S = 480, 270, 10, 18, 6
LINK = "https://metamask-airdrop.example/claim"
LINES = ("BTC GIVEAWAY", "send 1 BTC, get 2 BTC back", "scan to connect your wallet")
_INK = (30, 18, 14)
_FONT = cv2.FONT_HERSHEY_SIMPLEX

Picture = NDArray[np.uint8]


def _scene(at: float) -> Picture:
    """Draw a talking chart: nothing in it breaks a rule."""
    picture = np.full((HEIGHT, WIDTH, 3), _INK, np.uint8)
    for number in range(24):
        height = 60 + 40 * math.sin(number / 3 + at / 2) + 15 * math.sin(number * 1.7)
        left, top = 20 + number * 18, int(200 - height)
        colour = (90, 190, 90) if math.sin(number + at / 2) > 0 else (80, 80, 210)
        cv2.rectangle(picture, (left, top), (left + 10, 205), colour, -1)
    cv2.putText(picture, "LIVE  the weekly chart talk", (20, 40), _FONT, 0.7, (240, 235, 225), 2)
    cv2.circle(picture, (450, 33), 8, (60, 60, 230), -1)
    return picture


def _offer(code: Picture) -> Picture:
    picture = np.full((HEIGHT, WIDTH, 3), (24, 140, 245), np.uint8)
    for number, (line, size) in enumerate(zip(LINES, (1.0, 0.58, 0.58), strict=True)):
        cv2.putText(picture, line, (16, 70 + number * 50), _FONT, size, (20, 20, 20), 2)
    side = code.shape[0]
    picture[HEIGHT - side - 16 : HEIGHT - 16, WIDTH - side - 16 : WIDTH - 16] = code
    return picture


def _code() -> Picture:
    rows = np.array([list(row) for row in segno.make(LINK, error="m").matrix], np.uint8)
    framed = np.pad(1 - rows, 3, constant_values=1) * np.uint8(255)
    big = framed.repeat(4, axis=0).repeat(4, axis=1)
    return np.repeat(big[:, :, None], 3, axis=2).astype(np.uint8)


def _samples(speech: Path) -> tuple[NDArray[np.int16], int]:
    with wave.open(str(speech)) as file:
        if file.getnchannels() != 1 or file.getsampwidth() != 2:
            raise SystemExit("the speech must be mono with 16 bits a sample")
        data = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        return data, file.getframerate()


def _write(speech: Path, out: Path) -> None:
    samples, rate = _samples(speech)
    whole = np.zeros(SECONDS * rate, np.int16)
    whole[: len(samples)] = samples[: len(whole)]
    with av.open(str(out), "w", format="webm") as container:
        video = container.add_stream("libvpx-vp9", FPS)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.options = {"crf": "44", "b": "0", "g": str(2 * FPS), "deadline": "good"}
        audio = container.add_stream("libopus", 48000, layout="mono")
        audio.bit_rate = 16_000
        resampler = av.AudioResampler("s16", "mono", 48000)
        code = _code()
        step = rate // FPS
        for number in range(SECONDS * FPS):
            at = number / FPS
            picture = _scene(at) if at < OFFER_S else _offer(code)
            frame = av.VideoFrame.from_ndarray(picture, "bgr24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(video.encode(frame))
            piece = whole[number * step : (number + 1) * step]
            sound = av.AudioFrame.from_ndarray(piece[None, :], "s16", "mono")
            sound.sample_rate, sound.pts = rate, number * step
            sound.time_base = Fraction(1, rate)
            for each in resampler.resample(sound):
                container.mux(audio.encode(each))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))


def main() -> int:
    """Write the stream."""
    parser = argparse.ArgumentParser(prog="seawall bench demo-stream", description=__doc__)
    parser.add_argument("--speech", type=Path, required=True, help="a WAV file, mono, 16 bits")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    _write(given.speech, given.out)
    print(f"{given.out}: {given.out.stat().st_size} bytes")
    return 0
