"""Telephone numbers, written and said."""

from __future__ import annotations

import pytest

from detectors.numbers import find_numbers, find_spoken_numbers


@pytest.mark.parametrize(
    ("text", "digits", "least"),
    [
        ("202-555-0163", "2025550163", 0.7),
        ("(202) 555-0163", "2025550163", 0.7),
        ("+34 600 000 417", "34600000417", 0.8),
        ("06 39 98 04 17", "0639980417", 0.7),
        ("06.39.98.04.17", "0639980417", 0.7),
        ("13812345678", "13812345678", 0.6),
        ("2025550163", "2025550163", 0.5),
        ("5551234", "5551234", 0.0),
        ("o6 12 34 56 78 is 0612345o7o8", "0612345070" + "8", 0.0),
    ],
)
def test_written_numbers(text: str, digits: str, least: float) -> None:
    number = find_numbers(text)[-1]
    assert number.digits == digits
    assert number.alone >= least


@pytest.mark.parametrize(
    "text",
    [
        "1234",
        "2024-01-05",
        "2005.04.12",
        "192.168.10.11",
        "71,300 72,100",
        "$5551234",
        "5551234%",
        "0x12345678",
        "1-800-555-0100",
        "order 5551234567",
        "订单号 13812345678",
        "00000000000000002a8",
        "1" * 16,
        "v1234567",
    ],
)
def test_other_digits_are_none(text: str) -> None:
    assert find_numbers(text) == []


def test_zeros_alone_have_no_shape() -> None:
    assert [number.alone for number in find_numbers("+000 000 000 000")] == [0.0]


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("seis cero cero cero cero cero cuatro uno ocho llámame", "600000418"),
        ("five five five zero one eight six", "5550186"),
        ("玖零零壹贰零叁肆", "90012034"),
        ("six 0 0 seven 555 one two", "60075551" + "2"),
    ],
)
def test_spoken_numbers(text: str, digits: str) -> None:
    [number] = find_spoken_numbers(text)
    assert number.digits == digits
    assert text[number.start : number.end] == text.removesuffix(" llámame")


@pytest.mark.parametrize(
    "text",
    [
        "one two three four five six seven eight",
        "9 8 7 6 5 4 3 2 1",
        "one one one one one one one",
        "nine one one",
        "order number five five five zero one eight six",
        "no hay dos sin tres",
    ],
)
def test_counting_and_talk_are_no_numbers(text: str) -> None:
    assert find_spoken_numbers(text) == []
