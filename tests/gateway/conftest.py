"""Real parts that several of the gateway's tests stand on."""

from __future__ import annotations

from tests.gateway.migrated import blanks, data, migrated, on_postgres, template, where
from tests.gateway.postgres import postgres_server, postgres_url

__all__ = [
    "blanks",
    "data",
    "migrated",
    "on_postgres",
    "postgres_server",
    "postgres_url",
    "template",
    "where",
]
