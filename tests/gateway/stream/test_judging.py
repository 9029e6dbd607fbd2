"""What is seen and heard becomes findings, commands and rows: recorded first, told once."""

from __future__ import annotations

import msgspec

from seawall import wire
from tests.gateway.chat.nodes import NOW, TENANT
from tests.gateway.stream.desk import Gate, Peer, read_text, saw, spoke
from workers.streams.reports import Matched, Text, Word
from workers.streams.units import Chosen, Same


async def test_read_text_is_judged_recorded_and_ordered(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    gate.judge.saw(live, read_text(live, NOW - 0.2, "hello", "a blurword here"))
    (finding,) = peer.findings
    assert (finding["surface"], finding["action"]) == ("frame", "blur")
    assert (finding["from"], finding["to"]) == (NOW - 0.2, NOW - 0.2)
    assert [reason["rule"] for reason in finding["reasons"]] == ["blur-spam"]
    assert peer.kinds() == [("blur", 60.0)]
    (entry,) = gate.entries("verdict")
    assert (entry.action, entry.surface, entry.ref, entry.user) == ("blur", "frame", "live", "u")
    assert entry.evidence is not None
    assert entry.evidence.text == "hello\na blurword here"
    assert entry.strikes is not None
    assert peer.commands[0].target.id == "live"
    assert "blur" in gate.labels.of_stream(TENANT, "live", NOW)


async def test_nothing_is_ordered_that_cannot_be_recorded(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    gate.book.full = True
    gate.judge.saw(live, read_text(live, NOW, "blurword"))
    assert peer.commands == []
    (finding,) = peer.findings
    assert (finding["action"], finding["late"]) == ("allow", True)
    assert finding["reasons"][0]["rule"] == "unchecked.journal"
    assert gate.labels.of_stream(TENANT, "live", NOW) == {}
    gate.book.full = False  # what never happened may happen now
    gate.judge.saw(live, read_text(live, NOW + 0.5, "blurword"))
    assert peer.kinds() == [("blur", 60.0)]


async def test_what_is_in_force_is_not_ordered_again(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    for second in range(0, 50, 2):
        gate.clock.now = NOW + second
        gate.judge.saw(live, read_text(live, NOW + second, "blurword"))
    assert len(peer.commands) == 2  # after half of its minute
    assert len(peer.findings) == 25


async def test_another_scene_after_a_long_one_is_looked_at_closer(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    for at, changed in ((0.0, False), (30.0, False), (70.0, True), (75.0, True)):
        gate.judge.chosen(live, Chosen(1, NOW + at, at, "key", changed))
    assert gate.streams.promoted == ["scene"]


async def test_two_of_three_frames_blur(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    for at, score in ((1, 0.9), (2, 0.1), (3, 0.6), (4, 0.85)):
        gate.judge.saw(live, saw(live, NOW + at, ("image.nudity", score), still=b"JPEG"))
    assert peer.commands == []
    gate.judge.saw(live, saw(live, NOW + 5, ("image.nudity", 0.95), still=b"JPEG"))
    assert peer.kinds() == [("blur", 120.0)]
    (entry,) = gate.entries("verdict")
    assert entry.evidence is not None
    assert entry.evidence.still == b"JPEG"
    assert (entry.rule, entry.detector) == ("nudity", "nudity")


async def test_a_still_picture_counts_as_often_as_it_is_shown(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    bad = saw(live, NOW + 1, ("image.nudity", 0.9))
    gate.judge.same(live, Same(bad.n, NOW + 2, 2.0))  # before the answer
    gate.judge.saw(live, bad)
    assert peer.kinds() == [("blur", 120.0)]
    text = msgspec.structs.replace(read_text(live, NOW + 1, "mildword"), n=bad.n)
    gate.judge.saw(live, text)
    # It holds for both frames, and is told once: a picture that stands still says nothing new.
    assert sum("flag-harassment" in str(each) for each in peer.findings) == 1


async def test_a_flag_is_told_and_nothing_is_recorded(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    gate.judge.saw(live, read_text(live, NOW, "mildword"))
    assert [finding["action"] for finding in peer.findings] == ["allow"]
    assert gate.book.entries == []
    assert gate.streams.promoted == ["finding", "text"]


async def test_provisional_speech_is_acted_on_once_and_strikes_when_final(
    gate: Gate, peer: Peer
) -> None:
    live = gate.open(peer)
    for final in (False, False, True):
        gate.judge.spoke(live, spoke(live, 1, NOW - 2, "well a blurword it is", final=final))
    assert peer.kinds() == [("blur", 60.0)]
    assert len(peer.findings) == 1
    assert peer.findings[0]["surface"] == "speech"
    assert peer.findings[0]["from"] == NOW - 1.0
    assert [entry.strikes is not None for entry in gate.entries("verdict")] == [False, True]


async def test_a_phrase_split_over_utterances_is_heard_whole_and_once(
    gate: Gate, peer: Peer
) -> None:
    live = gate.open(peer)
    gate.judge.spoke(live, spoke(live, 1, NOW - 6, "you should send two"))
    assert peer.findings == []
    gate.judge.spoke(live, spoke(live, 2, NOW - 3, "bitcoin to this address"))
    (finding,) = peer.findings
    assert finding["action"] == "mute_audio"
    assert finding["from"] == NOW - 5.0
    assert finding["to"] == NOW - 2.6
    gate.judge.spoke(live, spoke(live, 3, NOW - 1, "and thank you"))
    assert len(peer.findings) == 1


async def test_a_hit_in_speech_says_when_it_was_measured_to_be_said(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    gate.streams.words = [Word("a", NOW - 9, NOW - 8.9), Word("blurword", NOW - 8.5, NOW - 8)]
    gate.judge.spoke(live, spoke(live, 1, NOW - 2, "a blurword"))
    assert (peer.findings[0]["from"], peer.findings[0]["to"]) == (NOW - 8.5, NOW - 8)


async def test_shaky_speech_is_counted_and_judged_by_nobody(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    gate.judge.spoke(live, spoke(live, 1, NOW, "blurword cutword", shaky="loop"))
    assert peer.lines == []
    assert gate.hands.numbers.judged["speech", "shaky"] == 1


async def test_sound_of_a_catalogue_is_a_signal(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    gate.judge.matched(live, Matched(live.handle, NOW - 3, NOW, "banned", "song-1", 0.9))
    assert gate.hands.numbers.judged["speech", "matched"] == 1


async def test_a_new_code_and_a_report_have_it_looked_at_closer(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    code = saw(live, NOW, ("qr.any", 1.0))
    code.texts.append(Text("qr", "https://example.com", (0.0, 0.0, 0.5, 0.5)))
    gate.judge.saw(live, code)
    gate.judge.saw(live, code)
    assert gate.streams.promoted == ["qr"]
    gate.judge.reported(TENANT, wire.Report("r1", "elsewhere", "live", "bad", "v", NOW))
    gate.judge.reported(TENANT, wire.Report("r2", "elsewhere", "other", "bad", "v", NOW))
    gate.judge.spiked(TENANT, "r")
    assert gate.streams.promoted == ["qr", "report", "report"]


async def test_what_comes_of_a_closed_stream_is_judged_by_nobody(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    gate.shut(live)
    gate.judge.saw(live, read_text(live, NOW, "cutword"))
    gate.judge.spoke(live, spoke(live, 1, NOW, "cutword"))
    assert peer.lines == []


async def test_a_case_is_opened_once_for_a_stream_and_rule(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    gate.judge.saw(live, read_text(live, NOW, "cutword"))
    (entry,) = gate.entries("verdict")
    (case,) = entry.cases
    assert (case.queue, case.priority, case.state) == ("fraud", "p1", "open")
    assert case.because == "cut-giveaway"
    assert (case.stream, case.rule, case.category) == ("live", "cut-giveaway", "scam.giveaway")
    assert gate.streams.ends == [("live", "cut")]


async def test_a_stream_that_goes_on_asks_again_once_a_minute(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    live.viewers = 12
    for second in range(0, 180, 15):
        gate.clock.now = NOW + second
        gate.judge.saw(live, read_text(live, NOW + second, "queueword"))
    rows = [case for entry in gate.entries("verdict") for case in entry.cases]
    assert len({case.id for case in rows}) in (3, 4)  # whole minutes, and a begun one
    assert len({case.alike for case in rows}) == 1
    assert {case.viewers for case in rows} == {12}


async def test_a_case_names_the_rule_whose_case_it_is(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    gate.judge.saw(live, read_text(live, NOW, "blurword queueword"))
    (entry,) = gate.entries("verdict")
    (case,) = entry.cases
    assert (entry.rule, case.because, case.queue) == ("blur-spam", "look-at-it", "desk")
