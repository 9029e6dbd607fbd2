"""`auto` takes what there is and says why; `cuda` is a demand."""

from __future__ import annotations

import pytest

from detectors.models.device import Compute, Device, for_ctranslate2, for_onnx, onnx_providers
from seawall.errors import ConfigError

_GPU = ["TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"]
_CPU = ["CPUExecutionProvider"]


def kinds(device: Device) -> set[str]:
    return {"float32", "float16", "int8_float16"} if device == "cuda" else {"float32", "int8"}


def test_auto_takes_a_gpu_where_there_is_one() -> None:
    assert for_onnx("auto", lambda: _GPU).device == "cuda"
    found = for_ctranslate2("auto", lambda: 2, kinds)
    assert (found.device, found.kind) == ("cuda", "float16")
    assert "2 GPUs" in found.why


def test_auto_says_why_it_stays_on_the_processor() -> None:
    assert for_onnx("auto", lambda: _CPU) == Compute(
        "cpu", "ONNX Runtime is built without CUDA; install `seawall[gpu]`"
    )
    assert for_ctranslate2("auto", lambda: 0, kinds) == Compute(
        "cpu", "CTranslate2 sees no GPU", "int8"
    )


def test_cuda_is_a_demand() -> None:
    with pytest.raises(ConfigError, match="device is cuda, but ONNX Runtime"):
        for_onnx("cuda", lambda: _CPU)
    with pytest.raises(ConfigError, match="device is cuda, but CTranslate2"):
        for_ctranslate2("cuda", lambda: 0, kinds)


def test_cpu_asks_for_no_gpu() -> None:
    assert for_onnx("cpu", lambda: _GPU).device == "cpu"
    assert for_ctranslate2("cpu", lambda: 1, kinds).kind == "int8"
    assert for_ctranslate2("cpu", lambda: 1, lambda _: set()).kind == "float32"


def test_a_gpus_convolutions_are_chosen_by_heuristic_and_its_memory_bounded() -> None:
    assert onnx_providers(Compute("cpu", "")) == ["CPUExecutionProvider"]
    first, last = onnx_providers(Compute("cuda", "", index=1), memory_mb=512)
    assert isinstance(first, tuple)
    name, options = first
    assert (name, last) == ("CUDAExecutionProvider", "CPUExecutionProvider")
    assert options["cudnn_conv_algo_search"] == "HEURISTIC"
    assert options["device_id"] == 1
    assert options["gpu_mem_limit"] == 512 << 20
