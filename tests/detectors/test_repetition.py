"""The shape of floods, and the excitement that is none."""

from __future__ import annotations

import pytest

from detectors.text.repetition import Repetition
from seawall.events import User
from seawall.fold import fold

REPETITION = Repetition()
USER = User(id="u")


def scores(text: str, detector: Repetition = REPETITION) -> dict[str, float]:
    return {signal.name: signal.score for signal in detector.detect(fold(text), USER)}


@pytest.mark.parametrize(
    "text",
    [
        "LETS GOOOOOOOOOO",
        "LETS GO BOYS ROUND 3",
        "KEKW KEKW KEKW KEKW KEKW KEKW",
        "hahahahahahahahahahahaha",
        "jajajajajajajajajajajajajajajajajajajaja",
        "5555555555555555",
        "ㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋ",
        "badger badger badger badger mushroom mushroom",
        "BRAVO À TOUTE L'ÉQUIPE",
        "👏👏👏👏👏👏👏👏",
        "GOAAAAL ⚽⚽⚽🔥🔥",
        "no no no no no no no no",
        "क्षत्रियों की कहानी बहुत अच्छी लगी श्रीमान",
        "Ủa sao tự nhiên mất tiếng vậy ta, tải lại được rồi nhé",
        "u̲n̲d̲e̲r̲l̲i̲n̲e̲d̲ title looks cool on the overlay",
        "مُحَمَّدٌ رَسُولُ اللَّهِ",
        "می\u200cخواهم",
        "👩\u200d🚀👨\u200d👩\u200d👧",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f come on",
        "same line again \U000e0000",
        "an ordinary sentence about the game that goes on for a while but repeats nothing much",
        "to be or not to be, that is the question whether it is nobler in the mind to suffer",
    ],
)
def test_ordinary_excitement_and_living_scripts_stay_silent(text: str) -> None:
    assert scores(text) == {}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("A" * 40, "repeat.chars"),
        ("wow " + "!" * 60, "repeat.chars"),
        ("buy my merch now " * 6, "repeat.words"),
        ("подпишитесь на меня " * 5, "repeat.words"),
        ("spam " * 30, "repeat.words"),
        ("点赞关注" * 20, "repeat.words"),
        ("buynow" * 20, "repeat.words"),
        ("I WILL NOT STOP TYPING IN CAPS UNTIL SOMEONE ANSWERS ME " * 2, "shape.caps"),
        (
            "ПРОСТО ОЧЕНЬ ДЛИННОЕ СООБЩЕНИЕ " * 3,
            "shape.caps",
        ),
        ("💩" * 30, "shape.emoji"),
        ("▓░" * 30, "shape.emoji"),
        ("v̵̨̺͔̲̾͆̕o̴̡̖̗͂͌̚i̷̢̱̹̞̐͗", "shape.marks"),
        ("ก" + "็" * 30, "shape.marks"),
        ("te\u200ble\u200bgram", "shape.invisible"),
        ("nothing \u202egnihton", "shape.invisible"),
        ("x" + "\u2060" * 8, "shape.invisible"),
        ("word " * 0 + "lorem ipsum dolor sit amet " * 30, "shape.length"),
        ("|\n" * 14, "shape.length"),
    ],
)
def test_a_flood_is_noteworthy(text: str, name: str) -> None:
    assert scores(text)[name] >= 0.5


def test_scores_rise_with_the_flood_and_stay_within_one() -> None:
    runs = [scores("A" * length)["repeat.chars"] for length in (30, 45, 60, 500)]
    assert runs == sorted(runs)
    assert runs[0] == 0.5
    assert runs[-1] == 1.0


@pytest.mark.parametrize("lead", range(20))
def test_a_run_is_found_wherever_it_starts(lead: int) -> None:
    text = "x y z t " * 3 + "." * lead + "A" * 30
    [signal] = REPETITION.detect(fold(text), USER)
    assert signal.span is not None
    start, end = signal.span
    assert text[start:end] == "A" * 30


@pytest.mark.parametrize("length", range(70, 90))
def test_capitals_are_found_wherever_the_others_stand(length: int) -> None:
    for lead in (0, 10, 15, 20):
        text = "a" * lead + "ABCDE" * 14 + "b" * max(0, length - 70 - lead)
        assert "shape.caps" in scores(text)


def test_emotes_of_the_tenant_are_neither_shouting_nor_repetition() -> None:
    text = "PogChampWOW " * 30
    assert "repeat.words" in scores(text)
    assert scores(text, Repetition(["PogChampWOW"])) == {}
