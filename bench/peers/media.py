"""What live streams are compared with: programs that decode or transcribe clips, told by the same
few numbers. Registered in a tuple, as the other peers are.

CPU is that of the program's own process: loading a model is told apart and not in it.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import msgspec

from bench.peers.process import environment
from seawall.extras import missing

__all__ = ["MEDIA_PEERS", "FfmpegKeyframes", "MediaPeer", "MediaRun", "PeerFailed", "WhisperLoop"]

_LONGEST_S = 3600.0


class PeerFailed(RuntimeError):
    """A peer that ran and gave no result: the last line it wrote."""


class MediaRun(msgspec.Struct, frozen=True):
    """What a peer did with its clips, each of them one stream.

    `clip_s`: seconds of clips got through. `found`: keyframes or pieces of sound. `lags_s`: for
    each segment of speech, from its end on the stream's clock to its text, were the streams live
    and each core as fast as this one; empty for what does not hear. `texts`: one a stream.
    """

    peer: str
    streams: int
    clip_s: float
    cpu_s: float
    wall_s: float
    found: int
    lags_s: list[float] = []
    texts: list[str] = []
    load_s: float = 0.0

    @property
    def streams_a_core(self) -> float:
        """How many live streams one core bears: seconds of clip a CPU second."""
        return self.clip_s / self.cpu_s if self.cpu_s else 0.0


class MediaPeer(Protocol):
    """A program that is given clips."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def about(self) -> str:
        """What it does, in a line."""

    def absent(self) -> str:
        """Say why it cannot be run here, empty where it can."""

    def run(self, clips: Sequence[Path]) -> MediaRun:
        """Work through the clips. Raises PeerFailed."""


class FfmpegKeyframes(msgspec.Struct, frozen=True):
    """The ffmpeg program decoding keyframes, one clip after the other, on one thread."""

    name: str = "ffmpeg-keyframes"
    about: str = "the ffmpeg program, -skip_frame nokey, one thread"

    def absent(self) -> str:
        """Say why it cannot be run here, empty where it can."""
        there = shutil.which("ffmpeg") and shutil.which("ffprobe")
        return "" if there else "`ffmpeg` is not installed (Debian: ffmpeg)"

    def run(self, clips: Sequence[Path]) -> MediaRun:
        """Decode them. Raises PeerFailed."""
        clip_s = sum(self._seconds(clip) for clip in clips)
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        frames = sum(self._decode(clip) for clip in clips)
        after, wall_s = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - began
        cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return MediaRun(self.name, len(clips), clip_s, cpu_s, wall_s, frames)

    def _seconds(self, clip: Path) -> float:
        """Return how long a clip is: what ffmpeg tells of its progress ends at a keyframe."""
        asked = ["-show_entries", "format=duration", "-of", "csv=p=0", str(clip)]
        said = _finished(["ffprobe", "-v", "error", *asked], self.name).strip()
        try:
            return float(said)
        except ValueError:
            raise PeerFailed(f"{self.name}: {clip.name}: no length") from None

    def _decode(self, clip: Path) -> int:
        """Return how many frames came out."""
        done = _finished(
            ["ffmpeg", "-v", "error", "-nostats", "-progress", "pipe:1", "-threads", "1",
             "-skip_frame", "nokey", "-i", str(clip), "-an", "-f", "null", "-"],
            self.name,
        )  # fmt: skip
        told = [line for line in done.splitlines() if line.startswith("frame=")]
        if not told:
            raise PeerFailed(f"{self.name}: {clip.name}: no pictures")
        return int(told[-1].partition("=")[2])


class WhisperLoop(msgspec.Struct, frozen=True):
    """Plain faster-whisper, `transcribe()` on a piece of one stream at a time: whisper_loop.py."""

    piece_s: float = 5.0
    device: str = "cpu"
    name: str = "whisper-loop"
    about: str = "faster-whisper's transcribe(), one stream at a time"

    def absent(self) -> str:
        """Say why it cannot be run here, empty where it can."""
        lacking = (name for name in ("faster_whisper", "av") if find_spec(name) is None)
        return "; ".join(missing(library, "media") for library in lacking)

    def run(self, clips: Sequence[Path]) -> MediaRun:
        """Transcribe them. Raises PeerFailed."""
        arguments = ["--piece", str(self.piece_s), "--device", self.device, *map(str, clips)]
        command = [sys.executable, "-P", "-m", "bench.peers.whisper_loop", *arguments]
        return msgspec.json.decode(_finished(command, self.name), type=MediaRun)


MEDIA_PEERS: tuple[MediaPeer, ...] = (FfmpegKeyframes(), WhisperLoop())


def _finished(command: Sequence[str], name: str) -> str:
    """Run a program to its end; return what it printed."""
    given = {word: value for word, value in os.environ.items() if word == "SEAWALL_DATA"}
    try:
        done = subprocess.run(
            command,
            env=environment(given),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_LONGEST_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise PeerFailed(f"{name}: not done after {_LONGEST_S:g} s") from None
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or [f"ended with status {done.returncode}"]
        raise PeerFailed(f"{name}: {last[0]}")
    return done.stdout
