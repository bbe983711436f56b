"""Documents from the network: bounded in every direction, asked for once however many ask."""

from __future__ import annotations

import contextlib
import functools
import gzip
import socket
import threading
import time
import tracemalloc
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.errors import AddressForbidden, FetchFailed
from eid.tokens.fetching import HttpDocument, _gunzip

LIMIT = 10_000


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def document(url: str, clock: Clock, **options: Any) -> HttpDocument:
    return HttpDocument(url, limit=LIMIT, clock=clock, **options)


# --- addresses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/", "http://10.0.0.1/", "http://127.0.0.1.example.com/", "http://localhost.example.com/",
        "http://[::2]/", "ftp://example.com/", "file:///etc/passwd", "//example.com/", "example.com", "", "https://",
        "https:///x", "https://user@example.com/", "https://user:secret@example.com/", "https://example.com/#x",
        "https://exa mple.com/", "https://example.com/\n", "https://example.com:99999/", "http://0.0.0.0/",
        "http://2130706433/", "https://example.com/" + "x" * 2048, "javascript:alert(1)", "https://xn--/", "https://xn--a/",
    ],
)  # fmt: skip
def test_other_addresses_than_https_or_this_machine_are_refused(url: str, clock: Clock) -> None:
    with pytest.raises(AddressForbidden):
        document(url, clock)


@pytest.mark.parametrize(
    "url", ["https://example.com/x?y=1", "http://localhost:1/", "http://127.9.9.9/", "http://[::1]:8/"]
)
def test_https_and_this_machine_are_allowed(url: str, clock: Clock) -> None:
    assert document(url, clock).url == url


# --- what comes ----------------------------------------------------------------------------------


def test_a_document_is_fetched_and_kept(web_server, clock: Clock) -> None:
    kept = document(web_server.answer("/keys", b"body"), clock, accept="application/json")
    assert kept.latest is None
    fetched = kept.refresh(wait=True)
    assert (fetched.octets, fetched.at) == (b"body", clock.now)
    assert kept.latest is fetched
    assert kept.refresh(wait=True) is fetched
    ((path, headers),) = web_server.requests
    assert (path, headers["accept"], headers["accept-encoding"]) == ("/keys", "application/json", "gzip")
    assert "body" not in repr(fetched)


def test_a_compressed_document_is_inflated(web_server, clock: Clock) -> None:
    url = web_server.answer("/", gzip.compress(b"x" * LIMIT), Content_Encoding="gzip")
    assert document(url, clock).refresh(wait=True).octets == b"x" * LIMIT


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"x" * (LIMIT + 1), {}),
        (gzip.compress(b"x" * (LIMIT + 1)), {"Content_Encoding": "gzip"}),
        (gzip.compress(b"x")[:-1], {"Content_Encoding": "gzip"}),
        (gzip.compress(b"x") + b"y", {"Content_Encoding": "gzip"}),
        (gzip.compress(b"x") + gzip.compress(b"y"), {"Content_Encoding": "gzip"}),
        (b"x", {"Content_Encoding": "gzip"}),
        (b"", {"Content_Encoding": "gzip"}),
        (zlib.compress(b"x"), {"Content_Encoding": "deflate"}),
        (b"x", {"Content_Encoding": "br"}),
        (gzip.compress(gzip.compress(b"x")), {"Content_Encoding": "gzip, gzip"}),
    ],
)
def test_too_large_or_damaged_answers_are_refused(
    body: bytes, headers: dict[str, str], web_server, clock: Clock
) -> None:
    with pytest.raises(FetchFailed):
        document(web_server.answer("/", body, **headers), clock).refresh(wait=True)


@pytest.mark.parametrize("status", [201, 204, 206, 304, 400, 401, 404, 429, 500, 503])
def test_only_a_whole_answer_counts(status: int, web_server, clock: Clock) -> None:
    with pytest.raises(FetchFailed) as caught:
        document(web_server.answer("/", b"" if status in (204, 304) else b"x", status=status), clock).refresh(
            wait=True
        )
    assert str(status) in caught.value.detail
    assert "127.0.0.1" not in str(caught.value)


def test_a_compression_bomb_takes_no_memory(web_server, clock: Clock) -> None:
    bomb = gzip.compress(bytes(50_000_000), 9)
    kept = document(web_server.answer("/", bomb, Content_Encoding="gzip"), clock)
    tracemalloc.start()
    with pytest.raises(FetchFailed):
        kept.refresh(wait=True)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000


@given(st.binary(max_size=3000), st.integers(1, 50))
def test_gzip_is_undone_in_pieces_of_any_size(octets: bytes, size: int) -> None:
    packed = gzip.compress(octets, 9)
    pieces = iter([packed[at : at + size] for at in range(0, len(packed), size)])
    assert b"".join(_gunzip(pieces)) == octets


def test_gzip_that_ends_behind_its_last_input_is_undone_whole() -> None:
    # More comes out of one piece of input than one step takes.
    octets = bytes(1_000_000)
    assert b"".join(_gunzip(iter([gzip.compress(octets, 9)]))) == octets


# --- redirects -----------------------------------------------------------------------------------


def test_redirects_are_followed_on_the_same_host_only(web_server, clock: Clock) -> None:
    web_server.answer("/new", b"there")
    moved = web_server.answer("/old", b"", status=302, Location="/new")
    assert document(moved, clock).refresh(wait=True).octets == b"there"
    for target in (
        "https://example.com/",
        "//example.com/x",
        "ftp://127.0.0.1/x",
        "http://[/",
        "http://xn--/",
    ):
        elsewhere = web_server.answer("/away", b"", status=307, Location=target)
        with pytest.raises(FetchFailed):
            document(elsewhere, clock).refresh(wait=True)


def test_another_server_is_not_even_asked(web_server, clock: Clock) -> None:
    with closing(type(web_server)()) as other:
        for host in ("127.0.0.1", "localhost"):
            target = other.answer("/", b"elsewhere").replace("127.0.0.1", host)
            moved = web_server.answer("/away", b"", status=302, Location=target)
            with pytest.raises(FetchFailed, match="another host"):
                document(moved, clock).refresh(wait=True)
        assert other.requests == []


def test_redirects_in_a_circle_end(web_server, clock: Clock) -> None:
    with pytest.raises(FetchFailed):
        document(web_server.answer("/", b"", status=301, Location="/"), clock).refresh(wait=True)
    assert len(web_server.requests) == 4


# --- time ----------------------------------------------------------------------------------------


def test_a_server_that_drips_is_left(web_server, clock: Clock) -> None:
    def drip(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        for _ in range(100):
            request.wfile.write(b"x")
            request.wfile.flush()
            time.sleep(0.05)

    web_server.answers["/"] = drip
    start = time.monotonic()
    with pytest.raises(FetchFailed):
        document(web_server.url + "/", clock, timeout=timedelta(seconds=0.3)).refresh(wait=True)
    assert time.monotonic() - start < 4  # it would have dripped for five


def test_a_server_that_drips_its_headers_holds_nobody_up(clock: Clock) -> None:
    # Each read gets an octet in time, so that the timeout of a single one never strikes.
    connections, ended = [], threading.Event()

    def drip(server: socket.socket) -> None:
        connection, _ = server.accept()
        connections.append(connection)
        with connection, contextlib.suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
            while not ended.wait(0.05):
                connection.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=drip, args=(server,))
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        kept = document(url, clock, timeout=timedelta(seconds=0.3), cooldown=timedelta(0))
        try:
            with pytest.raises(FetchFailed, match="not done in time"):
                kept.refresh(wait=True)
            assert not ended.is_set()
            # Nor does it get a second connection while the first goes on, nor anybody a second wait.
            start = time.monotonic()
            for _ in range(50):
                with pytest.raises(FetchFailed, match="under way"):
                    kept.refresh(wait=True)
            assert time.monotonic() - start < 10  # 15 if each waited its time
            assert len(connections) == 1
        finally:
            ended.set()
            thread.join()
            flight = kept._flight
            assert flight is not None
            flight.join()
    with pytest.raises(FetchFailed):  # a request that ended is followed by the next one
        kept.refresh(wait=True)


def test_what_comes_after_its_time_does_not_count(web_server, clock: Clock) -> None:
    gate = threading.Event()

    def late(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "1")
        request.end_headers()
        gate.wait(5)
        request.wfile.write(b"x")

    web_server.answers["/"] = late
    kept = document(web_server.url + "/", clock, timeout=timedelta(seconds=2))
    kept._timeout = timedelta(seconds=0.1)  # of those who wait; each read goes on for as long as it did
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpx.Client, "stream", functools.partialmethod(_patient, httpx.Client.stream))
        with pytest.raises(FetchFailed):
            kept.refresh(wait=True)
        gate.set()
        flight = kept._flight
        assert flight is not None
        flight.join()
    assert kept.latest is None


def _patient(client: httpx.Client, stream: Any, *arguments: Any, **options: Any) -> Any:
    return stream(client, *arguments, **options | {"timeout": 5})


@pytest.mark.parametrize("host", ["a" * 70 + ".example", "a..example", "..."])
def test_names_that_no_host_can_have_are_a_failure_of_ours(host: str, clock: Clock) -> None:
    with pytest.raises(FetchFailed):
        document(f"https://{host}/", clock).refresh(wait=True)


def test_a_bug_behind_the_request_is_not_hidden(web_server, clock: Clock) -> None:
    class Broken(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            raise ZeroDivisionError

    with httpx.Client(transport=Broken()) as client, pytest.raises(ZeroDivisionError):
        document("https://example.com/", clock, client=client).refresh(wait=True)


@pytest.fixture
def silent() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


def test_a_server_that_says_nothing_is_left(silent: str, clock: Clock) -> None:
    with pytest.raises(FetchFailed):
        document(silent, clock, timeout=timedelta(seconds=0.2)).refresh(wait=True)


def test_no_server_is_a_failure_of_ours(clock: Clock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(FetchFailed):
        document(f"http://127.0.0.1:{port}/", clock).refresh(wait=True)


@pytest.mark.parametrize(
    ("name", "value"), [("SSL_CERT_FILE", "/does/not/exist.pem"), ("ALL_PROXY", "nonsense://127.0.0.1:1")]
)
def test_wrong_settings_of_the_environment_are_a_failure_of_ours(
    name: str, value: str, web_server, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(FetchFailed, match="environment"):
        document(web_server.answer("/", b"x"), clock).refresh(wait=True)


def test_failures_are_not_repeated_within_the_cooldown_and_leave_the_old_document(
    web_server, clock: Clock
) -> None:
    url = web_server.answer("/", b"one")
    kept = document(url, clock, cooldown=timedelta(seconds=60))
    first = kept.refresh(wait=True)
    web_server.answer("/", b"", status=500)
    clock.pass_by(59)
    assert kept.refresh(wait=True) is first
    clock.pass_by(1)
    for _ in range(5):
        with pytest.raises(FetchFailed):
            kept.refresh(wait=True)
    assert kept.latest is first
    assert len(web_server.requests) == 2
    web_server.answer("/", b"two")
    clock.pass_by(60)
    assert kept.refresh(wait=True).octets == b"two"


def test_a_clock_set_back_does_not_stop_the_fetching(web_server, clock: Clock) -> None:
    kept = document(web_server.answer("/", b"one"), clock)
    kept.refresh(wait=True)
    clock.pass_by(-86_400)
    web_server.answer("/", b"two")
    assert kept.refresh(wait=True).octets == b"two"


# --- many at once --------------------------------------------------------------------------------


def test_a_crowd_makes_one_request(web_server, clock: Clock) -> None:
    gate = threading.Event()

    def slow(request: BaseHTTPRequestHandler) -> None:
        gate.wait(5)
        request.send_response(200)
        request.end_headers()
        request.wfile.write(b"body")

    web_server.answers["/"] = slow
    kept = document(web_server.url + "/", clock)
    with ThreadPoolExecutor(50) as pool:
        answers = [pool.submit(kept.refresh, wait=True) for _ in range(50)]
        while not web_server.requests:
            time.sleep(0.01)
        time.sleep(0.2)  # let the others queue up behind the first
        gate.set()
        assert {answer.result().octets for answer in answers} == {b"body"}
    assert len(web_server.requests) == 1


def test_who_waited_takes_the_outcome_also_without_a_cooldown(web_server, clock: Clock) -> None:
    gate, waiting = threading.Event(), threading.Event()

    def slow(request: BaseHTTPRequestHandler) -> None:
        gate.wait(5)
        request.send_response(200)
        request.end_headers()
        request.wfile.write(b"body")

    web_server.answers["/"] = slow
    kept = document(web_server.url + "/", clock, cooldown=timedelta(0))
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(kept.refresh, wait=True)
        while not web_server.requests:
            time.sleep(0.01)
        flight = kept._flight
        assert flight is not None

        class Watched(threading.Thread):
            def is_alive(self) -> bool:
                return flight.is_alive()

            def join(self, timeout: float | None = None) -> None:
                waiting.set()
                flight.join(timeout)

        kept._flight = Watched()
        second = pool.submit(kept.refresh, wait=True)
        assert waiting.wait(5)
        gate.set()
        assert second.result() is first.result()
    assert len(web_server.requests) == 1


def test_who_does_not_wait_gets_the_document_of_before(web_server, clock: Clock) -> None:
    kept = document(web_server.answer("/", b"old"), clock)
    old = kept.refresh(wait=False)  # there is none yet, so this one waits
    gate = threading.Event()

    def slow(request: BaseHTTPRequestHandler) -> None:
        gate.wait(5)
        request.send_response(200)
        request.end_headers()
        request.wfile.write(b"new")

    web_server.answers["/"] = slow
    clock.pass_by(3600)
    with ThreadPoolExecutor(1) as pool:
        renewing = pool.submit(kept.refresh, wait=True)
        while len(web_server.requests) < 2:
            time.sleep(0.01)
        assert kept.refresh(wait=False) is old
        gate.set()
        assert renewing.result().octets == b"new"


def test_a_client_of_the_caller_is_used_and_stays_open(web_server, clock: Clock) -> None:
    url = web_server.answer("/", b"body")
    with httpx.Client(headers={"X-Caller": "yes"}, follow_redirects=True) as client:
        document(url, clock, client=client).refresh(wait=True)
        assert not client.is_closed
    assert web_server.requests[0][1]["x-caller"] == "yes"
