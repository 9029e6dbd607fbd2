"""What the verbs about pages do. A running gateway on the same record makes the calls."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from secrets import token_hex

from gateway.paging.channels import Plans
from gateway.paging.rota import on_call
from gateway.paging.store import PageStore
from gateway.people.accounts import Accounts
from gateway.people.documents import Documents
from gateway.record.database import ensure
from gateway.record.where import Where
from gateway.shapes.paging import DeliveryLine, PageLine
from gateway.verbs import where_of
from seawall.errors import ConfigError, UnknownName

__all__ = ["page_on_call", "page_test"]

NOTICED_S = 5.0
"""Within this a running gateway has taken a page up."""
_LOOK_S = 0.25


def page_test(given: argparse.Namespace) -> int:
    """Call somebody; 0 once somebody has answered, 1 when nobody does."""
    with _opened(given) as (where, plans):
        _known(where, given.tenant, given.person)
        channels = {each.name for each in plans.channels(given.tenant).channels}
        for name in given.channel:
            if name not in channels:
                raise UnknownName(f"{name}: no such channel; there are {', '.join(channels)}")
        page = f"drill-{token_hex(6)}"
        why = " ".join(["drill", given.person or "", *given.channel])
        with closing(PageStore(where)) as store:
            store.open(given.tenant, page, "", "p1", why, time.time())
            return _follow(store, given.tenant, page, given.wait)


def page_on_call(given: argparse.Namespace) -> int:
    """Say who is on call, a line for each queue that has somebody of its own."""
    with _opened(given) as (_, plans):
        rota, now = plans.rota(given.tenant).rota, time.time()
        queues = {queue for shift in rota.shifts for queue in shift.queues}
        nobody = "nobody" if rota.shifts else "the leads, because there is no rota"
        for queue in ("", *sorted(queues)):
            found = on_call(rota, queue, now)
            until = "" if found.until is None else f"until {_time(found.until)}"
            people = ", then ".join(found.people) or nobody
            print(f"{queue or 'all queues':<16} {people} {until}".rstrip())
    return 0


@contextmanager
def _opened(given: argparse.Namespace) -> Iterator[tuple[Where, Plans]]:
    where = where_of(given)
    ensure(where)
    with closing(Documents(where)) as documents:
        yield where, Plans(documents, where)


def _known(where: Where, tenant: str, person: str | None) -> None:
    if person is None:
        return
    with closing(Accounts(where)) as accounts:
        if accounts.find(tenant, person) is None:
            raise UnknownName(f"{person}: tenant {tenant} has no moderator of that name")


def _follow(store: PageStore, tenant: str, page: str, wait_s: float) -> int:
    begun = time.monotonic()
    told: dict[str, str] = {}
    line = None
    while time.monotonic() - begun < wait_s:
        line = store.page(tenant, page)
        if line is None:
            raise ConfigError("the page is gone from the record")
        for each in store.deliveries(tenant, None, None, 100):
            if each.page == page:
                _tell(each, told)
        if line.state in ("acked", "closed", "exhausted"):
            break
        if line.step == 0 and time.monotonic() - begun > NOTICED_S:
            raise ConfigError("no gateway runs on this record: nobody makes the call")
        time.sleep(_LOOK_S)
    return _end(line)


def _tell(delivery: DeliveryLine, told: dict[str, str]) -> None:
    says = f"{delivery.state} {delivery.error}".strip()
    if told.get(delivery.id) != says:
        told[delivery.id] = says
        print(f"{delivery.channel:<12} to {delivery.person:<16} {says}", flush=True)


def _end(line: PageLine | None) -> int:
    if line is not None and line.state == "acked":
        print(f"answered by {line.acked_by} after {(line.acked or line.at) - line.at:.1f} s")
        return 0
    what = "nobody can be called" if line is None or not line.person else "nobody answered in time"
    print(f"seawall: {what}", file=sys.stderr)
    return 1


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
