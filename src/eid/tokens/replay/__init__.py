"""Tokens that were used: each is good for one use.

A store keeps issuer and ``jti``, shared ones a digest of them, until the token has expired and a little
longer. When it cannot be asked, or has no room, the token is refused: nothing is forgotten early and
nothing is accepted unseen. For several processes: :mod:`eid.tokens.replay.sql`,
:mod:`eid.tokens.replay.redis`.
"""

from __future__ import annotations

import hashlib
import threading
from datetime import UTC, datetime, timedelta
from typing import Protocol

from eid.errors import ReplayStoreFull

__all__ = ["CAPACITY", "KEPT_LONGER", "MemoryReplayStore", "ReplayStore", "replay_key"]

#: Entries of a :class:`MemoryReplayStore`, each some 250 octets: 300 tokens a second that live 5 minutes.
CAPACITY = 200_000
#: An entry outlives its token: machines that share a store have clocks that differ, and what one of them
#: holds for expired another might still accept.
KEPT_LONGER = timedelta(minutes=5)
_SWEEP_EVERY = timedelta(minutes=1)
_SHORT = 100


class ReplayStore(Protocol):
    """Remembers which tokens were used. Implementations can be shared by threads."""

    def use(self, issuer: str, jti: str, *, expires_at: datetime, now: datetime) -> bool:
        """Mark a token as used: in one step, so that of many who try one succeeds.

        :param issuer: whose ``jti`` it is: two issuers may choose the same one.
        :param expires_at: when the token can no longer be accepted, leeway included.
        :param now: the present; both aware.
        :returns: ``True`` for the first use, ``False`` for every other.
        :raises ReplayStoreUnavailable: nobody knows. The token must be refused.
        """
        ...


def replay_key(issuer: str, jti: str) -> bytes:
    """What shared stores keep instead of the two texts: BLAKE2b (RFC 7693), 32 octets."""
    text = f"{len(issuer)} {issuer}{jti}"
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=32).digest()


class MemoryReplayStore:
    """For a service that is one process. A restart forgets everything, so a token that was used before
    it and still lives can be used again: let such a service start with a pause of the longest lifetime,
    or use a shared store.

    :param capacity: entries; a token beyond it is refused.
    """

    def __init__(self, *, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._keys: set[str | bytes] = set()
        #: The same keys by the minute after which they are no longer needed.
        self._by_minute: dict[int, list[str | bytes]] = {}
        self._next_sweep = datetime.min.replace(tzinfo=UTC)
        self._lock = threading.Lock()

    def use(self, issuer: str, jti: str, *, expires_at: datetime, now: datetime) -> bool:
        """See :class:`ReplayStore`.

        :raises ReplayStoreFull: no room.
        """
        # The usual name is shorter than its digest would be long to make.
        short = len(jti) <= _SHORT and len(issuer) <= _SHORT
        key = f"{len(issuer)} {issuer}{jti}" if short else replay_key(issuer, jti)
        minute = int(expires_at.timestamp()) // 60
        with self._lock:
            if now >= self._next_sweep:
                self._sweep(now)
            if key in self._keys:
                return False
            if len(self._keys) >= self._capacity:
                raise ReplayStoreFull(f"{self._capacity} tokens")
            self._keys.add(key)
            if minute in self._by_minute:
                self._by_minute[minute].append(key)
            else:
                self._by_minute[minute] = [key]
            return True

    def _sweep(self, now: datetime) -> None:
        self._next_sweep = now + _SWEEP_EVERY
        gone = int((now - KEPT_LONGER).timestamp()) // 60
        for minute in [each for each in self._by_minute if each < gone]:
            self._keys.difference_update(self._by_minute.pop(minute))

    def __len__(self) -> int:
        return len(self._keys)

    def __bool__(self) -> bool:  # an empty store is a store
        return True

    def __repr__(self) -> str:
        return f"<MemoryReplayStore {len(self)} of {self._capacity}>"
