"""`seawall worker`: the models there are, and what one says of a text."""

from __future__ import annotations

import io

import msgspec
import pytest

from detectors.models.unit import TextModel
from seawall.errors import ConfigError
from tests.workers.small_models import Words
from workers.by_hand import answer
from workers.run import build
from workers.units import Option


def words(_where: str, _options: dict[str, Option]) -> TextModel:
    return Words(["bother"])


def refuse(where: str, _options: dict[str, Option]) -> TextModel:
    raise ConfigError(f"{where} has no weights")


def test_a_text_of_the_command_line_is_judged(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(["judge", "linear", "bother", "hello"], words) == 0
    first, second = map(msgspec.json.decode, capsys.readouterr().out.splitlines())
    assert first[0]["name"] == "words.harassment"
    assert second == []


def test_what_a_model_holds_is_let_go(capsys: pytest.CaptureFixture[str]) -> None:
    closed: list[bool] = []

    class Connected(Words):
        def close(self) -> None:
            closed.append(True)

    assert answer(["judge", "linear", "bother"], lambda _where, _options: Connected([])) == 0
    assert capsys.readouterr().out == "[]\n"
    assert closed == [True]


def test_texts_may_come_line_by_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("hello\n" * 100))
    assert answer(["judge", "linear"], words) == 0
    assert capsys.readouterr().out == "[]\n" * 100


def test_models_are_listed_with_their_version_or_what_is_wrong(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert answer(["models"], words) == 0
    assert "linear                   0123456789abcdef" in capsys.readouterr().out
    assert answer(["models"], refuse) == 1
    assert "opinion                  cannot be used" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["judge", "nothing", "hello"], 2, "linear, opinion"),
        (["judge", "linear", "hello"], 1, "has no weights"),
        (["--models", "no/such.toml", "models"], 1, "cannot be read"),
    ],
)
def test_what_cannot_be_done_is_said(
    arguments: list[str], status: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(arguments, refuse) == status
    assert says in capsys.readouterr().err


def test_a_class_is_loaded_by_its_name_with_its_options() -> None:
    built = build("tests.workers.small_models:Words", {"rude": ["oats"]})
    assert built.version == Words.version


@pytest.mark.parametrize("where", ["small_models:Nobody", "no_such_module:A", "small_models:Mute"])
def test_what_cannot_be_loaded_says_why(where: str) -> None:
    with pytest.raises(ConfigError):
        build(f"tests.workers.{where}", {})
