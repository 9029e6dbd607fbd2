"""What `seawall models` does and prints: one line a model, or one JSON object."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from detectors.models.hub import HUB, fetch
from detectors.models.registry import Found, Weights, check, entry, listed, locate, verify
from seawall.errors import SeawallError, WeightsError

__all__ = ["fetch_weights", "list_weights", "verify_weights"]


def list_weights(names: Sequence[str], folder: str, as_json: bool) -> int:
    """Print which weights there are and where; nothing is read or hashed."""
    for weights in _named(names):
        found = {file: locate(weights, file, folder) for file in weights.files}
        missing = [file for file, each in found.items() if not each.place]
        if as_json:
            _print_json(
                {**_described(weights), "missing": missing, "files": _files(weights, found)}
            )
            continue
        where = _lack(found, missing) if missing else _places(found.values())
        print(f"{weights.name:<24}{_mb(weights.bytes):>9}  {weights.licence:<13}{where}")
        print(f"{'':<24}{weights.what}")
    return 0


def verify_weights(names: Sequence[str], folder: str, as_json: bool) -> int:
    """Hash weights again; print what each is. Return 1 where one is wrong or missing.

    Without names, those that only a hub has are left out where they were never fetched.
    """
    status = 0
    for weights in _named(names) if names else _expected(folder):
        problem, where = "", ""
        try:
            where = _places(verify(weights.name, folder).values())
        except WeightsError as error:
            problem, status = str(error), 1
        if as_json:
            _print_json({"name": weights.name, "ok": not problem, "problem": problem})
        else:
            print(problem or f"{weights.name}: ok ({where})")
    return status


def fetch_weights(names: Sequence[str], folder: str, as_json: bool, hub: str = "") -> int:
    """Fetch weights into the folder; return 1 where one could not be had.

    Without names, those are fetched that are nowhere on this machine.
    """
    status = 0
    for weights in _named(names) if names else _missing(folder):
        problem = ""
        try:
            _fetch_one(weights, Path(folder), hub or HUB)
        except SeawallError as error:
            problem, status = str(error), 1
        if as_json:
            _print_json({"name": weights.name, "ok": not problem, "problem": problem})
        elif problem:
            print(f"seawall: {problem}", file=sys.stderr)
        else:
            print(f"{weights.name}: in {Path(folder) / weights.name}")
    return status


def _fetch_one(weights: Weights, folder: Path, hub: str) -> None:
    for file in weights.files:
        if not _is_right(weights, file, str(folder)):
            fetch(weights, file, folder, hub, _progress(weights.name))


def _is_right(weights: Weights, file: str, folder: str) -> bool:
    """Say whether the folder itself has a file, and the right one."""
    if locate(weights, file, folder).place != "folder":
        return False
    try:
        check(weights, file, folder)
    except WeightsError as error:
        print(f"{error}; fetching it again", file=sys.stderr)
        return False
    return True


def _progress(name: str) -> Callable[[str, int, int], None]:
    """Return what tells how far a fetch is, each tenth once."""
    shown = -1

    def told(file: str, have: int, size: int) -> None:
        nonlocal shown
        if (tenth := 10 * have // size) > shown:
            shown = tenth
            print(f"{name}: {file} {_mb(have)} of {_mb(size)}", file=sys.stderr, flush=True)

    return told


def _named(names: Sequence[str]) -> tuple[Weights, ...]:
    return tuple(entry(name) for name in names) if names else listed()


def _expected(folder: str) -> list[Weights]:
    return [each for each in listed() if each.packages or _somewhere(each, folder)]


def _missing(folder: str) -> list[Weights]:
    return [
        each
        for each in listed()
        if each.packages and not all(locate(each, file, folder).place for file in each.files)
    ]


def _somewhere(weights: Weights, folder: str) -> bool:
    return any(locate(weights, file, folder).place for file in weights.files)


def _places(found: Iterable[Found]) -> str:
    told = dict.fromkeys((each.place, where) for each in found for where in each.where)
    return ", ".join(f"{place} {where}" for place, where in told)


def _lack(found: Mapping[str, Found], missing: Sequence[str]) -> str:
    whole = len(missing) == len(found)
    return "not on this machine" if whole else f"lacks {', '.join(missing)}"


def _described(weights: Weights) -> dict[str, Any]:  # Any: JSON
    kept = ("name", "what", "licence", "source", "hub", "revision")
    told = {field: getattr(weights, field) for field in kept}
    return {**told, "bytes": weights.bytes, "packages": weights.packages}


def _files(weights: Weights, found: dict[str, Found]) -> list[dict[str, Any]]:  # Any: as above
    return [
        {
            "name": name,
            "bytes": file.bytes,
            "sha256": file.sha256,
            "place": found[name].place,
            "where": found[name].where,
        }
        for name, file in weights.files.items()
    ]


def _mb(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def _print_json(what: dict[str, Any]) -> None:  # Any: as above
    print(msgspec.json.encode(what).decode())
