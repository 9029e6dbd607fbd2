"""Real parts that several of the gateway's tests stand on."""

from __future__ import annotations

from tests.gateway.postgres import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]
