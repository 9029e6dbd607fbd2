"""Half an hour of chat: what is called flat, and the whole of it for two short minutes."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.commands.soak import growth, main, scatter
from bench.shapes.result import Noise, Window, read_result

MIB = 1 << 20


def minutes(count: int) -> list[Window]:
    return [Window("ours", "w", "open", 60.0, 1.0, 1.0, [], [], Noise(0, 0, 0))] * count


def test_flat_is_measured_from_the_middle_of_what_it_was() -> None:
    assert scatter([100 * MIB] * 3) == 0.0
    assert scatter([95 * MIB, 105 * MIB, 100 * MIB]) == pytest.approx(5.0)
    assert scatter([0, 0]) == 0.0


def test_growth_is_told_by_the_hour() -> None:
    assert growth([(100 + at) * MIB for at in range(10)], minutes(10)) == pytest.approx(60.0)
    assert growth([100 * MIB, 102 * MIB, 101 * MIB, 99 * MIB, 100 * MIB], minutes(5)) < 0
    assert growth([100 * MIB], minutes(1)) == 0.0


@pytest.mark.e2e
@pytest.mark.timeout(60)
def test_every_minute_is_weighed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    saved = tmp_path / "soak.json"
    span = ["--minutes", "2", "--settle", "1", "--seconds", "1"]
    load = ["--rate", "200", "--connections", "5", "--quiet"]
    monkeypatch.setattr("sys.argv", ["soak", *span, *load, "--json", str(saved)])
    main()  # its status is a matter of memory that two seconds cannot settle
    found = read_result(saved)
    assert [each.label for each in found.windows] == ["settling", "steady", "steady"]
    told = {each.what: each for each in found.figures}
    assert told["messages sent, each answered once"].value == pytest.approx(600, rel=0.2)
    assert told["gateway: memory is flat"].bar == 5.0
    assert told["valkey: most"].value >= told["valkey: least"].value > 1
    assert not [each for each in found.failures if "unanswered" in each or "doubled" in each]
