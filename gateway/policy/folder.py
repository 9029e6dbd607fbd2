"""Finds and reads a policy's files: only regular ones, only within its folder, only so much.

Hidden files and folders are passed over, so a Kubernetes ConfigMap, whose files are links into a
hidden folder beside them, reads as what it shows.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from seawall.policy.problems import Problems, closest
from seawall.policy.read import MANIFEST_PATH
from seawall.policy.tree import Where

__all__ = ["FILES", "FILE_BYTES", "FOLDER_DEPTH", "TOTAL_BYTES", "policy_files", "read_text"]

FILES = 500
FOLDER_DEPTH = 4
FILE_BYTES = 16 * 1024 * 1024
TOTAL_BYTES = 32 * 1024 * 1024


def policy_files(folder: Path, problems: Problems) -> list[tuple[str, Path]]:
    """Return the policy's files, the manifest first, then by path; each with its relative path."""
    if not folder.is_dir():
        problems.add(Where(str(folder)), "there is no such policy folder")
        return []
    root = os.path.realpath(folder)
    found = [
        (path.relative_to(folder).as_posix(), path)
        for path in _yaml_files(folder, folder, root, problems)
    ]
    found.sort(key=lambda item: (item[0] != MANIFEST_PATH, item[0]))
    if len(found) > FILES:
        problems.add(Where(found[FILES][0]), f"a policy has at most {FILES} files")
    return found[:FILES]


def read_text(path: Path, file: str, problems: Problems, room: int = TOTAL_BYTES) -> str | None:
    """Return a file's text, or None and a problem. `room` bytes are left for the whole policy."""
    where = Where(file)
    try:
        # O_NONBLOCK: opening a pipe that somebody calls rules.yaml must not wait for a writer.
        with open(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as opened:
            if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                problems.add(where, "this is not a regular file")
                return None
            data = opened.read(FILE_BYTES + 1)
    except OSError as error:
        problems.add(where, f"the file cannot be read: {error.strerror}")
        return None
    if len(data) > FILE_BYTES:
        problems.add(where, f"the file is over {FILE_BYTES >> 20} MiB")
        return None
    if len(data) > room:
        problems.add(where, f"the policy's files are over {TOTAL_BYTES >> 20} MiB together")
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problems.add(Where(file, line), "the file is not UTF-8")
        return None


def _yaml_files(folder: Path, base: Path, root: str, problems: Problems) -> Iterator[Path]:
    depth = len(folder.relative_to(base).parts)
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        where = Where(folder.relative_to(base).as_posix())
        problems.add(where, f"the folder cannot be read: {error.strerror}")
        return
    for path in entries:
        if path.name.startswith("."):
            continue
        where = Where(path.relative_to(base).as_posix())
        # realpath does not raise on a link that leads to itself; Path.resolve does.
        if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(root):
            problems.add(where, "this is a link to a place outside the policy's folder")
        elif path.is_dir():
            if path.is_symlink():
                problems.add(where, "a folder of a policy cannot be a link")
            elif depth >= FOLDER_DEPTH:
                problems.add(where, f"folders stand deeper than {FOLDER_DEPTH} within each other")
            else:
                yield from _yaml_files(path, base, root, problems)
        elif path.suffix == ".yaml":
            yield path
        elif closest(path.suffix, (".yaml",)) or path.suffix in (".yml", ".json"):
            problems.add(where, "a policy file's name ends in .yaml")
