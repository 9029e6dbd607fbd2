"""The files of the project, as they stand in the tree."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

__all__ = ["FLOORS", "ROOT", "modules", "text_files"]

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("seawall", "media", "detectors", "workers", "gateway", "bench")
NOT_OURS = {".git", ".venv", "build", "dist", "node_modules", "out", "seawall-data", "static"}
TEXT = {".cfg", ".html", ".ini", ".json", ".jsonl", ".lua", ".mako", ".md", ".py", ".sh", ".sql"}
TEXT |= {".toml", ".ts", ".tsx", ".txt", ".yaml", ".yml", ""}


def text_files() -> Iterator[Path]:
    """Yield every text file that belongs to the project."""
    folders = [ROOT]
    while folders:
        for path in sorted(folders.pop().iterdir()):
            if path.is_dir():
                ours = path.name not in NOT_OURS and not path.name.endswith(("cache", "cache__"))
                if ours and not (path.name.startswith(".") and path.name != ".ci"):
                    folders.append(path)
            elif path.suffix in TEXT and not path.name.startswith(".coverage"):
                yield path


def modules(*folders: str) -> list[Path]:
    """List the Python files below these folders."""
    return [
        path
        for path in text_files()
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in folders
    ]
