"""Values are read with their kind and bounds, and what is wrong is told by its line."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seawall.policy.form import Form, described, seconds_of, text_of
from seawall.policy.problems import Problems
from tests.seawall.policy.writing import node_of

Read = Callable[[Form], object]
KNOWN = ("a", "b", "on")


def read(text: str, how: Read) -> tuple[object, tuple[str, ...]]:
    problems = Problems()
    form = Form(node_of(text, "f.yaml"), problems, "a thing", KNOWN)
    return how(form), problems.errors


@pytest.mark.parametrize(
    ("text", "how", "value"),
    [
        ("a: ' x '", lambda form: form.text("a"), "x"),
        ("b: 1", lambda form: form.text("a", "default"), "default"),
        ("a: on", lambda form: form.word("a", "word", ("on", "off")), "on"),
        ("a: x", lambda form: form.words("a", "word", ("x", "y")), ("x",)),
        ("a: [y, x]", lambda form: form.words("a", "word", ("x", "y")), ("y", "x")),
        ("b: 1", lambda form: form.words("a", "word", ("x",), ("d",)), ("d",)),
        ("a: [x, 'y z']", lambda form: form.texts("a"), ("x", "y z")),
        ("b: 1", lambda form: form.texts("a"), ()),
        ("a: 1.5", lambda form: form.number("a", 0.0, 0.0, 2.0), 1.5),
        ("a: 2", lambda form: form.whole("a", 0, 0, 2), 2),
        ("a: 2h", lambda form: form.seconds("a", 0.0, 0.0, 1e9), 7200.0),
        ("a: 0.5s", lambda form: form.seconds("a", 0.0, 0.0, 1e9), 0.5),
        ("a: 7d", lambda form: form.seconds("a", 0.0, 0.0, 1e9), 604_800.0),
        ("a: 10m", lambda form: form.seconds("a", 0.0, 0.0, 1e9), 600.0),
        ("a: 45", lambda form: form.seconds("a", 0.0, 0.0, 1e9), 45.0),
        ("a: 1", lambda form: form.has("a"), True),
        ("b: 1", lambda form: form.has("a"), False),
        ("b:\n\n\na: 1", lambda form: str(form.place("a")), "f.yaml:4"),
        ("\nb: 1", lambda form: str(form.place("a")), "f.yaml:2"),
    ],
)
def test_a_sound_value_is_read(text: str, how: Read, value: object) -> None:
    assert read(text, how) == (value, ())


@pytest.mark.parametrize(
    ("text", "how", "problem"),
    [
        ("a: 12", lambda f: f.text("a"), "expected text, found the number 12; put it in quotes"),
        ("a: true", lambda f: f.text("a"), "expected text, found true; put it in quotes"),
        ("a:", lambda f: f.text("a"), "expected text, found nothing"),
        ("a: [x]", lambda f: f.text("a"), "expected text, found a list"),
        ("a: {x: 1}", lambda f: f.text("a"), "expected text, found a map"),
        ("a: '  '", lambda f: f.text("a"), "the text is empty"),
        (
            "a: xyz",
            lambda f: f.text("a", "", 2),
            "the text has 3 characters; at most 2 are allowed",
        ),
        (
            "a: of",
            lambda f: f.word("a", "word", ("off", "on")),
            "unknown word 'of'; did you mean 'off'?",
        ),
        (
            "a: [x, z]",
            lambda f: f.words("a", "word", ("x", "y")),
            "unknown word 'z'; known are x, y",
        ),
        ("a: [x, x]", lambda f: f.words("a", "word", ("x", "y")), "'a' names a word twice"),
        ("a: x", lambda f: f.texts("a"), "expected a list of texts, found the text 'x'"),
        ("a: [x, y]", lambda f: f.texts("a", most=1), "'a' has 2 entries; at most 1 are allowed"),
        ("a: x", lambda f: f.number("a", 0, 0, 1), "expected a number, found the text 'x'"),
        ("a: false", lambda f: f.number("a", 0, 0, 1), "expected a number, found false"),
        ("a: [1]", lambda f: f.number("a", 0, 0, 1), "expected a number, found a list"),
        ("a: 2", lambda f: f.number("a", 0, 0, 1), "'a' must be from 0 to 1"),
        ("a: 0.5", lambda f: f.whole("a", 0, 0, 1), "'a' must be a whole number"),
        (
            "a: 10 m",
            lambda f: f.seconds("a", 0, 0, 1),
            "expected a duration such as 30s, 10m, 2h or 7d, found the text '10 m'",
        ),
        (
            "a: true",
            lambda f: f.seconds("a", 0, 0, 1),
            "expected a duration such as 30s, 10m, 2h or 7d, found true",
        ),
        ("a: 2s", lambda f: f.seconds("a", 0, 0, 1), "'a' must be from 0 to 1 seconds"),
        ("c: 1", lambda f: None, "unknown key of a thing 'c'; known are a, b, on"),
        ("onn: 1", lambda f: None, "unknown key of a thing 'onn'; did you mean 'on'?"),
        ("1: 1", lambda f: None, "a key must be text, not the number 1; put it in quotes"),
        ("a: 1\n# twice\na: 2", lambda f: None, "the key 'a' is already on line 1"),
        ("[a]", lambda f: None, "a thing must be a map of keys, not a list"),
    ],
)
def test_a_wrong_value_is_told(text: str, how: Read, problem: str) -> None:
    _, problems = read(text, how)
    line = 3 if "twice" in text else 1
    assert problems == (f"f.yaml:{line}: {problem}",)


def test_a_missing_key_is_told() -> None:
    problems = Problems()
    Form(node_of("a: 1", "f.yaml"), problems, "a thing", KNOWN, ("a", "b"))
    assert problems.errors == ("f.yaml:1: a thing needs the key 'b'",)


def test_what_is_no_map_lacks_no_keys() -> None:
    problems = Problems()
    Form(node_of("x", "f.yaml"), problems, "a thing", KNOWN, ("a",))
    assert len(problems.errors) == 1


def test_nodes_are_told_in_words() -> None:
    texts = ["{a: 1}", "[1]", "~", "true", "false", "x", "1.5"]
    assert [described(node_of(text)) for text in texts] == [
        "a map",
        "a list",
        "nothing",
        "true",
        "false",
        "the text 'x'",
        "the number 1.5",
    ]


def test_a_duration_and_a_text_can_be_read_alone() -> None:
    problems = Problems()
    assert seconds_of(node_of("30s"), problems) == 30.0
    assert text_of(node_of("'on'"), problems) == "on"
    assert not problems.errors
