"""The catalog: data that resolves, one line for each detector there is."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

import detectors.text
import detectors.vision
from detectors.catalog import CATALOG, Entry, resolve
from seawall.policy.vocabulary import SIGNALS
from seawall.taxonomy import CATEGORY_NAMES


@pytest.mark.parametrize("entry", CATALOG, ids=lambda entry: entry.name)
def test_every_entry_resolves_to_a_detector_of_its_name(entry: Entry) -> None:
    detector = resolve(entry)
    if entry.modality == "vision":
        assert callable(detector.__dict__["look"])
        assert entry.name == "onnx" or detector.__dict__["name"] == entry.name
        return
    if entry.asked:
        assert callable(detector.__dict__["judge"])
        return
    assert detector.__dict__["name"] == entry.name
    assert callable(detector.__dict__["detect"])


@pytest.mark.parametrize("entry", CATALOG, ids=lambda entry: entry.name)
def test_every_entry_speaks_for_known_categories(entry: Entry) -> None:
    assert set(entry.categories) <= CATEGORY_NAMES
    assert entry.categories


def test_names_are_unique() -> None:
    names = [entry.name for entry in CATALOG]
    assert len(names) == len(set(names))


def test_every_text_detector_has_a_line() -> None:
    [folder] = detectors.text.__path__
    files = {path.stem for path in Path(folder).glob("*.py")} - {"__init__"}
    inline = [entry for entry in CATALOG if entry.modality == "text" and not entry.asked]
    listed = {entry.where.partition(":")[0] for entry in inline}
    assert listed == {f"detectors.text.{name}" for name in files}


def test_every_detector_of_pictures_has_a_line() -> None:
    [folder] = detectors.vision.__path__
    files = {path.stem for path in Path(folder).glob("*.py")} - {"__init__"}
    listed = {entry.where.partition(":")[0] for entry in CATALOG if entry.modality == "vision"}
    assert listed == {f"detectors.vision.{name}" for name in files}


def test_every_signal_of_the_policy_language_has_a_detector() -> None:
    emitted = tuple(name for entry in CATALOG for name in entry.signals)
    beginnings = tuple(name for name in emitted if name.endswith("."))
    for known in SIGNALS:
        assert known.name in emitted or known.name.startswith(beginnings), known.name


@pytest.mark.parametrize(
    "where", ["detectors.text.nowhere:Nothing", "detectors.text.links:Nothing"]
)
def test_what_is_absent_fails_aloud(where: str) -> None:
    with pytest.raises((ImportError, AttributeError)):
        resolve(msgspec.structs.replace(CATALOG[0], where=where))


def test_what_is_no_class_fails_aloud() -> None:
    entry = msgspec.structs.replace(CATALOG[0], where="detectors.catalog:CATALOG")
    with pytest.raises(AttributeError, match="is not a class"):
        resolve(entry)
