"""The door: one command, `seawall`, whose first word says which floor answers.

Two rules of the house are broken here, once each and on purpose:
1. It looks modules up by name, so that no floor has to import upwards. Nobody imports the door.
2. In an installed wheel the other floors travel as `seawall/_app` (their names are too common for
   site-packages), so that folder is put on the import path. In a checkout they are siblings.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from seawall.extras import missing

__all__ = ["EXTRAS", "FLOORS", "OTHERWISE", "VERBS", "main"]

VERBS: dict[str, str] = {
    "bench": "bench.cli:main",
    "catalogue": "workers.catalogue:main",
    "send": "media.send:main",
    "worker": "workers.run:main",
}
"""First word of the command line: the function that answers it, and its exit status."""

EXTRAS: dict[str, str] = {"catalogue": "media"}
"""Verbs that need another extra than the one called like their floor."""

OTHERWISE = "gateway.cli:main"
"""Who answers every other word, and none."""

FLOORS = ("seawall", "media", "detectors", "workers", "gateway", "bench")


def main() -> int:
    """Run the command line; return its exit status, 3 where an extra is not installed."""
    app = Path(__file__).with_name("_app")
    if app.is_dir():
        sys.path.insert(0, str(app))
    verb = sys.argv[1] if len(sys.argv) > 1 else ""
    module, _, name = VERBS.get(verb, OTHERWISE).partition(":")
    try:
        return int(getattr(import_module(module), name)())
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in FLOORS:  # ours: a bug, nothing to install
            raise
        extra = EXTRAS.get(verb, module.partition(".")[0])
        print(f"seawall: {missing(error.name or '', extra)}", file=sys.stderr)
        return 3


if __name__ == "__main__":
    sys.exit(main())
