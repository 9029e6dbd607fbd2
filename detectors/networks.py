"""A classifier of pictures in ONNX: opened from checked bytes, run in batches of few sizes.

Rules:
1. One thread, and none of its own: whoever calls `run` computes.
2. On a CPU one picture at a time, where more gain nothing. On a GPU batches are filled up to one of
   `BUCKETS`, each of which was run once before the first picture came: a new shape costs seconds.
3. Convolutions are chosen by heuristic (`detectors.models.device`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from detectors.models.device import Compute, onnx_providers
from seawall.errors import ConfigError

__all__ = ["BUCKETS", "CPU", "Floats", "Network", "open_session"]

Floats = NDArray[np.float32]

BUCKETS = (1, 2, 4, 8, 16, 32)
CPU = Compute("cpu", "cpu was asked for")


class Network:
    """One network with one input of pictures. Raises ConfigError where it is another."""

    def __init__(
        self,
        name: str,
        content: bytes,
        shape: Sequence[int],
        compute: Compute = CPU,
        *,
        input_name: str = "",
        output_name: str = "",
    ) -> None:
        """Open it for pictures of this shape (without the batch), and run it once a bucket."""
        self._name = name
        self._session = open_session(name, content, compute, one_size=True)
        on_gpu = self._session.get_providers()[0].startswith("CUDA")
        self.device = "cuda" if on_gpu else "cpu"
        if compute.device == "cuda" and not on_gpu:
            raise ConfigError(f"{name}: ONNX Runtime has CUDA and cannot use it here")
        self._buckets = BUCKETS if on_gpu else BUCKETS[:1]
        self.most = self._buckets[-1]
        """How many pictures one run takes at once."""
        self._shape = tuple(shape)
        self._input = self._chosen(self._session.get_inputs(), input_name, "input")
        self._output = self._chosen(self._session.get_outputs(), output_name, "output")
        self._check_input()
        self._warm()

    def run(self, batch: Floats) -> Floats:
        """Return the output for a batch of any size, a row for each picture."""
        rows = []
        for start in range(0, len(batch), self.most):
            part = batch[start : start + self.most]
            bucket = next(size for size in self._buckets if size >= len(part))
            if bucket > len(part):
                padding = np.zeros((bucket - len(part), *self._shape), np.float32)
                part = np.concatenate((part, padding))
            rows.append(self._run(part)[: min(self.most, len(batch) - start)])
        return np.concatenate(rows)

    def _run(self, batch: Floats) -> Floats:
        found = np.asarray(self._session.run([self._output], {self._input: batch})[0], np.float32)
        if found.ndim < 2 or found.shape[0] != len(batch):
            raise ConfigError(
                f"{self._name} answers {len(batch)} pictures with the shape {found.shape}"
            )
        return found.reshape(len(batch), -1)

    def _warm(self) -> None:
        for size in self._buckets:
            try:
                found = self._run(np.zeros((size, *self._shape), np.float32))
            except ConfigError:
                raise
            except Exception as error:  # the runtime's errors have no common root worth naming
                kind = type(error).__name__
                raise ConfigError(f"{self._name} cannot judge a black picture ({kind})") from error
            self.outputs: int = found.shape[1]
            """How many numbers it gives for a picture."""

    def _chosen(self, tensors: Sequence[onnxruntime.NodeArg], name: str, what: str) -> str:
        names = [str(each.name) for each in tensors]
        if not name and len(names) == 1:
            return names[0]
        if not name and what == "output" and names:
            return names[0]
        if name in names:
            return name
        raise ConfigError(f"{self._name} has the {what}s {', '.join(names)}, not `{name}`")

    def _check_input(self) -> None:
        given = next(each for each in self._session.get_inputs() if each.name == self._input)
        wanted = [None, *self._shape]
        fits = len(given.shape) == len(wanted) and all(
            not isinstance(there, int) or here is None or there == here
            for there, here in zip(given.shape, wanted, strict=True)
        )
        if not fits or given.type != "tensor(float)":
            said = "x".join(str(side) for side in given.shape)
            ours = "x".join(["N", *map(str, self._shape)])
            raise ConfigError(f"{self._name} takes {given.type} of {said}, not floats of {ours}")
        fixed = given.shape[0] if isinstance(given.shape[0], int) else 0
        if fixed > 0:
            self._buckets, self.most = (fixed,), fixed


def open_session(
    name: str, content: bytes, compute: Compute, *, one_size: bool = False
) -> onnxruntime.InferenceSession:
    """Open checked bytes to compute in the thread that asks. Raises ConfigError.

    A network of `one_size` keeps the memory it computes in (13 MB for 224x224): asked for anew each
    time it costs an eighth more. Others would keep the most they ever needed.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4
    options.enable_cpu_mem_arena = one_size
    try:
        providers = onnx_providers(compute)
        session = onnxruntime.InferenceSession(content, options, providers=providers)
    except Exception as error:  # the runtime's errors have no common root worth naming
        kind = type(error).__name__
        raise ConfigError(f"{name} is no network that can be run here ({kind})") from error
    # It keeps the file's bytes, 75 MB for all of ours, to begin anew with other providers: never.
    session._model_bytes = None
    return session
