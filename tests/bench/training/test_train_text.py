"""Training: the same data give the same bytes, and a folder without data is said plainly."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from detectors.models.linear import Linear
from detectors.models.unit import Unit

Main = Callable[[Sequence[str]], int]


@pytest.fixture
def main() -> Main:
    """Give the command. It is imported here: whoever only collects would wait seconds for it."""
    pytest.importorskip("sklearn", reason="the extra `train` is not installed")
    from bench.train_text import main

    return main


def test_a_folder_without_data_is_said_plainly(
    main: Main, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SEAWALL_DATA", str(tmp_path / "nowhere"))
    assert main([]) == 2
    assert "no data to train with" in capsys.readouterr().err


def rows(name: str) -> Iterator[dict[str, object]]:
    """Invent rows: in each set one word is what makes a row violating."""
    word, category = (
        ("scoundrel", "harassment_hate")
        if name == "insults"
        else (
            "bargain",
            "scam_phishing",
        )
    )
    for at in range(160):
        wrong = at % 2
        text = f"{word if wrong else 'friend'} number {at * 7919} said {at * 31 % 97} and {at}"
        yield {
            "id": f"{name}-{at}",
            "text": text,
            "lang": "en",
            "label": wrong,
            "category": category if wrong else "benign",
            "licence": "none",
        }


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for folder in ("text", "replay"):
        (tmp_path / folder).mkdir()
    for name in ("insults", "offers"):
        told = "\n".join(map(json.dumps, rows(name)))
        (tmp_path / "text" / f"{name}.jsonl").write_text(told, encoding="utf-8")
    for name in ("ubuntu_irc", "twitch_50k_2025"):
        lines = (json.dumps({"text": f"line {at * 13} of talk in {name}"}) for at in range(80))
        (tmp_path / "replay" / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setenv("SEAWALL_DATA", str(tmp_path))
    return tmp_path


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_two_trainings_give_the_same_bytes(main: Main, data: Path) -> None:
    written = []
    for name in ("once", "twice"):
        (data / name).mkdir()
        assert main(["--into", str(data / name), "--processes", "2"]) == 0
        written.append(
            [(data / name / file).read_bytes() for file in ("linear.weights", "linear.card.md")]
        )
    assert written[0] == written[1]
    model = Linear(str(data / "once" / "linear.weights"))
    margins = model.margins(["you scoundrel", "a bargain", "my friend"])
    assert margins[0, 0] > margins[2, 0]
    assert margins[1, 1] > margins[2, 1]
    assert len(model.judge([Unit(1, "you scoundrel")])) == 1
