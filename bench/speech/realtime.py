"""The same streams in real time, to the real process over its real sockets."""

from __future__ import annotations

import os
import resource
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from bench.speech.simulation import BLOCK, Played, Run
from workers.spawn import environment
from workers.speech.options import SpeechOptions
from workers.streams.reports import FromSpeech, Ready, Stats
from workers.streams.units import Attach, Detach, Sound
from workers.units import cut, frame

__all__ = ["played_for_real"]

_ENCODE = msgspec.msgpack.Encoder().encode
_SAID = msgspec.msgpack.Decoder(FromSpeech).decode
_READY_S = 60.0
_AFTER_S = 5.0


def played_for_real(streams: Sequence[Played], span_s: float, options: SpeechOptions) -> Run:
    """Start the process, play streams to it at their own pace, and return what it said."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory(prefix="seawall-") as folder:
        path = str(Path(folder, "speech"))
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-P", "-m", "workers.speech.run", "--fd", str(theirs.fileno())]
        command += ["--parent", str(os.getpid()), "--listen", path]
        with theirs:
            process = subprocess.Popen(command, pass_fds=(theirs.fileno(),), env=environment())
        with ours:
            run = _played(ours, path, streams, span_s, options)
        process.wait(10)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    loaded = run.voice_s
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    run.busy_s, run.voice_s = spent - loaded, 0.0
    return run


def _played(ours: socket.socket, path: str, streams: Sequence[Played], span_s: float,
            options: SpeechOptions) -> Run:  # fmt: skip
    run, buffer = Run([], 0.0, 0.0, span_s, {}, {}, {}), bytearray()
    ours.sendall(frame(_ENCODE(options)))
    poll = selectors.DefaultSelector()
    poll.register(ours, selectors.EVENT_READ)
    if not isinstance(_heard(ours, buffer, poll, _READY_S)[0], Ready):
        raise RuntimeError("the process did not begin with Ready")
    doors = []
    for handle, stream in enumerate(streams, 1):
        door = socket.socket(socket.AF_UNIX)
        door.connect(path)
        door.sendall(frame(_ENCODE(Attach(handle, hearing=stream.hearing))))
        doors.append(door)
    began, sent = time.monotonic(), [0] * len(streams)
    run.voice_s = 0.0
    while (now := time.monotonic() - began) < span_s + _AFTER_S:
        due = span_s
        for at, stream in enumerate(streams):
            when = stream.start_s + (sent[at] + 1) * BLOCK / 16_000
            if when <= now < span_s:
                place = (stream.offset + sent[at]) % (len(stream.samples) // BLOCK) * BLOCK
                pcm = stream.samples[place : place + BLOCK].tobytes()
                doors[at].sendall(frame(_ENCODE(Sound(when - BLOCK / 16_000, pcm))))
                sent[at] += 1
                when += BLOCK / 16_000
            due = min(due, when)
        for said in _heard(ours, buffer, poll, min(max(due - now, 0.0), 0.05)):
            if isinstance(said, Stats):
                run.lost, run.done = dict(said.lost), dict(said.done)
            else:
                run.told.append((time.monotonic() - began, said))
    for door in doors:
        door.sendall(frame(_ENCODE(Detach())))
        door.close()
    poll.close()
    return run


def _heard(ours: socket.socket, buffer: bytearray, poll: selectors.DefaultSelector,
           wait_s: float) -> list[FromSpeech]:  # fmt: skip
    if not poll.select(wait_s):
        return []
    arrived = ours.recv(1 << 16)
    if not arrived:
        raise RuntimeError("the process is gone")
    buffer += arrived
    return [_SAID(body) for body in cut(buffer)]
