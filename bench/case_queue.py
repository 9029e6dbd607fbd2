"""What a page of the queue costs, with very many open cases: SQLite's file, or a PostgreSQL server.

`seawall bench case-queue --cases 100000` fills a fresh record with cases and asks for each kind of
page over and over; `--database URL` does it in an empty database there (it is migrated, filled, and
left behind). Shown are the CPU of this process, which is all of it for SQLite, and the wall time,
which is what counts for a server; `--plans` prints what the database does for each question.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Any

from msgspec.structs import asdict
from sqlalchemy import Engine, event, func, insert, select

from gateway.cases.cursors import Place, show
from gateway.cases.drafts import Line, opened
from gateway.cases.listing import Wanted
from gateway.cases.rows import COLUMNS
from gateway.cases.store import CaseStore
from gateway.record import postgres
from gateway.record.database import ensure, open_engine, reading, writing
from gateway.record.schema_cases import case_members, cases
from gateway.record.where import Where
from gateway.shapes.cases import CasePage

__all__ = ["main"]

COUNTED = "queues, counted"
"""The one question nobody waits for: `gateway.cases.numbers` answers with older ones meanwhile."""
TENANT = "acme"
NOW = 2_000_000_000.0
_QUEUES = ("abuse", "fraud", "media", "operations", "reports", "vip")
_SHARES = (0.45, 0.3, 0.15, 0.05, 0.05, 0.00005)
_TOGETHER = 5_000
_ENDED = 0.1
_MEMBER = [column.name for column in case_members.columns]


def make_rows(number: int, seed: int) -> Iterator[dict[str, Any]]:  # columns of cases
    """Make cases of a day, a tenth as many ended ones besides."""
    chance = random.Random(seed)
    for n in range(number + int(number * _ENDED)):
        at = NOW - chance.random() * 86_400
        priority = chance.choices(("p0", "p1", "p2", "p3"), (0.0001, 0.02, 0.3, 0.68))[0]
        due = at + chance.choice((60.0, 3600.0, 86_400.0)) if chance.random() < 0.5 else None
        line = Line(
            *(f"l{n}", "open", TENANT, at),
            *(chance.choices(_QUEUES, _SHARES)[0], priority, "verdict", ""),
            *(f"room-{int(chance.paretovariate(0.4)) % 5000}", "lure", f"m{n}", 0),
            *(f"u{chance.randrange(number // 4 + 1)}", "Some Body", "chat", "", "hold", "lure"),
            *("scam.phishing", chance.choice(("low", "medium", "high")), chance.random(), ""),
            *("en", int(chance.paretovariate(0.6)) % 100_000, due, "close"),
        )
        values = asdict(opened(line, f"k{chance.getrandbits(80):020x}"))
        if n >= number:
            ended = {"state": "decided", "decided": at, "rank": -at, "decided_by": "ann"}
            values |= {**ended, "choice": "ban"}
        elif chance.random() < 0.0005:
            values |= {"state": "claimed", "claimed_by": f"mod-{n % 30}", "claim_until": NOW + 60}
        yield values | {"tenant": TENANT, "open": n < number, "alike": ""}


def fill(where: Where, number: int) -> None:
    """Put cases with one event each into an empty record."""
    engine = open_engine(where)
    with writing(engine) as connection:
        if connection.execute(select(func.count()).select_from(cases)).scalar():
            raise SystemExit("there are cases in this database already: want an empty one")
    every = make_rows(number, 1)
    while rows := list(islice(every, _TOGETHER)):
        members = [_member(row) for row in rows]
        with writing(engine) as connection:
            connection.execute(insert(cases), rows)
            connection.execute(insert(case_members), members)
    engine.dispose()
    if where.file is None:  # a server does so by itself, if later; a file has no statistics
        with postgres.connect(where, statement_s=600.0, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")


def _member(row: dict[str, Any]) -> dict[str, Any]:  # columns
    known = {name: row[name] for name in _MEMBER if name in row}
    own = {"case": row["id"], "line": row["id"], "event": row["id"], "rev": 0, "ref": ""}
    return known | own | {"action": "hold", "at": row["opened"], "ended": False}


def questions(store: CaseStore, engine: Engine) -> dict[str, Callable[[], object]]:
    """Return what is asked, by name."""
    with reading(engine) as connection:
        some = connection.execute(select(cases.c.user, cases.c.room).limit(1)).one()

    def page(wanted: Wanted, cursor: str | None = None) -> CasePage:
        return store.page(TENANT, wanted, cursor, 50)

    every = Wanted()
    middle = _middle(engine)
    few = Wanted(only=frozenset({"fraud", "reports", "vip"}))
    asked: dict[str, Wanted] = {
        "three queues": few,
        "a small queue": Wanted(only=frozenset({"vip"})),
        "an empty queue": Wanted(only=frozenset({"nothing"})),
        "priority p0": Wanted(priority="p0"),
        "a small queue's p0": Wanted(only=frozenset({"vip"}), priority="p0"),
        "a small queue's p3": Wanted(only=frozenset({"vip"}), priority="p3"),
        "a queue in a room": Wanted(only=frozenset({"vip"}), room=some.room),
        "a room": Wanted(room=some.room),
        "a quiet room": Wanted(room="room-4711"),
        "no room": Wanted(room="nowhere"),
        "mine": Wanted(mine="mod-7"),
        "nothing of mine": Wanted(mine="nobody"),
        "a user": Wanted(user=some.user, state="all"),
        "ended": Wanted(state="ended"),
        "ended in a queue": Wanted(state="ended", only=frozenset({"vip"})),
    }
    return {
        "first page": lambda: page(every),
        "middle page": lambda: page(every, middle),
        **{name: partial(page, wanted) for name, wanted in asked.items()},
        COUNTED: lambda: store.queues(TENANT),
    }


def _middle(engine: Engine) -> str:
    with reading(engine) as connection:
        half = select(func.avg(cases.c.rank)).where(cases.c.rank > 0)
        return show(Place(float(connection.execute(half).scalar_one()), ""))


def measure(ask: Callable[[], object], times: int) -> tuple[list[float], list[float]]:
    """Ask over and over; return CPU and wall times in milliseconds."""
    cpu, wall = [], []
    for _ in range(times):
        began, began_cpu = time.perf_counter(), time.process_time()
        ask()
        wall.append((time.perf_counter() - began) * 1e3)
        cpu.append((time.process_time() - began_cpu) * 1e3)
    return cpu, wall


def explain(engine: Engine, ask: Callable[[], object]) -> list[str]:
    """Return the plans of what is asked."""
    statements: list[tuple[str, Any]] = []

    def note(_c: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        if statement.startswith("SELECT"):
            statements.append((statement, values))

    event.listen(Engine, "before_cursor_execute", note)
    ask()
    event.remove(Engine, "before_cursor_execute", note)
    lines = []
    with reading(engine) as connection:
        for statement, values in statements:
            word = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
            rows = connection.exec_driver_sql(f"{word} {statement}", values)
            lines += [f"      {row[-1]}" for row in rows]
    return lines


def show_all(where: Where, times: int, plans: bool) -> float:
    """Print what every question costs; return the dearest page's wall time, p95, milliseconds."""
    dearest = 0.0
    engine, store = open_engine(where), CaseStore(where)
    with reading(engine) as connection:
        there = connection.execute(select(func.count()).select_from(cases)).scalar_one()
    print(f"{there} cases in {engine.dialect.name}, {len(COLUMNS)} columns a row; ms a call")
    print(f"{'':<22}{'CPU p50':>9}{'p95':>9}{'wall p50':>10}{'p95':>9}")
    for name, ask in questions(store, engine).items():
        ask()  # opens the connection, fills the caches
        rounds = max(5, times // 10) if name == COUNTED else times
        cpu, wall = (quantiles(each, n=20) for each in measure(ask, rounds))
        if name != COUNTED:
            dearest = max(dearest, wall[18])
        print(f"{name:<22}{cpu[9]:>9.2f}{cpu[18]:>9.2f}{wall[9]:>10.2f}{wall[18]:>9.2f}")
        if plans:
            print("\n".join(explain(engine, ask)))
    store.close()
    engine.dispose()
    return dearest


def main() -> int:
    """Answer the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000, help="open cases (100000)")
    parser.add_argument("--database", default="", help="postgresql://… of an empty database")
    parser.add_argument("--times", type=int, default=100, help="questions of a kind (100)")
    parser.add_argument("--bar", type=float, default=100.0, help="ms a page, p95, wall (100)")
    parser.add_argument("--plans", action="store_true", help="print the database's plans")
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        where = Where.of(Path(folder), asked.database)
        ensure(where)
        began = time.perf_counter()
        fill(where, asked.cases)
        print(f"filled in {time.perf_counter() - began:.0f} s")
        dearest = show_all(where, asked.times, asked.plans)
    kept = dearest <= asked.bar
    print(f"the dearest page, p95: {dearest:.1f} ms; bar {asked.bar:g} ms")
    return 0 if kept else 1


if __name__ == "__main__":
    raise SystemExit(main())
