"""Real parts that these tests break: a PostgreSQL of their own."""

from __future__ import annotations

from tests.gateway.postgres import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]
