"""Tricks of all files add up; what is written means one thing."""

from __future__ import annotations

from seawall.policy.draft import Tricks
from seawall.policy.problems import Problems
from seawall.policy.read_tricks import TRICK_LENGTH, read_tricks
from tests.seawall.policy.writing import node_of


def read(*files: str) -> tuple[Tricks, tuple[str, ...]]:
    problems, tricks = Problems(), Tricks()
    for index, text in enumerate(files):
        read_tricks(node_of(text, f"tricks.{index}.yaml"), tricks, problems)
    return tricks, problems.errors


def test_files_add_up() -> None:
    tricks, problems = read(
        'tricks: zh\nread: {薇: 微, "0": o}\nbackwards: [倒着念]\n',
        "tricks: any\nread: {🌱: seed}\n",
    )
    assert problems == ()
    assert tricks.read == {"薇": "微", "0": "o", "🌱": "seed"}
    assert list(tricks.backwards) == ["倒着念"]


def test_slips_are_told() -> None:
    long = "x" * (TRICK_LENGTH + 1)
    _, problems = read(
        f"tricks: no language\nread: {{a: {long}}}\n",
        "tricks: en\nread: {b: c}\n",
        "tricks: en\nread: {b: d}\n",
    )
    assert problems[0] == "tricks.0.yaml:1: 'no language' is neither a language tag nor `any`"
    assert problems[1].startswith("tricks.0.yaml:2: ")
    assert problems[2] == "tricks.2.yaml:2: 'b' is read at tricks.1.yaml:2 already"
