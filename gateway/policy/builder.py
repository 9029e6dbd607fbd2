"""Builds a policy and its detectors in a process of its own, so the gateway's loop never waits.

    python -P -m gateway.policy.builder     one Order on standard input; on standard output an
                                            Answer, and what was built

Reading YAML, checking, folding thousands of terms and building automatons take a second of
processor time for a large policy. Here that second is another core's; the gateway only reads the
result (`gateway.policy.shipping`).
"""

from __future__ import annotations

import gc
import os
import struct
import sys
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec.structs import replace

from detectors.inline import InlineDetectors
from gateway.policy.load import check_texts, read_texts
from gateway.policy.shipping import Code, Unshippable, is_same_code, ship
from gateway.policy.versions import Versions
from seawall.errors import PolicyError
from seawall.policy.model import Policy
from seawall.policy.problems import Problems

__all__ = ["LENGTH", "Answer", "Order", "build", "main"]

LENGTH = struct.Struct(">I")
"""Before the order, and before the answer: how many bytes of JSON follow."""
NICENESS = 5
"""The gateway judges meanwhile: it goes first."""


class Order(msgspec.Struct, frozen=True):
    """What to build. `known` is the version in force: the same again is not built.

    `data` is the gateway's folder, for the version to be kept in; None keeps nothing. `code` is
    what the gateway runs: other code's objects would not be understood.
    """

    directory: str
    tenant_file: str | None = None
    known: str = ""
    data: str | None = None
    code: Code = {}


class Answer(msgspec.Struct, frozen=True):
    """What became of it. Where `shipped` the policy and its detectors follow.

    `why` says why something sound could not be shipped, or its version not be kept.
    """

    version: str = ""
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    shipped: bool = False
    why: str = ""


def build(order: Order, to: BinaryIO) -> None:
    """Answer one order."""
    problems = Problems()
    texts = read_texts(order.directory, order.tenant_file, problems)
    outcome = check_texts(texts, problems)
    policy = outcome.policy
    if policy is None:
        _tell(to, Answer("", outcome.problems, outcome.warnings))
        return
    if policy.version == order.known:
        _tell(to, Answer(policy.version, (), outcome.warnings))
        return
    why = ""
    if order.data is not None:
        try:
            Versions(Path(order.data)).keep(policy.version, texts)
        except OSError as problem:
            why = f"the version is not kept: {problem.strerror}"
    if not is_same_code(order.code):
        told = "the code on disk is not what the gateway runs; restart it to have it built apart"
        _tell(to, Answer(policy.version, (), outcome.warnings, False, told))
        return
    policy = _sharing(policy)
    try:
        detectors = InlineDetectors(policy)
    except PolicyError as error:
        _tell(to, Answer("", error.problems, outcome.warnings))
        return
    answer = Answer(policy.version, (), outcome.warnings, True, why)
    try:
        ship(_encoded(answer), (policy, detectors), to)
    except Unshippable as problem:
        _tell(to, Answer(policy.version, (), outcome.warnings, False, str(problem)))


def _sharing(policy: Policy) -> Policy:
    """Make one string of what thousands of terms say alike: it is shipped, and kept, once."""
    tables = policy.tables
    lexicon = tuple(
        replace(
            entry,
            category=sys.intern(entry.category),
            lang=sys.intern(entry.lang),
            where=sys.intern(entry.where),
        )
        for entry in tables.lexicon
    )
    return replace(policy, tables=replace(tables, lexicon=lexicon))


def _encoded(answer: Answer) -> bytes:
    told = msgspec.json.encode(answer)
    return LENGTH.pack(len(told)) + told


def _tell(to: BinaryIO, answer: Answer) -> None:
    to.write(_encoded(answer))


def main() -> int:
    """Answer the one order that stands on standard input."""
    os.nice(NICENESS)
    gc.disable()  # it ends before it could want anything back
    told = sys.stdin.buffer
    (length,) = LENGTH.unpack(told.read(LENGTH.size))
    build(msgspec.json.decode(told.read(length), type=Order), sys.stdout.buffer)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    os._exit(main())  # letting go of everything first would take a tenth of a second
