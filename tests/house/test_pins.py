"""What is installed is said twice, as bounds and as pins, and the two agree."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from seawall import __version__
from tests.house.tree import ROOT, modules

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PINS = [
    line
    for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]
VERSIONS = dict(line.split("==") for line in PINS)


def requirements() -> list[Requirement]:
    extras = PROJECT["optional-dependencies"].values()
    lines = [*PROJECT["dependencies"], *(line for extra in extras for line in extra)]
    return [Requirement(line) for line in lines if not line.startswith("seawall[")]


def test_a_pin_is_a_name_and_a_version_and_nothing_else() -> None:
    assert not [line for line in PINS if not re.fullmatch(r"[a-z0-9-]+==[0-9][0-9A-Za-z.]*", line)]
    assert len(VERSIONS) == len(PINS)


def test_everything_we_ask_for_is_pinned_within_its_bounds() -> None:
    for need in requirements():
        pinned = VERSIONS.get(canonicalize_name(need.name))
        assert pinned is not None, f"{need.name} is not in constraints.txt"
        assert need.specifier.contains(pinned, prereleases=True), f"{need} but {pinned} is pinned"


def test_alone_it_is_the_core_and_the_client() -> None:
    names = {Requirement(line).name for line in PROJECT["dependencies"]}
    assert names == {"msgspec", "websockets"}


def test_the_extras_are_the_ones_we_promise() -> None:
    assert {"gateway", "media", "gpu", "bench", "dev"} <= set(PROJECT["optional-dependencies"])


def test_the_version_stands_in_one_place() -> None:
    assert PROJECT["dynamic"] == ["version"]
    stands = f'"{__version__}"'
    found = [
        path.name for path in modules("seawall", "gateway") if stands in path.read_text("utf-8")
    ]
    assert found == ["__init__.py"]
