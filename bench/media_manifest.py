"""Every file of the media manifest through a decoder process: coverage beside the ffmpeg program.

Run `python -m bench.media_manifest`; the files are in the folder `media` of SEAWALL_DATA (default
`../shared/data`). What decodes must be seen and heard as far as ffmpeg decodes it (0.99 of its
keyframes and of its sound); what is damaged, encrypted, cut or empty must end in words. With
`--opens 500` it also opens a stream so often and looks at the zygote's memory. Exits 1 where
something is short.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from bench.decoders import Decoders, Played, bytes_of
from workers.streams.units import Chosen, Ended, Failed, Missed, Sampling

__all__ = ["main"]

_ENOUGH: Final = 0.99
_FLAT_MB: Final = 8.0
# Nothing is thinned, passed over or left to chance: each keyframe is to come out.
_EVERY: Final = Sampling(max_gap_s=10.0, min_gap_s=0.0, random=False, alike=0.0)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line a file; 0, or 1 where something is short."""
    parser = argparse.ArgumentParser(prog="seawall bench media-manifest", description=__doc__)
    parser.add_argument("--opens", type=int, default=0, help="open a stream so often")
    parser.add_argument("--only", default="", help="files whose name holds this")
    options = parser.parse_args(arguments)
    folder = Path(os.environ.get("SEAWALL_DATA", "../shared/data")) / "media"
    manifest = folder / "manifest.jsonl"
    if not manifest.is_file():
        print(f"no media at {folder} (set SEAWALL_DATA)")
        return 1
    if shutil.which("ffprobe") is None:
        print("no ffprobe here: it comes with the ffmpeg program, which this compares with")
        return 1
    entries = [json.loads(line) for line in manifest.read_text(encoding="utf-8").splitlines()]
    short = 0
    with Decoders() as decoders:
        for entry in entries:
            if options.only in entry["file"]:
                short += not _one(decoders, folder / entry["file"], entry["expect"])
        if options.opens:
            short += not _flat(decoders, folder, options.opens)
    print(f"{short} short")
    return int(short > 0)


def _one(decoders: Decoders, path: Path, expect: str) -> bool:
    data = path.read_bytes()
    decoders.ear.sounds.clear()
    played = decoders.play(bytes_of(data, size=65_536), "auto", _EVERY)
    heard_s = len(decoders.ear.pcm) / 16_000
    ok, what = _judge(played, path, expect, heard_s)
    print(f"{'' if ok else 'SHORT '}{path.name[:58]:<58} {expect:<9} {what}", flush=True)
    return ok


def _judge(played: Played, path: Path, expect: str, heard_s: float) -> tuple[bool, str]:
    gone = played.gone
    if gone is None or gone.status != 0:
        return False, f"ended with {gone}"
    ended = played.of(Ended)
    chosen = len(played.of(Chosen))
    causes = sorted({each.cause for each in played.said if isinstance(each, Missed)})
    words = [each.message for each in played.said if isinstance(each, Failed)]
    told = f"{chosen} frames, {heard_s:.2f} s; missed {causes}; {words}"
    if expect not in ("ok", "tiny"):
        quiet = not (words or causes)
        return bool(ended or words), f"{told}{'; says nothing is wrong' if quiet else ''}"
    if not ended:
        return expect == "tiny" and bool(words), told
    keys, sound_s = _theirs(path)
    frames = chosen / keys if keys else 1.0
    sound = heard_s / sound_s if sound_s else 1.0
    ok = min(frames, sound) >= _ENOUGH or expect == "tiny"
    return ok, f"frames {chosen}/{keys} sound {heard_s:.2f}/{sound_s:.2f} missed {causes}"


def _theirs(path: Path) -> tuple[int, float]:
    """Return how many keyframes and how much sound the ffmpeg program decodes."""
    keys = _probe(path, "v:0", "-skip_frame", "nokey")
    sound = _probe(path, "a:0")
    seconds = sum(
        float(each["nb_samples"]) / float(each["sample_rate"])
        for each in sound
        if each.get("nb_samples") and each.get("sample_rate")
    )
    # VP9's decoder passes nothing over: there all frames come, keyframes or not.
    return sum(each.get("key_frame", 1) for each in keys), seconds


def _probe(path: Path, stream: str, *options: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        ["ffprobe", "-v", "error", *options, "-select_streams", stream, "-show_frames",
         "-show_streams", "-show_entries",
         "frame=nb_samples,key_frame:stream=sample_rate:stream_disposition=attached_pic",
         "-of", "json", str(path)],
        capture_output=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    found = json.loads(done.stdout or "{}")
    streams = found.get("streams") or [{}]
    if streams[0].get("disposition", {}).get("attached_pic"):
        return []
    rate = streams[0].get("sample_rate")
    return [{**each, "sample_rate": rate} for each in found.get("frames", [])]


def _flat(decoders: Decoders, folder: Path, times: int) -> bool:
    """Open a stream again and again; tell whether the zygote grew, or left anything behind."""
    data = (folder / "http-streaming__bipbop1.ts").read_bytes()
    pid = decoders.process.pid
    marks = []
    for n in range(times):
        decoders.play(bytes_of(data), "mpegts")
        if n in (times // 10, times - 1):
            marks.append((_rss_mb(pid), len(os.listdir(f"/proc/{pid}/fd"))))
    (before, fds_before), (after, fds_after) = marks[0], marks[-1]
    print(f"{times} opens: zygote {before:.1f} → {after:.1f} MB, {fds_before} → {fds_after} fds")
    return after - before <= _FLAT_MB and fds_after <= fds_before


def _rss_mb(pid: int) -> float:
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        line = next(each for each in status if each.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    sys.exit(main())
