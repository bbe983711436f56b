"""Whether a credential is still in force: status lists fetched, verified, kept and asked.

What is not known is raised as :class:`~eid.errors.StatusUndecided`, so that nobody takes it for *not
revoked*. A list of before stays in use while its server cannot be asked, as long as both its issuer
(``exp``) and the verifier (``offline_grace``) allow, and every answer says how old it is.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from eid.crypto.keys import KeySource
from eid.errors import (
    AddressForbidden,
    EidError,
    FetchFailed,
    StatusListTooOld,
    StatusListUnavailable,
    StatusListUntrusted,
    TokenExpired,
)
from eid.tokens.claims import LEEWAY
from eid.tokens.fetching import COOLDOWN, TIMEOUT, HttpDocument
from eid.tokens.status.lists import MAX_TOKEN, Status, StatusListToken, read_status_list
from eid.tokens.status.reference import StatusReference
from eid.tokens.x5c import PinnedRoots

if TYPE_CHECKING:
    import httpx

__all__ = [
    "DEFAULT_TTL",
    "MAX_LISTS",
    "MAX_TTL",
    "MIN_TTL",
    "CheckedStatus",
    "Delivery",
    "FileStatusSource",
    "HttpStatusSource",
    "StatusChecker",
    "StatusIssuer",
    "StatusSource",
    "StoredStatusSource",
]

#: For a list that does not say how long a copy may be used.
DEFAULT_TTL = timedelta(hours=1)
#: Bounds for what a list says. A shorter time would make every check a request;
MIN_TTL = timedelta(seconds=60)
#: with a longer one revocations would arrive late where there is a connection.
MAX_TTL = timedelta(hours=24)
#: Lists kept in memory at the same time.
MAX_LISTS = 1024


@dataclass(frozen=True, slots=True)
class CheckedStatus:
    """What a verified list says about one credential.

    :param value: the number in the list; equals a :class:`~eid.tokens.status.lists.Status` where that has
        a name, else its meaning is the application's.
    :param issued_at: when the list was signed, UTC.
    :param checked_at: the time for which it was asked.
    :param stale: the list should have been renewed and could not be.
    """

    value: int
    reference: StatusReference
    issued_at: datetime
    checked_at: datetime
    stale: bool

    @property
    def age(self) -> timedelta:
        """Since the list was signed."""
        return max(self.checked_at - self.issued_at, timedelta(0))

    @property
    def valid(self) -> bool:
        """In force. Nothing else is: neither suspended nor a status without a name."""
        return self.value == Status.VALID


@dataclass(frozen=True, slots=True)
class Delivery:
    """A signed list as a source has it.

    :param octets: the very same object until something new comes.
    :param at: when the issuer's server gave it; ``None`` where that is not known, as for a file.
    """

    octets: bytes = field(repr=False)
    at: datetime | None


class StatusSource(Protocol):
    """Where signed lists come from. Implementations can be shared by threads."""

    def fetch(self, uri: str) -> Delivery:
        """The list published under *uri*, not verified.

        :raises FetchFailed: it cannot be had.
        """
        ...


class HttpStatusSource:
    """Lists fetched from their own addresses. Needs the extra ``web``.

    One request per list at a time and per *cooldown*, however many ask; see
    :class:`~eid.tokens.fetching.HttpDocument`.

    :param clock: aware UTC time.
    :param client: an ``httpx.Client`` of the caller's, for proxies or client certificates.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        timeout: timedelta = TIMEOUT,
        cooldown: timedelta = COOLDOWN,
        client: httpx.Client | None = None,
    ) -> None:
        self._clock = clock
        self._timeout = timeout
        self._cooldown = cooldown
        self._client = client
        self._documents: dict[str, HttpDocument] = {}
        self._lock = threading.Lock()

    def fetch(self, uri: str) -> Delivery:
        """See :class:`StatusSource`."""
        fetched = self._document(uri).refresh(wait=True)
        return Delivery(fetched.octets, fetched.at)

    def _document(self, uri: str) -> HttpDocument:
        with self._lock:
            document = self._documents.get(uri)
            if document is None:
                _make_room(self._documents)
                try:
                    document = HttpDocument(
                        uri,
                        limit=MAX_TOKEN,
                        clock=self._clock,
                        accept="application/statuslist+cwt, application/statuslist+jwt",
                        timeout=self._timeout,
                        cooldown=self._cooldown,
                        client=self._client,
                    )
                except AddressForbidden as error:
                    raise FetchFailed(str(error)) from None
                self._documents[uri] = document
            return document


class FileStatusSource:
    """Lists in a folder, for machines without a connection: a copy of what the issuer publishes.

    A file is read again when it changed. Replace files by renaming complete ones over them.

    :param folder: with one file for each list, named like the last part of its address.
    :param prefix: the address of the folder, ending with a slash.
    """

    _NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,200}")

    def __init__(self, folder: str | Path, *, prefix: str) -> None:
        self._folder = Path(folder)
        self._prefix = prefix
        self._kept: dict[str, tuple[object, Delivery]] = {}
        self._lock = threading.Lock()

    def fetch(self, uri: str) -> Delivery:
        """See :class:`StatusSource`."""
        name = uri.removeprefix(self._prefix)
        if not uri.startswith(self._prefix) or self._NAME.fullmatch(name) is None:
            raise FetchFailed("no file can have this address")
        path = self._folder / name
        try:
            status = path.stat()
            state = (status.st_ino, status.st_size, status.st_mtime_ns)
            kept = self._kept.get(name)
            if kept is not None and kept[0] == state:
                return kept[1]
            with path.open("rb") as stream:
                octets = stream.read(MAX_TOKEN + 1)
        except OSError as error:
            raise FetchFailed(f"file: {error.strerror}") from None
        if octets[:1] == b"e":
            octets = octets.rstrip(b"\r\n")  # editors end a JWT with a line end
        delivery = Delivery(octets, None)
        with self._lock:
            _make_room(self._kept)
            self._kept[name] = (state, delivery)
        return delivery


class StoredStatusSource:
    """Lists that somebody else keeps: those of an offline package, for example.

    :param lists: signed lists by address.
    """

    def __init__(self, lists: Mapping[str, bytes]) -> None:
        self._deliveries = {uri: Delivery(octets, None) for uri, octets in lists.items()}

    def fetch(self, uri: str) -> Delivery:
        """See :class:`StatusSource`."""
        if uri not in self._deliveries:
            raise FetchFailed("not among the stored lists")
        return self._deliveries[uri]


@dataclass(frozen=True, slots=True)
class StatusIssuer:
    """Whose lists are believed, and where they come from.

    :param prefix: what the addresses of the lists begin with, ending with a slash; or the whole address
        of the only one.
    :param keys: that sign these lists, or roots of their signers' certificates.
    :raises AddressForbidden: a prefix that would take in other hosts.
    """

    prefix: str
    keys: KeySource | PinnedRoots
    source: StatusSource

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.prefix)
        except ValueError:
            raise AddressForbidden("not an address") from None
        if self.prefix.endswith("/") and not (parts.netloc and parts.path):
            raise AddressForbidden("a prefix without a host")

    def covers(self, uri: str) -> bool:
        """Whether *uri* is an address of this issuer's."""
        return uri == self.prefix or (self.prefix.endswith("/") and uri.startswith(self.prefix))


class _Shelf:
    """One list and what is known about it. Fields change under the lock, and are read without."""

    __slots__ = ("fresh_until", "lock", "octets", "problem", "token", "usable_until")

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.octets: bytes | None = None
        self.token: StatusListToken | None = None
        self.problem: EidError | None = None
        self.fresh_until = self.usable_until = datetime.min.replace(tzinfo=UTC)


class StatusChecker:
    """Answers from the lists of some issuers. Shared by threads; make one and keep it.

    :param issuers: the one with the longest fitting prefix is responsible for an address.
    :param offline_grace: how much longer than its time to live a list is used while no newer one can be
        had. Its own end (``exp``) is never passed over.
    """

    def __init__(self, issuers: Iterable[StatusIssuer], *, offline_grace: timedelta) -> None:
        self._issuers = sorted(issuers, key=lambda each: len(each.prefix), reverse=True)
        self._grace = offline_grace
        self._shelves: dict[str, _Shelf] = {}
        self._lock = threading.Lock()

    def check(self, reference: StatusReference, *, now: datetime) -> CheckedStatus:
        """What the list says about the credential with this *reference*.

        Call it for a credential that has been verified: a list is asked for that the credential names.

        :param now: aware.
        :raises StatusListUntrusted: the list belongs to none of the issuers.
        :raises StatusListUnavailable: there is no list, or only one that does not hold.
        :raises StatusListTooOld: the list could not be renewed for too long, or has expired.
        :raises StatusIndexOutside: the list has no such entry.
        """
        shelf = self._shelves.get(reference.uri)
        stale = False
        if shelf is None or now >= shelf.fresh_until:
            shelf = self._renewed(reference.uri, now)
            stale = now >= shelf.fresh_until
        token = shelf.token
        assert token is not None  # else it was not fresh, nor renewed
        return CheckedStatus(token.statuses[reference.index], reference, token.issued_at, now, stale)

    def load(self, uris: Iterable[str], *, now: datetime) -> dict[str, EidError | None]:
        """Fetch lists before they are needed, for example all of an aggregation.

        :return: by address, why a list is not usable; ``None`` for those that are.
        """
        problems: dict[str, EidError | None] = {}
        for uri in uris:
            try:
                problems[uri] = self._renewed(uri, now).problem
            except EidError as error:
                problems[uri] = error
        return problems

    def _renewed(self, uri: str, now: datetime) -> _Shelf:
        """The list after an attempt to renew it, when it may still be used."""
        issuer = next((each for each in self._issuers if each.covers(uri)), None)
        if issuer is None:
            raise StatusListUntrusted("no issuer is set up for this address")
        with self._lock:
            shelf = self._shelves.get(uri)
            if shelf is None:
                _make_room(self._shelves)
                shelf = self._shelves[uri] = _Shelf()
        # While one thread renews, the others go on with the list of before.
        if shelf.lock.acquire(blocking=now >= shelf.usable_until):
            try:
                if now >= shelf.fresh_until:
                    self._renew(shelf, issuer, uri, now)
            finally:
                shelf.lock.release()
        if shelf.token is None:
            problem = shelf.problem
            if isinstance(problem, TokenExpired):
                raise StatusListTooOld(problem.detail)
            raise StatusListUnavailable(str(problem or ""), problem.code if problem else None)
        if now >= shelf.usable_until:
            raise StatusListTooOld(f"signed {shelf.token.issued_at:%Y-%m-%dT%H:%MZ}")
        return shelf

    def _renew(self, shelf: _Shelf, issuer: StatusIssuer, uri: str, now: datetime) -> None:
        try:
            delivery = issuer.source.fetch(uri)
            if delivery.octets is shelf.octets:
                return  # nothing new
            token = read_status_list(delivery.octets, uri=uri, keys=issuer.keys, now=now)
        except EidError as error:  # tried again the next time: keys and clocks may be better then
            shelf.problem = error
            return
        if shelf.token is not None and token.issued_at < shelf.token.issued_at:
            # Who replays an old list takes back revocations.
            shelf.problem = StatusListUnavailable("older than the one before")
            return
        ttl = min(max(token.ttl or DEFAULT_TTL, MIN_TTL), MAX_TTL)
        fresh_until = _later(delivery.at or token.issued_at, ttl)
        end = _LATEST if token.expires_at is None else _later(token.expires_at, LEEWAY)
        shelf.token, shelf.octets, shelf.problem = token, delivery.octets, None
        shelf.usable_until = min(_later(fresh_until, self._grace), end)
        shelf.fresh_until = min(fresh_until, end)


_LATEST = datetime.max.replace(tzinfo=UTC)


def _later(moment: datetime, duration: timedelta) -> datetime:
    """The sum, or the end of the calendar: a list may name a time close to it."""
    return moment + duration if duration < _LATEST - moment else _LATEST


def _make_room(kept: dict[str, Any]) -> None:
    """Forget what came first, when there are too many."""
    while len(kept) >= MAX_LISTS:
        kept.pop(next(iter(kept)))
