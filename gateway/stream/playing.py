"""A clip as a file that plays: its bytes through a short process that knows containers.

The gateway loads no codec; and these bytes are hostile: the process has bounds of its own, and is
killed when it takes too long.
"""

from __future__ import annotations

import asyncio

import msgspec

from gateway.record.clips import Clip, Clips
from gateway.record.spawn import command, environment

__all__ = ["Player", "Unplayable"]

WAIT_S = 8.0
_AT_ONCE = 2
"""A clip is some tens of megabytes, twice: few are made at a time."""


class Unplayable(Exception):
    """Nothing could be made of a clip's bytes."""


class Player:
    """Makes files of the clips of one data folder."""

    def __init__(self, clips: Clips) -> None:
        self.clips = clips
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def play(self, clip: Clip) -> bytes:
        """Return a clip as a Matroska file.

        Raises Unplayable, ConfigError for one that was changed.
        """
        async with self._turn:
            head, rest = await asyncio.to_thread(_read, self.clips, clip)
            return await _remuxed(clip, head, rest)


async def _remuxed(clip: Clip, head: bytes, rest: bytes) -> bytes:
    told = {"container": clip.container, "head": len(head), "offset": clip.offset}
    process = await asyncio.create_subprocess_exec(
        *command("media.clip"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment(),
    )
    try:
        async with asyncio.timeout(WAIT_S):
            line = msgspec.json.encode(told) + b"\n"
            out, why = await process.communicate(line + head + rest)
    except TimeoutError as error:
        raise Unplayable("it took too long") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0 or not out:
        told_why = why.decode("utf-8", "replace").strip().splitlines()
        raise Unplayable(told_why[-1][:200] if told_why else "nothing in it plays")
    return out


def _read(clips: Clips, clip: Clip) -> tuple[bytes, bytes]:
    head: list[bytes] = []
    rest: list[bytes] = []
    for segment, data in clips.read(clip):
        (rest if segment else head).append(data)
    return b"".join(head), b"".join(rest)
