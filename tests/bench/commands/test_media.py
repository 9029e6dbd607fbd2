"""`seawall bench media`: a short stream for real, and wishes that cannot be read."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from bench.commands import media, mixed
from bench.live.gateway import Gateway, policy_with
from bench.live.measuring import measured
from bench.live.playing import Playing
from bench.live.stage import Stage
from bench.live.windows import window
from bench.shapes.scenario import Streams

_SEEN_S = 30.0

BOTH = """
name = "both"
about = "chat and a stream"
[[flows]]
name = "chat"
arrivals = { kind = "poisson", rate = 5 }
[[streams]]
name = "talk"
count = 1
"""


@pytest.mark.soak
@pytest.mark.e2e
@pytest.mark.timeout(120)
def test_a_short_stream_is_measured_for_real(tmp_path: Path) -> None:
    stage = Stage(tmp_path, bitrate=300_000, clip_s=8.0)
    acts = stage.acts([Streams("talk", 1, "quiet")], 60.0, tag="w1.")
    with Gateway(tmp_path, policy_with(tmp_path), {"media": "true", "media_see": "pdq"}) as gateway:
        playing = Playing(gateway, acts)
        playing.begin()
        until = time.monotonic() + _SEEN_S
        while not _covered(gateway) and time.monotonic() < until:
            time.sleep(0.2)
        playing.end()
        played = playing.finish()
    found = measured(played)
    (part,) = played.told.parts
    assert part.problem == ""
    assert part.closing_s >= 0
    assert found.table["frames"] >= 1
    assert 0 < found.table["frame_lag_p50_ms"] < 30_000
    assert found.table["frame_age_p50_ms"] <= found.table["frame_lag_p50_ms"]
    assert found.table["coverage_speech"] > 0
    assert found.table["words"] >= 1
    spent = next(each.cpu_s for each in played.usage if each.role == "speech")
    each = found.table["cpu_speech_per_stream"]
    assert each == pytest.approx(spent / played.seconds, rel=0.2), "one stream, whatever its name"
    shown = window(played, found, "one")
    assert {flow.name for flow in shown.flows} == {"talk words", "talk frames"}
    assert shown.seconds == pytest.approx(played.end - played.start)
    assert sum(second.offered for second in shown.series) == found.table["words"]


def _covered(gateway: Gateway) -> bool:
    name = 'seawall_stream_examined_seconds_total{unit="speech"}'
    return gateway.metrics().get(name, 0.0) >= 3.0


@pytest.mark.parametrize(
    ("command", "arguments", "words"),
    [
        ("media", ["steady"], "no streams"),
        ("media", ["no-such"], "no scenario"),
        ("media", ["both.toml"], "seawall bench mixed"),
        ("media", ["both.toml", "--find"], "no --streams, --find"),
        ("mixed", ["steady"], "nothing is mixed"),
    ],
)
def test_what_cannot_be_played_is_said_in_a_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
    arguments: list[str],
    words: str,
) -> None:
    (tmp_path / "both.toml").write_text(BOTH)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [f"seawall bench {command}", *arguments])
    assert {"media": media, "mixed": mixed}[command].main() == 2
    said = capsys.readouterr().err
    assert words in said
    assert len(said.strip().splitlines()) == 1
