"""The house rules that no linter knows: short rooms, a first sentence, nothing of this machine."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.house.tree import FLOORS, ROOT, modules, text_files

LONGEST_FILE = 400
LONGEST_FUNCTION = 50
CONFESSED: dict[str, str] = {
    "seawall/wire.py": "the protocol has one definition; it is a table of types, not a program",
}
"""Files over the limit, and why they may be."""

VAGUE = {"base2", "common", "helper", "helpers", "manager", "misc", "util", "utils"}

HOSTS = ["pypi" + r"\.org", "python" + r"hosted\.", "registry" + r"\.npm", "deb" + r"\.debian\."]
PLACES = ["/wor" + "k/", "/roo" + "t/", "/tm" + "p/", "/hom" + r"e/\w", "/opt/whe" + "els"]
FOREIGN = re.compile("|".join([*HOSTS, *PLACES, "index" + "-url"]))

CODE = modules(*FLOORS, "docs")
ALL = [*CODE, *modules("tests")]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


class Looked(NamedTuple):
    """What there is to say of one module."""

    says: bool
    """What it is for."""
    declares: bool
    """Its names, or has nothing that it could name."""
    long: list[str]
    silent: list[str]


@cache
def looked(path: Path) -> Looked:
    """Parse a module once; its tree is too much to keep."""
    tree = ast.parse(path.read_text("utf-8"))
    long, silent = [], []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LONGEST_FUNCTION:
                long.append(f"{name_of(path)}:{node.lineno} {node.name} has {lines} lines")
        elif isinstance(node, ast.ExceptHandler) and (
            node.type is None or all(isinstance(line, ast.Pass) for line in node.body)
        ):
            silent.append(f"{name_of(path)}:{node.lineno}")
    declares = len(tree.body) == 1 or any(
        isinstance(node, ast.Assign | ast.AnnAssign) and "__all__" in ast.unparse(node)
        for node in tree.body
    )
    return Looked(bool(ast.get_docstring(tree)), declares, long, silent)


def test_there_is_something_to_look_at() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in CODE} >= set(FLOORS)


def test_no_file_is_long() -> None:
    lengths = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in ALL}
    assert {name for name, lines in lengths.items() if lines > LONGEST_FILE} == set(CONFESSED)


def test_no_function_is_long() -> None:
    assert not [each for path in ALL for each in looked(path).long]


def test_a_file_opens_with_what_it_is_for() -> None:
    assert not [name_of(path) for path in ALL if not looked(path).says]


def test_every_module_says_what_is_public() -> None:
    ours = [path for path in CODE if "migrations" not in path.parts]  # Alembic names what is there
    assert not [name_of(path) for path in ours if not looked(path).declares]


def test_modules_are_named_with_nouns_that_say_something() -> None:
    assert not [name_of(path) for path in ALL if VAGUE & set(path.with_suffix("").parts)]


def test_arrows_are_not_hidden_from_the_linter() -> None:
    hidden = "TYPE_" + "CHECKING"
    assert not [name_of(path) for path in ALL if hidden in path.read_text("utf-8")]


def test_nothing_is_caught_and_forgotten() -> None:
    assert not [each for path in ALL for each in looked(path).silent]


@pytest.mark.parametrize(
    "text",
    ["see /wor" + "k/main", "index" + "-url = x", "from pypi" + ".org"],
)
def test_the_search_below_would_find_something(text: str) -> None:
    assert FOREIGN.search(text)


def test_no_address_of_a_registry_and_no_path_of_a_machine() -> None:
    found = [
        f"{name_of(path)}:{number}: {line.strip()[:80]}"
        for path in text_files()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if FOREIGN.search(line)
    ]
    assert not found
