"""Asking status lists: fetched, kept, renewed, and never taken for an answer when there is none."""

from __future__ import annotations

import gzip
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from eid.crypto.keys import FoundKey, KeySet, SoftwareSigner
from eid.errors import (
    AddressForbidden,
    FetchFailed,
    KeysUnavailable,
    StatusIndexOutside,
    StatusListTooOld,
    StatusListUnavailable,
    StatusListUntrusted,
    StatusUndecided,
)
from eid.tokens.status import sources as status_sources
from eid.tokens.status.lists import Form, Status, StatusList, sign_status_list
from eid.tokens.status.reference import StatusReference
from eid.tokens.status.sources import (
    CheckedStatus,
    FileStatusSource,
    HttpStatusSource,
    StatusChecker,
    StatusIssuer,
    StatusSource,
    StoredStatusSource,
)

START = datetime(2026, 11, 22, tzinfo=UTC)
SIGNER = SoftwareSigner.generate(kid="status-2026")
KEYS = KeySet([SIGNER.key])
GRACE = timedelta(days=2)
HOUR = timedelta(hours=1)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def token(uri: str, entries: dict[int, int] | None = None, **changes: Any) -> bytes:
    issued_at = changes.pop("issued_at", START)
    expires_at = changes.pop("expires_at", None) or issued_at + timedelta(days=7)
    options: dict[str, Any] = {
        "uri": uri, "issued_at": issued_at, "expires_at": expires_at, "ttl": HOUR,
        "form": Form.CWT, **changes,
    }  # fmt: skip
    signer = options.pop("signer", SIGNER)
    return sign_status_list(StatusList.of(100, bits=2, entries=entries or {}), signer, **options)


class OverHttp:
    """A checker whose one list comes from a server."""

    def __init__(self, server: Any, clock: Clock) -> None:
        self.server, self.clock = server, clock
        self.uri = server.url + "/lists/1"
        source = HttpStatusSource(clock=clock, cooldown=timedelta(seconds=60))
        self.checker = StatusChecker(
            [StatusIssuer(server.url + "/lists/", KEYS, source)], offline_grace=GRACE
        )

    def serve(self, entries: dict[int, int] | None = None, **changes: Any) -> None:
        self.server.answer("/lists/1", token(self.uri, entries, **{"issued_at": self.clock.now, **changes}))

    def fail(self) -> None:
        self.server.answer("/lists/1", b"", status=503)

    def check(self, index: int = 0) -> CheckedStatus:
        return self.checker.check(StatusReference(self.uri, index), now=self.clock.now)


@pytest.fixture
def online(web_server, clock: Clock) -> OverHttp:
    made = OverHttp(web_server, clock)
    made.serve({1: 1, 2: 2, 3: 3})
    return made


def stored(octets: bytes, uri: str = "https://status.example/lists/1", **options: Any) -> StatusChecker:
    issuer = StatusIssuer(
        "https://status.example/lists/", options.pop("keys", KEYS), StoredStatusSource({uri: octets})
    )
    return StatusChecker([issuer], offline_grace=options.pop("offline_grace", GRACE))


URI = "https://status.example/lists/1"


# --- answers -------------------------------------------------------------------------------------


def test_a_credential_in_force_a_revoked_and_a_suspended_one(online: OverHttp) -> None:
    answers = [online.check(index) for index in range(4)]
    assert [answer.value for answer in answers] == [Status.VALID, Status.INVALID, Status.SUSPENDED, 3]
    assert [answer.valid for answer in answers] == [True, False, False, False]
    assert [answer.stale for answer in answers] == [False] * 4
    assert len(online.server.requests) == 1
    assert "statuslist+cwt" in online.server.requests[0][1]["accept"]


def test_an_answer_says_how_old_the_list_is(online: OverHttp, clock: Clock) -> None:
    online.serve(issued_at=START - timedelta(minutes=10))
    clock.now = START + timedelta(minutes=5)
    assert online.check().age == timedelta(minutes=15)
    assert online.check().issued_at == START - timedelta(minutes=10)


def test_a_list_signed_a_moment_in_the_future_is_not_younger_than_new(online: OverHttp) -> None:
    online.serve(issued_at=START + timedelta(seconds=20))
    assert online.check().age == timedelta(0)


def test_compressed_transfer_and_json_form(online: OverHttp) -> None:
    octets = token(online.uri, {1: 1}, form=Form.JWT)
    online.server.answer("/lists/1", gzip.compress(octets), Content_Encoding="gzip")
    assert online.check(1).value == Status.INVALID


# --- time to live --------------------------------------------------------------------------------


def test_a_list_is_fetched_again_after_its_time_to_live_and_not_before(
    online: OverHttp, clock: Clock
) -> None:
    assert online.check().valid
    clock.now = START + HOUR - timedelta(seconds=1)
    online.serve({0: 1})
    assert online.check().valid
    clock.now = START + HOUR
    assert not online.check().valid
    assert len(online.server.requests) == 2


@pytest.mark.parametrize(
    ("ttl", "asked_again_after"),
    [(timedelta(seconds=1), timedelta(seconds=60)), (timedelta(days=6), timedelta(hours=24))],
)
def test_absurd_times_to_live_are_brought_within_bounds(
    ttl: timedelta, asked_again_after: timedelta, online: OverHttp, clock: Clock
) -> None:
    online.serve(ttl=ttl)
    online.check()
    clock.now = START + asked_again_after - timedelta(seconds=1)
    assert not online.check().stale
    assert len(online.server.requests) == 1
    clock.now = START + asked_again_after
    assert not online.check().stale
    assert len(online.server.requests) == 2


def test_without_a_connection_the_old_list_counts_for_the_grace(online: OverHttp, clock: Clock) -> None:
    online.check()
    online.fail()
    clock.now = START + HOUR
    answer = online.check(1)
    assert (answer.value, answer.stale, answer.age) == (Status.INVALID, True, HOUR)
    clock.now = START + HOUR + GRACE - timedelta(seconds=1)
    assert online.check().stale
    clock.now = START + HOUR + GRACE
    with pytest.raises(StatusListTooOld):
        online.check()
    online.serve()
    clock.now += timedelta(seconds=60)
    assert not online.check().stale


def test_the_issuers_end_comes_before_any_grace(online: OverHttp, clock: Clock) -> None:
    online.serve(expires_at=START + timedelta(hours=2))
    online.check()
    online.fail()
    clock.now = START + timedelta(hours=2, seconds=29)
    assert online.check().stale
    clock.now = START + timedelta(hours=2, seconds=30)
    with pytest.raises(StatusListTooOld):
        online.check()


def test_a_list_that_ends_before_its_time_to_live_is_renewed_then(online: OverHttp, clock: Clock) -> None:
    online.serve(expires_at=START + timedelta(minutes=2))
    online.check()
    clock.now = START + timedelta(minutes=2, seconds=30)
    online.serve({0: 1})
    assert online.check().value == Status.INVALID


# --- undecided is not false ----------------------------------------------------------------------


def test_a_list_that_was_never_had_is_no_answer(online: OverHttp) -> None:
    online.fail()
    with pytest.raises(StatusListUnavailable) as caught:
        online.check()
    assert caught.value.reason == "FETCH_FAILED"
    assert isinstance(caught.value, StatusUndecided)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"uri": "http://127.0.0.1/lists/2"}, "STATUS_LIST_SUBJECT"),
        ({"signer": SoftwareSigner.generate(kid="status-2026")}, "TOKEN_SIGNATURE"),
        ({"signer": SoftwareSigner.generate(kid="other")}, "UNKNOWN_KEY"),
        ({"issued_at": START + HOUR, "expires_at": START + 2 * HOUR}, "TOKEN_NOT_YET_VALID"),
    ],
)
def test_a_list_that_does_not_hold_is_no_answer(
    changes: dict[str, Any], reason: str, online: OverHttp
) -> None:
    uri = changes.pop("uri", online.uri) if "uri" in changes else online.uri
    online.server.answer("/lists/1", token(uri, **changes))
    with pytest.raises(StatusListUnavailable) as caught:
        online.check()
    assert caught.value.reason == reason


def test_a_list_that_ends_with_the_calendar_is_no_accident(online: OverHttp, clock: Clock) -> None:
    online.serve(expires_at=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
    assert online.check().valid
    clock.now = START + HOUR + GRACE
    online.fail()
    with pytest.raises(StatusListTooOld):
        online.check()
    last = datetime(9999, 12, 31, 23, tzinfo=UTC)
    octets = token(URI, issued_at=last, expires_at=last + timedelta(minutes=59), ttl=timedelta(hours=20))
    assert (
        stored(octets, offline_grace=timedelta(days=999_999_999))
        .check(StatusReference(URI, 0), now=last)
        .valid
    )


def test_an_expired_list_is_too_old_from_the_beginning(online: OverHttp) -> None:
    online.serve(issued_at=START - timedelta(days=2), expires_at=START - timedelta(days=1))
    with pytest.raises(StatusListTooOld):
        online.check()


def test_an_entry_beyond_the_end_is_no_answer(online: OverHttp) -> None:
    assert online.check(99).valid
    with pytest.raises(StatusIndexOutside):
        online.check(100)


@pytest.mark.parametrize(
    "uri",
    [
        "https://status.example/other/1", "https://status.example/lists", "https://status.example.evil.example/lists/1",
        "http://status.example/lists/1", "https://STATUS.example/lists/1", "https://status.example:8443/lists/1",
    ],
)  # fmt: skip
def test_lists_of_others_are_not_asked(uri: str) -> None:
    with pytest.raises(StatusListUntrusted):
        stored(token(URI)).check(StatusReference(uri, 0), now=START)


@pytest.mark.parametrize("prefix", ["https://", "/", "lists/", "https:///", "https://[/"])
def test_a_prefix_names_a_host(prefix: str) -> None:
    with pytest.raises(AddressForbidden):
        StatusIssuer(prefix, KEYS, StoredStatusSource({}))


def test_the_longest_prefix_decides_whose_keys_count() -> None:
    other = SoftwareSigner.generate(kid="other")
    inner = URI + "/inner/1"
    source = StoredStatusSource({URI: token(URI), inner: token(inner, {0: 1}, signer=other)})
    issuers = [
        StatusIssuer("https://status.example/", KEYS, source),
        StatusIssuer(URI + "/inner/", KeySet([other.key]), source),
    ]
    checker = StatusChecker(issuers, offline_grace=GRACE)
    assert checker.check(StatusReference(URI, 0), now=START).valid
    assert not checker.check(StatusReference(inner, 0), now=START).valid
    # The signer of all lists cannot speak for those inside, nor the other way round.
    forged = StoredStatusSource({inner: token(inner), URI: token(URI, signer=other)})
    checker = StatusChecker(
        [StatusIssuer(each.prefix, each.keys, forged) for each in issuers], offline_grace=GRACE
    )
    for uri in (inner, URI):
        with pytest.raises(StatusListUnavailable):
            checker.check(StatusReference(uri, 0), now=START)


def test_a_single_list_is_named_by_its_whole_address() -> None:
    issuer = StatusIssuer(URI, KEYS, StoredStatusSource({URI: token(URI), URI + "0": token(URI + "0")}))
    checker = StatusChecker([issuer], offline_grace=GRACE)
    assert checker.check(StatusReference(URI, 0), now=START).valid
    with pytest.raises(StatusListUntrusted):
        checker.check(StatusReference(URI + "0", 0), now=START)


# --- what somebody in between may try -------------------------------------------------------------


def test_an_older_list_does_not_take_back_a_revocation(online: OverHttp, clock: Clock) -> None:
    online.serve({0: 1})
    assert not online.check().valid
    clock.now = START + HOUR
    online.serve(issued_at=START - HOUR)  # still good by its own dates
    answer = online.check()
    assert (answer.value, answer.stale) == (Status.INVALID, True)


def test_a_forged_list_leaves_the_one_of_before_in_place(online: OverHttp, clock: Clock) -> None:
    online.serve({0: 1})
    online.check()
    clock.now = START + HOUR
    online.serve(signer=SoftwareSigner.generate(kid="status-2026"))
    answer = online.check()
    assert (answer.value, answer.stale) == (Status.INVALID, True)


def test_a_redirect_to_another_host_is_not_followed(online: OverHttp) -> None:
    online.server.answer("/lists/1", b"", status=302, Location="https://evil.example/lists/1")
    with pytest.raises(StatusListUnavailable):
        online.check()


def test_an_address_that_must_not_be_fetched_is_no_answer(clock: Clock) -> None:
    source = HttpStatusSource(clock=clock)
    checker = StatusChecker([StatusIssuer("http://status.example/", KEYS, source)], offline_grace=GRACE)
    with pytest.raises(StatusListUnavailable):
        checker.check(StatusReference("http://status.example/1", 0), now=START)


def test_any_number_of_lists_that_are_not_there_take_no_room(
    online: OverHttp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status_sources, "MAX_LISTS", 4)
    for number in range(12):
        with pytest.raises(StatusListUnavailable):
            online.checker.check(StatusReference(f"{online.server.url}/lists/x{number}", 0), now=START)
    assert len(online.checker._shelves) == 4


# --- keys ----------------------------------------------------------------------------------------


class LateKeys:
    """A source of keys that has none at first."""

    def __init__(self) -> None:
        self.ready = False
        self.asked = 0

    def find(self, kid: str, *, now: datetime) -> FoundKey:
        self.asked += 1
        if not self.ready:
            raise KeysUnavailable("not yet")
        return KEYS.find(kid, now=now)


def test_a_list_is_tried_again_when_the_keys_have_come() -> None:
    keys = LateKeys()
    checker = stored(token(URI), keys=keys)
    with pytest.raises(StatusListUnavailable) as caught:
        checker.check(StatusReference(URI, 0), now=START)
    assert caught.value.reason == "KEYS_UNAVAILABLE"
    keys.ready = True
    assert checker.check(StatusReference(URI, 0), now=START).valid


def test_an_old_list_is_verified_once_and_not_for_every_answer() -> None:
    keys = LateKeys()
    keys.ready = True
    checker = stored(token(URI), keys=keys)
    for minute in range(90, 120):
        assert checker.check(StatusReference(URI, 0), now=START + timedelta(minutes=minute)).stale
    assert keys.asked == 1


def test_a_list_from_the_future_is_tried_again_when_the_clock_is_right() -> None:
    checker = stored(token(URI))
    with pytest.raises(StatusListUnavailable):
        checker.check(StatusReference(URI, 0), now=START - timedelta(days=1))
    assert checker.check(StatusReference(URI, 0), now=START).valid


# --- files ---------------------------------------------------------------------------------------


def in_folder(folder: Path) -> StatusChecker:
    source = FileStatusSource(folder, prefix="https://status.example/lists/")
    return StatusChecker([StatusIssuer("https://status.example/", KEYS, source)], offline_grace=GRACE)


def test_a_folder_of_files_answers_without_a_network(tmp_path: Path) -> None:
    (tmp_path / "1").write_bytes(token(URI, {1: 1}))
    checker = in_folder(tmp_path)
    assert checker.check(StatusReference(URI, 0), now=START).valid
    # A file does not say when it was brought, so its time runs from its signature.
    answer = checker.check(StatusReference(URI, 1), now=START + 2 * HOUR)
    assert (answer.value, answer.stale, answer.age) == (Status.INVALID, True, 2 * HOUR)
    with pytest.raises(StatusListTooOld):
        checker.check(StatusReference(URI, 0), now=START + HOUR + GRACE)


def test_a_newer_file_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "1").write_bytes(token(URI))
    checker = in_folder(tmp_path)
    assert checker.check(StatusReference(URI, 0), now=START).valid
    (tmp_path / "new").write_bytes(token(URI, {0: 1}, issued_at=START + HOUR))
    os.replace(tmp_path / "new", tmp_path / "1")
    assert not checker.check(StatusReference(URI, 0), now=START + HOUR).valid
    (tmp_path / "1").unlink()
    assert checker.check(StatusReference(URI, 0), now=START + 2 * HOUR).stale


def test_a_line_end_behind_a_jwt_does_no_harm_and_behind_a_cwt_it_does(tmp_path: Path) -> None:
    (tmp_path / "1").write_bytes(token(URI, form=Form.JWT) + b"\r\n")
    assert in_folder(tmp_path).check(StatusReference(URI, 0), now=START).valid
    (tmp_path / "1").write_bytes(token(URI) + b"\n")
    with pytest.raises(StatusListUnavailable):
        in_folder(tmp_path).check(StatusReference(URI, 0), now=START)


@pytest.mark.parametrize("name", ["../secret", "..", ".", "a/b", "", "%2e%2e", ".hidden", "a\\b", "x" * 300])
def test_an_address_never_leads_out_of_the_folder(name: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"x")
    folder = tmp_path / "lists"
    folder.mkdir()
    with pytest.raises(FetchFailed, match="no file can have this address"):
        FileStatusSource(folder, prefix="https://h/").fetch("https://h/" + name)


def test_only_addresses_with_the_prefix_are_files(tmp_path: Path) -> None:
    (tmp_path / "1").write_bytes(b"x")
    source = FileStatusSource(tmp_path, prefix="https://h/")
    assert source.fetch("https://h/1").octets == b"x"
    for uri in ("1", "http://h/1", "https://other/1"):
        with pytest.raises(FetchFailed):
            source.fetch(uri)


def test_missing_and_unreadable_files_are_failures_of_ours(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    source = FileStatusSource(tmp_path, prefix="https://h/")
    for name in ("missing", "folder"):
        with pytest.raises(FetchFailed):
            source.fetch("https://h/" + name)


# --- all lists at once ---------------------------------------------------------------------------


def test_lists_are_loaded_ahead_and_one_bad_list_stops_no_other() -> None:
    uris = [f"https://status.example/lists/{number}" for number in range(4)]
    lists = {uri: token(uri) for uri in uris}
    lists[uris[1]] = b"damaged"
    del lists[uris[2]]
    issuer = StatusIssuer("https://status.example/lists/", KEYS, StoredStatusSource(lists))
    checker = StatusChecker([issuer], offline_grace=GRACE)
    problems = checker.load([*uris, "https://other.example/1"], now=START)
    assert {uri: problem and problem.code for uri, problem in problems.items()} == {
        uris[0]: None,
        uris[1]: "STATUS_LIST_UNAVAILABLE",
        uris[2]: "STATUS_LIST_UNAVAILABLE",
        uris[3]: None,
        "https://other.example/1": "STATUS_LIST_UNTRUSTED",
    }


# --- many threads --------------------------------------------------------------------------------


def test_a_crowd_makes_one_request_and_gets_one_answer(online: OverHttp) -> None:
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda index: online.check(index % 4).value, range(500)))
    assert answers == [0, 1, 2, 3] * 125
    assert len(online.server.requests) == 1


def test_nobody_waits_while_one_renews(online: OverHttp, clock: Clock) -> None:
    online.check()
    gate = threading.Event()
    fresh = token(online.uri, {0: 1}, issued_at=START + HOUR)

    def slow(request: BaseHTTPRequestHandler) -> None:
        gate.wait(5)
        request.send_response(200)
        request.end_headers()
        request.wfile.write(fresh)

    online.server.answers["/lists/1"] = slow
    clock.now = START + HOUR
    with ThreadPoolExecutor(1) as pool:
        renewing = pool.submit(online.check)
        while len(online.server.requests) < 2:
            time.sleep(0.01)
        answer = online.check()  # at once, from the list of before
        assert (answer.value, answer.stale) == (Status.VALID, True)
        gate.set()
        assert renewing.result().value == Status.INVALID
    assert online.check().value == Status.INVALID


def test_a_dead_server_is_asked_once_a_minute(online: OverHttp, clock: Clock) -> None:
    online.check()
    online.fail()
    for second in range(0, 600, 5):
        clock.now = START + HOUR + timedelta(seconds=second)
        assert online.check().stale
    assert len(online.server.requests) == 1 + 10


def test_sources_of_ones_own_need_one_method() -> None:
    class Own:
        def fetch(self, uri: str) -> status_sources.Delivery:
            return status_sources.Delivery(token(uri), None)

    source: StatusSource = Own()
    checker = StatusChecker([StatusIssuer("https://status.example/", KEYS, source)], offline_grace=GRACE)
    assert checker.check(StatusReference(URI, 0), now=START).valid
