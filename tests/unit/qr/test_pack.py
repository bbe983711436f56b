"""The offline file: what goes in is checked, what comes out is signed, and old files decide nothing."""

from __future__ import annotations

import datetime as dt
from typing import Any

import cbor2
import pytest
from qr_samples import (
    DAY,
    HOUR,
    ISSUER,
    NOW,
    PERSON,
    YEAR,
    Clock,
    authority,
    certificate_for,
    claims,
    issuer,
    signed_text,
    signer,
)

from eid.crypto.cose import TAGGED, TYP, sign1
from eid.crypto.keys import KeySet, SoftwareSigner
from eid.document.checks import Outcome
from eid.encoding import strict_cbor
from eid.errors import QrPackError, QrPackNotTrusted
from eid.qr.claims import QrKind
from eid.qr.pack import TYPE, PackIssuer, QrPack, read_pack, write_pack
from eid.qr.verifying import QrPolicy
from eid.tokens.status.lists import Form, StatusList, sign_status_list
from eid.tokens.status.reference import StatusReference

LIST = "https://id.example/status/1"
MAKER = signer(kid="district-office")


def status_list(entries: dict[int, int], **changes: Any) -> bytes:
    options = {"uri": LIST, "issued_at": NOW, "expires_at": NOW + 30 * DAY, "ttl": HOUR, "form": Form.JWT}
    return sign_status_list(StatusList.of(64, bits=2, entries=entries), signer(), **{**options, **changes})


def member(**changes: Any) -> PackIssuer:
    return PackIssuer(**{"name": ISSUER, "keys": KeySet([signer().key]), **changes})


def pack(*members: PackIssuer, by: SoftwareSigner = MAKER, **changes: Any) -> bytes:
    return write_pack(members or (member(),), **{"signer": by, "now": NOW, "valid_for": 30 * DAY, **changes})


def static(index: int | None = None) -> str:
    status = None if index is None else StatusReference(LIST, index)
    return issuer().issue(PERSON, kind=QrKind.STATIC, valid_for=YEAR, status=status).text


def judge(octets: bytes, text: str, *, at: dt.datetime = NOW, max_age: dt.timedelta = 7 * DAY) -> Any:
    return read_pack(octets, key=MAKER.key).verifier(clock=Clock(at), max_age=max_age).verify(text)


def test_a_clinic_without_signal_verifies_with_one_file() -> None:
    octets = pack(member(lists={LIST: status_list({5: 1})}))
    good, revoked = judge(octets, static(4), at=NOW + 3 * DAY), judge(octets, static(5), at=NOW + 3 * DAY)
    assert good.verdict is Outcome.PASSED
    assert good.person == PERSON
    assert good.trust_age == 3 * DAY
    assert good.warnings == ("STATUS_STALE",)  # the list wanted to be fetched every hour
    assert (revoked.verdict, revoked.code) == (Outcome.FAILED, "QR_REVOKED")


def test_an_old_file_decides_nothing() -> None:
    octets = pack()
    assert judge(octets, static(), at=NOW + 7 * DAY).verdict is Outcome.PASSED
    late = judge(octets, static(), at=NOW + 7 * DAY + HOUR)
    assert (late.verdict, late.code) == (Outcome.UNDECIDED, "KEYS_TOO_OLD")
    assert late.person is None


def test_its_maker_may_set_an_earlier_end() -> None:
    octets = pack(valid_for=2 * DAY)
    assert judge(octets, static(), at=NOW + 3 * DAY).code == "KEYS_TOO_OLD"


def test_a_clock_behind_the_file_is_noticed() -> None:
    assert judge(pack(), static(), at=NOW - DAY).code == "QR_CLOCK_BEHIND"


def test_a_forged_code_fails_also_with_an_old_file() -> None:
    forged = signed_text(claims(), by=SoftwareSigner.generate(kid="2026-1"))
    assert judge(pack(), forged, at=NOW + 20 * DAY).verdict is Outcome.FAILED


def test_roots_in_the_file_are_pinned() -> None:
    private, root = authority()
    chain = certificate_for(signer(kid="branch").key.public, private)
    text = signed_text(claims(), by=signer(kid="branch"), protected={33: chain})
    octets = pack(member(keys=KeySet([]), roots=(root,)))
    assert judge(octets, text).verdict is Outcome.PASSED
    assert judge(octets, text, at=NOW + 8 * DAY).code == "KEYS_TOO_OLD"
    assert judge(pack(), text).code == "QR_KEY_NOT_NAMED"


def test_several_issuers_keep_their_keys_apart() -> None:
    other = PackIssuer("https://other.example", KeySet([signer(kid="o").key]))
    octets = pack(member(), other)
    assert judge(octets, static()).verdict is Outcome.PASSED
    stolen = signed_text(claims(claim_1="https://other.example"))
    assert judge(octets, stolen).code == "UNKNOWN_KEY"


def test_the_policy_of_the_verifier_holds_offline_too() -> None:
    octets = pack(member(lists={LIST: status_list({5: 1})}))
    lax = read_pack(octets, key=MAKER.key).verifier(
        clock=Clock(), max_age=DAY, policy=QrPolicy().without_status_check()
    )
    assert lax.verify(static(5)).verdict is Outcome.PASSED


def test_one_changed_octet_anywhere_is_noticed() -> None:
    octets = pack(member(lists={LIST: status_list({})}))
    accepted = []
    for at in range(0, len(octets), 7):
        for bit in (0x01, 0x80):
            damaged = bytearray(octets)
            damaged[at] ^= bit
            try:
                read_pack(bytes(damaged), key=MAKER.key)
            except QrPackError:
                continue
            accepted.append(at)
    assert accepted == []


def test_a_file_of_somebody_else_is_not_trusted() -> None:
    for by in (
        signer(kid="stranger"),
        SoftwareSigner.generate(kid="district-office"),
        signer("Ed25519", "district-office"),
    ):
        with pytest.raises(QrPackNotTrusted):
            read_pack(pack(by=by), key=MAKER.key)


def test_a_code_is_no_pack_even_when_the_same_key_signs_both() -> None:
    for header in ({}, {TYP: "application/cwt"}, {TYP: TYPE + "x"}):
        octets = sign1(
            strict_cbor.dumps(claims()), MAKER, wrapping=TAGGED, protected={4: b"district-office", **header}
        )
        with pytest.raises(QrPackError, match="another kind"):
            read_pack(octets, key=MAKER.key)


def resigned(**changes: Any) -> bytes:
    """Contents that only the maker's own mistake can bring about."""
    payload = cbor2.loads(cbor2.loads(pack(member(lists={LIST: status_list({})}))).value[2])
    payload = dict(payload)
    for name, value in changes.items():
        payload[int(name.removeprefix("member_"))] = value
    return sign1(cbor2.dumps(payload), MAKER, wrapping=TAGGED, protected={4: b"district-office", TYP: TYPE})


def test_what_the_maker_wrote_wrongly_is_refused() -> None:
    assert isinstance(read_pack(resigned(), key=MAKER.key), QrPack)
    jwk = signer().key.to_jwk()
    entry = {"name": ISSUER, "keys": [jwk], "roots": [], "lists": {}}
    for changes in (
        {"member_0": 2},
        {"member_4": 1},
        {"member_6": "today"},
        {"member_6": True},
        {"member_6": 10**15},
        {"member_100": {}},
        {"member_100": [5]},
        {"member_100": [{**entry, "name": ""}]},
        {"member_100": [{**entry, "name": 5}]},
        {"member_100": [{**entry, "keys": [{**jwk, "crv": "P-384"}]}]},
        {"member_100": [{**entry, "keys": [{**jwk, "d": "AA"}]}]},
        {"member_100": [{**entry, "keys": [jwk, {**jwk, "x": jwk["y"], "y": jwk["x"]}]}]},
        {"member_100": [{**entry, "roots": [b"no certificate"]}]},
        {"member_100": [{**entry, "lists": {LIST: "text"}}]},
        {"member_100": [{**entry, "lists": [LIST]}]},
        {"member_101": [b"no certificate"]},
        {"member_101": ["text"]},
    ):
        with pytest.raises(QrPackError) as caught:
            read_pack(resigned(**changes), key=MAKER.key)
        assert not isinstance(caught.value, QrPackNotTrusted), changes


@pytest.mark.parametrize("octets", [b"", b"\x00", b"text", cbor2.dumps([1, 2]), b"\xd2\x84\x40\xa0\x40\x40"])
def test_other_files_are_refused(octets: bytes) -> None:
    with pytest.raises(QrPackError):
        read_pack(octets, key=MAKER.key)


def test_what_would_not_verify_does_not_go_in() -> None:
    _, root = authority()
    stranger = SoftwareSigner.generate(kid="2026-1")
    forged = sign_status_list(
        StatusList.of(8, bits=1),
        stranger,
        uri=LIST,
        issued_at=NOW,
        expires_at=NOW + DAY,
        ttl=HOUR,
        form=Form.CWT,
    )
    signers_own = certificate_for(signer().key.public, authority()[0])
    for members, changes in (
        ([member(), member()], {}),
        ([member(name="")], {}),
        ([member(keys=KeySet([]))], {}),
        ([member(roots=(signers_own,))], {}),
        ([member(roots=(b"x", root))], {}),
        ([member(lists={LIST: forged})], {}),
        ([member(lists={"https://id.example/status/2": status_list({})})], {}),
        ([member(lists={LIST: status_list({}, expires_at=NOW - DAY, issued_at=NOW - 9 * DAY)})], {}),
        ([member(lists={LIST: b"no list"})], {}),
        ([member()], {"valid_for": dt.timedelta(0)}),
        ([member()], {"valid_for": dt.timedelta.max}),
        ([member()], {"health_signers": [b"no certificate"]}),
    ):
        with pytest.raises(QrPackError):
            pack(*members, **changes)
    with pytest.raises(QrPackError):
        write_pack([], signer=MAKER, now=NOW, valid_for=DAY)


def test_a_file_for_health_certificates_alone() -> None:
    private, _ = authority()
    own = certificate_for(signer().key.public, private)
    octets = write_pack([], signer=MAKER, now=NOW, valid_for=DAY, health_signers=[own])
    read = read_pack(octets, key=MAKER.key)
    assert len(read.health_verifier(clock=Clock(), max_age=DAY).signers) == 1
    with pytest.raises(QrPackError):
        read.verifier(clock=Clock(), max_age=DAY)
    with pytest.raises(QrPackError):
        read_pack(pack(), key=MAKER.key).health_verifier(clock=Clock(), max_age=DAY)


def test_a_pack_shows_no_secrets() -> None:
    read = read_pack(pack(member(lists={LIST: status_list({})})), key=MAKER.key)
    assert LIST not in repr(read)
    assert read.created_at == NOW
    assert read.expires_at == NOW + 30 * DAY
    assert read.signed_by == "district-office"


def test_a_list_of_a_million_entries_fits_easily() -> None:
    statuses = StatusList.of(1_000_000, bits=1, entries=dict.fromkeys(range(0, 1_000_000, 997), 1))
    octets = sign_status_list(
        statuses, signer(), uri=LIST, issued_at=NOW, expires_at=NOW + DAY, ttl=HOUR, form=Form.CWT
    )
    packed = pack(member(lists={LIST: octets}))
    assert len(packed) < 20_000
    assert judge(packed, static(997)).code == "QR_REVOKED"
    assert judge(packed, static(998)).verdict is Outcome.PASSED
