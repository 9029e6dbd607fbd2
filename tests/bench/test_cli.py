"""`seawall bench` names what there is and refuses what there is not."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

import bench
from bench.cli import SCRIPTS, VERBS, listing, run

ROOT = Path(__file__).parents[2]
NAMES = [name for name, _, _ in (*VERBS, *SCRIPTS)]
MENTION = re.compile(r"seawall bench\s+([a-z][a-z-]*)([^`\"\n#]*)")
"""A benchmark as a text names it, and what follows on the same code span or line."""
OPTION = re.compile(r"^  (?:-\w, )?(--[a-z-]+)", re.MULTILINE)
"""An option in the list of them: what the description says of one does not make it."""


def test_every_benchmark_named_exists() -> None:
    for _, where, _ in (*VERBS, *SCRIPTS):
        module, _, function = where.partition(":")
        assert callable(getattr(import_module(module), function))


def test_every_benchmark_is_named() -> None:
    (folder,) = map(Path, bench.__path__)
    assert _runnable(folder, "bench") - {"bench.cli:main"} == {where for _, where, _ in SCRIPTS}
    verbs = _runnable(folder / "commands", "bench.commands")
    assert verbs == {where for _, where, _ in VERBS}


@pytest.mark.parametrize("name", NAMES)
def test_help_is_given_under_its_own_name_and_nothing_is_measured(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _help(name, capsys, monkeypatch).startswith(f"usage: seawall bench {name} ")


def test_what_texts_name_is_there_with_every_option(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = _mentions()
    assert {"chat", "find", "fault", "overload"} <= {name for _, name, _ in found}
    gone = [f"{where}: {name}" for where, name, _ in found if name not in NAMES]
    assert not gone
    options = {
        name: set(OPTION.findall(_help(name, capsys, monkeypatch)))
        for name in {name for _, name, option in found if option}
    }
    unknown = [
        f"{where}: {name} {option}"
        for where, name, option in found
        if option and option not in options[name]
    ]
    assert not unknown


def _mentions() -> list[tuple[str, str, str]]:
    """Return where each benchmark is named, and each option with it; empty where there is none.

    The changelog is history: it may name what is gone.
    """
    found = []
    for path in _texts():
        for name, rest in MENTION.findall(path.read_text("utf-8")):
            where = str(path.relative_to(ROOT))
            found.append((where, name, ""))
            found += [(where, name, each) for each in re.findall(r"(?<!\S)\[?(--[a-z-]+)", rest)]
    return found


def _texts() -> list[Path]:
    floors = ("seawall", "media", "detectors", "workers", "gateway", "bench", "deploy")
    return [
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "Makefile")),
        *sorted((ROOT / "docs").rglob("*.md")),
        *(
            path
            for floor in floors
            for kind in ("py", "toml", "md", "yml", "yaml")
            for path in sorted((ROOT / floor).rglob(f"*.{kind}"))
        ),
    ]


def _help(name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("sys.argv", ["seawall"])  # `run` puts its own in its place
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        run([name, "--help"])
    assert ended.value.code == 0
    return capsys.readouterr().out


def _runnable(folder: Path, package: str) -> set[str]:
    return {
        f"{package}.{path.stem}:main"
        for path in folder.glob("*.py")
        if re.search(r"^def main\(", path.read_text("utf-8"), re.MULTILINE)
    }


def test_without_a_name_it_lists_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0
    printed = capsys.readouterr().out
    assert printed.strip() == listing()
    assert all(name in printed and purpose in printed for name, _, purpose in (*VERBS, *SCRIPTS))


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["no-such-benchmark"]) == 2
    assert "no-such-benchmark" in capsys.readouterr().err
