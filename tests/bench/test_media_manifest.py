"""The comparison of our decoders with the ffmpeg program."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.media_manifest import main


def test_without_the_program_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "manifest.jsonl").write_text("{}\n", "utf-8")
    monkeypatch.setenv("SEAWALL_DATA", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main([]) == 1
    assert "no ffprobe here" in capsys.readouterr().out
