"""Claims of a CWT: each read as its one type, times checked with the leeway that was given."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.errors import (
    ClaimInvalid,
    ClaimMissing,
    EidError,
    TokenDuplicateMember,
    TokenExpired,
    TokenMalformed,
    TokenNotYetValid,
    TokenNumberInvalid,
    TokenTooLarge,
)
from eid.tokens.cwt import AUD, CTI, EXP, IAT, ISS, NBF, STATUS, SUB, Cwt, check_times, read_cwt
from eid.tokens.status.reference import StatusReference

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
NONE = timedelta(0)


def read(claims: object) -> Cwt:
    return read_cwt(cbor2.dumps(claims), limit=4096)


def test_claims_come_out_typed() -> None:
    cwt = read({ISS: "i", SUB: "s", AUD: "a", EXP: 2, NBF: 1.5, IAT: 1, CTI: b"c", -70_001: 2, "own": [1]})
    assert (cwt.issuer, cwt.subject, cwt.audience, cwt.token_id) == ("i", "s", ("a",), b"c")
    assert (cwt.expires_at, cwt.not_before, cwt.issued_at) == (2, 1.5, 1)
    assert cwt.time(NBF) == datetime(1970, 1, 1, 0, 0, 1, 500_000, UTC)
    assert cwt.claims[-70_001] == 2
    assert cwt.status is None
    assert read({AUD: ["a", "b"]}).audience == ("a", "b")
    empty = read({})
    assert (empty.issuer, empty.audience, empty.expires_at, empty.time(EXP)) == (None, (), None, None)


def test_personal_claims_are_not_shown() -> None:
    assert "001099012349" not in repr(
        read({SUB: "001099012349", CTI: b"001099012349", 169: {4: "001099012349"}})
    )


@pytest.mark.parametrize(
    ("claims", "error"),
    [
        ([], TokenMalformed), (5, TokenMalformed), (b"", TokenMalformed), (None, TokenMalformed),
        *(({key: value}, ClaimInvalid) for key in (ISS, SUB) for value in (5, b"x", "", None, "x" * 1025, ["x"])),
        *(({AUD: value}, ClaimInvalid) for value in (5, None, "", [], [5], ["x", ""], ["x"] * 33, {"a": 1}, [["x"]])),
        *(
            ({key: value}, ClaimInvalid)
            for key in (EXP, NBF, IAT)
            for value in (-1, -0.5, "1", None, True, b"\1", 253_402_300_800, 2**64 - 1, 1e300, [1])
        ),
        *(({CTI: value}, ClaimInvalid) for value in ("x", b"", bytes(257), 5, None)),
        *(({EXP: value}, TokenNumberInvalid) for value in (float("nan"), float("inf"), float("-inf"))),
        ({EXP: cbor2.CBORTag(1, 5)}, TokenMalformed),  # RFC 8392, 2: the tag must be left out
        ({EXP: datetime(2030, 1, 1, tzinfo=UTC)}, TokenMalformed),
        ({EXP: 2**70}, TokenMalformed),
        ({1.0: "x"}, TokenMalformed),
    ],
)  # fmt: skip
def test_impossible_claims_are_refused(claims: object, error: type[EidError]) -> None:
    with pytest.raises(error):
        read(claims)


def test_what_can_be_read_in_two_ways_is_not_read() -> None:
    with pytest.raises(TokenDuplicateMember):
        read_cwt(bytes.fromhex("a2041a00000001041affffffff"), limit=100)
    with pytest.raises(TokenDuplicateMember):  # the same key in a longer form
        read_cwt(bytes.fromhex("a204011804 02".replace(" ", "")), limit=100)
    with pytest.raises(TokenMalformed):
        read_cwt(b"\xa0\xa0", limit=100)
    with pytest.raises(TokenTooLarge):
        read_cwt(b"\xa0", limit=0)


@pytest.mark.parametrize(
    ("claims", "error"),
    [
        ({EXP: SECONDS - 30}, TokenExpired),
        ({EXP: SECONDS - 29}, None),
        ({EXP: SECONDS - 29.5}, None),
        ({NBF: SECONDS + 31}, TokenNotYetValid),
        ({NBF: SECONDS + 30}, None),
        ({IAT: SECONDS + 30.5}, TokenNotYetValid),
        ({IAT: SECONDS + 30}, None),
        ({}, None),
    ],
)
def test_clocks_may_differ_by_the_leeway_and_no_more(
    claims: dict[int, Any], error: type[EidError] | None
) -> None:
    cwt = read(claims)
    if error is None:
        check_times(cwt, now=NOW, leeway=timedelta(seconds=30))
    else:
        with pytest.raises(error):
            check_times(cwt, now=NOW, leeway=timedelta(seconds=30))


def test_a_token_ends_with_the_second_it_names() -> None:
    check_times(read({EXP: SECONDS + 1}), now=NOW, leeway=NONE)
    with pytest.raises(TokenExpired):
        check_times(read({EXP: SECONDS}), now=NOW, leeway=NONE)


# --- where the status stands ---------------------------------------------------------------------

URI = "https://status.example/lists/1"


def test_the_reference_is_the_same_in_both_directions() -> None:
    reference = StatusReference(URI, 7)
    assert read({STATUS: reference.to_claim()}).status == reference
    assert StatusReference.from_claim({"other": 1, **reference.to_claim()}) == reference
    with_more = {"status_list": {"idx": 7, "uri": URI, "more": [1]}}
    assert StatusReference.from_claim(with_more) == reference


@pytest.mark.parametrize(
    ("claim", "error"),
    [
        ({}, ClaimMissing), ({"status_list": {}}, ClaimMissing), ({"status_list": {"idx": 1}}, ClaimMissing),
        ({"status_list": {"uri": URI}}, ClaimMissing), ({"other": {}}, ClaimMissing),
        (5, ClaimInvalid), ("x", ClaimInvalid), ([], ClaimInvalid), ({"status_list": []}, ClaimInvalid),
        *(
            ({"status_list": {"idx": index, "uri": URI}}, ClaimInvalid)
            for index in (-1, 2**27, 2**64 - 1, 1.0, "1", True, None, [1])
        ),
        *(
            ({"status_list": {"idx": 1, "uri": uri}}, ClaimInvalid)
            for uri in ("", "x", "//host/x", "https:", ":x", "a b:c", "https://h/ x", "https://h/\n", "https://hồ/", 5,
                        None, b"https://h/", "https://h/" + "x" * 1024)
        ),
    ],
)  # fmt: skip
def test_malformed_references_are_refused(claim: object, error: type[EidError]) -> None:
    with pytest.raises(error):
        StatusReference.from_claim(claim)
    if claim != {}:
        with pytest.raises(error):
            assert read({STATUS: claim}).status


@given(st.binary(max_size=200))
def test_random_octets_are_refused_with_our_errors_only(octets: bytes) -> None:
    try:
        cwt = read_cwt(octets, limit=100)
        assert cwt.status is None or isinstance(cwt.status, StatusReference)
    except EidError:
        pass
