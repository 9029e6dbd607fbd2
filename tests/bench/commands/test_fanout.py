"""An alert to consoles: measured beside the peer, round by round."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.commands.fanout import BAR, main
from bench.shapes.result import read_result


@pytest.mark.e2e
@pytest.mark.timeout(60)
def test_every_console_of_each_server_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    saved = tmp_path / "fanout.json"
    arguments = ["fanout", "--consoles", "20", "--rounds", "3", "--json", str(saved)]
    monkeypatch.setattr("sys.argv", arguments)
    main()  # its status is a matter of speed
    found = read_result(saved)
    assert [each.bar for each in found.ratios] == [BAR, 0.0]
    assert all(each.pairs == 3 and each.value > 0 for each in found.ratios)
    assert len(found.figures) == 6
