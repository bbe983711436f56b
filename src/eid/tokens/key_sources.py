"""Where an issuer's keys come from while a verifier runs: a file, or the issuer's server.

Both keep the last good keys when something worse comes, and say how old they are: a verifier neither
stops at the first failed refresh, nor trusts for ever what nobody confirms any more. Fixed keys are a
:class:`~eid.crypto.keys.KeySet`, which is a :class:`KeySource`, too.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from eid.crypto.algorithms import DEFAULT_ALGORITHMS
from eid.crypto.key_files import read_file
from eid.crypto.keys import MAX_JWKS, FoundKey, KeySet, KeySource
from eid.errors import (
    EidError,
    FetchFailed,
    InputError,
    KeyFileError,
    KeyFormatError,
    KeysTooOld,
    KeysUnavailable,
    LimitExceeded,
)
from eid.tokens.fetching import COOLDOWN, TIMEOUT, HttpDocument

if TYPE_CHECKING:
    import httpx

    from eid.tokens.fetching import Fetched

__all__ = [
    "MAX_TRUST_AGE",
    "OFFLINE_GRACE",
    "FileKeySource",
    "FoundKey",
    "HttpKeySource",
    "KeySource",
]

#: How long fetched keys count without asking again: a key withdrawn by its issuer is used no longer.
MAX_TRUST_AGE = timedelta(minutes=15)
#: How much longer while the issuer's server cannot be asked.
OFFLINE_GRACE = timedelta(hours=24)
#: Part of ``max_trust_age`` after which keys are renewed, before anybody has to wait for it.
_RENEW_AFTER = 0.75


@dataclass(frozen=True, slots=True)
class _Kept:
    """Good keys, and since when they are known to be."""

    keys: KeySet
    at: datetime

    def age(self, moment: datetime) -> timedelta:
        return max(moment - self.at, timedelta(0))  # a clock set back makes nothing younger than new

    def found(self, kid: str, *, now: datetime, age: timedelta, problem: EidError | None) -> FoundKey:
        if problem is not None and self.keys.get(kid) is None:
            # It may be a new one: nobody can say that it is unknown.
            raise KeysUnavailable(f"not among the last good keys, and no newer ones: {problem.code}")
        return FoundKey(self.keys.find(kid, now=now).key, age, problem is not None)


def _read(octets: bytes, algorithms: frozenset[str]) -> KeySet:
    """A JWK Set. One without keys withdraws all; one whose every key is unusable is damaged."""
    keys = KeySet.from_jwks(octets, algorithms=algorithms)
    if keys.problems and not len(keys):
        raise KeyFormatError("a JWK Set without a usable key")
    return keys


# --- a file --------------------------------------------------------------------------------------


class FileKeySource:
    """The keys of a JWK Set file that somebody replaces from time to time. Thread-safe.

    The file is read again when it changed; replace it by renaming a complete one over it. When the new
    one is damaged or gone, the last good keys stay in use, answers are marked ``stale``, and
    :attr:`problem` says why. Their age counts from the time the file was last written.

    :param path: of the file.
    :param max_trust_age: refuse keys of an older file; ``None`` for keys that do not age.
    :param algorithms: names allowed, see :meth:`eid.crypto.keys.Key.from_jwk`.
    :raises KeysUnavailable: there are no good keys to begin with.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        max_trust_age: timedelta | None = None,
        algorithms: frozenset[str] = DEFAULT_ALGORITHMS,
    ) -> None:
        self._path = Path(path)
        self._max_trust_age = max_trust_age
        self._algorithms = algorithms
        self._lock = threading.Lock()
        self._seen: object = None
        self._problem: EidError | None = None
        self._kept = self._load(None)

    def __repr__(self) -> str:
        return f"FileKeySource({str(self._path)!r})"

    @property
    def problem(self) -> EidError | None:
        """Why the file as it is now is not in use; ``None`` when it is."""
        return self._problem

    def find(self, kid: str, *, now: datetime) -> FoundKey:
        """See :class:`KeySource`.

        :param now: aware; ages are told for this time.
        :raises UnknownKey: not in the file.
        :raises KeyNotInForce: *now* is outside the time of the key.
        :raises KeysUnavailable: not among the last good keys, and the present file is damaged.
        :raises KeysTooOld: the last good file is older than allowed.
        """
        if self._state() != self._seen:
            with self._lock:
                if self._state() != self._seen:
                    self._kept = self._load(self._kept)
        kept, problem = self._kept, self._problem
        age = kept.age(now)
        if self._max_trust_age is not None and age > self._max_trust_age:
            raise KeysTooOld("the file of keys was not renewed for too long")
        return kept.found(kid, now=now, age=age, problem=problem)

    def _state(self) -> object:
        """What differs when the file does; the kind of error when it cannot be looked at."""
        try:
            return _identity(os.stat(self._path))
        except (OSError, ValueError) as error:
            return type(error)

    def _load(self, kept: _Kept | None) -> _Kept:
        """The keys of the file, or those of before."""
        state = self._state()
        try:
            octets, status = read_file(self._path, MAX_JWKS)
            state = _identity(status)
            keys = _read(octets, self._algorithms)
        except (KeyFileError, KeyFormatError, LimitExceeded) as error:
            if kept is None:
                raise KeysUnavailable(str(error)) from None
            self._problem, self._seen = error, state
            return kept
        self._problem, self._seen = None, state
        return _Kept(keys, datetime.fromtimestamp(status.st_mtime, UTC))


def _identity(status: os.stat_result) -> object:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


# --- a server ------------------------------------------------------------------------------------


class HttpKeySource:
    """The keys an issuer publishes at an address (``jwks_uri``). Thread-safe. Needs the extra ``web``.

    Nothing is fetched before the first key is asked for. After that, keys are renewed in time, so that
    no one waits; an unknown identifier makes the server be asked at once, but at most once per *cooldown*
    however many ask. When the server fails or its answer is damaged, the last good keys stay in use for
    *offline_grace* beyond *max_trust_age*, and answers are marked ``stale``.

    An issuer that changes its key publishes the new one for *max_trust_age* before it signs with it, and
    the old one until its last token has expired: then no good token is refused at any moment.

    :param url: ``https``, or ``http`` to this very machine.
    :param clock: aware UTC time; ages are measured with it.
    :param max_trust_age: keys confirmed longer ago are confirmed anew before they count.
    :param offline_grace: how much longer they count while the server cannot be asked.
    :param timeout: for one request altogether.
    :param cooldown: between two requests, successful or not.
    :param client: an ``httpx.Client`` of the caller's, for proxies or client certificates.
    :param algorithms: names allowed, see :meth:`eid.crypto.keys.Key.from_jwk`.
    :raises AddressForbidden: another kind of address.
    :raises InputError: a cooldown beyond *max_trust_age*.
    :raises MissingExtra: ``httpx`` is not installed.
    """

    def __init__(
        self,
        url: str,
        *,
        clock: Callable[[], datetime],
        max_trust_age: timedelta = MAX_TRUST_AGE,
        offline_grace: timedelta = OFFLINE_GRACE,
        timeout: timedelta = TIMEOUT,
        cooldown: timedelta = COOLDOWN,
        client: httpx.Client | None = None,
        algorithms: frozenset[str] = DEFAULT_ALGORITHMS,
    ) -> None:
        if cooldown > max_trust_age:
            raise InputError("a cooldown beyond max_trust_age: keys could not be confirmed in time")
        self._document = HttpDocument(
            url,
            limit=MAX_JWKS,
            clock=clock,
            accept="application/jwk-set+json, application/json",
            timeout=timeout,
            cooldown=cooldown,
            client=client,
        )
        self._clock = clock
        self._max_trust_age = max_trust_age
        self._end = max_trust_age + offline_grace
        self._algorithms = algorithms
        self._lock = threading.Lock()
        self._taken: Fetched | None = None
        self._kept: _Kept | None = None
        self._problem: EidError | None = None

    def __repr__(self) -> str:
        return f"HttpKeySource({self._document.url!r})"

    @property
    def problem(self) -> EidError | None:
        """Why the last attempt to renew the keys failed; ``None`` when it did not."""
        return self._problem

    @property
    def trust_age(self) -> timedelta | None:
        """Since the server last confirmed the keys; ``None`` when it never did."""
        kept = self._kept
        return None if kept is None else kept.age(self._clock())

    def find(self, kid: str, *, now: datetime) -> FoundKey:
        """See :class:`KeySource`.

        :param now: aware; the key must be in force then.
        :raises UnknownKey: the issuer has no such key, as far as it was asked within the cooldown.
        :raises KeyNotInForce: *now* is outside the time of the key.
        :raises KeysUnavailable: no keys were ever fetched, or *kid* is new and the server cannot be asked.
        :raises KeysTooOld: nor confirmed for longer than allowed.
        """
        kept = self._kept
        if kept is None or kept.keys.get(kid) is None:
            kept = self._renew(wait=True)
        elif (age := kept.age(self._clock())) > self._max_trust_age * _RENEW_AFTER:
            # Who needs the new keys waits for them, unless it is known that the server does not answer.
            kept = self._renew(wait=age > self._max_trust_age and self._problem is None)
        if kept is None:
            raise KeysUnavailable(str(self._problem or ""))
        age = kept.age(self._clock())
        if age > self._end:
            raise KeysTooOld(f"not confirmed since {kept.at:%Y-%m-%dT%H:%MZ}")
        return kept.found(kid, now=now, age=age, problem=self._problem)

    def _renew(self, *, wait: bool) -> _Kept | None:
        """The keys after at most one request; those of before when it fails."""
        try:
            self._document.refresh(wait=wait)
        except FetchFailed as error:
            self._problem = error
            return self._kept
        with self._lock:
            fetched = self._document.latest
            if fetched is not None and fetched is not self._taken:
                self._taken = fetched
                try:
                    keys = _read(fetched.octets, self._algorithms)
                except (KeyFormatError, LimitExceeded) as error:
                    self._problem = error
                else:
                    self._kept, self._problem = _Kept(keys, fetched.at), None
            return self._kept
