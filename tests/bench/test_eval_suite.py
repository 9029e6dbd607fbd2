"""The evaluation: it scores what it is given, and says so when there is nothing."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from bench.eval_suite import main

POLICY = Path(__file__).parents[2] / "policies" / "default"
CASES = [
    ("violating", "chat", "please send me your seed phrase so i can fix it"),
    ("violating", "chat", "a harmless line that nobody catches"),
    ("benign", "chat", "never share your seed phrase with anybody"),
    ("care", "chat", "i dont want to live anymore"),
    ("violating", "profile", "Live Support Team"),
]


def evaluate(data: Path, monkeypatch: pytest.MonkeyPatch, *options: str) -> int:
    monkeypatch.setenv("SEAWALL_DATA", str(data))
    monkeypatch.setattr(sys, "argv", ["eval_suite", "--policy", str(POLICY), *options])
    return main()


def write_suite(data: Path) -> None:
    (data / "suite").mkdir()
    (data / "replay").mkdir()
    (data / "suite" / "README.md").write_text(
        '```json\n{"host": "ExampleHost", "brands": ["Example"]}\n```\n', encoding="utf-8"
    )
    rows = [
        {
            "id": f"scam.made-{at:03}",
            "functionality": "scam.made",
            "category": "scam.phishing",
            "label": label,
            "surface": surface,
            "lang": "en",
            "text": text,
            "note": "",
        }
        for at, (label, surface, text) in enumerate(CASES)
    ]
    lines = "\n".join(map(json.dumps, rows))
    (data / "suite" / "suite.jsonl").write_text(lines, encoding="utf-8")


def test_absent_data_is_said_plainly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate(tmp_path, monkeypatch) == 2
    said = capsys.readouterr()
    assert "no evaluation data" in said.err
    assert said.out == ""


def test_it_counts_what_was_caught_and_what_passed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_suite(tmp_path)
    replay = {"stream": "r", "t": "2024-01-01T00:00:00Z", "user": "u", "text": "hello", "bot": True}
    (tmp_path / "replay" / "ubuntu_irc.jsonl").write_text(json.dumps(replay), encoding="utf-8")
    assert evaluate(tmp_path, monkeypatch, "--wrong") == 0
    lines = capsys.readouterr().out.splitlines()
    [total] = [line for line in lines if line.startswith("all ")]
    assert total.split() == ["all", "2/3", "67%", "50%", "1/1", "100%"]
    assert "care: 1 of 1 given, 0 punished" in lines
    assert any("a harmless line that nobody catches" in line for line in lines)
    assert "ubuntu_irc: 1 lines, acted on 0 (0.00%), flagged 0" in lines
    assert any(line.startswith("twitch_live_2023: no data at") for line in lines)
