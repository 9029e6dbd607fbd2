"""Which tests are drills: whole systems, killed, cut off, clicked through or watched for long.

`make test` is what one waits for; `make drills` is what continuous integration runs besides. A
drill finds little that no smaller test could; it shows that all parts together keep a promise.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["is_drill"]

_HERE = Path(__file__).parent
_DRILLS = tuple(
    _HERE / name
    for name in (
        "faults",
        "console",
        "bench/commands/test_soak.py",
        "bench/faults/test_catalogue.py",
        "bench/load/test_drive.py",
        "bench/reports/page/test_looks.py",
        "bench/test_console_first_view.py",
        "bench/test_overload.py",
        "bench/truth",
        "gateway/cases/test_opening_e2e.py",
        "gateway/demo/test_run.py",
        "gateway/demo/test_tutorials_e2e.py",
        "gateway/state/test_cluster.py",
        "gateway/stream/test_live_e2e.py",
        "gateway/test_lifecycle.py",
        "gateway/test_moderation_e2e.py",
        "gateway/test_restrictions_e2e.py",
    )
)


def is_drill(path: Path) -> bool:
    """Say whether a file's tests are drills."""
    return any(path == drill or drill in path.parents for drill in _DRILLS)
