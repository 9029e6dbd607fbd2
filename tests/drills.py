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
        "bench/systems/test_hammer.py",
        "gateway/cases/test_opening_e2e.py",
        "gateway/chat/test_two_nodes.py",
        "gateway/demo/test_run.py",
        "gateway/demo/test_tutorials_e2e.py",
        "gateway/edge/test_rfc6455.py",
        "gateway/record/test_faults.py",
        "gateway/record/test_silence.py",
        "gateway/state/test_cluster.py",
        "gateway/state/test_sentinel.py",
        "gateway/state/test_store_faults.py",
        "gateway/stream/test_live_e2e.py",
        "gateway/test_lifecycle.py",
        "gateway/test_moderation_e2e.py",
        "gateway/test_restrictions_e2e.py",
        "workers/speech/test_run.py",
        "workers/vision/test_run.py",
    )
)


def is_drill(path: Path) -> bool:
    """Say whether a file's tests are drills."""
    return any(path == drill or drill in path.parents for drill in _DRILLS)
