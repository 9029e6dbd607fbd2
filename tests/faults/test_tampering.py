"""Promise: a journal that was changed behind everybody's back is never called whole."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import pytest_asyncio

from tests.gateway.live import running
from tests.gateway.shell import run

pytestmark = [pytest.mark.e2e, pytest.mark.fault, pytest.mark.timeout(60)]


class Recorded:
    """A record with a chain of ten rows, closed; and what `seawall journal verify` says of it."""

    def __init__(self, data: Path, head: str) -> None:
        self.data = data
        self.head = head

    def change(self, statement: str) -> None:
        """Change the file behind everybody's back."""
        with closing(sqlite3.connect(self.data / "seawall.db")) as database, database:
            assert database.execute(statement).rowcount > 0

    def verify(self, *heads: str) -> tuple[int, str, str]:
        """Run the command line; return its status, stdout and stderr."""
        words = [word for head in heads for word in ("--head", head)]
        done = run("journal", "verify", "--data", str(self.data), *words)
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout, done.stderr


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def original(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Have a gateway record ten restrictions, and stop it."""
    folder = tmp_path_factory.mktemp("original")
    async with running(folder, redis="local") as live, live.peer() as peer:
        for number in range(10):
            assert (await peer.chat("blockword", user=f"u{number}"))["action"] == "block"
        head, writer = live.gateway.journal.head, live.gateway.journal.writer
        data = live.data
    return Recorded(data, f"{writer}:{head.seq}:{head.hash.hex()}")


@pytest.fixture
def recorded(original: Recorded, tmp_path: Path) -> Recorded:
    """Give a copy of it, to be changed."""
    return Recorded(shutil.copytree(original.data, tmp_path / "data"), original.head)


def test_a_whole_journal_is_called_whole(recorded: Recorded) -> None:
    status, said, _ = recorded.verify(recorded.head)
    assert (status, "whole: 10 rows in 1 chain" in said) == (0, True), said


@pytest.mark.parametrize(
    ("statement", "row"),
    [
        ("UPDATE journal SET action = 'allow' WHERE seq = 5", 5),
        ("UPDATE journal SET rule = 'other' WHERE seq = 1", 1),
        ("DELETE FROM journal WHERE seq = 5", 6),
        ("DELETE FROM journal WHERE seq > 7", 8),
        ("DELETE FROM journal", 1),
        ("UPDATE journal SET writer = substr(writer, 2) || substr(writer, 1, 1) WHERE seq > 4", 5),
    ],
)
def test_an_edited_journal_is_found_and_where(recorded: Recorded, statement: str, row: int) -> None:
    """Edited, deleted in the middle, cut at the end, emptied, or said to be another chain's."""
    recorded.change(statement)
    status, said, _ = recorded.verify(recorded.head)
    assert status == 1
    assert re.search(rf"^BROKEN at chain [0-9a-f]{{32}}, row {row}:", said, re.MULTILINE), said


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 0.95])
def test_a_truncated_file_is_not_called_whole(recorded: Recorded, share: float) -> None:
    file = recorded.data / "seawall.db"
    os.truncate(file, int(file.stat().st_size * share))
    status, said, error = recorded.verify(recorded.head)
    assert status == 1
    assert "whole" not in said
    assert said + error


def test_flipped_bytes_in_the_file_are_not_called_whole(recorded: Recorded) -> None:
    """The first byte of every row's hash that can be found in the file."""
    file = recorded.data / "seawall.db"
    digest = bytes.fromhex(recorded.head.rpartition(":")[2])
    content = file.read_bytes()
    assert digest in content
    file.write_bytes(content.replace(digest, bytes([digest[0] ^ 1]) + digest[1:]))
    status, said, _ = recorded.verify(recorded.head)
    assert (status, "BROKEN at chain" in said) == (1, True), said
