"""A picture is well-formed, named for readers, and never taken for markup."""

from xml.etree import ElementTree

from hypothesis import given, strategies as st

from bench.reports.page.canvas import LETTER, Canvas, legend
from bench.reports.page.scales import upright

# XML knows no control characters; a browser's HTML does not mind them.
TEXT = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufffe\uffff")
)


def drawn(words: str = "a") -> Canvas:
    canvas = Canvas(400, 200, words, f"told {words}")
    across, up = upright([3, 9], 50, 380), upright([1, 2], 170, 20)
    canvas.axes(across, up, words, words)
    canvas.line([(50, 60), (70, 80)], "c0")
    canvas.area([(50, 60), (70, 80)], 170, "good")
    canvas.bar(1, 2, 3, 4, "fill", words)
    canvas.reading(60, words)
    for place in range(9):
        canvas.mark(10 * place, 20, place, words)
    return canvas


@given(TEXT)
def test_any_words_stay_words(words: str) -> None:
    root = ElementTree.fromstring(drawn(words).svg())
    assert (root[0].tag, root[0].text or "") == ("title", words)
    assert root.get("aria-labelledby") == f"{root[0].get('id')} {root[1].get('id')}"
    assert not list(root.iter("script"))


def test_nothing_is_styled_inline() -> None:
    assert " style=" not in drawn().svg()


def test_no_line_through_nothing() -> None:
    canvas = Canvas(10, 10, "a", "b")
    canvas.line([], "c0")
    canvas.area([], 5, "good")
    assert "<path" not in canvas.svg()


def test_ticks_never_leave_the_picture() -> None:
    canvas = Canvas(100, 50, "a", "b")
    for at in (0.0, 50.0, 100.0):
        canvas.tick(at, 40, "100,000")
    anchors = [
        each.get("text-anchor") for each in ElementTree.fromstring(canvas.svg()).iter("text")
    ]
    assert anchors == ["start", "middle", "end"]
    assert LETTER > 0


def test_marks_differ_in_shape_or_filling() -> None:
    root = ElementTree.fromstring(drawn().svg())
    looks = [
        (len((each.get("d") or "").split("L")), "a" in (each.get("d") or ""), "open" in kind)
        for each in root.iter("path")
        if "mark" in (kind := each.get("class") or "")
    ]
    assert looks[0] == looks[8]
    assert len({*looks[:8]}) >= 6


def test_a_legend_names_everything() -> None:
    found = legend([("ours <1>", "c0", 0), ("bar", "fill f1", -1)])
    assert "ours &lt;1&gt;" in found
    assert found.count("<li>") == 2
