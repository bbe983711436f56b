from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.document import evidence as ev
from eid.document.evidence import Evidence
from eid.errors import EvidenceError, InputError, LimitExceeded

_FULL = Evidence(
    files={"EF.SOD": b"\x77\x00", "DG1": b"\x61\x00"},
    unreadable={"DG3": "ACCESS_DENIED"},
    access=ev.AccessTranscript("PACE", "PACE-ECDH-GM-AES-128", "brainpoolP256r1", "CAN", b"salt", bytes(32)),
    chip_authentication=ev.ChipAuthenticationTranscript(
        ev.Exchange.REFUSED, "CA-ECDH-AES-128", "secp256r1", b"\x30\x00", 1, 0x6300
    ),
    active_authentication=ev.ActiveAuthenticationTranscript(ev.Exchange.COMPLETED, bytes(8), b"\1" * 9),
    read_at=datetime(2026, 3, 1, 12, 30, tzinfo=UTC),
    reader=ev.ReaderInfo("a reader", b"\x3b\x00"),
    quirks=("no_master_file",),
    interruption="CARD_REMOVED",
    context=ev.Context("opening an account", "consent-1", "counter 3"),
    profile="vietnam",
    live=ev.LiveReading(bytes(8)),
)


def _map(evidence: Evidence = _FULL, **changes: object) -> dict[str, object]:
    body: dict[str, object] = cbor2.loads(evidence.to_bytes())
    return {**body, **changes}


def _refused(body: object) -> None:
    with pytest.raises(EvidenceError):
        Evidence.from_bytes(cbor2.dumps(body, canonical=True))


def test_everything_comes_back_except_the_mark_of_a_live_reading() -> None:
    back = Evidence.from_bytes(_FULL.to_bytes())
    assert back == _FULL
    assert back.live is None
    assert back.to_bytes() == _FULL.to_bytes() == _FULL.stored().to_bytes()
    assert _FULL.stored().live is None


@given(
    st.dictionaries(st.text(max_size=12), st.binary(max_size=300), max_size=6),
    st.dictionaries(st.text(max_size=12), st.text(max_size=12), max_size=3),
    st.none() | st.datetimes(timezones=st.just(UTC)),
    st.lists(st.text(max_size=9), max_size=3).map(tuple),
)
def test_files_come_back(
    files: dict[str, bytes], unreadable: dict[str, str], read_at: datetime | None, quirks: tuple[str, ...]
) -> None:
    evidence = Evidence(files=files, unreadable=unreadable, read_at=read_at, quirks=quirks)
    assert Evidence.from_bytes(evidence.to_bytes()) == evidence


def test_equal_evidence_gives_equal_octets() -> None:
    reordered = replace(_FULL, files=dict(reversed(_FULL.files.items())))
    elsewhere = replace(_FULL, read_at=_FULL.read_at.astimezone(timezone(timedelta(hours=7))))
    assert reordered.to_bytes() == elsewhere.to_bytes() == _FULL.to_bytes()


def test_the_content_of_an_opened_file_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        _FULL.files["DG1"] = b""


def test_a_file_cut_at_any_octet_is_refused() -> None:
    octets = _FULL.to_bytes()
    for end in range(len(octets)):
        with pytest.raises(EvidenceError):
            Evidence.from_bytes(octets[:end])


def test_octets_after_the_end_are_refused() -> None:
    with pytest.raises(EvidenceError):
        Evidence.from_bytes(_FULL.to_bytes() + b"\0")


def test_one_flipped_bit_gives_other_evidence_or_is_refused() -> None:
    octets = _FULL.to_bytes()
    for at in range(len(octets)):
        changed = bytearray(octets)
        changed[at] ^= 1 << at % 8
        try:
            back = Evidence.from_bytes(bytes(changed))
        except InputError:
            continue
        assert back != _FULL
        assert back.to_bytes() == changed


def test_an_unknown_member_is_refused() -> None:
    _refused(_map(future=1))
    _refused(_map(live={"challenge": bytes(8)}))
    _refused(_map(reader={"name": "a", "serial": "b"}))


@pytest.mark.parametrize("version", [0, 2, "1", b"1", None])
def test_another_version_is_refused(version: object) -> None:
    _refused(_map(eid=version))
    body = _map()
    del body["eid"]
    _refused(body)


@pytest.mark.parametrize(
    "changes",
    [
        {"files": []},
        {"files": {"DG1": "text"}},
        {"files": {1: b""}},
        {"unreadable": {"DG3": b""}},
        {"access": []},
        {"access": {"protocol": 1}},
        {"access": {}},
        {"access": {"protocol": "PACE", "salt": "text"}},
        {"chip_authentication": {"exchange": "GUESSED", "algorithm": "x"}},
        {"chip_authentication": {"exchange": "WRONG", "algorithm": "x", "key_id": "1"}},
        {"active_authentication": {"exchange": "COMPLETED"}},
        {"read_at": "yesterday"},
        {"read_at": 5},
        {"read_at": "0001-01-01T00:00:00+23:59"},
        {"read_at": "2026-03-01T12:30:00"},
        {"quirks": "text"},
        {"quirks": [1]},
        {"interruption": 1},
        {"profile": b"vietnam"},
        {"context": {"purpose": 1}},
    ],
)
def test_members_of_another_type_are_refused(changes: dict[str, object]) -> None:
    _refused(_map(**changes))


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\x80",
        b"\x01",
        b"\xa0",
        b"PK\x03\x04",
        cbor2.dumps({"files": {}, "eid": True}, canonical=True),
        cbor2.dumps({"files": {}, "eid": 1.0}, canonical=True),
        b"\xbf\x63eid\x01\x65files\xa0\xff",
        b"\xa2\x65files\xa0\x63eid\x01",
        b"\xa2\x63eid\x18\x01\x65files\xa0",
        b"\xa3\x63eid\x01\x63eid\x01\x65files\xa0",
        b"\xa2\x63eid\x01\x65files\xa1\x61\xff\x40",
        b"\xd9\xd9\xf7" + Evidence(files={}).to_bytes(),
        b"\xa1\x63eid\xc4\x82\x00\xc2\x41\x01",
    ],
)
def test_other_forms_are_refused(octets: bytes) -> None:
    with pytest.raises(EvidenceError):
        Evidence.from_bytes(octets)


def test_size_and_nesting_are_bounded_before_any_work() -> None:
    with pytest.raises(LimitExceeded):
        Evidence.from_bytes(b"\xa0" + bytes(ev.MAX_EVIDENCE))
    with pytest.raises(LimitExceeded):
        Evidence.from_bytes(b"\xa1\x63eid" + b"\x81" * 100_000 + b"\1")


def test_repr_shows_sizes_only() -> None:
    assert repr(_FULL) == "<Evidence EF.SOD 2, DG1 2>"
    assert repr(Evidence(files={})) == "<Evidence without files>"
    assert "password_digest" not in repr(_FULL.access)


def test_transcripts_can_be_sent_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(_FULL.access)) == _FULL.access
