"""The console's shapes are those of the API."""

from __future__ import annotations

import re

from docs.generate.__main__ import SHAPES
from docs.generate.typescript import shapes, shapes_text

TEXT = shapes_text()


def test_the_committed_shapes_are_what_the_code_says() -> None:
    assert SHAPES.read_text("utf-8") == TEXT


def test_each_shape_has_one_interface_and_each_name_leads_to_one() -> None:
    names = re.findall(r"^export interface (\w+) {$", TEXT, re.MULTILINE)
    assert len(names) == len(set(names)) == len(shapes())
    kinds = " ".join(re.findall(r"^  \w+\??: (.+)$", TEXT, re.MULTILINE))
    used = set(re.findall(r"\b[A-Z]\w+", re.sub(r'"[^"]*"', "", kinds)))
    assert used - {"Record"} <= set(names)


def test_what_is_asked_may_leave_its_defaults_out_and_what_is_told_may_not() -> None:
    assert "export interface DecideBody {\n  choice: string\n  for_s?: number | null" in TEXT
    assert "  next: string | null\n" in TEXT
    assert "  span?: [number, number] | null\n" in TEXT


def test_two_shapes_of_one_name_are_told_apart() -> None:
    assert "restrictions: StreamRestriction[]" in TEXT
    assert "restrictions: Restriction[]" in TEXT
