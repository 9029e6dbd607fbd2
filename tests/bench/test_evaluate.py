"""The evaluation end to end: it scores what it is given, compares, and says what is absent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.evaluate import main

POLICY = """
policy: p
notices: {spam: {en: No.}}
"""
RULES = """
- {rule: ask, category: scam.phishing, when: pattern.seed, then: hold}
- {rule: doubt, category: spam, when: pattern.lure, then: allow}
- {rule: care, category: self_harm, when: pattern.low, then: {care: null}}
- {pattern: seed, category: scam.phishing, regex: send me your seed}
- {pattern: lure, category: spam, regex: free money}
- {pattern: low, category: self_harm, regex: want to disappear}
"""
CASES = [
    ("violating", "scam.a", "send me your seed phrase", "base ev01"),
    ("violating", "scam.a", "se\u200bnd me your seed phrase", "variant of ev01"),
    ("violating", "scam.a", "nobody catches this", ""),
    ("violating", "spam.b", "free money here", ""),
    ("benign", "spam.b", "the weather is nice", ""),
    ("care", "harm.c", "i want to disappear", ""),
]


def write_lines(file: Path, rows: list[dict[str, Any]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    data = tmp_path / "data"
    suite = [
        {
            "id": f"{functionality}-{at:03}",
            "functionality": functionality,
            "category": "scam.phishing" if functionality == "scam.a" else "spam",
            "label": label,
            "surface": "chat",
            "lang": "en",
            "text": text,
            "note": note,
        }
        for at, (label, functionality, text, note) in enumerate(CASES)
    ]
    write_lines(data / "suite" / "suite.jsonl", suite)
    (data / "suite" / "README.md").write_text('```json\n{"host": "Host"}\n```\n', "utf-8")
    rows: list[dict[str, Any]] = [
        {"id": "a-1", "text": "send me your seed", "lang": "en", "label": 1, "category": "scam"},
        {"id": "a-2", "text": "what a day", "lang": "en", "label": 0, "category": "benign"},
        {"id": "a-3", "text": "unlabelled", "lang": "en", "label": None, "category": None},
    ]
    write_lines(data / "text" / "sms_spam.jsonl", rows)
    line = {"stream": "r", "t": "2024-01-01T00:00:00Z", "user": "u", "text": "hello", "bot": False}
    write_lines(data / "replay" / "ubuntu_irc.jsonl", [line, {**line, "text": "free money"}])
    policy = tmp_path / "policy"
    policy.mkdir()
    (policy / "policy.yaml").write_text(POLICY, "utf-8")
    (policy / "rules.yaml").write_text(RULES, "utf-8")
    monkeypatch.setenv("SEAWALL_DATA", str(data))
    return data


def evaluated(data: Path, *options: str) -> dict[str, Any]:
    out = data.parent / "out"
    policy = str(data.parent / "policy")
    assert main(["--policy", policy, "--models", "none", "--out", str(out), *options]) == 0
    report: dict[str, Any] = json.loads((out / "evaluation.json").read_text("utf-8"))
    return report


def test_every_part_counts_what_was_said_and_done(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = evaluated(data, "--wrong")
    values = {bar["name"]: bar["value"] for bar in report["bars"]}
    assert values["suite: violating flagged or stronger"] == 0.75
    assert values["suite: violating restricted"] == 0.5
    assert values["suite: benign flagged"] == 0.0
    assert values["suite: evasion retention"] == 1.0
    assert values["suite: care cases punished"] == 0.0
    assert values["suite: care given"] == 1.0
    assert values["ubuntu_irc: flagged per 1,000"] == 500.0
    assert values["ubuntu_irc: held per 1,000"] == 0.0
    [score] = report["labelled"]["slices"]["set"].values()
    assert (score["rows"], score["violating"]) == (2, 1)
    assert score["levels"]["held"]["recall"]["value"] == 1.0
    out = capsys.readouterr().out
    assert "nobody catches this" in out
    assert "absent: twitch_live_2023" in out
    page = (data.parent / "out" / "evaluation.html").read_text("utf-8")
    assert "evasion retention" in page
    assert "nobody catches this" in page


def test_lost_ground_is_an_exit_status(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evaluated(data)
    old = data.parent / "old.json"
    (data.parent / "out" / "evaluation.json").rename(old)
    arguments = ["--policy", str(data.parent / "policy"), "--models", "none", "--only", "suite"]
    more = [*arguments, "--only", "streams", "--only", "labelled", "--compare", str(old)]
    assert main(more) == 0
    assert "no ground lost" in capsys.readouterr().err
    rules = data.parent / "policy" / "rules.yaml"
    rules.write_text(RULES.replace("send me your seed", "never said"), "utf-8")
    assert main(more) == 1
    assert "suite: violating restricted: was 0.500, is 0.000" in capsys.readouterr().err


def test_absent_data_is_said_plainly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SEAWALL_DATA", str(tmp_path / "nowhere"))
    assert main([]) == 2
    assert "no evaluation data at" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "content", "says"),
    [
        ("--compare", None, "No such file or directory"),
        ("--compare", "{}", "is no evaluation.json: Object missing required field `bars`"),
        ("--compare", "not json", "is no evaluation.json: JSON is malformed"),
        ("--compare", '{"bars": [{"name": "x", "value": "y"}]}', "is no evaluation.json: Expected"),
        ("--held-out", None, "No such file or directory"),
        ("--held-out", '{"text": "a", "scores": {}}\n{"text": "b"}\n', ":2: Object missing"),
        ("--held-out", "", "holds no answers"),
        ("--out", "a file", "File exists"),
    ],
)
def test_what_cannot_be_used_is_one_line_before_anything_is_judged(
    option: str, content: str | None, says: str, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = data.parent / "given"
    if content is not None:
        given.write_text(content, "utf-8")
    arguments = ["--policy", str(data.parent / "policy"), "--models", "none", "--only", "suite"]
    assert main([*arguments, option, str(given)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("seawall bench evaluate: ")
    assert err.count("\n") == 1
    assert str(given) in err
    assert says in err


def test_a_policy_that_is_not_there_is_said(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--policy", str(data.parent / "nowhere")]) == 2
    assert "nowhere:1: there is no such policy folder" in capsys.readouterr().err


@pytest.mark.parametrize("sample", ["0", "-1", "all"])
def test_a_sample_is_every_nth_row_from_1(
    sample: str, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--sample", sample])
    assert caught.value.code == 2
    assert "--sample" in capsys.readouterr().err
