"""A case fits whoever reads its language and is asked for its kind; SQL says the same."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from msgspec.structs import replace

from gateway.cases.fitting import fits
from gateway.cases.listing import Wanted
from tests.gateway.cases.making import Work

LANGS, CATEGORIES = (
    ("", "en", "pt", "pt-br", "p"),
    ("scam", "scam.phishing", "scammer", "spam", "s%"),
)
some = st.frozensets(st.sampled_from(["en", "pt", "p", "pt-br"]), max_size=2)
skills = st.frozensets(
    st.sampled_from(["scam", "spam", "scam.phishing", "s", "s%", "%"]), max_size=2
)


@pytest.mark.parametrize(
    ("lang", "category", "langs", "asked", "fit"),
    [
        ("", "spam", {"en"}, set(), True),
        ("de", "spam", {"en"}, set(), False),
        ("pt-BR", "spam", {"pt"}, set(), True),
        ("pt", "spam", {"pt-br"}, set(), False),
        ("en", "scam.phishing", set(), {"scam"}, True),
        ("en", "scammer", set(), {"scam"}, False),
        ("en", "spam", set(), set(), True),
    ],
)
def test_who_is_asked(
    work: Work, lang: str, category: str, langs: set[str], asked: set[str], fit: bool
) -> None:
    line = replace(work.opened(), lang=lang, category=category)
    assert fits(line, frozenset(langs), frozenset(asked)) is fit


def test_the_queue_shows_what_fits(work: Work) -> None:
    made = [work.opened(lang=lang, category=category) for lang in LANGS for category in CATEGORIES]

    @settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(some, skills)
    def same(langs: frozenset[str], asked: frozenset[str]) -> None:
        page = work.store.page("acme", Wanted(langs=langs, skills=asked), None, 200)
        wanted = {line.id for line in made if fits(line, langs, asked)}
        assert {line.id for line in page.items} == wanted

    same()
