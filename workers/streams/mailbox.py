"""Shared memory in which a decoder shows frames to the vision worker: a few slots, one copy.

The decoder makes a `Mailbox` and sends its descriptor with `Attach` (SCM_RIGHTS); the vision worker
opens a `Gallery` over it. `Shown` names a slot, `Freed` gives it back.

1. The writer copies a frame once, straight into the slot; the reader looks at it where it lies.
2. The memory's size is sealed: a decoder that lies or is broken cannot shrink it under the reader
   (that would end the vision worker with SIGBUS), and `Gallery` refuses memory without the seal.
3. The lowest free slot is taken first: slots that are never needed never cost memory.
4. A slot belongs to the reader from `Shown` to `Freed`; who writes into it meanwhile spoils pixels
   of his own stream, nothing else.

Receive the descriptor with `socket.recv_fds(sock, n, 1)`: a plain `recv` closes it unseen.
"""

from __future__ import annotations

import fcntl
import mmap
import os

import numpy as np
from numpy.typing import NDArray

__all__ = ["SLOTS", "Gallery", "Mailbox", "Pixels"]

SLOTS = 3
_MOST_SLOTS = 16
_MOST_SLOT_BYTES = 1 << 28
_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL

Pixels = NDArray[np.uint8]
"""RGB rows without padding: [height, width, 3]."""


class Mailbox:
    """The decoder's side: slots to write frames into."""

    def __init__(self, slot_bytes: int, slots: int = SLOTS) -> None:
        """Make the memory. Raises OSError where the system has none left."""
        self.slots, self.slot_bytes = slots, slot_bytes
        self.fd = os.memfd_create("seawall-frames", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            os.ftruncate(self.fd, slots * slot_bytes)
            fcntl.fcntl(self.fd, fcntl.F_ADD_SEALS, _SEALS)
            self._map = mmap.mmap(self.fd, slots * slot_bytes)
        except BaseException:
            os.close(self.fd)
            raise
        self._free = list(range(slots))

    def take(self) -> int | None:
        """Take a slot to write into; None when the reader holds them all."""
        return self._free.pop(0) if self._free else None

    def rows(self, slot: int, width: int, height: int) -> Pixels:
        """Return the slot's memory as [height, width, 3], to be written. Raises ValueError."""
        return _rows(self._map, self.slots, self.slot_bytes, (slot, width, height))

    def free(self, slot: int) -> None:
        """Take a slot back; one that is free already, or does not exist, is left as it is."""
        if 0 <= slot < self.slots and slot not in self._free:
            self._free.append(slot)
            self._free.sort()

    def reset(self) -> None:
        """Take every slot back: their reader is gone."""
        self._free = list(range(self.slots))

    def close(self) -> None:
        """Give the memory back, once no view of it is left."""
        os.close(self.fd)


class Gallery:
    """The vision worker's side: frames seen where they lie, never written."""

    def __init__(self, fd: int, slots: int, slot_bytes: int) -> None:
        """Map the memory that came with `Attach`; the descriptor is closed here, whatever happens.

        Raises ValueError where it is not what `Attach` says, or could be shrunk; OSError.
        """
        try:
            if not (0 < slots <= _MOST_SLOTS and 0 < slot_bytes <= _MOST_SLOT_BYTES):
                raise ValueError(f"{slots} slots of {slot_bytes} bytes")
            if os.fstat(fd).st_size != slots * slot_bytes:
                raise ValueError("the shared memory is not as large as was said")
            if fcntl.fcntl(fd, fcntl.F_GET_SEALS) & _SEALS != _SEALS:
                raise ValueError("the shared memory is not sealed")
            self._map = mmap.mmap(fd, slots * slot_bytes, prot=mmap.PROT_READ)
        finally:
            os.close(fd)
        self.slots, self.slot_bytes = slots, slot_bytes

    def rows(self, slot: int, width: int, height: int) -> Pixels:
        """Return a frame as [height, width, 3], read-only and not copied. Raises ValueError.

        It may change once `Freed` was said: copy what must outlive that. The memory lives as long
        as a view of it does; there is nothing to close.
        """
        return _rows(self._map, self.slots, self.slot_bytes, (slot, width, height))


def _rows(memory: mmap.mmap, slots: int, slot_bytes: int, what: tuple[int, int, int]) -> Pixels:
    slot, width, height = what
    size = width * height * 3
    if not (0 <= slot < slots and width > 0 and height > 0 and size <= slot_bytes):
        raise ValueError(f"slot {slot} cannot hold {width}x{height}")
    flat = np.frombuffer(memory, np.uint8, count=size, offset=slot * slot_bytes)
    return flat.reshape(height, width, 3)
