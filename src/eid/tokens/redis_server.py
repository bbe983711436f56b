"""Redis as the stores of this library use it: nothing hangs, nothing is sent twice, nothing is forgotten early.

The stores of used tokens and of attempts stand on this (the extra ``redis``). It knows no key of theirs.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from eid.errors import EidError, InputError, MissingExtra

if TYPE_CHECKING:
    from redis import Redis

__all__ = ["TIMEOUT", "RedisServer", "redis_client"]

#: Seconds until an answer is given up: once for the connection, once for each command.
TIMEOUT = 2.0


class RedisServer:
    """A server that refuses what it has no room for, and says so in errors of the library. Thread-safe.

    :param client: its timeouts are the caller's business; see :func:`redis_client`.
    :param unavailable: the error that says: nobody knows.
    :param full: the error for a server without memory left.
    """

    def __init__(self, client: Redis, *, unavailable: type[EidError], full: type[EidError]) -> None:
        self._client = client
        self._unavailable = unavailable
        self._full = full
        self._keeps = False

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """Whatever goes wrong on the way to Redis means that nobody knows."""
        redis = _redis()
        try:
            yield
        except redis.exceptions.OutOfMemoryError:
            raise self._full("Redis has no memory left") from None
        except (redis.exceptions.RedisError, OSError) as error:
            # The text of the error is left out: it names hosts and users.
            raise self._unavailable(f"Redis: {type(error).__name__}") from None

    def require_keeping(self) -> None:
        """Ask once, inside :meth:`errors`, that the server drops no keys when memory runs out."""
        if self._keeps:
            return
        memory: Any = self._client.info("memory")
        if memory.get("maxmemory", 0) and memory.get("maxmemory_policy") != "noeviction":
            raise self._unavailable("Redis drops keys when memory runs out: set maxmemory-policy noeviction")
        self._keeps = True

    def close(self) -> None:
        """Give the connections back."""
        with self.errors():
            self._client.close()


def redis_client(url: str) -> Redis:
    """A client that gives up after :data:`TIMEOUT`. Nothing is sent yet.

    :param url: ``redis://[user:password@]host:6379/0``, ``rediss://`` with TLS, ``unix://path``.
    :raises InputError: not such an address.
    :raises MissingExtra: the package ``redis`` is not installed.
    """
    redis = _redis()
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    try:
        client: Redis = redis.Redis.from_url(
            url,
            socket_timeout=TIMEOUT,
            socket_connect_timeout=TIMEOUT,
            # Sent once more after a lost answer, a first use would look like a second, and an attempt count twice.
            retry=Retry(NoBackoff(), 0),
        )
    except (ValueError, TypeError, redis.RedisError):
        raise InputError("not the address of a Redis server") from None
    return client


def _redis() -> Any:
    try:
        import redis
    except ImportError:
        raise MissingExtra("a store in Redis needs the package redis: install eid[redis]") from None
    return redis
