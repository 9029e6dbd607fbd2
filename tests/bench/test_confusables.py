"""The table of look-alikes is what the data says."""

from __future__ import annotations

import pytest

pytest.importorskip("confusable_homoglyphs")

from bench.confusables import MODULE, render
from seawall._foldconfusables import LATIN, LATIN_AS, LETTERS, LETTERS_AS, SIGNS, SIGNS_AS


def test_the_module_is_current() -> None:
    assert MODULE.read_text(encoding="utf-8") == render()


def test_every_look_alike_is_one_letter_for_one() -> None:
    for written, looks in ((LETTERS, LETTERS_AS), (LATIN, LATIN_AS), (SIGNS, SIGNS_AS)):
        assert len(written) == len(looks) == len(set(written))
        assert looks.isascii()
        assert looks.isalpha()
