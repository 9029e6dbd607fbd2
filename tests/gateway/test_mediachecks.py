"""What streams need and this machine has not is told before anything starts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from detectors.listfiles import CATALOGUE
from gateway.config import Config
from gateway.live import worker_options
from gateway.mediachecks import check_libraries, check_media, media_problems
from gateway.serve import Gateway
from seawall.errors import ConfigError
from tests.gateway.live import write_policy
from tests.gateway.shell import Seawall

INSTALL = "pip install 'seawall[media]'"


@pytest.fixture
def seawall(capsys: pytest.CaptureFixture[str]) -> Seawall:
    return Seawall(capsys)


def check(**settings: object) -> None:
    config = Config(**settings)  # type: ignore[arg-type]
    check_media(config, worker_options(config))


def test_all_that_is_there_is_fine(tmp_path: Path) -> None:
    (tmp_path / "known.txt").write_text("# nothing yet")
    check(hashes={"known": str(tmp_path / "known.txt")}, catalogue=str(tmp_path))


@pytest.mark.parametrize(
    "library", ["av", "cv2", "numpy", "zxingcpp", "onnxruntime", "ctranslate2"]
)
def test_a_library_that_is_missing_is_told_with_what_installs_it(
    library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ConfigError) as told:
        check()
    assert str(told.value) == f"media: `{library}` is not installed: `{INSTALL}`"


def test_what_is_not_wanted_is_not_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    for library in ("onnxruntime", "zxingcpp", "ctranslate2"):
        monkeypatch.setitem(sys.modules, library, None)
    check(media_see="", media_hear=False, catalogue="/nowhere")
    check_libraries(sees=False, hears=False)


def test_no_library_is_loaded_to_find_it() -> None:
    asked = (
        "import sys; from gateway.mediachecks import check_libraries; check_libraries(); "
        "print(sorted({'av', 'cv2', 'numpy', 'onnxruntime', 'ctranslate2'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_list_that_cannot_be_opened_is_told_with_its_setting(tmp_path: Path) -> None:
    gone, folder, pipe, large = (tmp_path / name for name in ("gone", "folder", "pipe", "large"))
    folder.mkdir()
    os.mkfifo(pipe)
    with large.open("wb") as file:
        file.truncate((512 << 20) + 1)
    for path, why in (
        (gone, "cannot be read: No such file or directory"),
        (folder, "is no file"),
        (pipe, "is no file"),
        (large, "has more than 512 MB"),
    ):
        with pytest.raises(ConfigError) as told:
            check(hashes={"known_bad": str(path)})
        assert str(told.value) == f"hashes: known_bad: {path} {why}"


def test_a_catalogue_that_is_not_there_is_told_with_its_setting(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^catalogue: .*gone is no folder$"):
        check(catalogue=str(tmp_path / "gone"))
    (tmp_path / CATALOGUE).mkdir()
    with pytest.raises(ConfigError, match=r"^catalogue: .*catalogue.seawall is no file$"):
        check(catalogue=str(tmp_path))


def test_weights_that_are_not_there_are_told_with_their_setting(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^weights: .*gone is no folder$"):
        check(weights=str(tmp_path / "gone"))
    check(weights=str(tmp_path))
    check(data=str(tmp_path / "gone"))  # its own folder need not be there


def test_what_would_be_refused_is_told_while_media_is_off(tmp_path: Path) -> None:
    gone = str(tmp_path / "gone")
    config = Config(media_see="pdq, nothing", hashes={"known": gone}, catalogue=gone, weights=gone)
    see, weights, hashes, catalogue = media_problems(config)
    assert see.startswith("media_see: no detector is called 'nothing'")
    assert weights == f"weights: {gone} is no folder"
    assert hashes.startswith(f"hashes: known: {gone} cannot be read")
    assert catalogue == f"catalogue: {gone} is no folder"
    assert media_problems(Config()) == []


async def test_a_gateway_whose_media_is_off_starts_and_warns(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    free = "127.0.0.1:0"
    policy = str(write_policy(tmp_path / "policy"))
    config = Config(data=str(tmp_path), listen=free, http=free, policy=policy, media_see="nothing")
    gateway = Gateway(config)
    await gateway.start()
    await gateway.stop()
    (told,) = [each for each in caplog.records if each.message == "wrong once media is on"]
    assert "media_see: no detector is called 'nothing'" in str(told.__dict__["fields"])


def test_serve_ends_before_anything_starts(
    seawall: Seawall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEAWALL_MEDIA", "true")
    monkeypatch.setitem(sys.modules, "av", None)
    data, free = tmp_path / "data", "127.0.0.1:0"
    status, out, err = seawall("serve", "--data", str(data), "--listen", free, "--http", free)
    assert (status, out) == (1, "")
    assert err == f"seawall: media: `av` is not installed: `{INSTALL}`\n"
    assert not data.exists()


def test_the_demo_ends_with_the_same_words(
    seawall: Seawall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    status, out, err = seawall("demo", "--media", "--seconds", "1")
    assert (status, out) == (1, "")
    assert err == f"seawall: media: `faster_whisper` is not installed: `{INSTALL}`\n"
