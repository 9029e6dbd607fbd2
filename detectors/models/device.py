"""Where models run: `auto`, `cpu` or `cuda`, made settings of ONNX Runtime and of CTranslate2.

Only workers use it: asking what a machine has imports the library that is asked. `auto` takes a
GPU where the library can use one and says why not otherwise; `cuda` is a demand, and fails aloud.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, Literal

import msgspec

from seawall.errors import ConfigError

__all__ = [
    "DEVICES",
    "Compute",
    "Device",
    "Wanted",
    "for_ctranslate2",
    "for_onnx",
    "onnx_providers",
]

Wanted = Literal["auto", "cpu", "cuda"]
Device = Literal["cpu", "cuda"]
DEVICES: tuple[Wanted, ...] = ("auto", "cpu", "cuda")

_CUDA = "CUDAExecutionProvider"
_CPU = "CPUExecutionProvider"
_ON_GPU = ("float16", "int8_float16", "float32")
_ON_CPU = ("int8", "int8_float32", "float32")
"""What CTranslate2 computes in, the best first. bfloat16 is refused by CPU builds."""


class Compute(msgspec.Struct, frozen=True):
    """Where a library computes, in what, and why there."""

    device: Device
    why: str
    kind: str = ""
    """CTranslate2's `compute_type`; "" for ONNX Runtime, whose networks say it themselves."""
    index: int = 0


Provider = str | tuple[str, dict[str, Any]]  # Any: ONNX Runtime's own option values


def for_onnx(wanted: Wanted, available: Callable[[], Sequence[str]] | None = None) -> Compute:
    """Say where ONNX Runtime shall run. Raises ConfigError where `cuda` is wanted and absent.

    `available` lists its execution providers; the installed library is asked otherwise.
    """
    if wanted == "cpu":
        return Compute("cpu", "cpu was asked for")
    if _CUDA in (available or _onnx_available)():
        return Compute("cuda", "ONNX Runtime has CUDA")
    return _without(wanted, "ONNX Runtime is built without CUDA; install `seawall[gpu]`")


def onnx_providers(compute: Compute, memory_mb: int = 0) -> list[Provider]:
    """Return the `providers` of a session. `memory_mb` bounds what it may take of the GPU.

    Convolutions are chosen by heuristic: the exhaustive search, its default, runs every algorithm
    for every new shape, which takes seconds in the middle of a stream.
    """
    if compute.device == "cpu":
        return [_CPU]
    options: dict[str, Any] = {  # as above
        "device_id": compute.index,
        "cudnn_conv_algo_search": "HEURISTIC",
        "cudnn_conv_use_max_workspace": "1",
        "arena_extend_strategy": "kSameAsRequested",
    }
    if memory_mb:
        options["gpu_mem_limit"] = memory_mb << 20
    return [(_CUDA, options), _CPU]


def for_ctranslate2(
    wanted: Wanted,
    count: Callable[[], int] | None = None,
    kinds: Callable[[Device], set[str]] | None = None,
) -> Compute:
    """Say where CTranslate2 shall run, and in what. Raises ConfigError as `for_onnx` does.

    `count` counts GPUs and `kinds` lists what a device computes in; the installed library is asked
    otherwise.
    """
    listed = kinds or _ctranslate2_kinds
    if wanted == "cpu":
        return Compute("cpu", "cpu was asked for", _best(_ON_CPU, listed("cpu")))
    if (found := (count or _ctranslate2_count)()) > 0:
        many = "a GPU" if found == 1 else f"{found} GPUs, of which it uses the first"
        return Compute("cuda", f"CTranslate2 sees {many}", _best(_ON_GPU, listed("cuda")))
    chosen = _without(wanted, "CTranslate2 sees no GPU")
    return msgspec.structs.replace(chosen, kind=_best(_ON_CPU, listed("cpu")))


def _without(wanted: Wanted, why: str) -> Compute:
    if wanted == "cuda":
        raise ConfigError(f"device is cuda, but {why}")
    return Compute("cpu", why)


def _best(preferred: Sequence[str], possible: set[str]) -> str:
    return next((kind for kind in preferred if kind in possible), "float32")


def _onnx_available() -> list[str]:
    found: list[str] = import_module("onnxruntime").get_available_providers()
    return found


def _ctranslate2_count() -> int:
    found: int = import_module("ctranslate2").get_cuda_device_count()
    return found


def _ctranslate2_kinds(device: Device) -> set[str]:
    found: set[str] = import_module("ctranslate2").get_supported_compute_types(device)
    return found
