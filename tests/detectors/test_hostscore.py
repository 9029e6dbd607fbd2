"""The learned score of hosts, beside the rules on brands."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given, strategies as st

from detectors.hostfeatures import bucket
from detectors.hostscore import SIZE, HostScores, Learned, Weights, installed
from detectors.lookalike import LookAlikes
from seawall.errors import ConfigError

SCORES = HostScores(
    LookAlikes({"MetaMask": ("metamask.io",), "Nimbus": ("nimbus.example",)}, own=("own.example",)),
    ("Nimbus",),
)
TABLE = bytes(SIZE)
GOOD = Learned(sha256(TABLE).hexdigest(), 0.1, 0.0, ((-1.0, 0.3), (1.0, 0.6), (2.0, 0.8)))


@pytest.mark.parametrize(
    "host",
    [
        "metarnask.io",
        "metamask-login.com",
        "claim-airdrop-rewards.net",
        "wallet-sync.pages.dev",
        "nimbus.com",
        "nimbuss.net",
        "nimbus-winter.com",
    ],
)
def test_what_looks_like_phishing_is_held(host: str) -> None:
    assert SCORES.score(host)[0] >= 0.6


@pytest.mark.parametrize(
    "host",
    [
        "metamask.io",
        "own.example",
        "sub.own.example",
        "wikipedia.org",
        "johns-garden-blog.com",
        "chess-club-leeds.org.uk",
        "docs.python.org",
    ],
)
def test_honest_hosts_are_not(host: str) -> None:
    assert SCORES.score(host)[0] < 0.6


def test_a_near_name_of_a_brand_is_doubtful_of_the_tenants_own_sure() -> None:
    score, brand = SCORES.score("metamsk.io")
    assert 0.5 <= score < 0.6
    assert brand == "MetaMask"
    assert SCORES.score("nimbvs.com")[0] >= 0.6


def test_the_shipped_table_is_the_one_described() -> None:
    assert installed().sum([]) < 0.5


def test_scores_rise_with_the_sum_and_stop_at_both_ends() -> None:
    table = bytearray(SIZE)
    place = bucket("piece", SIZE)
    for byte, score in ((0, 0.45), (10, 0.6), (15, 0.7), (20, 0.8), (127, 0.8), (129, 0.3)):
        table[place] = byte
        learned = Learned(sha256(table).hexdigest(), 0.1, 0.0, GOOD.points)
        assert Weights(learned, bytes(table)).score({"piece"}) == pytest.approx(score)


@pytest.mark.parametrize(
    ("learned", "table", "told"),
    [
        (GOOD, bytes(SIZE - 1), "bytes instead of"),
        (GOOD, b"\x01" * SIZE, "checksum"),
        (Learned(GOOD.sha256, 0.1, 0.0, ((1.0, 0.5), (0.0, 0.6))), TABLE, "must rise"),
        (Learned(GOOD.sha256, 0.1, 0.0, ((1.0, 0.5),)), TABLE, "two at least"),
    ],
)
def test_a_damaged_table_is_refused(learned: Learned, table: bytes, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        Weights(learned, table)


@given(st.text(max_size=300))
def test_any_host_gets_a_score_within_one(host: str) -> None:
    score, _ = SCORES.score(host)
    assert score == 0 or 0.5 <= score <= 1
