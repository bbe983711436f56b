"""Used tokens in Redis, shared by processes and machines (the extra ``redis``)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from eid.errors import ReplayStoreFull, ReplayStoreUnavailable
from eid.tokens.redis_server import RedisServer, redis_client
from eid.tokens.replay import KEPT_LONGER, replay_key

if TYPE_CHECKING:
    from redis import Redis

__all__ = ["PREFIX", "RedisReplayStore"]

#: Before every key in Redis.
PREFIX = b"eid:used:"


class RedisReplayStore:
    """A :class:`~eid.tokens.replay.ReplayStore` of keys that expire by themselves. Thread-safe.

    A use is one ``SET`` with ``NX`` and ``PX``. Redis must not drop keys when memory runs out, or it
    forgets tokens early: the policy ``noeviction`` is asked for once, at the first use. A replica that
    takes over may lack the last keys of its predecessor, and a restart without ``appendonly`` all:
    where that matters use :class:`~eid.tokens.replay.sql.SqlReplayStore`.

    :param client: the caller's; its timeouts are the caller's business. :meth:`open` makes one.
    """

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._server = RedisServer(client, unavailable=ReplayStoreUnavailable, full=ReplayStoreFull)

    @classmethod
    def open(cls, url: str) -> Self:
        """The store at *url*. Nothing is sent before the first use.

        :param url: ``redis://[user:password@]host:6379/0``, ``rediss://`` with TLS, ``unix://path``.
        :raises InputError: not such an address.
        :raises MissingExtra: the package ``redis`` is not installed.
        """
        return cls(redis_client(url))

    def use(self, issuer: str, jti: str, *, expires_at: datetime, now: datetime) -> bool:
        """See :class:`~eid.tokens.replay.ReplayStore`.

        :raises ReplayStoreUnavailable: no answer, or a server that drops keys when memory runs out.
        :raises ReplayStoreFull: the server has no memory left.
        """
        key = PREFIX + replay_key(issuer, jti)
        milliseconds = int((expires_at + KEPT_LONGER - now).total_seconds() * 1000)
        with self._server.errors():
            self._server.require_keeping()
            # A token that has long expired is marked all the same: what decides is not here.
            return self._client.set(key, b"", nx=True, px=max(milliseconds, 1)) is not None

    def close(self) -> None:
        """Give the connections back."""
        self._server.close()

    def __repr__(self) -> str:  # an address may hold a password
        return "<RedisReplayStore>"
