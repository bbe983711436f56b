"""Counters of attempts in Redis, shared by processes and machines (the extra ``redis``)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from eid.accounts.attempts.limits import (
    KEPT_LONGER,
    Admission,
    AttemptKey,
    checked,
    milliseconds,
    milliseconds_of,
    refused,
)
from eid.errors import AttemptLimitsFull, AttemptLimitsUnavailable
from eid.tokens.redis_server import RedisServer, redis_client

if TYPE_CHECKING:
    from redis import Redis

__all__ = ["PREFIX", "RedisAttemptLimits"]

#: Before every key in Redis.
PREFIX = b"eid:attempts:"

# What `Counter` of eid.accounts.attempts.limits says, once more, because Redis runs nothing but Lua in one step. A
# test compares the two over random histories. Times are milliseconds since 1970, which a Lua number holds
# exactly.
_COMMON = """
local function read(key)
  local kept = redis.call('HMGET', key, 'count', 'opened', 'locks', 'locked')
  return {count = tonumber(kept[1] or 0), opened = tonumber(kept[2] or 0),
          locks = tonumber(kept[3] or 0), locked = tonumber(kept[4] or 0)}
end
local function write(key, c, window, longest, now)
  local needed = 0
  if c.locks > 0 then needed = c.locked + c.locks * longest end
  if c.count > 0 then needed = math.max(needed, c.opened + window) end
  if needed == 0 then
    redis.call('DEL', key)
  else
    redis.call('HSET', key, 'count', c.count, 'opened', c.opened, 'locks', c.locks, 'locked', c.locked)
    redis.call('PEXPIRE', key, math.max(needed + KEPT_LONGER - now, 1))
  end
end
""".replace("KEPT_LONGER", str(milliseconds_of(KEPT_LONGER)))
# KEYS; then now, and for each key attempts, window, lockout, longest, and how many lockouts are counted.
_ADMIT = (
    _COMMON
    + """
local now, wait, counters = tonumber(ARGV[1]), 0, {}
for i, key in ipairs(KEYS) do
  counters[i] = read(key)
  wait = math.max(wait, counters[i].locked - now)
end
if wait > 0 then return wait end
for i, key in ipairs(KEYS) do
  local c, at = counters[i], 5 * i - 3
  local attempts, window = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  local lockout, longest = tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local most = tonumber(ARGV[at + 4])
  local over = c.locked > c.opened or now >= c.opened + window
  if over or c.count == 0 then
    c.count, c.opened = 1, now
  else
    c.count = c.count + 1
  end
  if c.count >= attempts then
    local forgotten = math.floor(math.max(now - c.locked, 0) / longest)
    local locks = math.max(c.locks - forgotten, 0)
    c.locked = math.max(now, c.opened) + math.min(lockout * 2 ^ locks, longest)
    c.locks = math.min(locks + 1, most)
  end
  write(key, c, window, longest, now)
end
return 0
"""
)
# KEYS; then the time of the attempt, and for each key window, longest, and 1 where a success resets it.
_SUCCEEDED = (
    _COMMON
    + """
local at = tonumber(ARGV[1])
for i, key in ipairs(KEYS) do
  local c, first = read(key), 3 * i - 1
  local window, longest = tonumber(ARGV[first]), tonumber(ARGV[first + 1])
  if at >= c.opened and c.count > 0 then
    c.count = (ARGV[first + 2] == '1') and 0 or c.count - 1
    if c.locked > c.opened then
      c.locks = c.locks - 1
      c.locked = (c.locks > 0) and c.opened or 0
    end
    write(key, c, window, longest, at)
  end
end
return 0
"""
)


class RedisAttemptLimits:
    """An :class:`~eid.accounts.attempts.limits.AttemptLimits` of keys that expire by themselves. Thread-safe.

    An attempt is one script, which Redis runs in one step. Redis must not drop keys when memory runs out, or
    it forgets lockouts: the policy ``noeviction`` is asked for once, at the first use. A replica that takes
    over may lack the last attempts that its predecessor counted, and a restart without ``appendonly`` all:
    where that matters use :class:`~eid.accounts.attempts.sql.SqlAttemptLimits`. A Redis Cluster refuses such
    scripts, so every attempt too.

    :param client: the caller's; its timeouts are the caller's business. :meth:`open` makes one.
    """

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._server = RedisServer(client, unavailable=AttemptLimitsUnavailable, full=AttemptLimitsFull)
        self._admit = client.register_script(_ADMIT)
        self._succeeded = client.register_script(_SUCCEEDED)

    @classmethod
    def open(cls, url: str) -> Self:
        """The counters at *url*. Nothing is sent before the first use.

        :param url: ``redis://[user:password@]host:6379/0``, ``rediss://`` with TLS, ``unix://path``.
        :raises InputError: not such an address.
        :raises MissingExtra: the package ``redis`` is not installed.
        """
        return cls(redis_client(url))

    def admit(self, keys: Sequence[AttemptKey], *, now: datetime) -> Admission:
        """See :class:`~eid.accounts.attempts.limits.AttemptLimits`.

        :raises AttemptLimitsUnavailable: no answer, or a server that drops keys when memory runs out.
        :raises AttemptLimitsFull: the server has no memory left.
        """
        arguments: list[int] = [milliseconds(now)]
        for each in checked(keys):
            limit = each.limit
            times = (milliseconds_of(time) for time in (limit.window, limit.lockout, limit.longest))
            arguments += [limit.attempts, *times, limit.most_locks]
        with self._server.errors():
            self._server.require_keeping()
            wait: Any = self._admit(keys=_names(keys), args=arguments)
        return refused(int(wait)) if wait else Admission(True)

    def succeeded(self, keys: Sequence[AttemptKey], *, at: datetime) -> None:
        """See :class:`~eid.accounts.attempts.limits.AttemptLimits`.

        :raises AttemptLimitsUnavailable: no answer.
        """
        arguments: list[int] = [milliseconds(at)]
        for each in checked(keys):
            window, longest = milliseconds_of(each.limit.window), milliseconds_of(each.limit.longest)
            arguments += [window, longest, int(each.resets)]
        with self._server.errors():
            self._succeeded(keys=_names(keys), args=arguments)

    def release(self, keys: Sequence[AttemptKey]) -> None:
        """See :class:`~eid.accounts.attempts.limits.AttemptLimits`.

        :raises AttemptLimitsUnavailable: no answer.
        """
        with self._server.errors():
            self._client.delete(*_names(checked(keys)))

    def close(self) -> None:
        """Give the connections back."""
        self._server.close()

    def __repr__(self) -> str:  # an address may hold a password
        return "<RedisAttemptLimits>"


def _names(keys: Sequence[AttemptKey]) -> list[bytes]:
    return [PREFIX + each.key for each in keys]
