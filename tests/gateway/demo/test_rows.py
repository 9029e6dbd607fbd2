"""Any file with chat in it can be played, and no file breaks the demo."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from gateway.demo import rows
from gateway.demo.rows import SAMPLE, read_lines, read_room
from seawall import wire
from seawall.errors import ConfigError


def lines(*fields: object) -> list[bytes]:
    return [json.dumps(each, ensure_ascii=False).encode() for each in fields]


def test_our_sample_is_a_minute_of_several_rooms_in_four_scripts() -> None:
    room = read_room(None, None)
    assert 150 <= len(room.lines) <= 250
    assert 45 <= room.seconds <= 60
    assert len(room.rooms) == 3
    assert room.skipped == 0
    text = "".join(line.text for line in room.lines)
    assert any("а" <= char <= "я" for char in text)
    assert any("一" <= char <= "龥" for char in text)
    assert "¡" in text or "í" in text
    assert SAMPLE.read_text("utf-8").count("\n") == len(room.lines)


def test_every_shape_of_row_is_read() -> None:
    chat = wire.Chat("m", "r1", wire.Author("u1", "Ann", ["mod"]), "wire", 12.0, "chat")
    full = {"type": "chat", "room": "r1", "user": {"id": "u1", "name": "Ann", "roles": ["mod"]}}
    found = read_lines(
        lines(
            {**full, "text": "wire", "at": 12.0},
            {"text": "bare"},
            {"stream": "s", "t": "2023-11-23T15:56:35Z", "user": "u2", "text": "replay", "seq": 1},
            {"t": 5, "user": "u3", "roles": ["host"], "room": "r2", "text": "sample"},
        ),
        "file",
    )
    assert [(line.room, line.user.id, line.text) for line in found.lines] == [
        ("r1", "u1", "wire"),
        ("file", "guest-1", "bare"),
        ("s", "u2", "replay"),
        ("r2", "u3", "sample"),
    ]
    assert found.lines[0].user == chat.user
    assert found.lines[3].user.roles == ["host"]


def test_rows_without_a_message_are_counted() -> None:
    rubbish = [
        b"",
        b"not json\n",
        b"[1]\n",
        b"\xff\xfe\n",
        b'{"text": 5}\n',
        b'{"text": ""}\n',
        b'{"type": "join", "text": "hello"}\n',
        b'{"text": "x", "user": {"name": "no id"}}\n',
        b'{"text": "x", "user": 5}\n',
        b'{"text": "x", "user": [1]}\n',
        b"[" * 5000,
        json.dumps({"text": "x" * 70_000}).encode(),
        json.dumps({"text": "x" * 17_000}).encode(),
    ]
    found = read_lines([*rubbish, *lines({"text": "good"})], "file")
    assert [line.text for line in found.lines] == ["good"]
    assert found.skipped == len(rubbish) - 1


def test_equal_coarse_times_are_spread_up_to_the_next() -> None:
    stamped = [{"t": t, "text": "x"} for t in (10, 10, 10, 10, 12, 13)]
    assert [line.at for line in read_lines(lines(*stamped), "f").lines] == [0, 0.5, 1, 1.5, 2, 3]


def test_long_silences_are_cut_and_disorder_is_sorted() -> None:
    stamped = [{"t": t, "text": str(t)} for t in (9000, 1, 2)]
    found = read_lines(lines(*stamped), "f").lines
    assert [(line.text, line.at) for line in found] == [("1", 0), ("2", 1), ("9000", 6)]


def test_without_times_the_pace_is_plausible_and_always_the_same() -> None:
    bare = lines(*({"text": str(n)} for n in range(200)))
    first, second = read_lines(bare, "f"), read_lines(bare, "f")
    assert first == second
    assert 40 < first.seconds < 160


@given(
    times=st.lists(
        st.one_of(st.none(), st.floats(), st.integers(), st.text(max_size=12), st.booleans()),
        max_size=30,
    )
)
def test_time_never_runs_backwards_whatever_a_file_says(times: list[object]) -> None:
    data = [json.dumps({"t": t, "text": "x"}).encode() for t in times]
    found = read_lines(data, "f")
    moments = [line.at for line in found.lines]
    assert moments == sorted(moments)
    assert all(
        0 <= later - earlier <= rows.SILENCE_S + 1 for earlier, later in itertools.pairwise(moments)
    )


@given(row=st.binary(max_size=200))
def test_no_bytes_break_it(row: bytes) -> None:
    read_lines([row], "f")


def test_one_room_of_a_file_starts_at_once(tmp_path: Path) -> None:
    path = tmp_path / "chat.jsonl"
    path.write_bytes(
        b"\n".join(lines({"t": 1, "room": "a", "text": "x"}, {"t": 3, "room": "b", "text": "y"}))
    )
    assert [(line.room, line.at) for line in read_room(path, "b").lines] == [("b", 0.0)]
    with pytest.raises(ConfigError, match="there are: a, b"):
        read_room(path, "c")


def test_a_file_that_cannot_be_played_says_why(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        read_room(tmp_path / "absent.jsonl", None)
    with pytest.raises(ConfigError, match="directory"):
        read_room(tmp_path, None)
    (tmp_path / "empty.jsonl").write_text("\n\n")
    with pytest.raises(ConfigError, match="no messages"):
        read_room(tmp_path / "empty.jsonl", None)


def test_very_long_files_are_played_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MAX_LINES", 3)
    assert len(read_lines(lines(*({"text": "x"} for _ in range(9))), "f").lines) == 3
