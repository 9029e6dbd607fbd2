"""The word `seawall catalogue`: recordings to look for in the sound of streams.

It keeps fingerprints, not sound, in `catalogue.seawall` of a folder; the speech worker reads it at
its start. A recording of the same list and name replaces the old one.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import av.error
import msgspec
import numpy as np

from detectors.chromaprint import DELAY_S, RATE, WORD_S, Printer, missing
from detectors.prints import LEAST_WORDS, Recording, read_recordings, write_recordings
from media.faults import Unreadable
from media.sound import Mixer
from seawall.errors import ConfigError, SeawallError

__all__ = ["main", "parser", "recording", "sound"]

_MOST_S = 6 * 3600.0
_LIST = re.compile(r"[a-z][a-z0-9_]{0,39}")


def main(argv: Sequence[str] | None = None) -> int:
    """Answer the command line; return 0 done, 1 refused, 2 misuse."""
    given = parser().parse_args(sys.argv[2:] if argv is None else argv)
    try:
        match given.verb:
            case "add":
                return _add(given.folder, given.list, given.files)
            case "remove":
                return _remove(given.folder, given.list, given.entries)
            case _:
                return _show(given.folder, given.json)
    except SeawallError as problem:
        print(f"seawall catalogue: {problem}", file=sys.stderr)
        return 1
    except OSError as problem:
        print(f"seawall catalogue: {given.folder}: {problem.strerror}", file=sys.stderr)
        return 1


def parser() -> argparse.ArgumentParser:
    """Build the parser."""
    made = argparse.ArgumentParser(
        prog="seawall catalogue", description="Recordings to look for in the sound of streams."
    )
    verbs = made.add_subparsers(dest="verb", metavar="COMMAND", required=True)
    add = verbs.add_parser("add", help="take recordings into a list; their names are the files'")
    add.add_argument("list", help="the list: a signal `audio.LIST` tells a match")
    add.add_argument("files", nargs="+", metavar="FILE", type=Path, help="sound, or with sound")
    remove = verbs.add_parser("remove", help="take recordings, or a whole list, out")
    remove.add_argument("list", help="the list")
    remove.add_argument("entries", nargs="*", metavar="NAME", help="which ones (all)")
    show = verbs.add_parser("list", help="say what is looked for")
    show.add_argument("--json", action="store_true", help="JSON lines")
    for verb in (add, remove, show):
        verb.add_argument("--folder", required=True, type=Path, help="the catalogue's folder")
    return made


def sound(path: Path) -> Iterator[bytes]:
    """Decode a file's first track of sound: 16 kHz mono, 16 bits. Raises ConfigError."""
    try:
        with av.open(str(path), metadata_errors="replace") as container:
            if not container.streams.audio:
                raise ConfigError(f"{path} has no sound")
            mixer = Mixer()
            for frame in container.decode(audio=0):
                yield mixer.mix(frame).tobytes()
            yield mixer.flush().tobytes()
    except (av.error.FFmpegError, ValueError, Unreadable) as error:
        why = getattr(error, "strerror", None) or error
        raise ConfigError(f"{path} cannot be decoded: {why}") from error


def recording(list_: str, path: Path) -> Recording:
    """Fingerprint a file. Raises ConfigError for one that is too short, too long or no sound."""
    printer, found, heard = Printer(), [], 0
    for pcm in sound(path):
        heard += len(pcm) // 2
        if heard > _MOST_S * RATE:
            raise ConfigError(f"{path} is longer than {_MOST_S / 3600:.0f} hours")
        found.append(printer.feed(pcm))
    words = np.concatenate([*found, printer.finish()])
    if len(words) < LEAST_WORDS:
        raise ConfigError(f"{path} is too short: a recording has at least 5 seconds")
    if len(np.unique(words)) < len(words) // 8:
        raise ConfigError(f"{path} hardly changes: silence or a tone would match everywhere")
    plain = [list_, path.stem[:128], words.astype("<u4").tobytes()]
    try:
        return msgspec.convert(plain, Recording)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path} on the list {list_!r}: {error}") from error


def _add(folder: Path, list_: str, files: Sequence[Path]) -> int:
    if why := missing():
        raise ConfigError(why)
    if not _LIST.fullmatch(list_):
        raise ConfigError(
            f"{list_!r}: a list is called by lower-case letters, digits and _, a letter first, "
            "so that a rule can write `audio.LIST`"
        )
    held = {(each.list, each.entry): each for each in read_recordings(folder)}
    status = 0
    for path in files:
        try:
            made = recording(list_, path)
        except ConfigError as problem:
            print(f"seawall catalogue: {problem}", file=sys.stderr)
            status = 1
            continue
        held[made.list, made.entry] = made
        print(f"{made.list}/{made.entry}: {_seconds(made):.0f} s")
    write_recordings(folder, list(held.values()))
    return status


def _remove(folder: Path, list_: str, entries: Sequence[str]) -> int:
    held = read_recordings(folder)
    kept = [each for each in held if each.list != list_ or (entries and each.entry not in entries)]
    if len(kept) == len(held):
        raise ConfigError(f"nothing of the kind stands in {folder}")
    write_recordings(folder, kept)
    print(f"{len(held) - len(kept)} removed, {len(kept)} left")
    return 0


def _show(folder: Path, as_json: bool) -> int:
    for each in read_recordings(folder):
        if as_json:
            told = {"list": each.list, "entry": each.entry, "seconds": round(_seconds(each), 1)}
            print(msgspec.json.encode(told).decode())
        else:
            print(f"{each.list}/{each.entry}: {_seconds(each):.0f} s")
    return 0


def _seconds(held: Recording) -> float:
    return len(held.words) / 4 * WORD_S + DELAY_S
