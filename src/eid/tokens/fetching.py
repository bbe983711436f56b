"""One document behind one address, kept: key sets and status lists are fetched through this.

Whatever comes from the network is bounded before it is kept: address, redirects, size, inflated size
and time. What it says is for the caller to verify. Needs the extra ``web``.
"""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING

from eid.errors import AddressForbidden, FetchFailed, MissingExtra

if TYPE_CHECKING:
    import httpx

__all__ = ["COOLDOWN", "TIMEOUT", "Fetched", "HttpDocument", "permitted"]

#: Between two attempts, successful or not, however many ask.
COOLDOWN = timedelta(seconds=60)
#: For one attempt altogether, redirects and a server that drips included.
TIMEOUT = timedelta(seconds=10)

_MAX_REDIRECTS = 3
_MAX_ADDRESS = 2048
_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address gave, and when."""

    octets: bytes = field(repr=False)
    at: datetime


class HttpDocument:
    """The document at *url*, fetched when asked for and kept until a newer one comes. Thread-safe.

    However many threads ask, there is one request at a time and one per *cooldown*; a failed one
    leaves the document of before in place.

    :param url: ``https``, or ``http`` to this very machine (``localhost``, 127.0.0.0/8, ::1).
    :param limit: octets of the document, after a gzip content encoding is undone.
    :param clock: aware UTC time.
    :param accept: media types for the ``Accept`` header.
    :param client: an ``httpx.Client`` of the caller's, for proxies or client certificates; it stays
        open. Without it each request makes its own.
    :raises AddressForbidden: another kind of address.
    :raises MissingExtra: ``httpx`` is not installed.
    """

    def __init__(
        self,
        url: str,
        *,
        limit: int,
        clock: Callable[[], datetime],
        accept: str = "*/*",
        timeout: timedelta = TIMEOUT,
        cooldown: timedelta = COOLDOWN,
        client: httpx.Client | None = None,
    ) -> None:
        self.url = url
        self._address = permitted(url)
        self._limit = limit
        self._clock = clock
        self._headers = {"Accept": accept, "Accept-Encoding": "gzip"}
        self._timeout = timeout
        self._cooldown = cooldown
        self._client = client
        self._lock = threading.Lock()
        self._flight: threading.Thread | None = None
        self._deadline = 0.0
        self._latest: Fetched | None = None
        self._failure: Exception | None = None
        self._attempted_at: datetime | None = None

    @property
    def latest(self) -> Fetched | None:
        """The last document that came, however old. Never waits for the network."""
        return self._latest

    def refresh(self, *, wait: bool) -> Fetched:
        """The document after at most one request.

        None is made within the cooldown, nor beside one that is under way: then the outcome of that
        one counts.

        :param wait: for the request of another thread; else the document of before is returned when
            there is one, so that an expiring document does not hold up everybody.
        :raises FetchFailed: the last request failed, or one under way does not end in time. What came
            before is still in :attr:`latest`.
        """
        kept = self._latest
        with self._lock:
            under_way = self._flight is not None and self._flight.is_alive()
            if not under_way and not self._cooling():
                self._take_off()
            flight, deadline = self._flight, self._deadline
        if under_way and kept is not None and not wait:
            return kept
        if flight is not None:
            flight.join(max(deadline - time.monotonic(), 0))
            if flight.is_alive():
                raise FetchFailed("another request is still under way" if under_way else "not done in time")
        return self._outcome()

    def _cooling(self) -> bool:
        if self._attempted_at is None:
            return False
        # A clock that was set back must not keep the cooldown up for ever.
        return timedelta(0) <= self._clock() - self._attempted_at < self._cooldown

    def _take_off(self) -> None:
        """Begin a request in a thread of its own: a server that drips its headers can hold it up, for
        longer than anybody shall wait. There is no second one before it ends, so threads do not pile up.
        """
        self._attempted_at = self._clock()
        self._deadline = time.monotonic() + self._timeout.total_seconds()
        flight = threading.Thread(target=self._fly, args=(self._deadline,), name="eid-fetch", daemon=True)
        try:
            flight.start()
        except RuntimeError:  # no more threads, or the program is ending
            raise FetchFailed("no thread for the request") from None
        self._flight = flight

    def _fly(self, deadline: float) -> None:
        try:
            self._latest, self._failure = Fetched(self._fetch(deadline), self._clock()), None
        except Exception as error:  # noqa: BLE001 - raised again where somebody waits for it
            self._failure = error

    def _outcome(self) -> Fetched:
        failure = self._failure
        if isinstance(failure, FetchFailed):
            raise FetchFailed(failure.detail)  # one of its own for each thread
        if failure is not None:
            raise failure
        if self._latest is None:  # a thread does not come along into a forked process
            raise FetchFailed("the request was not ended")
        return self._latest

    def _fetch(self, deadline: float) -> bytes:
        import httpx

        try:
            if self._client is not None:
                return self._follow(self._client, deadline)
            with _new_client() as client:
                return self._follow(client, deadline)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            # UnicodeError: a name that no host can have.
            raise FetchFailed(type(error).__name__) from None

    def _follow(self, client: httpx.Client, deadline: float) -> bytes:
        address = self._address
        for _ in range(_MAX_REDIRECTS + 1):
            with client.stream(
                "GET",
                address,
                headers=self._headers,
                timeout=max(deadline - time.monotonic(), 0.001),
                follow_redirects=False,
            ) as response:
                if not response.has_redirect_location:
                    return self._body(response, deadline)
                target = address.join(response.headers["location"])
            if _origin(target) != _origin(address):
                raise FetchFailed("a redirect to another host")
            address = target
        raise FetchFailed("too many redirects")

    def _body(self, response: httpx.Response, deadline: float) -> bytes:
        if response.status_code != 200:
            raise FetchFailed(f"status {response.status_code}")
        # As they come: gathered into larger ones, a drip would outlast the deadline.
        chunks = response.iter_raw()
        match response.headers.get("content-encoding", "identity").strip().lower():
            case "identity" | "":
                pass
            case "gzip" | "x-gzip":
                chunks = _gunzip(chunks)
            case _:
                raise FetchFailed("a content encoding that was not asked for")
        octets = bytearray()
        for chunk in chunks:
            octets += chunk
            if len(octets) > self._limit:
                raise FetchFailed(f"more than {self._limit} octets")
            if time.monotonic() > deadline:
                break
        if time.monotonic() > deadline:  # nobody waits for it any more: what is told is kept
            raise FetchFailed("not done in time")
        return bytes(octets)


def _gunzip(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Undo gzip (RFC 1952) in pieces of bounded size: who has enough stops asking for more."""
    inflater = zlib.decompressobj(wbits=31)
    try:
        for chunk in chunks:
            while chunk:
                yield inflater.decompress(chunk, _CHUNK)
                chunk = inflater.unconsumed_tail
        while piece := inflater.decompress(b"", _CHUNK):
            yield piece
    except zlib.error:
        raise FetchFailed("damaged gzip") from None
    if not inflater.eof or inflater.unused_data:
        raise FetchFailed("gzip cut off, or octets after its end")


def permitted(url: str) -> httpx.URL:
    """*url*, when it is an address that may be asked: ``https``, or ``http`` to this very machine.

    :raises AddressForbidden: another kind of address.
    :raises MissingExtra: ``httpx`` is not installed.
    """
    try:
        import httpx
    except ImportError:
        raise MissingExtra("install eid[web]") from None
    if len(url) > _MAX_ADDRESS or not url.isascii() or not url.isprintable() or " " in url:
        raise AddressForbidden("too long, or with characters that no address has")
    try:
        address = httpx.URL(url)
        host = address.host
    except (httpx.InvalidURL, UnicodeError):  # the latter: punycode that stands for nothing
        raise AddressForbidden("not an address") from None
    if address.userinfo or address.fragment or not host:
        raise AddressForbidden("with a user, a fragment or without a host")
    if address.port is not None and not 0 < address.port < 0x1_0000:
        raise AddressForbidden("an impossible port")
    if address.scheme != "https" and not (address.scheme == "http" and _loopback(host)):
        raise AddressForbidden("neither https nor this machine")
    return address


def _new_client() -> httpx.Client:
    import httpx

    try:
        return httpx.Client()
    except (OSError, ValueError, ImportError) as error:  # certificates or proxies of the environment
        raise FetchFailed(f"the environment's settings: {type(error).__name__}") from None


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _origin(address: httpx.URL) -> tuple[str, str, int | None]:
    return address.scheme, address.host, address.port
