"""How this process starts another one of ours.

The child must find our folders wherever they lie (a checkout, or vendored inside the wheel), so it
gets the folder this package came from. `-P` keeps the working directory off its path.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["DATABASE_FILE", "command", "environment"]

DATABASE_FILE = "seawall.db"
_ROOT = Path(__file__).resolve().parents[2]


def command(module: str, *arguments: str) -> list[str]:
    """Return the command line that runs one of our modules."""
    return [sys.executable, "-P", "-m", module, *arguments]


def environment() -> dict[str, str]:
    """Return this process's environment with our folders first on the module path."""
    inherited = os.environ.get("PYTHONPATH", "")
    paths = [str(_ROOT), *(path for path in inherited.split(os.pathsep) if path)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths))}
