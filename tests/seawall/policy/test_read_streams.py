"""What policy files say of streams is read whole, and every slip is told with its line."""

from __future__ import annotations

import pytest

from seawall.policy.explain import explain_rule
from seawall.policy.streams import (
    MediaPolicy,
    Over,
    StreamLadder,
    StreamStep,
    Veto,
)
from tests.seawall.policy.writing import MANIFEST, outcome, policy_of, problems_of, warnings_of

SHOWN = """\
- rule: shown
  category: sexual
  on: [frame]
  when: image.sexual >= 0.85
  flag: image.sexual >= 0.6
  over: {hits: 3, of: 5, within: 60s}
  then: stream.next
  cooldown: 10s
  veto: {for: 5s, nobody: keep}
  notice: flood
"""
LADDER = """\
stream_ladder:
  pause: 10s
  memory: 1h
  steps: [stream.warn, {stream.blur: 1m}, stream.cut]
"""
CUT = """\
- rule: cutting
  category: sexual
  on: [frame]
  when: image.sexual >= 0.9
  then: stream.cut
"""
MEDIA = """\
media:
  profile: thrifty
  max_gap: 20s
  min_gap: 1s
  ocr_every: 10s
  hop: 2s
  utterance: 6s
  music: true
  language: EN
  tiers: false
  fingerprints: false
  promote: {on: [report], for: 30s}
  evidence: {for: 10s, keep: 7d}
  veto: {for: 40s, nobody: cut}
"""


def test_a_rule_over_time_is_read_whole() -> None:
    made = policy_of(SHOWN, manifest=MANIFEST + LADDER)
    [rule] = made.rules
    assert rule.over == Over(3, 5, 60.0)
    assert (rule.flag, rule.cooldown_s, rule.veto) == (
        "image.sexual >= 0.6",
        10.0,
        Veto(5.0, "keep"),
    )
    assert rule.timed
    assert made.timed == {"frame": (rule,)}
    assert made.by_signal == {}
    assert made.stream_ladder == StreamLadder(
        (StreamStep("warn"), StreamStep("blur", 60.0), StreamStep("cut")), 3600.0, 10.0
    )
    assert warnings_of(SHOWN, manifest=MANIFEST + LADDER) == ()


def test_a_rule_over_time_is_told_in_words() -> None:
    told = explain_rule(policy_of(SHOWN, manifest=MANIFEST + LADDER), "shown")
    assert told is not None
    assert (
        "  stage     act: acts\n"
        "  over      when it was met in 3 of the last 5 within 1m\n"
        "  flags     image.sexual >= 0.6\n"
        "  cooldown  10s after it acted\n"
        "  ladder    warn, blur for 1m, cut\n"
        "  veto      5s, then keep\n"
    ) in told


@pytest.mark.parametrize(
    ("then", "cooldown_s"),
    [
        ("stream.warn", 30.0),
        ("{stream.blur: 50s}", 25.0),
        ("[{stream.mute_audio: 1m}, {stream.blur: 20s}]", 10.0),
        ("{stream.blur: until_reversed}", 30.0),
        ("hold", 0.0),
    ],
)
def test_what_lasts_is_renewed_at_half_its_time(then: str, cooldown_s: float) -> None:
    rules = SHOWN.replace("stream.next", then).replace("  cooldown: 10s\n", "")
    assert policy_of(rules, manifest=MANIFEST + LADDER).rules[0].cooldown_s == cooldown_s


def test_a_rule_of_messages_that_warns_a_stream_is_asked_in_both_ways() -> None:
    rules = "- {rule: both, category: spam, on: [chat, frame], when: link.any, then: stream.warn}\n"
    made = policy_of(rules)
    assert [rule.name for rule in made.by_signal["link.any"]] == ["both"]
    assert [rule.name for rule in made.timed["frame"]] == ["both"]
    assert not policy_of("- {rule: plain, category: spam, when: link.any, then: hold}\n").timed


def test_media_is_read_whole() -> None:
    assert policy_of("", manifest=MANIFEST + MEDIA).media == MediaPolicy(
        "thrifty",
        20.0,
        1.0,
        10.0,
        2.0,
        6.0,
        True,
        "en",
        False,
        False,
        frozenset({"report"}),
        30.0,
        10.0,
        7 * 86400.0,
        Veto(40.0, "cut"),
    )
    assert policy_of("").media == MediaPolicy()


def test_rooms_and_tenants_change_single_things() -> None:
    manifest = MANIFEST + MEDIA + "rooms: {loud: {media: {music: false, veto: {for: 1s}}}}\n"
    tenant = "media: {max_gap: 5s}\nrooms: {loud: {media: {profile: fast}}}\n"
    made = policy_of("", manifest=manifest, tenant=tenant)
    assert (made.media.max_gap_s, made.media.music) == (5.0, True)
    loud = made.rooms["loud"].media
    assert (loud.max_gap_s, loud.music, loud.profile) == (5.0, False, "fast")
    assert loud.veto == Veto(1.0, "cut")


@pytest.mark.parametrize(
    ("rules", "manifest", "told"),
    [
        (SHOWN.replace("hits: 3", "hits: 6"), LADDER, "rules.yaml:6: 6 hits of 5 there cannot be"),
        (SHOWN.replace(", within: 60s", ""), LADDER, "rules.yaml:6: `over` needs the key 'within'"),
        (
            SHOWN.replace("nobody: keep", "nobody: kep"),
            LADDER,
            "rules.yaml:9: unknown outcome 'kep'; did you mean 'keep'?",
        ),
        (
            SHOWN + "  sure: yes\n",
            LADDER,
            "rules.yaml:11: expected true or false, found the text 'yes'",
        ),
        (
            SHOWN.replace("[frame]", "[frame, chat]"),
            LADDER,
            "rules.yaml:1: 'shown' looks back, waits or climbs, as only rules of streams can: "
            "write `on: [frame]`, `on: [speech]` or both",
        ),
        (
            SHOWN.replace("flag: image.sexual >= 0.6", "flag: image.sexual >= 0.9"),
            LADDER,
            "rules.yaml:5: 'shown' acts where it does not flag (image.sexual = 0.85); `flag` must "
            "be the weaker condition",
        ),
        (
            SHOWN.replace("flag: image.sexual >= 0.6", "flag: image.sexxual"),
            LADDER,
            "rules.yaml:5: unknown name `image.sexxual`; did you mean 'image.sexual'?",
        ),
        (
            SHOWN,
            "",
            "rules.yaml:1: 'shown' takes the next step, and the manifest has no `stream_ladder`",
        ),
        ("", LADDER.replace("stream.cut", "stream.next"), "a step cannot be the next step"),
        ("", LADDER.replace("stream.cut", "mute"), "'mute' does not say how long"),
        ("", LADDER.replace("stream.cut", "block"), "'block' acts on a message: not possible here"),
        ("", LADDER.replace("[stream", "{stream").replace("cut]", "cut: 1}"), "expected a list"),
        ("", LADDER.replace("stream.cut", ", ".join(["stream.cut"] * 20)), "at most 16 steps"),
        ("", MEDIA.replace("min_gap: 1s", "min_gap: 30s"), "'min_gap' must not be longer than"),
        ("", MEDIA.replace("EN", "e1"), "'e1' is not a language such as en"),
        ("", MEDIA.replace("{for: 40s, nobody: cut}", "none"), "the usual veto cannot be none"),
        ("", MEDIA.replace("[report]", "[reprot]"), "unknown reason 'reprot'"),
        ("", MEDIA.replace("utterance: 6s", "utterance: 20s"), "must be from 2 to 8 seconds"),
        (
            "- {window: w, key: [room], limit: 3, per: 1m, on: [frame], over: {then: stream.next}}",
            LADDER,
            "rules.yaml:1: a window cannot take the next step, as 'w' does",
        ),
        (
            "- {window: w, key: [room], limit: 3, per: 1m, on: [frame], over: {then: stream.cut}}",
            LADDER,
            "rules.yaml:1: a window cannot cut a stream, as 'w' does",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line(rules: str, manifest: str, told: str) -> None:
    problems = problems_of(rules, manifest=MANIFEST + manifest)
    assert any(told in problem for problem in problems), problems


ON_TOO_LITTLE = "cuts a stream by itself"


@pytest.mark.parametrize(
    ("change", "sure"),
    [
        ("", False),
        ("  over: {hits: 1, of: 3, within: 60s}\n", False),
        ("  over: {hits: 2, of: 3, within: 60s}\n", True),
        ("  over: {hits: 2, of: 3, within: 60s}\n  veto: none\n", False),
        ("  sure: true\n", True),
        ("  sure: true\n  veto: none\n", True),
        ("  stage: hold\n", True),
        ("  stage: shadow\n", True),
    ],
)
def test_a_cut_needs_more_than_one_look(change: str, sure: bool) -> None:
    problems = problems_of(CUT + change)
    assert any(ON_TOO_LITTLE in problem for problem in problems) is not sure


@pytest.mark.parametrize(
    ("when", "sure"),
    [
        ("hash.known_bad", True),
        ("hash.known_bad >= 0.9 and image.sexual", True),
        ("hash.known_bad or image.sexual >= 0.99", False),
        ("image.sexual >= 0.9 and image.nudity >= 0.9", True),
        ("image.sexual >= 0.9 and image.graphic >= 0.9", False),
        ("image.sexual >= 0.9 and (image.nudity >= 0.9 or lexicon.sexual)", False),
        ("image.sexual >= 0.9 and onnx.own.bad >= 0.9", True),
        ("onnx.own.bad >= 0.9 and onnx.own.worse >= 0.9", False),
        ("onnx.own.bad >= 0.9 and onnx.other.bad >= 0.9", True),
        ("stream.viewers > 100 and image.sexual >= 0.9", False),
    ],
)
def test_a_cut_needs_a_list_or_two_detectors(when: str, sure: bool) -> None:
    problems = problems_of(CUT.replace("image.sexual >= 0.9", when))
    assert any(ON_TOO_LITTLE in problem for problem in problems) is not sure
    at_once = problems_of(CUT.replace("image.sexual >= 0.9", when) + "  veto: none\n")
    listed = when.startswith("hash") and " or " not in when
    assert any(ON_TOO_LITTLE in problem for problem in at_once) is not listed


def test_a_cut_by_the_ladder_needs_as_much() -> None:
    rules = SHOWN.replace("  over: {hits: 3, of: 5, within: 60s}\n", "")
    assert any(ON_TOO_LITTLE in each for each in problems_of(rules, manifest=MANIFEST + LADDER))
    mild = LADDER.replace(", stream.cut", "")
    assert problems_of(rules, manifest=MANIFEST + mild) == ()


def test_the_operators_own_signals_are_known_by_their_family() -> None:
    for when in ("hash.a_list", "audio.songs >= 0.5", "onnx.own.label_1 > 0.2"):
        assert problems_of(CUT.replace("image.sexual >= 0.9", when) + "  sure: true\n") == ()
    for when in ("hash.A", "hash", "onnx.own", "audio.a.b"):
        assert problems_of(CUT.replace("image.sexual >= 0.9", when) + "  sure: true\n")


def test_a_flag_that_reads_other_signals_is_tried_too() -> None:
    fine = SHOWN.replace("flag: image.sexual >= 0.6", "flag: image.sexual >= 0.6 or image.nudity")
    assert outcome(fine, manifest=MANIFEST + LADDER).policy is not None
    chosen = "flag: (0.5 if image.nudity else 0.6) <= max(image.sexual, -image.nudity)"
    fine = SHOWN.replace("flag: image.sexual >= 0.6", f"{chosen} and not 0.1 + 0.2 in [1, 2]")
    assert outcome(fine, manifest=MANIFEST + LADDER).policy is not None
    bad = SHOWN.replace("flag: image.sexual >= 0.6", "flag: image.nudity >= 0.6")
    assert any(
        "acts where it does not flag" in each
        for each in outcome(bad, manifest=MANIFEST + LADDER).problems
    )


@pytest.mark.parametrize(
    ("more", "warned"),
    [("", False), ("  veto: {for: 5s, nobody: cut}\n", True), ("  veto: none\n", True)],
)
def test_a_cut_that_happens_by_itself_is_doubted(more: str, warned: bool) -> None:
    rules = CUT + "  sure: true\n  notice: flood\n" + more
    climbing = SHOWN.replace("  veto: {for: 5s, nobody: keep}\n", more + "  sure: true\n")
    for told in (warnings_of(rules), warnings_of(climbing, manifest=MANIFEST + LADDER)):
        assert any("does cut without a person's decision" in each for each in told) is warned
