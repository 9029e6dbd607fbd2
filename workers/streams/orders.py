"""What the gateway and the zygote say to each other: whom to fork, whom to kill, who is gone.

Frames as everywhere between our processes (`workers.units.frame`). With every `Spawn` travels the
decoder's end of its socketpair, one descriptor by SCM_RIGHTS, sent with the first byte of the frame
(`socket.send_fds`), one `Spawn` a call: frames may be sent together only where no descriptor is.
No numeric library is needed to read this file: the gateway does.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

__all__ = ["Awake", "FromZygote", "Gone", "Kill", "Spawn", "Spawned", "ToZygote"]

_Text = Annotated[str, msgspec.Meta(max_length=500)]


class Spawn(msgspec.Struct, frozen=True, tag="spawn", array_like=True):
    """Fork a decoder for a stream; its socket comes with this."""

    handle: int
    memory_mb: int = 512
    """What it may allocate beyond what the zygote had; 0: no limit."""
    nice: int = 5
    """How much it yields to the others (`nice`)."""
    step_cpu_s: float = 5.0
    """A decoder that burns so much in one step, without reading or saying anything, is ended."""


class Kill(msgspec.Struct, frozen=True, tag="kill", array_like=True):
    """End a decoder at once; `Gone` follows. One that is gone already is no error."""

    handle: int


ToZygote = Spawn | Kill


class Awake(msgspec.Struct, frozen=True, tag="awake", array_like=True):
    """The zygote has imported everything; its first frame. `rss_mb` is what that takes."""

    rss_mb: float = 0.0


class Spawned(msgspec.Struct, frozen=True, tag="spawned", array_like=True):
    """The decoder lives. Its `Start` may be sent before this arrives."""

    handle: int
    pid: int


class Gone(msgspec.Struct, frozen=True, tag="gone", array_like=True):
    """A decoder ended, or could never be forked (`pid` 0, `problem` says why).

    `status` as subprocess has it: the exit status, or the signal's number below zero.
    """

    handle: int
    pid: int
    status: int
    cpu_s: float = 0.0
    rss_mb: float = 0.0
    problem: _Text = ""


FromZygote = Awake | Spawned | Gone
