"""Real files as real streams through a real gateway: all that decodes is examined, all else told.

`make test` plays a seeded sample of it, `make soak` everything. The files are those of
SEAWALL_DATA; where they are absent, that is said.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import pytest

from bench.procs import rss_bytes
from tests.media.clips import Made, made
from tests.mediagateway import MediaGateway, Sent
from tests.shipped import FOLDER as SHIPPED
from tests.soak.material import FOLDER, Entry, entries, sample, wrong
from tests.soak.test_decoder_fuzz import files, runs, whole

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

SEED = 17
AT_ONCE = 4
FLAT_BYTES = 12 * 1024 * 1024
NO_WORDS = frozenset({"noise", "silence"})
SPEECH_PACE, VIDEO_PACE, MUSIC_PACE = 4.0, 1.0, 3.0
RULES = """
- {rule: any-words, category: spam, on: [speech], when: text.length >= 1, then: allow}
- {rule: song, category: ip, on: [speech], when: audio.music, then: {stream.mute_audio: 30s}}
"""


def keywords() -> list[str]:
    """Return every word that is to be heard somewhere."""
    return sorted({word for each in entries() for word in each.keywords})


def policy() -> dict[str, str]:
    """Write a rule for any word, for a song of the catalogue, and for each keyword."""
    words = keywords()
    rules = [
        f"- {{rule: keyword-{n}, category: spam, on: [speech], when: pattern.keyword_{n}, "
        "then: allow}"
        for n in range(len(words))
    ]
    patterns = [
        f"- {{pattern: keyword-{n}, category: spam, severity: low, regex: '{word.casefold()}'}}"
        for n, word in enumerate(words)
    ]
    return {"rules": "\n".join([RULES, *rules]), "patterns": "\n".join(patterns or ["[]"])}


def gateway_of(folder: Path, shipped: bool) -> MediaGateway:
    """Build a gateway with these rules alone, or with those that Seawall ships with besides."""
    if not shipped:
        return MediaGateway(folder, policy(), drain_s="2")
    whole_policy = shutil.copytree(SHIPPED, folder / "shipped")
    for name, text in policy().items():
        (whole_policy / "soak").mkdir(exist_ok=True)
        (whole_policy / "soak" / f"{name}.yaml").write_text(text, "utf-8")
    return MediaGateway(folder, whole_policy, drain_s="2", **catalogue(folder))


def catalogue(folder: Path) -> dict[str, str]:
    """Make a catalogue of the better recording of each pair; none without fingerprints."""
    songs = [str(each.path) for each in entries() if ".hq." in each.file]
    verb = [sys.executable, "-m", "seawall", "catalogue", "add", "--folder", str(folder / "songs")]
    done = subprocess.run([*verb, "music", *songs], capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"no songs are looked for: {done.stderr}")
        return {}
    return {"catalogue": str(folder / "songs")}


@pytest.fixture(scope="module")
def data() -> None:
    """Skip aloud where there is no real media."""
    if not entries():
        pytest.skip(f"no real media at {FOLDER} (set SEAWALL_DATA)")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MediaGateway]:
    gateway = gateway_of(tmp_path_factory.mktemp("sample"), shipped=False)
    gateway.start()
    yield gateway
    gateway.victim.stop()


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MediaGateway]:
    gateway = gateway_of(tmp_path_factory.mktemp("soak"), shipped=True)
    gateway.start()
    yield gateway
    gateway.victim.stop()


def pace(entry: Entry) -> float:
    """Return how fast a file goes where the workers need not fall behind."""
    if entry.kind == "speech":
        return SPEECH_PACE
    return MUSIC_PACE if entry.is_sound else VIDEO_PACE


async def play(gateway: MediaGateway, wanted: Sequence[Entry]) -> list[Sent]:
    """Send files, a few at a time."""
    free = asyncio.Semaphore(AT_ONCE)

    async def one(entry: Entry) -> Sent:
        async with free, asyncio.timeout(entry.seconds + 90.0):
            return await gateway.push(entry.path, pace=pace(entry))

    return list(await asyncio.gather(*(one(each) for each in wanted)))


def acted(sent: Sent) -> set[tuple[str, str, str]]:
    """Return what a rule did about speech: surface, action, rule."""
    return {
        (each["surface"], each["action"], each["reasons"][0]["rule"])
        for each in sent.of("finding")
        if each["surface"] == "speech" and each["action"] != "allow"
    }


def heard(sent: Sent, entry: Entry) -> list[str]:
    """Return the keywords that were found."""
    rules = {rule for _, rule in sent.rules}
    return [word for word in entry.keywords if f"keyword-{keywords().index(word)}" in rules]


def said(entry: Entry, sent: Sent) -> str:
    """Return what a reader of a failed test needs."""
    return f"{entry.file}: {sent.said()[:4000]}"


def fault(entry: Entry, sent: Sent, hurried: bool) -> str:
    """Say what is wrong with how a file was examined, "" for nothing."""
    if problem := wrong(entry, sent, hurried):
        return f"{problem}: {said(entry, sent)}"
    if entry.kind in NO_WORDS and ("speech", "any-words") in sent.rules:
        return f"words were heard in {entry.kind}: {said(entry, sent)}"
    if entry.kind in (*NO_WORDS, "music") and acted(sent) - SONG:
        return f"acted on {entry.kind}: {said(entry, sent)}"
    return ""


async def check(gateway: MediaGateway, wanted: Sequence[Entry], hurried: bool) -> None:
    """Play files; all must end as they should, and most keywords be found.

    What is short is played again by itself, at its own pace: the machine may have been busy.
    """
    alive = gateway.pids()
    sent = await play(gateway, wanted)
    for n, entry in enumerate(wanted):
        for _ in range(0 if hurried else AGAIN):
            if fault(entry, sent[n], hurried) or len(heard(sent[n], entry)) < len(entry.keywords):
                sent[n] = await gateway.push(entry.path)
    for entry, each in zip(wanted, sent, strict=True):
        print(f"{entry.file[:50]:50} {entry.expect:9} {each.seconds:7.2f} s, frames "
              f"{each.share('frames'):.3f}, speech {each.share('speech'):.3f} "
              f"{heard(each, entry)} {sorted(acted(each))} {each.failed[:80]}")  # fmt: skip
    faults = [fault(entry, each, hurried) for entry, each in zip(wanted, sent, strict=True)]
    assert not any(faults), "\n\n".join(filter(None, faults))
    found = sum(len(heard(each, entry)) for entry, each in zip(wanted, sent, strict=True))
    expected = sum(len(entry.keywords) for entry in wanted)
    assert found >= KEYWORDS * expected, f"{found} of {expected} keywords"
    assert gateway.pids() == alive  # nobody died of it


AGAIN = 2
SONG = {("speech", "mute_audio", "song")}
KEYWORDS = 0.5
"""Some are heard as another word, or written another way; how many, bench/speech_accuracy says."""


async def pairs(gateway: MediaGateway) -> None:
    """Play the lesser recording of each pair: it is found as the better one."""
    lesser = [each for each in entries() if each.kind == "music" and ".hq." not in each.file]
    for entry, sent in zip(lesser, await play(gateway, lesser), strict=True):
        assert ("speech", "song") in sent.rules, said(entry, sent)


async def spoil(gateway: MediaGateway, count: int, seed: int) -> None:
    """Send spoiled streams, several at a time: each ends in words, and the gateway lives."""
    streams = runs(count, seed, whole()[:6] + files() if count < 100 else whole() + files())
    pid, ends = gateway.victim.pid, {"told": 0, "refused": 0}
    while batch := list(islice(streams, 2 * AT_ONCE)):
        async with asyncio.timeout(120):
            sent = await asyncio.gather(*(gateway.pour(data, name) for name, data in batch))
        for (name, data), each in zip(batch, sent, strict=True):
            assert not each.failed or "WireError" in each.failed, (name, len(data), each.said())
            ends["refused" if each.failed else "told"] += 1
    numbers = gateway.numbers()
    deaths = {key: n for key, n in numbers.items() if key.startswith("seawall_media_ends") and n}
    print(f"{count} spoiled streams: {ends}; deaths: {deaths}")
    assert gateway.victim.pid == pid
    assert gateway.victim.alive
    assert all(gateway.up().values())
    after = await gateway.pour(made(GOOD), "mpegts")
    assert not after.failed
    assert after.missed_s("speech") < 0.2, after.said()


GOOD = Made("mpegts", "libx264", "aac", 1.0)


async def opens(gateway: MediaGateway, count: int) -> None:
    """Open a stream again and again: nobody keeps anything of it."""
    clip, pids = made(GOOD), {"gateway": gateway.victim.pid, **gateway.pids()}
    marks: list[dict[str, int]] = []
    for n in range(count):
        sent = await gateway.pour(clip, "mpegts")
        assert not sent.failed, sent.said()
        if n in (count // 5, count - 1):
            marks.append({name: rss_bytes(pid) for name, pid in pids.items()})
    before, after = marks
    print(f"{count} opens: {before} → {after}")
    for name in pids:
        assert after[name] - before[name] <= FLAT_BYTES, f"{name}: {marks}"
    assert len(os.listdir(f"/proc/{gateway.victim.pid}/fd")) < 100
    assert gateway.decoders() == []


@pytest.mark.timeout(240)
async def test_a_sample_of_real_files_ends_as_it_should(data: None, gateway: MediaGateway) -> None:
    await check(gateway, sample(25, SEED, most_s=11.0), hurried=True)


@pytest.mark.timeout(120)
async def test_a_sample_of_spoiled_streams_ends_in_words(gateway: MediaGateway) -> None:
    await spoil(gateway, 30, SEED)


@pytest.mark.timeout(120)
async def test_a_stream_leaves_nothing_behind(gateway: MediaGateway) -> None:
    await opens(gateway, 25)


@pytest.mark.soak
async def test_every_real_file_ends_as_it_should(data: None, shipped: MediaGateway) -> None:
    await check(shipped, entries(), hurried=False)


@pytest.mark.soak
async def test_songs_are_found_across_bitrates(data: None, shipped: MediaGateway) -> None:
    await pairs(shipped)


@pytest.mark.soak
async def test_two_thousand_spoiled_streams_end_in_words(shipped: MediaGateway) -> None:
    await spoil(shipped, 2000, SEED)


@pytest.mark.soak
async def test_five_hundred_opens_leave_nothing_behind(shipped: MediaGateway) -> None:
    await opens(shipped, 500)
