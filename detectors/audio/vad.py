"""Where there is a voice: the Silero network on ONNX Runtime, fed as the sound comes.

1. The network is recurrent: what it remembers of a stream (`Memory`) is carried from call to call,
   and so are the last 64 samples, which stand before each frame. Fed in pieces it says the same.
2. One session serves all streams; its memory has no room for two at once, so nothing is batched.
3. Eight frames a call (256 ms) cost half of what one a call costs.
"""

from __future__ import annotations

import msgspec
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from seawall.errors import WeightsError

__all__ = ["BLOCK", "FRAME", "Memory", "Vad"]

FRAME = 512
"""Samples of a frame: 32 ms at 16 kHz."""
BLOCK = 8 * FRAME
"""Samples that are best given at once."""
_BEFORE = 64
_STATE = (1, 1, 128)
_INPUTS = {"input", "h", "c"}

Samples = NDArray[np.float32]


class Memory(msgspec.Struct):
    """What the network remembers of one stream; new at its start and after missing time."""

    h: Samples = msgspec.field(default_factory=lambda: np.zeros(_STATE, np.float32))
    c: Samples = msgspec.field(default_factory=lambda: np.zeros(_STATE, np.float32))
    before: Samples = msgspec.field(default_factory=lambda: np.zeros(_BEFORE, np.float32))


class Vad:
    """The network, loaded once."""

    def __init__(self, model: bytes) -> None:
        """Load the ONNX file's content. Raises WeightsError where it is another network."""
        options = onnxruntime.SessionOptions()
        options.inter_op_num_threads = options.intra_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 4
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            model, options, providers=["CPUExecutionProvider"]
        )
        if {each.name for each in self._session.get_inputs()} != _INPUTS:
            raise WeightsError("the voice network takes other inputs than the one that is known")

    def listen(self, memory: Memory, samples: Samples) -> list[float]:
        """Return the chance of a voice for each whole frame; samples -1 to 1 at 16 kHz.

        Raises ValueError for what are no whole frames.
        """
        if len(samples) % FRAME:
            raise ValueError("voice is looked for in whole frames")
        if not len(samples):
            return []
        frames = np.empty((len(samples) // FRAME, _BEFORE + FRAME), np.float32)
        frames[:, _BEFORE:] = samples.reshape(-1, FRAME)
        frames[0, :_BEFORE] = memory.before
        frames[1:, :_BEFORE] = frames[:-1, -_BEFORE:]
        memory.before = frames[-1, -_BEFORE:].copy()
        given = {"input": frames, "h": memory.h, "c": memory.c}
        chances, memory.h, memory.c = self._session.run(None, given)
        told: list[float] = chances.ravel().tolist()
        return told
