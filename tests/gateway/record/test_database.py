"""A data folder is made ready once, by whoever comes first, without Alembic in our process."""

from __future__ import annotations

import shutil
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
from gateway.record.secret import SECRET_FILE, SECRET_VARIABLE
from gateway.record.spawn import environment
from gateway.record.where import Where
from seawall.errors import ConfigError, RecordUnavailable
from tests.gateway.record.making import change, query


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


def test_the_writer_carries_no_sqlalchemy_and_no_server_driver() -> None:
    code = (
        "import sys, gateway.record.writer;"
        "sys.exit(any(name in sys.modules for name in ('sqlalchemy', 'psycopg')))"
    )
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


def test_another_secret_is_refused_aloud(where: Where, tmp_path: Path) -> None:
    ensure(where)
    other = Where.of(tmp_path / "other", where.url or f"sqlite://{where.file}")
    with pytest.raises(ConfigError, match="another secret"):
        ensure(other)
    shutil.copy(where.data / SECRET_FILE, other.data / SECRET_FILE)
    ensure(other)


def test_the_secret_may_come_from_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET_VARIABLE, "ab" * 32)
    ensure(tmp_path)
    assert not (tmp_path / SECRET_FILE).exists()
    monkeypatch.setenv(SECRET_VARIABLE, "cd" * 32)
    with pytest.raises(ConfigError, match="another secret"):
        ensure(tmp_path)


def test_the_note_of_the_secret_is_made_again_where_it_was_lost(where: Where) -> None:
    change(where, "DELETE FROM meta WHERE key = 'secret'")
    ensure(where)
    assert query(where, "SELECT count(*) FROM meta WHERE key = 'secret'") == [(1,)]


def test_of_several_that_begin_at_once_on_a_server_all_find_it_ready(
    tmp_path: Path, postgres_url: str
) -> None:
    where = Where.of(tmp_path, postgres_url)
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(ensure, [where] * 3))
    assert query(where, "SELECT version_num FROM alembic_version") == [(REVISION,)]


def test_a_server_that_does_not_answer_is_said_to_be_unavailable(
    tmp_path: Path, on_postgres: Where
) -> None:
    nowhere = Where.of(tmp_path, f"postgresql://ann:hush@/db?host={tmp_path}")
    with pytest.raises(RecordUnavailable, match="does not answer") as caught:
        ensure(nowhere)
    engine = open_engine(nowhere)
    with pytest.raises(RecordUnavailable, match="cannot be read") as again, reading(engine):
        pytest.fail("it read nothing")
    assert "hush" not in f"{caught.value!r} {again.value!r} {again.value.__cause__!r} {engine!r}"


def test_a_cut_connection_is_made_again_unseen(on_postgres: Where) -> None:
    engine = open_engine(on_postgres)
    with reading(engine) as connection:
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    query(on_postgres, "SELECT pg_terminate_backend(?)", pid)
    with reading(engine) as connection:
        assert connection.execute(text("SELECT pg_backend_pid()")).scalar_one() != pid
    engine.dispose()


def test_a_reader_sees_one_state(where: Where) -> None:
    engine = open_engine(where)
    with reading(engine) as connection:
        count = "SELECT count(*) FROM meta"
        before = connection.execute(text(count)).scalar_one()
        change(where, "INSERT INTO meta VALUES ('a', 'b')")
        assert connection.execute(text(count)).scalar_one() == before
    with reading(engine) as connection:
        assert connection.execute(text(count)).scalar_one() == before + 1
    engine.dispose()


def test_a_replaced_file_is_noticed_by_readers(data: Path, migrated: Path) -> None:
    engine = open_engine(data)
    with writing(engine) as connection:
        connection.execute(text("INSERT INTO meta VALUES ('a', 'b')"))
    for path in data.glob("seawall.db*"):
        path.unlink()
    with pytest.raises(RecordUnavailable), reading(engine):
        pytest.fail("it read a file that is gone")
    shutil.copy(migrated / "seawall.db", data / "seawall.db")
    with reading(engine) as connection:
        assert connection.execute(text("SELECT key FROM meta")).scalars().all() == ["secret"]
    engine.dispose()


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


def test_a_failed_transaction_leaves_nothing(where: Where) -> None:
    engine = open_engine(where)

    def fail() -> None:
        with writing(engine) as connection:
            connection.execute(text("INSERT INTO meta VALUES ('a', 'b')"))
            connection.execute(text("INSERT INTO nowhere VALUES (1)"))

    with pytest.raises(RecordUnavailable, match="nowhere"):
        fail()
    engine.dispose()
    assert query(where, "SELECT key FROM meta") == [("secret",)]
