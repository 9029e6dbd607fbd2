"""The store of who limits by the library `limits`: redis-py over a unix socket, with patience."""

from __future__ import annotations

from limits.aio.storage import RedisStorage
from redis.asyncio import BlockingConnectionPool, UnixDomainSocketConnection

__all__ = ["storage"]


def storage(socket: str, connections: int) -> tuple[RedisStorage, BlockingConnectionPool]:
    """Return a store over at most so many connections, and those: the caller disconnects them.

    Callers wait for a free one, however long; the library's own pool would fail.
    """
    pool = BlockingConnectionPool(
        max_connections=connections,
        timeout=None,
        connection_class=UnixDomainSocketConnection,
        path=socket,
    )
    store = RedisStorage(
        f"async+redis+unix://{socket}",
        implementation="redispy",
        connection_pool=pool,  # type: ignore[arg-type]  # handed on to redis-py as it is
    )
    return store, pool
