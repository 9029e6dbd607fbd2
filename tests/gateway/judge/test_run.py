"""`seawall judge` from lines to verdicts: the gateway's own path, offline and repeatable."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, strategies as st

from gateway.judge import run_judge
from gateway.judge.rows import LINE_BYTES, Row
from gateway.judge.run import Judge
from gateway.policy.load import load_policy
from seawall import wire
from seawall.errors import ConfigError, PolicyError
from seawall.events import Message, User
from seawall.policy.model import Policy
from tests.gateway.live import write_policy

Told = tuple[int, list[wire.Verdict], str]
Judged = Callable[..., Told]


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_policy(tmp_path_factory.mktemp("policy"))


@pytest.fixture(scope="module")
def compiled(policy: Path) -> Policy:
    return load_policy(policy)


@pytest.fixture
def judged(tmp_path: Path, policy: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Judged:
    """Give a run over rows: its status, its verdicts and its summary."""

    def run(*rows: object) -> Told:
        file = tmp_path / "rows.jsonl"
        lines = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in rows]
        file.write_bytes(b"\n".join(lines) + b"\n")
        status = run_judge(str(file), str(policy), None)
        out, err = capfdbinary.readouterr()
        verdicts = [msgspec.json.decode(line, type=wire.Verdict) for line in out.splitlines()]
        return status, verdicts, err.decode()

    return run


def said(text: str, at: float, user: str = "u1", **more: object) -> dict[str, object]:
    return {"text": text, "t": at, "user": user, "stream": "r1", **more}


def test_every_line_of_output_is_a_verdict_of_the_wire(judged: Judged) -> None:
    texts = ["good evening", "a blockword", "a maskword", "holdword", "flagword", "muteword"]
    rows = [said(text, 10.0 * n, f"u{n}", id=f"m{n}") for n, text in enumerate(texts)]
    status, verdicts, summary = judged(*rows, said("careword", 99.0))
    assert status == 0
    assert [one.action for one in verdicts] == [
        *("allow", "block", "mask", "hold", "allow", "block", "allow")
    ]
    assert [one.id for one in verdicts] == [*(f"m{n}" for n in range(6)), "line:7"]
    assert verdicts[2].text == "a ********"
    assert verdicts[3].until == 32.0
    assert verdicts[4].reasons[0].rule == "flag-harassment"
    assert [action.kind for action in verdicts[5].actions] == ["mute"]
    assert [action.kind for action in verdicts[6].actions] == ["care"]
    assert {one.policy for one in verdicts} == {verdicts[0].policy}
    assert summary.startswith("judged 7 messages with policy tests")


def test_a_limit_of_eight_lets_exactly_eight_pass(judged: Judged) -> None:
    _, verdicts, _ = judged(*(said(f"n {n * 7919}", float(n)) for n in range(20)))
    assert [one.action for one in verdicts] == ["allow"] * 8 + ["block"] * 12
    assert verdicts[8].reasons[0].rule == "pace"
    assert [action.kind for action in verdicts[8].actions] == ["slow"]


def test_a_limit_opens_again_as_recorded_time_goes_by(judged: Judged) -> None:
    _, verdicts, _ = judged(*(said(f"n {n * 7919}", 7.0 * n) for n in range(12)))
    assert [one.action for one in verdicts[:8]] == ["allow"] * 8
    rows = [said(f"n {n * 7919}", 1.0 * n) for n in range(8)]
    _, verdicts, _ = judged(*rows, said("one more", 200.0))
    assert verdicts[-1].action == "allow"


def test_a_minutes_log_is_no_flood_by_its_coarse_times(judged: Judged) -> None:
    rows = [said(f"n {n * 7919}", 60.0 * (n // 8)) for n in range(40)]
    _, verdicts, _ = judged(*rows)
    assert {one.action for one in verdicts} == {"allow"}


def test_a_mute_stays_in_force_and_ends(judged: Judged) -> None:
    _, verdicts, _ = judged(
        said("muteword", 100.0), said("hello", 130.0), said("hello there", 161.0)
    )
    assert [one.action for one in verdicts] == ["block", "block", "allow"]
    assert verdicts[1].reasons[0].rule == "restriction.mute"


def test_split_messages_are_judged_joined(judged: Judged) -> None:
    _, verdicts, _ = judged(said("split", 1.0, id="a"), said("phrase", 2.0, id="b"))
    assert [one.action for one in verdicts] == ["allow", "block"]
    assert verdicts[1].reasons[0].rule == "phishing"


def test_without_user_or_time_windows_are_skipped_and_the_summary_says_so(judged: Judged) -> None:
    status, verdicts, summary = judged(*({"text": f"n {n * 7919}"} for n in range(20)))
    assert status == 0
    assert {one.action for one in verdicts} == {"allow"}
    assert "windows skipped for 20 messages" in summary


def test_unreadable_lines_are_told_and_skipped(judged: Judged) -> None:
    huge = b'{"text": "' + b"x" * (3 * LINE_BYTES) + b'"}'
    status, verdicts, summary = judged(
        b"{nonsense", {"no": "text"}, huge, b'{"text": "\\ud800"}', b"[" * 50_000, said("hi", 1.0)
    )
    assert status == 0
    assert [one.id for one in verdicts] == ["line:6"]
    assert "5 lines could not be judged" in summary
    assert "line 1: not JSON" in summary
    assert f"line 3: the line is over {LINE_BYTES} bytes" in summary


def test_times_that_run_back_are_continued_and_told(judged: Judged) -> None:
    rows = [said(f"n {n * 7919}", 1000.0 - 200.0 * n) for n in range(5)]
    status, verdicts, summary = judged(*rows)
    assert (status, len(verdicts)) == (0, 5)
    assert "time ran back at 4 places" in summary


def test_times_that_were_made_up_are_told(judged: Judged) -> None:
    _, _, summary = judged(*(said(f"n {n * 7919}", 1000.0) for n in range(3)), said("hi", 2000.0))
    assert "3 messages bore the same time as another" in summary


def test_times_at_the_end_of_all_time_are_judged(judged: Judged) -> None:
    rows = [said(f"n {n * 7919}", 253_402_300_700.0 * (n % 2)) for n in range(6)]
    status, verdicts, _ = judged(*rows)
    assert (status, len(verdicts)) == (0, 6)


def test_nothing_to_judge_is_status_2(judged: Judged) -> None:
    assert judged()[0] == 2
    status, verdicts, summary = judged({"no": "text"})
    assert (status, verdicts) == (2, [])
    assert "line 1: no text" in summary


def test_the_same_file_gives_the_same_output(
    tmp_path: Path, policy: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    file = tmp_path / "rows.jsonl"
    words = ["hello", "blockword", "muteword", "split", "phrase", "holdword", "linksoff x.com"]
    rows = [said(words[n * 7 % 11 % 7], n / 3, f"u{n % 5}") for n in range(300)]
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    runs = []
    for _ in range(2):
        assert run_judge(str(file), str(policy), None) == 0
        runs.append(capfdbinary.readouterr().out)
    assert runs[0] == runs[1]
    assert runs[0].count(b"\n") == 300


def test_standard_input_is_a_dash(
    policy: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    text = io.TextIOWrapper(io.BytesIO(b'{"text": "a blockword"}'))
    monkeypatch.setattr(sys, "stdin", text)
    assert run_judge("-", str(policy), None) == 0
    (line,) = capfdbinary.readouterr().out.splitlines()
    assert msgspec.json.decode(line, type=wire.Verdict).action == "block"


def test_a_file_a_policy_or_a_tenant_file_that_is_missing_is_named(
    tmp_path: Path, policy: Path
) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.jsonl: No such file"):
        run_judge(str(tmp_path / "nowhere.jsonl"), str(policy), None)
    with pytest.raises(ConfigError, match="Is a directory"):
        run_judge(str(tmp_path), str(policy), None)
    with pytest.raises(PolicyError, match="nofolder"):
        run_judge("-", str(tmp_path / "nofolder"), None)
    with pytest.raises(PolicyError, match=r"tenant\.yaml"):
        run_judge("-", str(policy), str(tmp_path / "tenant.yaml"))


WORDS = st.sampled_from(["hi", "blockword", "muteword", "split", "phrase", "shieldword", "n"])


@given(st.lists(st.tuples(WORDS, st.integers(0, 90), st.sampled_from("ab")), max_size=40))
def test_no_user_ever_has_more_than_eight_accepted_in_a_minute(
    compiled: Policy, said: list[tuple[str, int, str]]
) -> None:
    judge = Judge(compiled)
    accepted: dict[str, list[float]] = {"a": [], "b": []}
    at = 0.0
    for number, (word, step, user) in enumerate(said):
        at += step / 10
        message = Message("t", str(number), "r", User(user), f"{word} {number * 7919}", at, at)
        if judge.judge(Row(message, True)).action == "allow":
            accepted[user].append(at)
    for times in accepted.values():
        for start in times:
            assert sum(1 for each in times if start <= each < start + 60.0) <= 8
