"""A broken promise is found: what a real gateway told and recorded, spoiled in one place each."""

from __future__ import annotations

import asyncio
import copy
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bench.faults.crowd import Crowd
from bench.faults.fallback import fallbacks
from bench.faults.judged import promised
from bench.faults.kills import messages
from bench.faults.policy import write_policy
from bench.faults.promises import Kept, kept
from bench.faults.victim import Victim
from bench.faults.witness import settled
from gateway.record.entry import TOO_LATE
from gateway.record.where import Where
from tests.gateway.records import fresh_record

pytestmark = [pytest.mark.e2e]

COUNT = 300


class Evidence:
    """What a crowd heard, and the record beside it; a copy of both can be spoiled."""

    def __init__(self, where: Where, crowd: Crowd) -> None:
        self.where = where
        self.crowd = crowd

    def held(self) -> Kept:
        """Hold it against the promises."""
        return kept(self.where, [self.crowd], COUNT)

    def a_block(self) -> str:
        """Return the id of a message that was blocked for its word."""
        return next(
            ref
            for ref, line in self.crowd.restricted.items()
            if line["action"] == "block" and line["reasons"][0]["rule"] == "block-spam"
        )

    def change(self, statement: str, *values: str) -> None:
        """Change the record behind everybody's back."""
        file = self.where.file
        assert file is not None
        with closing(sqlite3.connect(file)) as database, database:
            assert database.execute(statement, values).rowcount > 0


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Where, Crowd]:
    """Have a real gateway answer messages, obey its commands, and stop it."""
    folder = tmp_path_factory.mktemp("evidence")
    victim = Victim(folder, write_policy(folder / "policy"), log_level="error")
    fresh_record(victim.where)
    key = victim.key("t")

    async def heard() -> Crowd:
        crowd = Crowd(f"ws://{victim.listen}/v1", key, messages(COUNT, 11))
        async with asyncio.timeout(15.0):
            await crowd.run()
            await settled(victim.where, victim.listen, key)
        return crowd

    with victim:
        crowd = asyncio.run(heard())
        victim.stop()
    return victim.where, crowd


@pytest.fixture
def evidence(whole: tuple[Where, Crowd], tmp_path: Path) -> Evidence:
    """Give a copy that a test may spoil."""
    where, heard = whole
    data = tmp_path / "data"
    data.mkdir()
    for file in where.data.iterdir():
        if file.is_file():
            shutil.copy2(file, data / file.name)
    crowd = Crowd("", "", ())
    crowd.verdicts = copy.deepcopy(heard.verdicts)
    crowd.sent, crowd.heard_at = dict(heard.sent), dict(heard.heard_at)
    crowd.applied = copy.copy(heard.applied)
    return Evidence(Where.of_path(data), crowd)


def test_what_was_kept_is_called_kept(evidence: Evidence) -> None:
    found = evidence.held()
    assert found.promises, found
    assert found.restricted > COUNT / 20
    fell = fallbacks([evidence.crowd])
    assert (fell.passed, fell.other) == (0, 0)
    assert all(figure.met for figure in promised(found, fell))


def lose(evidence: Evidence) -> None:
    del evidence.crowd.verdicts[evidence.a_block()]


def double(evidence: Evidence) -> None:
    lines = evidence.crowd.verdicts[evidence.a_block()]
    lines.append(lines[0])


def double_row(evidence: Evidence) -> None:
    evidence.change(
        "UPDATE journal SET event = ?1 WHERE kind = 'verdict' AND rowid = (SELECT max(rowid) "
        "FROM journal WHERE kind = 'verdict' AND rule = 'mask-profanity' AND event != ?1)",
        evidence.a_block(),
    )


def forget(evidence: Evidence) -> None:
    evidence.change("DELETE FROM journal WHERE event = ?", evidence.a_block())


def take_back(evidence: Evidence) -> None:
    evidence.change(
        "UPDATE journal SET kind = 'revert', event = ?, rule = ? WHERE rowid = "
        "(SELECT max(rowid) FROM journal WHERE kind != 'verdict')",
        evidence.a_block(),
        TOO_LATE,
    )


def leave_open(evidence: Evidence) -> None:
    evidence.change("UPDATE commands SET outcome = NULL")


def carry_out_twice(evidence: Evidence) -> None:
    evidence.crowd.applied["c1"] = 2


@pytest.mark.parametrize(
    ("spoil", "count"),
    [
        (lose, "lost"),
        (double, "doubled"),
        (double_row, "recorded_twice"),
        (forget, "unrecorded"),
        (forget, "broken"),
        (take_back, "unrecorded"),
        (leave_open, "commands_lost"),
        (carry_out_twice, "commands_twice"),
    ],
)
def test_what_was_broken_is_found(
    evidence: Evidence, spoil: Callable[[Evidence], None], count: str
) -> None:
    spoil(evidence)
    found = evidence.held()
    assert getattr(found, count), found
    assert not found.promises
    missed = [each for each in promised(found, fallbacks([evidence.crowd])) if not each.met]
    assert missed
    assert all(each.why for each in missed)


def test_a_verdict_that_was_taken_back_stands_no_more(evidence: Evidence) -> None:
    double_row(evidence)
    assert evidence.held().recorded_twice == 1
    take_back(evidence)
    found = evidence.held()
    assert (found.recorded_twice, found.unrecorded) == (0, 1)  # the other row's was left without


@pytest.mark.parametrize(
    ("late", "action", "rule", "passed", "other"),
    [
        (False, "allow", "", 1, 0),  # silence taken for consent
        (True, "allow", "unchecked.journal", 0, 0),  # said, and the policy's word
        (True, "hold", "unchecked.journal", 0, 1),  # said, and not the policy's word
        (True, "block", "unchecked.load", 0, 0),  # late, and found nevertheless
    ],
)
def test_a_restricted_message_passes_only_with_a_word(
    evidence: Evidence, late: bool, action: str, rule: str, passed: int, other: int
) -> None:
    reasons = [{"rule": rule}] if rule else []
    line = {"action": action, "late": late, "reasons": reasons}
    evidence.crowd.verdicts[evidence.a_block()] = [line]
    fell = fallbacks([evidence.crowd])
    assert (fell.passed, fell.other, fell.late) == (passed, other, int(late))
    assert fell.causes == ({rule: 1} if late else {})
