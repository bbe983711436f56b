"""How often somebody may guess: counted and checked in one step, before anything is verified.

A counter belongs to an account, a source, or what else somebody guesses at or from. It admits so many
attempts, then it is locked for a time that doubles with every lockout, up to a longest one; nothing is ever
locked for good. Of attempts made at the same moment no more are admitted than of attempts made one after
another. When the store of the counters cannot be asked, nothing is admitted.

One process: :class:`MemoryAttemptLimits`. Several: :mod:`eid.accounts.attempts.sql`,
:mod:`eid.accounts.attempts.redis`. What puts the counters around a verification:
:mod:`eid.accounts.attempts.guard`.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from eid.errors import AttemptLimitsFull, InputError

__all__ = [
    "CAPACITY",
    "KEPT_LONGER",
    "LONGEST",
    "MAX_ATTEMPTS",
    "MAX_KEYS",
    "Admission",
    "AttemptKey",
    "AttemptLimits",
    "Counter",
    "Limit",
    "MemoryAttemptLimits",
    "milliseconds",
]

#: Counters of a :class:`MemoryAttemptLimits`, each some 250 octets.
CAPACITY = 200_000
#: A counter is kept for longer than it is needed: clocks of machines that share a store differ.
KEPT_LONGER = timedelta(minutes=5)
#: No window and no lockout is longer.
LONGEST = timedelta(days=366)
#: No window admits more.
MAX_ATTEMPTS = 1_000_000
_SHORTEST = timedelta(milliseconds=1)
_SWEEP_EVERY = timedelta(minutes=1)
_KEY = 32
#: Keys of one call.
MAX_KEYS = 8


@dataclass(frozen=True, slots=True)
class Limit:
    """How many attempts one counter admits.

    In the long run it admits fewer than twice *attempts* in each *longest*, whoever waits for whatever.

    :param attempts: this many within *window*; the last of them locks, unless it succeeds.
    :param window: begins with the first attempt. Not shorter than *longest*: else who guesses slowly enough
        never to be locked would guess more than who is locked all the time.
    :param lockout: how long the first lockout lasts; every further one lasts twice as long.
    :param longest: the longest lockout. One earlier lockout is forgotten each time that this has passed
        since the last one ended.
    :raises InputError: no attempt, times that do not fit together, or one of less than a millisecond or
        more than :data:`LONGEST`.
    """

    attempts: int
    window: timedelta
    lockout: timedelta
    longest: timedelta

    def __post_init__(self) -> None:
        if not 0 < self.attempts <= MAX_ATTEMPTS:
            raise InputError(f"a limit admits 1 to {MAX_ATTEMPTS} attempts")
        if not all(_SHORTEST <= time <= LONGEST for time in (self.window, self.lockout, self.longest)):
            raise InputError(f"the times of a limit are 1 ms to {LONGEST.days} days")
        if not self.lockout <= self.longest <= self.window:
            raise InputError("the first lockout is at most the longest one, and that at most the window")

    def lasts(self, locks: int) -> int:
        """Milliseconds of the lockout that follows *locks* earlier ones."""
        return min(milliseconds_of(self.lockout) << locks, milliseconds_of(self.longest))

    @property
    def most_locks(self) -> int:
        """How many lockouts are counted: from then on all are the longest."""
        times = -(-milliseconds_of(self.longest) // milliseconds_of(self.lockout))
        return (times - 1).bit_length() + 1


@dataclass(frozen=True, slots=True)
class AttemptKey:
    """Which counter, and what holds for it.

    :param key: 32 octets that tell nothing of whose counter it is: a keyed hash.
    :param resets: a success forgets all attempts of the present window, as it should for an account; else
        only its own attempt, as for a source, which would otherwise clear itself with an account of its
        own.
    :raises InputError: another length.
    """

    key: bytes = field(repr=False)
    limit: Limit
    resets: bool = True

    def __post_init__(self) -> None:
        if len(self.key) != _KEY:
            raise InputError(f"the key of a counter has {_KEY} octets")


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether an attempt may be made.

    :param retry_after: when it may not: how long until one may.
    """

    allowed: bool
    retry_after: timedelta = timedelta(0)


class AttemptLimits(Protocol):
    """Counts attempts. Implementations can be shared by threads.

    Every method raises :class:`~eid.errors.AttemptLimitsUnavailable` when nobody knows: the attempt must
    then be refused. Keys of one call are distinct, and at most eight.
    """

    def admit(self, keys: Sequence[AttemptKey], *, now: datetime) -> Admission:
        """Count one attempt on every key, if none of them is locked, in one step. An attempt that is
        refused counts on none, so a lockout ends when it was said to end.

        :param now: aware. Clocks of machines that share a store may differ; one that goes back opens
            nothing.
        :raises InputError: *now* has no zone, or keys that cannot be keys of one call.
        """
        ...

    def succeeded(self, keys: Sequence[AttemptKey], *, at: datetime) -> None:
        """Take back what :meth:`admit` counted, and for keys that reset all of their present window; also a
        lockout that began in it. Earlier lockouts stay counted: only time forgets them.

        :param at: the *now* of the attempt.
        """
        ...

    def release(self, keys: Sequence[AttemptKey]) -> None:
        """Forget everything about these keys, for an officer who helps somebody."""
        ...


@dataclass(frozen=True, slots=True)
class Counter:
    """What a store keeps of one key; times in milliseconds since 1970.

    :param count: attempts of the present window.
    :param opened: when that window began.
    :param locks: lockouts that were not forgotten when the last one began.
    :param locked: until when that one lasts or lasted; the window *opened* is over when this is
        later.
    """

    count: int = 0
    opened: int = 0
    locks: int = 0
    locked: int = 0

    def waits(self, now: int) -> int:
        """Milliseconds until an attempt is admitted; 0 when one is."""
        return max(self.locked - now, 0)

    def attempted(self, limit: Limit, now: int) -> Counter:
        """With one attempt more; not to be asked while it is locked."""
        over = self.locked > self.opened or now >= self.opened + milliseconds_of(limit.window)
        count, opened = (1, now) if over or not self.count else (self.count + 1, self.opened)
        if count < limit.attempts:
            return Counter(count, opened, self.locks, self.locked)
        forgotten = max(now - self.locked, 0) // milliseconds_of(limit.longest)
        locks = max(self.locks - forgotten, 0)
        until = max(now, opened) + limit.lasts(locks)
        return Counter(count, opened, min(locks + 1, limit.most_locks), until)

    def succeeded(self, at: int, *, resets: bool) -> Counter:
        """After a success of the attempt made *at*."""
        if at < self.opened or not self.count:
            return self  # its window is over
        count = 0 if resets else self.count - 1
        if self.locked <= self.opened:
            return Counter(count, self.opened, self.locks, self.locked)
        locks = self.locks - 1
        # When the lockout before it ended is not kept. It was not later than this.
        return Counter(count, self.opened, locks, self.opened if locks else 0)

    def kept_until(self, limit: Limit) -> int:
        """From when on it is the same as no counter, by any clock; 0 when it is so already."""
        until = self.locked + self.locks * milliseconds_of(limit.longest) if self.locks else 0
        if self.count:
            until = max(until, self.opened + milliseconds_of(limit.window))
        return until and until + milliseconds_of(KEPT_LONGER)


def milliseconds(moment: datetime) -> int:
    """*moment* as the counters keep it.

    :raises InputError: a time without zone, which another machine would read differently.
    """
    if moment.utcoffset() is None:
        raise InputError("a time without zone")
    return int(moment.timestamp() * 1000)


def milliseconds_of(time: timedelta) -> int:
    """*time* as the counters count it."""
    return time // _SHORTEST


def checked(keys: Sequence[AttemptKey]) -> Sequence[AttemptKey]:
    """*keys*, when they can be keys of one call.

    :raises InputError: too many or none, or one of them twice.
    """
    if not 0 < len(keys) <= MAX_KEYS or len({each.key for each in keys}) != len(keys):
        raise InputError(f"one attempt has 1 to {MAX_KEYS} counters, each once")
    return keys


def refused(wait: int) -> Admission:
    """An attempt that has to wait *wait* milliseconds."""
    return Admission(False, wait * _SHORTEST)


class MemoryAttemptLimits:
    """For a service that is one process. A restart forgets every lockout.

    :param capacity: counters; beyond it new ones are refused, and none is forgotten early.
    """

    def __init__(self, *, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._counters: dict[bytes, tuple[Counter, int]] = {}
        self._next_sweep = datetime.min.replace(tzinfo=UTC)
        self._lock = threading.Lock()

    def admit(self, keys: Sequence[AttemptKey], *, now: datetime) -> Admission:
        """See :class:`AttemptLimits`.

        :raises AttemptLimitsFull: no room.
        """
        moment = milliseconds(now)
        with self._lock:
            self._sweep(now)
            found = [(each, self._counter(each.key)) for each in checked(keys)]
            wait = max(counter.waits(moment) for _, counter in found)
            if wait:
                return refused(wait)
            if len(self._counters) + sum(each.key not in self._counters for each in keys) > self._capacity:
                raise AttemptLimitsFull(f"{self._capacity} counters")
            for each, counter in found:
                self._keep(each, counter.attempted(each.limit, moment))
        return Admission(True)

    def succeeded(self, keys: Sequence[AttemptKey], *, at: datetime) -> None:
        """See :class:`AttemptLimits`."""
        with self._lock:
            for each in checked(keys):
                self._keep(each, self._counter(each.key).succeeded(milliseconds(at), resets=each.resets))

    def release(self, keys: Sequence[AttemptKey]) -> None:
        """See :class:`AttemptLimits`."""
        with self._lock:
            for each in checked(keys):
                self._counters.pop(each.key, None)

    def _counter(self, key: bytes) -> Counter:
        return self._counters[key][0] if key in self._counters else Counter()

    def _keep(self, key: AttemptKey, counter: Counter) -> None:
        until = counter.kept_until(key.limit)
        if until:
            self._counters[key.key] = counter, until
        else:
            self._counters.pop(key.key, None)

    def _sweep(self, now: datetime) -> None:
        if now < self._next_sweep:
            return
        self._next_sweep = now + _SWEEP_EVERY
        moment = milliseconds(now)
        for key in [key for key, (_, until) in self._counters.items() if until <= moment]:
            del self._counters[key]

    def __len__(self) -> int:
        return len(self._counters)

    def __bool__(self) -> bool:  # an empty store is a store
        return True

    def __repr__(self) -> str:
        return f"<MemoryAttemptLimits {len(self)} of {self._capacity}>"
