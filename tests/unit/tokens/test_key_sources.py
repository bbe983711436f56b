"""Where keys come from while a verifier runs: a file that is replaced, a server that changes, lies and dies."""

from __future__ import annotations

import gzip
import json
import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from eid.crypto.keys import MAX_JWKS, Key, KeySet, KeySource, SoftwareSigner
from eid.errors import (
    AddressForbidden,
    EidError,
    InputError,
    KeyNotInForce,
    KeysTooOld,
    KeysUnavailable,
    UnknownKey,
)
from eid.tokens.jws import parse_jws, sign_jws, verify_jws
from eid.tokens.key_sources import MAX_TRUST_AGE, OFFLINE_GRACE, FileKeySource, HttpKeySource

START = datetime(2026, 11, 22, 8, tzinfo=UTC)
ONE, TWO, THREE = (SoftwareSigner.generate(kid=kid) for kid in ("one", "two", "three"))
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

httpx = pytest.importorskip("httpx", reason="httpx is not installed (eid[web])")


def jwks(*signers: SoftwareSigner) -> bytes:
    return json.dumps(KeySet(signer.key for signer in signers).to_jwks()).encode()


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, by: timedelta) -> None:
        self.now += by


class Server:
    """A trust server, whose answer tests replace; it counts what it was asked."""

    def __init__(self) -> None:
        self.body = jwks(ONE)
        self.status = 200
        self.headers: dict[str, str] = {}
        self.delay = 0.0
        self.requests = 0
        self.at_once = self.most_at_once = 0
        self.answer: Callable[[BaseHTTPRequestHandler], None] | None = None
        self._lock = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with server._lock:
                    server.requests += 1
                    server.at_once += 1
                    server.most_at_once = max(server.most_at_once, server.at_once)
                try:
                    time.sleep(server.delay)
                    (server.answer or server.usual)(self)
                except OSError:
                    pass  # the client had enough
                finally:
                    with server._lock:
                        server.at_once -= 1

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}/jwks.json"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def usual(self, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(self.status)
        for name, value in self.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(self.body)))
        handler.end_headers()
        handler.wfile.write(self.body)

    def stop(self) -> None:
        if self._thread.is_alive():
            self._http.shutdown()
            self._thread.join()
        self._http.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.stop()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def source(server: Server, clock: Clock) -> HttpKeySource:
    return HttpKeySource(server.url, clock=clock)


def in_threads(count: int, work: Callable[[int], None]) -> None:
    """Run *work* in *count* threads that begin together; the first exception is raised here."""
    begin = threading.Barrier(count)
    wrong: list[BaseException] = []

    def run(number: int) -> None:
        try:
            begin.wait()
            work(number)
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise wrong[0]


# --- a server: the usual days --------------------------------------------------------------------


def test_keys_are_fetched_once_and_kept(server: Server, source: HttpKeySource, clock: Clock) -> None:
    assert server.requests == 0
    assert source.trust_age is None
    for minutes in (0, 5, 5):
        clock.forward(timedelta(minutes=minutes))
        found = source.find("one", now=clock())
        assert found.key == ONE.key
    assert (found.trust_age, found.stale) == (timedelta(minutes=10), False)
    assert (source.trust_age, source.problem) == (timedelta(minutes=10), None)
    assert server.requests == 1


def test_keys_are_renewed_before_they_are_too_old(
    server: Server, source: HttpKeySource, clock: Clock
) -> None:
    source.find("one", now=clock())
    for _ in range(40):
        clock.forward(5 * MINUTE)
        found = source.find("one", now=clock())
        assert found.trust_age is not None
        assert found.trust_age <= MAX_TRUST_AGE
        assert not found.stale
    assert 10 < server.requests < 20


def test_a_withdrawn_key_is_refused_within_the_promised_time(server, source, clock) -> None:
    server.body = jwks(ONE, TWO)
    source.find("one", now=clock())
    server.body = jwks(TWO)
    clock.forward(MAX_TRUST_AGE)
    with pytest.raises(UnknownKey):
        source.find("one", now=clock())


def test_an_issuer_that_withdraws_every_key_is_obeyed(server, source, clock) -> None:
    source.find("one", now=clock())
    server.body = b'{"keys":[]}'
    clock.forward(MAX_TRUST_AGE)
    with pytest.raises(UnknownKey):
        source.find("one", now=clock())


def test_a_key_out_of_its_time_is_its_own_error(server, clock) -> None:
    key = Key("one", "ES256", ONE.key.public, not_after=START - HOUR)
    server.body = json.dumps(KeySet([key]).to_jwks()).encode()
    with pytest.raises(KeyNotInForce):
        HttpKeySource(server.url, clock=clock).find("one", now=clock())


def test_all_sources_are_key_sources(server, clock, tmp_path) -> None:
    (tmp_path / "jwks.json").write_bytes(jwks(ONE))
    sources: list[KeySource] = [
        KeySet([ONE.key]), FileKeySource(tmp_path / "jwks.json"), HttpKeySource(server.url, clock=clock),
    ]  # fmt: skip
    for each in sources:
        assert each.find("one", now=START).key == ONE.key
        with pytest.raises(UnknownKey):
            each.find("nobody", now=START)


def test_post_quantum_keys_come_only_when_asked_for(server, clock) -> None:
    server.body = jwks(ONE, SoftwareSigner.generate("ML-DSA-44", kid="pq"))
    with pytest.raises(UnknownKey):
        HttpKeySource(server.url, clock=clock).find("pq", now=clock())
    wanted = HttpKeySource(server.url, clock=clock, algorithms=frozenset({"ML-DSA-44"}))
    assert wanted.find("pq", now=clock()).key.alg == "ML-DSA-44"


# --- a server: unknown keys ----------------------------------------------------------------------


def test_a_thousand_unknown_keys_cause_one_request(server, source, clock) -> None:
    def ask(number: int) -> None:
        for count in range(20):
            with pytest.raises(UnknownKey):
                source.find(f"bogus {number} {count}", now=clock())

    in_threads(50, ask)
    assert server.requests == 1


def test_a_thousand_unknown_keys_beside_good_ones_cause_one_request(server, source, clock) -> None:
    source.find("one", now=clock())
    clock.forward(5 * MINUTE)
    server.delay = 0.1  # so that they all meet the request under way

    def ask(number: int) -> None:
        for count in range(25):
            with pytest.raises(UnknownKey):
                source.find(f"bogus {number} {count}", now=clock())
            assert source.find("one", now=clock()).key == ONE.key

    in_threads(40, ask)
    assert server.requests == 2
    assert server.most_at_once == 1


def test_a_new_key_is_fetched_as_soon_as_a_token_names_it(server, source, clock) -> None:
    source.find("one", now=clock())
    server.body = jwks(ONE, TWO)
    with pytest.raises(UnknownKey):  # the server was asked just now
        source.find("two", now=clock())
    clock.forward(MINUTE)
    assert source.find("two", now=clock()).key == TWO.key
    assert server.requests == 2


def test_bogus_keys_hold_up_a_new_one_for_a_minute_at_most(server, source, clock) -> None:
    source.find("one", now=clock())
    server.body = jwks(ONE, TWO)
    accepted = 0
    for _ in range(90):
        clock.forward(timedelta(seconds=1))
        with pytest.raises(UnknownKey):
            source.find("bogus", now=clock())
        try:
            source.find("two", now=clock())
            accepted += 1
        except UnknownKey:
            assert clock() - START <= MINUTE
    assert accepted >= 30
    assert server.requests == 2


def test_threads_that_need_the_keys_first_share_one_request(server, source, clock) -> None:
    server.delay = 0.1
    in_threads(30, lambda _: source.find("one", now=clock()))
    assert server.requests == 1


# --- a server: rotation --------------------------------------------------------------------------


def test_rotation_under_load_refuses_no_good_token(server, clock) -> None:
    """Three keys in six hours, published before they sign and after they did, with eight threads
    verifying all the time and somebody sending made-up key names.
    """
    source = HttpKeySource(server.url, clock=clock)
    signers = [SoftwareSigner.generate("Ed25519", kid=f"key {n}") for n in range(4)]
    change = 2 * HOUR  # each signs for two hours; tokens live for ten minutes
    verified: Counter[str] = Counter()
    lock = threading.Lock()

    def published() -> bytes:
        moment = clock() - START
        return jwks(
            *(
                signer
                for n, signer in enumerate(signers)
                if n * change - MAX_TRUST_AGE <= moment <= (n + 1) * change + 10 * MINUTE + MAX_TRUST_AGE
            )
        )

    def answer(handler: BaseHTTPRequestHandler) -> None:
        server.body = published()
        server.usual(handler)

    server.answer = answer

    def check(token: str) -> None:
        jws = parse_jws(token)
        found = source.find(jws.kid, now=clock())
        verify_jws(jws, found.key)
        assert not found.stale
        with lock:
            verified[found.key.kid] += 1

    for _ in range(36):  # ten minutes each
        moment = clock() - START
        fresh = sign_jws({}, b"{}", signers[moment // change])
        earlier = signers[max(moment - 10 * MINUTE, timedelta(0)) // change]
        old = sign_jws({}, b"{}", earlier)

        def work(number: int, tokens: tuple[str, str] = (fresh, old)) -> None:
            check(tokens[number % 2])
            if number == 0:
                with pytest.raises(UnknownKey):
                    source.find("made up", now=clock())
            check(tokens[0])

        in_threads(8, work)
        clock.forward(10 * MINUTE)
    assert verified.total() == 36 * 16
    assert set(verified) == {"key 0", "key 1", "key 2"}
    assert server.requests <= 37


# --- a server that is down -----------------------------------------------------------------------


def test_while_the_server_is_down_good_keys_count_for_the_grace_and_say_how_old_they_are(
    server, clock
) -> None:
    with httpx.Client() as client:
        source = HttpKeySource(server.url, clock=clock, client=client)
        source.find("one", now=clock())
        server.stop()
        end = MAX_TRUST_AGE + OFFLINE_GRACE
        while clock() - START < end - 5 * MINUTE:
            clock.forward(5 * MINUTE)
            found = source.find("one", now=clock())
            assert found.trust_age == clock() - START
            assert found.stale == (found.trust_age > MAX_TRUST_AGE * 0.75)
        assert source.problem is not None
        assert source.problem.code == "FETCH_FAILED"
        clock.now = START + end
        assert source.find("one", now=clock()).stale
        clock.forward(timedelta(seconds=1))
        for kid in ("one", "two"):
            with pytest.raises(KeysTooOld):
                source.find(kid, now=clock())


def test_a_server_that_comes_back_is_believed_again(server, source, clock) -> None:
    source.find("one", now=clock())
    server.status = 503
    clock.forward(MAX_TRUST_AGE + OFFLINE_GRACE + HOUR)
    with pytest.raises(KeysTooOld):
        source.find("one", now=clock())
    server.status = 200
    clock.forward(MINUTE)
    found = source.find("one", now=clock())
    assert (found.trust_age, found.stale, source.problem) == (timedelta(0), False, None)


def test_a_server_that_is_down_is_asked_once_in_a_minute(server, source, clock) -> None:
    source.find("one", now=clock())
    server.status = 500
    clock.forward(MAX_TRUST_AGE)

    def work(number: int) -> None:
        for _ in range(20):
            assert source.find("one", now=clock()).key == ONE.key
            with pytest.raises(KeysUnavailable):
                source.find(f"bogus {number}", now=clock())

    in_threads(20, work)
    assert server.requests == 2


def test_a_new_key_is_not_called_unknown_while_nobody_can_be_asked(server, source, clock) -> None:
    source.find("one", now=clock())
    server.status = 500
    clock.forward(MAX_TRUST_AGE)
    source.find("one", now=clock())
    with pytest.raises(KeysUnavailable):
        source.find("two", now=clock())


def test_without_any_keys_nothing_is_decided(server, source, clock) -> None:
    server.status = 404
    for _ in range(5):
        with pytest.raises(KeysUnavailable, match="404"):
            source.find("one", now=clock())
    assert server.requests == 1
    server.status = 200
    clock.forward(MINUTE)
    assert source.find("one", now=clock()).key == ONE.key


def test_verifiers_do_not_wait_for_a_server_known_to_fail(server, source, clock) -> None:
    source.find("one", now=clock())
    server.status = 500
    clock.forward(MAX_TRUST_AGE + MINUTE)
    source.find("one", now=clock())  # the one that finds out
    assert source.problem is not None
    clock.forward(MINUTE)
    asked, let_go = threading.Event(), threading.Event()

    def hang(_: BaseHTTPRequestHandler) -> None:
        asked.set()
        let_go.wait(9)

    server.answer = hang
    asking = threading.Thread(target=lambda: source.find("one", now=clock()))
    asking.start()
    assert asked.wait(9)
    for _ in range(50):
        assert source.find("one", now=clock()).stale
    assert asking.is_alive()  # all the others were done before
    let_go.set()
    asking.join()


# --- a server that lies --------------------------------------------------------------------------

DAMAGED = {
    "html": b"<html>Maintenance</html>",
    "nothing": b"",
    "cut": jwks(ONE)[:-5],
    "twice": b'{"keys":[],"keys":[]}',
    "no set": b'{"key":[]}',
    "unusable": json.dumps({"keys": [{"kty": "oct", "k": "AA"}]}).encode(),
    "private": json.dumps({"keys": [{**ONE.key.to_jwk(), "d": "AA"}]}).encode(),
    "clash": json.dumps({"keys": [ONE.key.to_jwk(), {**TWO.key.to_jwk(), "kid": "one"}]}).encode(),
    "too long": b'{"keys":[' + b" " * MAX_JWKS + b"]}",
    "too many": json.dumps({"keys": [0] * 101}).encode(),
}


@pytest.mark.parametrize("body", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_answer_never_replaces_good_keys(server, source, clock, body: bytes) -> None:
    source.find("one", now=clock())
    server.body = body
    clock.forward(MAX_TRUST_AGE)
    found = source.find("one", now=clock())
    assert (found.key, found.trust_age, found.stale) == (ONE.key, MAX_TRUST_AGE, True)
    assert source.problem is not None
    clock.forward(OFFLINE_GRACE)
    assert source.find("one", now=clock()).trust_age == MAX_TRUST_AGE + OFFLINE_GRACE
    clock.forward(MINUTE)
    with pytest.raises(KeysTooOld):
        source.find("one", now=clock())


@pytest.mark.parametrize("body", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_answer_at_the_beginning_gives_no_keys(server, source, clock, body: bytes) -> None:
    server.body = body
    with pytest.raises(KeysUnavailable):
        source.find("one", now=clock())


def test_redirects_to_elsewhere_are_not_followed(server, source, clock) -> None:
    elsewhere = Server()
    try:
        server.status, server.headers = 302, {"Location": elsewhere.url}
        with pytest.raises(KeysUnavailable):
            source.find("one", now=clock())
        assert elsewhere.requests == 0
    finally:
        elsewhere.stop()


def test_a_compressed_answer_is_bounded_by_what_comes_out(server, source, clock) -> None:
    server.headers = {"Content-Encoding": "gzip"}
    server.body = gzip.compress(jwks(ONE))
    assert source.find("one", now=clock()).key == ONE.key
    server.body = gzip.compress(b" " * (64 * 1024 * 1024))
    clock.forward(MAX_TRUST_AGE)
    assert source.find("one", now=clock()).stale
    assert "octets" in str(source.problem)


def test_a_server_that_drips_is_given_up(server, clock) -> None:
    source = HttpKeySource(server.url, clock=clock, timeout=timedelta(seconds=0.4))

    hung_up = threading.Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            for _ in range(200):
                handler.wfile.write(b" ")
                handler.wfile.flush()
                time.sleep(0.05)
        except OSError:
            hung_up.set()

    server.answer = drip
    with pytest.raises(KeysUnavailable, match="in time"):
        source.find("one", now=clock())
    assert hung_up.wait(5)


@pytest.mark.parametrize("url", [
    "http://issuer.example/jwks.json", "ftp://127.0.0.1/", "file:///etc/passwd", "https://", "//127.0.0.1/", "",
    "https://user:word@issuer.example/", "http://127.0.0.1.issuer.example/", "http://10.0.0.1/", "https://issuer.example/#x",
])  # fmt: skip
def test_only_https_or_this_very_machine(url: str, clock) -> None:
    with pytest.raises(AddressForbidden):
        HttpKeySource(url, clock=clock)


def test_nothing_listens(clock) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
    with pytest.raises(KeysUnavailable):
        HttpKeySource(url, clock=clock).find("one", now=clock())


def test_a_cooldown_longer_than_the_trust_is_refused(clock) -> None:
    with pytest.raises(InputError):
        HttpKeySource("https://issuer.example/", clock=clock, max_trust_age=MINUTE, cooldown=2 * MINUTE)


def test_a_clock_set_back_does_no_harm(server, source, clock) -> None:
    clock.forward(HOUR)
    source.find("one", now=clock())
    clock.now = START
    assert source.find("one", now=clock()).trust_age == timedelta(0)
    server.body = jwks(ONE, TWO)
    assert source.find("two", now=clock()).key == TWO.key  # the cooldown does not last for ever


def test_a_client_of_the_caller_is_used_and_stays_open(server, clock) -> None:
    with httpx.Client() as client:
        source = HttpKeySource(server.url, clock=clock, client=client)
        assert source.find("one", now=clock()).key == ONE.key
        assert not client.is_closed


# --- a file --------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "jwks.json"
    put(path, jwks(ONE), START)
    return path


def put(path: Path, octets: bytes, at: datetime) -> None:
    """Replace a file as the documentation says."""
    fresh = path.with_suffix(".new")
    fresh.write_bytes(octets)
    os.utime(fresh, (at.timestamp(), at.timestamp()))
    fresh.replace(path)


def test_a_file_that_is_replaced_is_read_again(file) -> None:
    source = FileKeySource(file)
    assert source.find("one", now=START + HOUR).trust_age == HOUR
    put(file, jwks(ONE, TWO), START + HOUR)
    found = source.find("two", now=START + 2 * HOUR)
    assert (found.key, found.trust_age, found.stale) == (TWO.key, HOUR, False)


def test_a_file_that_does_not_change_is_read_once(file, monkeypatch) -> None:
    source = FileKeySource(file)
    monkeypatch.setattr("eid.tokens.key_sources.read_file", lambda *_: pytest.fail("read again"))
    for _ in range(10):
        source.find("one", now=START)


@pytest.mark.parametrize("body", [*DAMAGED.values(), None], ids=[*DAMAGED, "gone"])
def test_a_damaged_file_never_replaces_good_keys_silently(file, body: bytes | None) -> None:
    source = FileKeySource(file)
    if body is None:
        file.unlink()
    else:
        put(file, body, START + HOUR)
    for _ in range(2):
        found = source.find("one", now=START + 2 * HOUR)
        assert (found.key, found.trust_age, found.stale) == (ONE.key, 2 * HOUR, True)
    assert isinstance(source.problem, EidError)
    with pytest.raises(KeysUnavailable):
        source.find("two", now=START + 2 * HOUR)
    put(file, jwks(TWO), START + 2 * HOUR)
    assert source.find("two", now=START + 2 * HOUR).trust_age == timedelta(0)
    assert source.problem is None


@pytest.mark.parametrize("body", [*DAMAGED.values(), None], ids=[*DAMAGED, "none"])
def test_a_file_that_is_damaged_from_the_beginning_is_no_source(file, body: bytes | None) -> None:
    if body is None:
        file.unlink()
    else:
        put(file, body, START)
    with pytest.raises(KeysUnavailable):
        FileKeySource(file)


def test_a_file_nobody_renews_is_too_old_in_the_end(file) -> None:
    source = FileKeySource(file, max_trust_age=HOUR)
    assert source.find("one", now=START + HOUR).key == ONE.key
    with pytest.raises(KeysTooOld):
        source.find("one", now=START + HOUR + MINUTE)
    put(file, b"damaged", START + HOUR)  # what is no set of keys makes nothing younger
    with pytest.raises(KeysTooOld):
        source.find("one", now=START + HOUR + MINUTE)
    put(file, jwks(ONE), START + HOUR)
    assert source.find("one", now=START + HOUR + MINUTE).trust_age == MINUTE


def test_a_file_replaced_under_load_refuses_no_good_token(file) -> None:
    source = FileKeySource(file)
    stop = threading.Event()

    def replace() -> None:
        for count in range(100):
            put(file, jwks(ONE, TWO) if count % 2 else jwks(ONE, THREE), START)
        stop.set()

    replacing = threading.Thread(target=replace)
    replacing.start()

    def ask(_: int) -> None:
        while not stop.is_set():
            found = source.find("one", now=START)
            assert (found.key, found.stale) == (ONE.key, False)

    in_threads(4, ask)
    replacing.join()


def test_sources_show_where_they_read_and_no_keys(file, source) -> None:
    assert "jwks.json" in repr(source)
    assert repr(FileKeySource(file)).startswith("FileKeySource(")
