"""The page stands alone, allows itself nothing but itself, and tells everything there is."""

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from xml.etree import ElementTree

import msgspec
import pytest

from bench.reports.page import html
from bench.shapes.result import Figure, Quantiles, Result
from tests.bench.reports.found import environment, result, window

VOID = {"meta"}


class Tags(HTMLParser):
    """Balanced tags, ids, and every address that a page could fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.styles = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in ("src", "href", "action", "srcset"):
                self.addresses.append(value or "")
            self.styles += name == "style" or name.startswith("on")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def parsed(page: str) -> Tags:
    found = Tags()
    found.feed(page)
    found.close()
    assert not found.open
    return found


def words(page: str) -> str:
    return re.sub(r"<[^>]+>", " ", re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.S))


@pytest.fixture(scope="module")
def page() -> str:
    return html(result())


def test_nothing_is_fetched(page: str) -> None:
    found = parsed(page)
    assert all(address.startswith("#") for address in found.addresses)
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in page
    assert "@import" not in page
    assert "url(" not in page


def test_only_its_own_style_and_script_are_allowed(page: str) -> None:
    assert not parsed(page).styles
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    for kind in ("style", "script"):
        (inline,) = re.findall(rf"<{kind}>(.*?)</{kind}>", page, re.S)
        digest = b64encode(sha256(inline.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")


def test_ids_are_unique_and_links_lead_somewhere(page: str) -> None:
    found = parsed(page)
    assert len(set(found.ids)) == len(found.ids)
    assert {address[1:] for address in found.addresses} <= set(found.ids)


def test_every_plot_is_named_and_well_formed(page: str) -> None:
    plots = [svg for svg in re.findall(r"<svg.*?</svg>", page, re.S) if "aria-hidden" not in svg]
    assert len(plots) > 15
    for svg in plots:
        root = ElementTree.fromstring(svg)
        assert root.get("role") == "img"
        assert [child.tag for child in root[:2]] == ["title", "desc"]
        assert all(child.text for child in root[:2])


def test_no_number_was_lost_on_the_way_to_a_pixel(page: str) -> None:
    assert not re.search(r'="[^"]*\b(nan|inf)\b', page)


def test_everything_is_told(page: str) -> None:
    text = words(page)
    for told in ("failed", "seawall bench chat, steady", "4 of 6 bars met"):
        assert told in text
    for section in (
        "Figures", "Ratios", "Latency", "Overload", "Over time", "Stages", "CPU and memory",
        "Media and other findings", "Machine and noise", "Every window", "What the words mean",
    ):  # fmt: skip
        assert f">{section}</h2>" in page
    for told in ("word lag", "send slip p99 8.2 ms", "AMD EPYC", "coverage speech", "p99.9"):
        assert told in text


def test_what_a_result_says_is_never_markup() -> None:
    hostile = "<script>alert(1)</script>\"'&"
    bad = msgspec.structs.replace(
        window(hostile, hostile, offered=100, seconds=3), invalid="", extra={hostile: 1.0}
    )
    found = html(
        Result(
            hostile,
            [hostile],
            hostile,
            msgspec.structs.replace(environment(), cpu=hostile, commit=hostile),
            windows=[bad, bad],
            figures=[Figure(hostile, 1.0, hostile, 2.0, True, hostile)],
            failures=[hostile],
            notes=[hostile],
        )
    )
    assert found.count("<script>") == 1
    parsed(found)


def test_an_empty_result_is_a_page() -> None:
    page = html(Result("plan", [], "", environment()))
    parsed(page)
    assert "Latency</h2>" not in page
    assert "passed" in words(page)


def test_windows_that_may_not_be_used_are_told_and_not_drawn() -> None:
    late = window(offered=100, seconds=3, invalid="the generator was late")
    page = html(Result("chat", [], "steady", environment(), windows=[late]))
    assert "not counted, the generator was late" in words(page)
    assert "Latency by percentile" not in page
    assert "1 of 1 windows invalid" in words(page)


def test_a_window_without_histograms_is_told_by_its_figures() -> None:
    plain = window(offered=100, seconds=3)
    flow = plain.flows[0]
    figures = Quantiles(10, 1.25, 2, 3, 4, 5, 1)
    bare = msgspec.structs.replace(flow, response=figures, service=figures, stages={})
    page = html(
        Result("chat", [], "", environment(), [msgspec.structs.replace(plain, flows=[bare])])
    )
    assert "1.25" in words(page)
    assert "Latency by percentile" not in page


def test_a_broken_histogram_is_refused() -> None:
    plain = window(offered=100, seconds=3)
    broken = msgspec.structs.replace(plain.flows[0].response, log="HISTbroken")
    flow = msgspec.structs.replace(plain.flows[0], response=broken)
    with pytest.raises(ValueError, match="HdrHistogram"):
        html(Result("chat", [], "", environment(), [msgspec.structs.replace(plain, flows=[flow])]))


def test_two_runs_are_laid_over_each_other() -> None:
    page = html(result(slower=1.3, dearer=1.15), result())
    parsed(page)
    text = words(page)
    assert "What changed</h2>" in page
    assert "seawall, before" in text
    assert re.search(r"\d+ metrics: [1-9]\d* worse", text)
    assert "line c0 before" in page


def test_the_same_result_is_the_same_page(page: str) -> None:
    assert html(result()) == page
