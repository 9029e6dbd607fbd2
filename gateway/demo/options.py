"""What `seawall demo` can be told. Imports nothing heavy: every command line reads it."""

from __future__ import annotations

import argparse
from pathlib import Path

__all__ = ["add_options"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the demo's options to a parser."""
    parser.add_argument(
        "--chat",
        metavar="FILE",
        type=Path,
        help='JSON lines to play: `chat` events, {"text": …} or replay rows (our sample room)',
    )
    parser.add_argument(
        "--seconds",
        metavar="N",
        type=_positive,
        help="stop after this long (60 without a terminal, else when you press q)",
    )
    parser.add_argument(
        "--pace",
        metavar="X",
        type=_positive,
        default=1.0,
        help="times real speed (%(default)s); limits still count real seconds",
    )
    parser.add_argument(
        "--media", action="store_true", help="play a stream besides (needs the extra `media`)"
    )
    parser.add_argument("--room", metavar="R", help="play only this room")
    parser.add_argument(
        "--picture", metavar="FILE", type=Path, help="write the last view as an SVG image"
    )


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from error
    if not 0 < number <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return number
