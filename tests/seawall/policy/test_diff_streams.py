"""A change of what is done to streams is told, with the way it goes."""

from __future__ import annotations

import pytest

from seawall.policy.diff import diff, is_dangerous
from tests.seawall.policy.test_read_streams import LADDER, MEDIA, SHOWN
from tests.seawall.policy.writing import MANIFEST, policy_of

HOUSE = MANIFEST + LADDER + MEDIA


@pytest.mark.parametrize(
    ("old", "new", "told", "way"),
    [
        (
            "hits: 3",
            "hits: 2",
            "over from 3 of the last 5 within 1m to 2 of the last 5 within 1m",
            "stricter",
        ),
        (
            "of: 5, within: 60s",
            "of: 4, within: 30s",
            "over from 3 of the last 5 within 1m to 3 of the last 4 within 30s",
            "milder",
        ),
        (
            "hits: 3, of: 5",
            "hits: 2, of: 4",
            "over from 3 of the last 5 within 1m to 2 of the last 4 within 1m",
            "changed",
        ),
        (
            "  over: {hits: 3, of: 5, within: 60s}\n",
            "  sure: true\n",
            "over from 3 of the last 5 within 1m to every time",
            "stricter",
        ),
        ("0.6", "0.7", "flag from image.sexual >= 0.6 to image.sexual >= 0.7", "changed"),
        ("cooldown: 10s", "cooldown: 20s", "cooldown from 10s to 20s", "milder"),
        ("cooldown: 10s", "cooldown: 1s", "cooldown from 10s to 1s", "stricter"),
        ("for: 5s", "for: 9s", "veto from 5s, then keep to 9s, then keep", "milder"),
        ("keep}", "cut}", "veto from 5s, then keep to 5s, then cut", "stricter"),
        ("  veto: {for: 5s, nobody: keep}\n", "", "veto from 5s, then keep to as usual", "changed"),
        (
            "veto: {for: 5s, nobody: keep}",
            "veto: none\n  sure: true",
            "veto from 5s, then keep to none",
            "stricter",
        ),
    ],
)
def test_rules_over_time(old: str, new: str, told: str, way: str) -> None:
    before = policy_of(SHOWN, manifest=HOUSE)
    after = policy_of(SHOWN.replace(old, new), manifest=HOUSE)
    [change] = [each for each in diff(before, after) if each.kind == "rule"]
    assert (change.told, change.way, change.dangerous) == (told, way, way != "milder")
    back = {"stricter": "milder", "milder": "stricter", "changed": "changed"}[way]
    assert [each.way for each in diff(after, before) if each.kind == "rule"] == [back]


def test_the_ladder_and_media() -> None:
    before = policy_of(SHOWN, manifest=HOUSE)
    after = policy_of(SHOWN, manifest=HOUSE.replace(", stream.cut", ""))
    [change] = diff(before, after)
    assert change.told == (
        "from warn, blur for 1m, cut (pause 10s, memory 1h) to "
        "warn, blur for 1m (pause 10s, memory 1h)"
    )
    assert change.dangerous
    other = HOUSE.replace("max_gap: 20s", "max_gap: 9s").replace("[report]", "[qr, text]")
    told = {each.name: each.told for each in diff(before, policy_of(SHOWN, manifest=other))}
    assert told == {"max_gap_s": "from 20 to 9", "promote_on": "from report to qr, text"}
    assert not is_dangerous(diff(before, policy_of(SHOWN, manifest=other)))
    sooner = diff(before, policy_of(SHOWN, manifest=HOUSE.replace("for: 40s", "for: 2s")))
    assert [(each.told, each.way) for each in sooner] == [
        ("from 40s, then cut to 2s, then cut", "stricter")
    ]
    assert is_dangerous(sooner)
    bare = policy_of(SHOWN.replace("stream.next", "stream.warn"), manifest=MANIFEST + MEDIA + "")
    assert any("to none" in each.told for each in diff(before, bare) if each.kind == "policy")


def test_a_rooms_media() -> None:
    before = policy_of("", manifest=MANIFEST)
    after = policy_of("", manifest=MANIFEST + "rooms: {lobby: {media: {language: en}}}\n")
    [change] = diff(before, after)
    assert (change.room, change.name, change.told) == ("lobby", "language", "from none to en")
