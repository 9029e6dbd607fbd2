"""Every disguise leaves a sign; most messages have none."""

from __future__ import annotations

import pytest

from detectors.hints import ADORNED, APART, LEET, SCRIPTS, STRETCHED, WIDE, hints
from seawall.fold import fold


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("f r e e", APART),
        ("s.e.e.d", APART),
        ("p . u . m . p", APART),
        ("E|T|H", APART | LEET),
        ("п р и в", APART),
        ("w4llet", LEET),
        ("n!tro", LEET),
        ("nitr0", LEET),
        ("wh@t", LEET),
        ("$end", LEET),
        ("l*ser", LEET),
        ("buuuy", STRETCHED),
        ("сааам", STRETCHED),
        ("teлеry", SCRIPTS),
        ("c\u0323\u0308laim", ADORNED),
        ("微-信", WIDE),
        ("加 微", WIDE),
        ("灭灭灭", STRETCHED),
        ("ㅈㅣㄱ", WIDE),
        ("시.드", WIDE),
        ("hello there, how are you?", 0),
        ("don't you see it", 0),
        ("привет, как дела", 0),
        ("tiếng Việt", 0),
        ("今天天气", 0),
        ("2 1 3, 10:45", APART),
        ("", 0),
    ],
)
def test_a_disguise_leaves_a_sign(text: str, signs: int) -> None:
    assert hints(fold(text)) == signs
