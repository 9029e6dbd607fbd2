"""Look-alikes of protected brands, and honest hosts near them."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from detectors.lookalike import LookAlikes

SCORER = LookAlikes(
    {
        "MetaMask": ("metamask.io",),
        "SteamCommunity": ("steamcommunity.com",),
        "GitHub": ("github.com", "github.io"),
        "Office": ("outlook.com", "office.com"),
        "NMB": (),
        "Nimbus": ("nimbus.example",),
    },
    own=("honest-metamask.example",),
    rented=("rent.example",),
)


@pytest.mark.parametrize(
    ("host", "least"),
    [
        ("metarnask.io", 1.0),
        ("metаmask.io", 1.0),
        ("xn--mtamask-bya.io", 1.0),
        ("rnetamask-app.example", 1.0),
        ("metamask.io.evil.example", 1.0),
        ("metamask-io.example", 0.95),
        ("metamask-login.example", 0.95),
        ("claimmetamaskairdrop.example", 0.95),
        ("metamask.rent.example", 0.95),
        ("metamask.github.io", 0.95),
        ("metamask.evil-login.example", 0.7),
        ("metamask.login.example", 0.9),
        ("metamask.com", 0.85),
        ("meta-mask.com", 0.9),
        ("metamaask.com", 0.85),
        ("steamcommuniley.net", 0.85),
        ("login-metamsk.example", 0.85),
        ("nmb-bonus.example", 0.95),
    ],
)
def test_lookalikes_score_at_least(host: str, least: float) -> None:
    assert SCORER.score(host)[0] >= least


@pytest.mark.parametrize(
    "host",
    ["metamask.io", "app.metamask.io", "honest-metamask.example", "github.com", "gist.github.com",
     "github.io", "outlook.com", "wikipedia.org", "inmb.example", "nmbr.example", "metal.example",
     "", "com", "localhost", "a.b.c.d.e.f.g.example"],
)  # fmt: skip
def test_own_and_unrelated_hosts_score_nothing(host: str) -> None:
    assert SCORER.score(host) == (0.0, "")


def test_a_name_among_other_words_is_for_a_human() -> None:
    assert 0.5 <= SCORER.score("cafe-nimbus.example")[0] < 0.8


def test_rented_names_under_an_own_domain_are_not_own() -> None:
    assert not SCORER.is_own("stranger.github.io")
    assert SCORER.is_own("github.io")
    assert SCORER.is_own("api.github.com")


def test_without_brands_nothing_is_alike() -> None:
    assert LookAlikes({}).score("metamask-login.example") == (0.0, "")


@given(st.text(alphabet="abcdeikmnorst-.013", max_size=40))
def test_scores_stay_within_one(host: str) -> None:
    score, brand = SCORER.score(host)
    assert score == 0.0 or (0.5 <= score <= 1.0 and brand)
