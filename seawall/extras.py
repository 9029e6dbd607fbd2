"""Which extra brings a library, so that whoever misses one hears what to install.

The extras stand in `pyproject.toml`; here they are read from the installed distribution.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, requires

__all__ = ["extra_of", "install", "missing", "requirements"]

_IMPORTED_AS = {
    "acoustid": "pyacoustid",
    "ahocorasick": "pyahocorasick",
    "argon2": "argon2-cffi",
    "cv2": "opencv-python-headless",
    "hdrh": "hdrhistogram",
    "pil": "pillow",
    "re2": "google-re2",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
    "zxingcpp": "zxing-cpp",
}
"""Distributions that are not called like what is imported of them."""
_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)[^;]*;.*extra\s*==\s*['\"]([\w-]+)['\"]")


def missing(library: str, wanted: str = "") -> str:
    """Say that a library is not installed, and how to get it.

    `wanted` is the extra that the caller needs; without one, and where no extra brings the library,
    nothing more is known of it.
    """
    extra = extra_of(library, wanted)
    told = f"`{library}` is not installed"
    return f"{told}: {install(extra)}" if extra else told


def install(extra: str) -> str:
    """Return the command that installs an extra, as Markdown."""
    return f"`pip install 'seawall[{extra}]'`"


def extra_of(library: str, wanted: str = "", lines: Iterable[str] | None = None) -> str:
    """Return the extra that brings a library: the one wanted if it does, else the smallest.

    Where none does it is the one wanted. `lines` are requirements as metadata has them; those of
    this distribution without them.
    """
    name = _normal(library.partition(".")[0])
    sizes: dict[str, int] = {}
    bringing = set()
    for line in requirements() if lines is None else lines:
        if found := _REQUIREMENT.match(line):
            required, extra = found.groups()
            sizes[extra] = sizes.get(extra, 0) + 1
            if _normal(required) == name:
                bringing.add(extra)
    if wanted in bringing or not bringing:
        return wanted
    return min(bringing, key=lambda extra: (sizes[extra], extra))


def requirements(distribution: str = "seawall") -> list[str]:
    """Return what a distribution requires, as its metadata has it."""
    try:
        return requires(distribution) or []
    except PackageNotFoundError:  # run from a folder that nobody installed
        return []


def _normal(name: str) -> str:
    lower = re.sub(r"[-_.]+", "-", name).lower()
    return _IMPORTED_AS.get(lower, lower)
