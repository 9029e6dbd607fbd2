"""A data folder is made ready once, by whoever comes first, without Alembic in our process."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from stat import S_IMODE

import pytest
from sqlalchemy import text

from gateway.record import database
from gateway.record.database import ensure, open_engine, reading, writing
from gateway.record.schema import REVISION
from gateway.record.spawn import environment
from seawall.errors import ConfigError, RecordUnavailable
from tests.gateway.record.making import query


def test_a_folder_with_a_difficult_name_is_made_ready_and_private(tmp_path: Path) -> None:
    data = tmp_path / "a b" / "50% #1?é"
    ensure(data)
    assert query(data, "SELECT version_num FROM alembic_version") == [(REVISION,)]
    assert query(data, "PRAGMA journal_mode") == [("wal",)]
    assert S_IMODE(data.stat().st_mode) == 0o700
    assert S_IMODE((data / "seawall.db").stat().st_mode) == 0o600
    open_engine(data).dispose()


def test_of_several_that_begin_at_once_all_find_it_ready(tmp_path: Path) -> None:
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(ensure, [tmp_path] * 3))
    assert query(tmp_path, "SELECT version_num FROM alembic_version") == [(REVISION,)]


def test_the_process_that_asks_never_carries_alembic(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from gateway.record.database import ensure;"
        "import gateway.record.holds, gateway.record.journal, gateway.record.keyring;"
        "import gateway.record.verify; ensure(Path(sys.argv[1]));"
        "sys.exit(any(name.split('.')[0] in ('alembic', 'numpy') for name in sys.modules))"
    )
    command = [sys.executable, "-P", "-c", code, str(tmp_path)]
    assert subprocess.run(command, env=environment(), check=False).returncode == 0


def test_the_writer_carries_no_sqlalchemy() -> None:
    code = "import sys, gateway.record.writer; sys.exit('sqlalchemy' in sys.modules)"
    command = [sys.executable, "-P", "-c", code]
    assert subprocess.run(command, env=environment(), check=False).returncode == 0


def test_what_is_no_database_is_refused_aloud(tmp_path: Path) -> None:
    (tmp_path / "seawall.db").write_bytes(b"this is a letter, not a database" * 100)
    with pytest.raises(ConfigError, match="not a database"):
        ensure(tmp_path)


def test_a_database_of_a_newer_seawall_is_refused_aloud(data: Path) -> None:
    with closing(sqlite3.connect(data / "seawall.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(ConfigError, match="9999"):
        ensure(data)


def test_a_folder_that_cannot_be_made_is_refused_aloud(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="data folder"):
        ensure(tmp_path / "file")


def test_nothing_is_made_where_something_is_only_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no record"):
        open_engine(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_while_another_writes_we_wait_and_then_say_so(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_S", 0.05)
    engine = open_engine(data)
    with closing(sqlite3.connect(data / "seawall.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(RecordUnavailable, match="locked"), writing(engine):
            pytest.fail("it began to write while another did")
        with reading(engine) as connection:
            assert connection.execute(text("SELECT count(*) FROM keys")).scalar() == 0
    engine.dispose()


def test_a_failed_transaction_leaves_nothing(data: Path) -> None:
    engine = open_engine(data)

    def fail() -> None:
        with writing(engine) as connection:
            connection.execute(text("INSERT INTO meta VALUES ('a', 'b')"))
            connection.execute(text("INSERT INTO nowhere VALUES (1)"))

    with pytest.raises(RecordUnavailable, match="nowhere"):
        fail()
    engine.dispose()
    assert query(data, "SELECT * FROM meta") == []
