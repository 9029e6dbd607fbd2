"""Folds: what says nearly the same is never on both sides."""

from __future__ import annotations

from bench.training.clusters import cluster, folds
from bench.training.rows import Row


def row(text: str, name: str = "written", order: int = 0, part: str = "") -> Row:
    return Row(name, text, "en", "", order, part)


def test_near_duplicates_are_one_cluster() -> None:
    rows = [
        row("click here for free coins and join my channel today friends"),
        row("the weather is nice in the mountains this time of the year"),
        row("click here for free coins and join my channel today friends!!"),
    ]
    found = cluster(rows)
    assert found[0] == found[2] != found[1]


def test_rows_of_one_template_are_one_cluster() -> None:
    rows = [
        row(f"I really admire {who} a lot.", "hatecheck_en", at, "positive")
        for at, who in enumerate(("women", "immigrants", "disabled people"))
    ]
    assert len(set(cluster(rows))) == 1


def test_a_disguise_is_a_near_duplicate() -> None:
    plain = "earn money from home every day without any risk at all"
    assert len(set(cluster([row(plain), row(plain.replace("e", "\u0435"))]))) == 1


def test_a_cluster_is_never_split_and_folds_stay_the_same() -> None:
    texts = [f"line {at * 7919} of something {at}" for at in range(60)]
    rows = [row(text) for text in texts for _ in range(2)]
    clusters = cluster(rows)
    dealt = folds(rows, clusters, 5)
    assert (dealt == folds(rows, clusters, 5)).all()
    assert set(dealt.tolist()) == set(range(5))
    assert all(dealt[at] == dealt[at + 1] for at in range(0, len(rows), 2))


def test_empty_features_do_not_matter() -> None:
    assert len(cluster([row("!"), row("hello there")])) == 2
