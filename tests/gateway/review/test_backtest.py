"""A backtest says which verdicts change, why, and shows masked samples; the same every time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.cli import main
from gateway.judge.rows import read_rows
from gateway.policy.load import load_policy
from gateway.review.backtest import Backtest
from gateway.review.masking import SHOWN, masked
from tests.gateway.policy.writing import write

WORDS = "- {rule: words, category: spam, when: lexicon.spam, then: hold}\n"
LEXICON = "lexicon: en\nterms: [{term: casino, category: spam}]\n"
MANIFEST = "policy: small\nnotices: {spam: {en: Spam.}, scam.phishing: {en: Theft.}}\n"


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    old = write(tmp_path / "old", spam__rules=WORDS, lexicon_en=LEXICON, policy=MANIFEST)
    new = write(
        tmp_path / "new",
        spam__rules=WORDS.replace("hold", "block, quota: {per_day: 3}"),
        lexicon_en=LEXICON.replace("}]", "}, {term: poker, category: spam}]"),
        policy=MANIFEST + "brake: off\n",
    )
    return old, new


def lines(count: int = 20) -> Iterator[bytes]:
    for number in range(count):
        word = ("hello there", "the casino is open, call 555123456", "poker tonight")[number % 3]
        told: dict[str, object] = {
            "id": f"m{number}",
            "room": f"r{number % 2}",
            "user": f"u{number}",
            "text": word,
        }
        told |= {"at": 1_700_000_000 + 60 * number, "lang": "en"}
        yield json.dumps(told).encode()
    yield b"no json"


def test_which_verdicts_change_and_by_what(folders: tuple[Path, Path]) -> None:
    test = Backtest(load_policy(folders[0]), load_policy(folders[1]), samples=2)
    test.compare(read_rows(lines()))
    report = test.report()
    assert (report.judged, report.unreadable, report.changed) == (20, 1, 13)
    assert report.changes == {"hold -> block": 7, "allow -> block": 6}
    assert (report.stricter, report.milder) == (13, 0)
    words = report.rules["words"]
    assert (words.before, words.after, words.gained, words.lost) == (7, 13, 6, 0)
    assert report.languages == {"en": 13}
    assert sum(report.rooms.values()) == 13
    assert [len(samples) for samples in report.samples.values()] == [2, 2]
    assert "#########" in report.samples["hold -> block"][0].text
    (ran_away,) = report.ran_away
    assert "rule words has restricted 3 messages today" in ran_away


def test_the_same_files_give_the_same_report(folders: tuple[Path, Path]) -> None:
    reports = []
    for _ in range(2):
        test = Backtest(load_policy(folders[0]), load_policy(folders[1]))
        test.compare(read_rows(lines(60)))
        reports.append(test.report())
    assert reports[0] == reports[1]


def test_a_policy_against_itself_changes_nothing(folders: tuple[Path, Path]) -> None:
    old, _ = folders
    test = Backtest(load_policy(old), load_policy(old))
    test.compare(read_rows(lines()))
    assert test.report().changed == 0
    assert test.report().samples == {}


def test_the_verbs_print_and_exit(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = map(str, folders)
    events = tmp_path / "events.jsonl"
    events.write_bytes(b"\n".join(lines()))
    data = ["--data", str(tmp_path / "data")]
    assert main(["policy", "backtest", old, new, "--events", str(events), *data]) == 0
    told = capsys.readouterr().out
    assert "13 verdicts change (65.00%): 13 stricter, 0 milder" in told
    assert "555" not in told
    assert main(["policy", "backtest", old, new, "--events", str(events), "--json", *data]) == 0
    assert json.loads(capsys.readouterr().out)["changed"] == 13
    events.write_bytes(b"nothing\n")
    assert main(["policy", "backtest", old, new, "--events", str(events), *data]) == 2
    assert main(["policy", "diff", old, new, *data]) == 1
    told = capsys.readouterr().out
    assert "! stricter  rule words: message from hold to block" in told
    assert main(["policy", "diff", new, old, *data]) == 1, "the brake is set otherwise"
    assert main(["policy", "diff", old, old, "--json", *data]) == 0
    assert main(["policy", "diff", old, str(tmp_path / "none"), *data]) == 1
    assert "neither a policy's folder nor a kept version" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("call 555-1234 now", "call ###-#### now"),
        ("my key is 5Kb8kLf9zgWQnogidDA76MzPL6TsZZY36hWXMssSzNydYXYB9KF", "my key is [key]"),
        ("mail me: ann@example.org", "mail me: [mail]"),
        ("two\nlines\x1b[31m", "two lines�[##m"),
        (
            "words: legal winner thank year wave sausage worth useful legal winner thank yellow",
            "[seed?]",
        ),
        ("I am not sure that it is a good idea to do so now", None),
    ],
)
def test_numbers_keys_and_seeds_are_masked(text: str, shown: str | None) -> None:
    assert masked(text).endswith(shown or text)


def test_a_long_text_is_cut() -> None:
    assert len(masked("word " * 5000)) <= SHOWN
