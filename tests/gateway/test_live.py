"""What settings and policy say about streams reaches the workers, or is refused by its name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.config import Config
from gateway.live import media_of, worker_options
from seawall.errors import ConfigError
from seawall.policy.model import Policy
from seawall.policy.streams import MediaPolicy
from tests.seawall.policy.writing import policy_of
from workers.speech.options import SpeechOptions
from workers.streams.units import Hearing, Sampling
from workers.vision.options import DETECTORS, HashFile, VisionOptions


def options(folder: Path, **settings: Any) -> tuple[VisionOptions | None, SpeechOptions | None]:
    found = worker_options(Config(data=str(folder), **settings))
    assert found.vision is None or isinstance(found.vision, VisionOptions)
    assert found.speech is None or isinstance(found.speech, SpeechOptions)
    return found.vision, found.speech


def test_without_a_word_everything_looks_and_listens(tmp_path: Path) -> None:
    vision, speech = options(tmp_path)
    assert vision == VisionOptions(detectors=DETECTORS)
    assert speech == SpeechOptions()


def test_settings_reach_the_workers(tmp_path: Path) -> None:
    (tmp_path / "weights").mkdir()
    vision, speech = options(
        tmp_path,
        media_see=" ocr, pdq ,ocr,",
        media_device="cuda",
        media_threads=5,
        hashes={"weapons": "w.txt", "drugs_2": "d.txt"},
        catalogue="songs",
    )
    assert vision is not None
    assert speech is not None
    assert vision.detectors == ("ocr", "pdq")
    assert vision.hashes == (HashFile("drugs_2", "d.txt"), HashFile("weapons", "w.txt"))
    assert (vision.device, vision.weights) == ("cuda", str(tmp_path / "weights"))
    assert (speech.device, speech.weights) == ("cuda", str(tmp_path / "weights"))
    assert (speech.threads, speech.catalogue) == (5, "songs")


@pytest.mark.parametrize("spare", [True, False])
def test_a_spare_of_each_is_kept_unless_it_is_not_wanted(tmp_path: Path, spare: bool) -> None:
    found = worker_options(Config(data=str(tmp_path), media_spare=spare))
    assert (found.vision_limits.spare, found.speech_limits.spare) == (spare, spare)


def test_who_is_not_wanted_does_not_run(tmp_path: Path) -> None:
    assert options(tmp_path, media_see="") == (None, SpeechOptions())
    vision, speech = options(tmp_path, media_hear=False)
    assert vision is not None
    assert speech is None


def test_classifiers_of_the_operator_look_even_alone(tmp_path: Path) -> None:
    (tmp_path / "models.toml").write_text(
        '[image.blades]\nenabled = true\nmodel = "b.onnx"\n'
        f'model_sha256 = "{"0" * 64}"\nlabels = {{ knife = "violence", nothing = "" }}\n'
    )
    vision, _ = options(tmp_path, media_see="", models_file=str(tmp_path / "models.toml"))
    assert vision is not None
    assert ([each.name for each in vision.images], vision.detectors) == (["blades"], ())


def test_a_detector_nobody_knows_is_told_with_its_setting(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"media_see: no detector is called 'nudes'; known: pdq"):
        options(tmp_path, media_see="pdq, nudes")


@pytest.mark.parametrize("name", ["my-list", "My", "9lives", "_x", "a b", "ä", "l" * 41, "a\n"])
def test_a_list_that_no_rule_could_write_is_told_with_its_setting(
    name: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=r"^hashes: '.*: a list is called by lower-case"):
        options(tmp_path, hashes={"good": "g.txt", name: "file"})


def test_a_list_that_is_named_can_be_written_in_a_rule(tmp_path: Path) -> None:
    vision, _ = options(tmp_path, hashes={"drugs_2": "d.txt"})
    assert vision is not None
    rule = f"- {{rule: r, category: spam, when: hash.{vision.hashes[0].name} >= 0.9, then: hold}}\n"
    assert policy_of(rule).rules


def media_policy(**words: Any) -> Policy:
    return msgspec.structs.replace(policy_of(), media=MediaPolicy(**words))


def test_a_rooms_policy_says_how_it_is_sampled_and_heard() -> None:
    policy = media_policy(
        profile="thrifty",
        max_gap_s=4.0,
        min_gap_s=1.0,
        hop_s=2.0,
        utterance_s=6.0,
        music=True,
        language="de",
        tiers=False,
        fingerprints=False,
    )
    sampling, hearing = media_of(policy)
    assert sampling == Sampling(max_gap_s=4.0, min_gap_s=1.0)
    assert hearing == Hearing("thrifty", 2.0, 6.0, True, "de", False, False)


def test_the_defaults_of_policy_and_workers_are_the_same() -> None:
    assert media_of(media_policy()) == (Sampling(), Hearing())
