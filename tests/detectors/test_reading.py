"""Reading order: rows and blocks are joined, columns are not, nothing is lost."""

from __future__ import annotations

from hypothesis import given, strategies as st

from detectors.reading import Line, blocks


def line(
    text: str, left: float, top: float, width: float | None = None, height: float = 20
) -> Line:
    wide = len(text) * height * 0.5 if width is None else width
    return Line(text, (left, top, left + wide, top + height))


def texts(*lines: Line) -> list[str]:
    return [block.text for block in blocks(lines)]


def test_lines_below_each_other_are_one_text() -> None:
    assert texts(
        line("0x52908400098527886E0F7030069857D2E4169EE7", 100, 130),
        line("send 1 ETH to", 100, 100),
        line("and get 2 back", 100, 160),
    ) == ["send 1 ETH to 0x52908400098527886E0F7030069857D2E4169EE7 and get 2 back"]


def test_words_beside_each_other_are_one_line() -> None:
    assert texts(line("back", 215, 102), line("get", 100, 100), line("2 ETH", 145, 99)) == [
        "get 2 ETH back"
    ]


def test_columns_stay_apart() -> None:
    assert texts(
        line("left one", 0, 0), line("right one", 400, 0),
        line("left two", 0, 24), line("right two", 400, 24),
    ) == ["left one left two", "right one right two"]  # fmt: skip


def test_a_heading_far_above_or_much_larger_is_its_own_text() -> None:
    assert texts(line("HEADING", 0, 0, height=60), line("small print", 0, 62, height=12)) == [
        "HEADING",
        "small print",
    ]
    assert texts(line("above", 0, 0), line("below", 0, 300)) == ["above", "below"]


def test_chinese_lines_are_joined_without_a_gap() -> None:
    assert texts(line("加微信领", 0, 0), line("取奖品", 0, 24)) == ["加微信领取奖品"]


def test_a_block_is_as_sure_as_its_worst_line() -> None:
    [block] = blocks([Line("a", (0, 0, 20, 20), 0.9), Line("b", (0, 24, 20, 44), 0.6)])
    assert block.score == 0.6
    assert block.place == (0, 0, 20, 44)


PLACES = st.tuples(st.floats(0, 1280), st.floats(0, 720), st.floats(0, 600), st.floats(0, 200)).map(
    lambda at: (at[0], at[1], at[0] + at[2], at[1] + at[3])
)


@given(places=st.lists(PLACES, max_size=25))
def test_no_line_is_lost_or_told_twice_whatever_the_boxes(
    places: list[tuple[float, float, float, float]],
) -> None:
    lines = [Line(f"w{at}", place) for at, place in enumerate(places)]
    told = " ".join(texts(*lines)).split()
    assert sorted(told) == sorted(each.text for each in lines)
