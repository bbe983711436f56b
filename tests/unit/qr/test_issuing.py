"""What a signed code holds, and what may not be issued."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qr_samples import (
    ISSUER,
    NOW,
    PERSON,
    YEAR,
    Clock,
    authority,
    certificate_for,
    issuer,
    message_of,
    signer,
    verifier,
)

from eid.crypto.keys import SoftwareSigner
from eid.document.dates import PartialDate
from eid.document.face import FaceImage
from eid.document.person import Person
from eid.encoding import base45
from eid.errors import QrClaimInvalid, QrNotIssued
from eid.qr.claim169 import Biometric, ImageFormat, QrPerson
from eid.qr.claims import QrKind
from eid.qr.issuing import QrIssuer
from eid.simulator.portrait import portrait
from eid.tokens.status.reference import StatusReference

WEBP = b"RIFF\x08\0\0\0WEBPVP8 picture"
NONCE = bytes(range(16))


def issue(**changes: Any) -> str:
    return issuer().issue(PERSON, **{"kind": QrKind.STATIC, "valid_for": YEAR, **changes}).text


def test_a_code_is_base45_of_a_compressed_signed_map_with_the_keys_of_the_registries() -> None:
    status = StatusReference("https://id.example/status/1", 17)
    text = issue(status=status, account_level=2, authentication_level=3, subject="S-1")
    protected, unprotected, payload, signature = message_of(text)
    claims = cbor2.loads(payload)
    assert cbor2.loads(protected) == {1: -7, 4: b"2026-1"}
    assert unprotected == {}
    assert len(signature) == 64
    assert len(claims.pop(7)) == 12
    assert claims == {
        1: ISSUER,
        2: "S-1",
        4: int((NOW + YEAR).timestamp()),
        5: int(NOW.timestamp()),
        6: int(NOW.timestamp()),
        169: PERSON.to_claim(),
        65535: {"status_list": {"idx": 17, "uri": "https://id.example/status/1"}},
        -65537: 2,
        -65538: 3,
    }


def test_what_is_not_given_is_not_in_the_code() -> None:
    assert cbor2.loads(message_of(issue())[2]).keys() == {1, 4, 5, 6, 7, 169}


def test_ed25519_is_written_as_eddsa_that_every_reader_knows() -> None:
    code = issuer("Ed25519").issue(PERSON, kind=QrKind.STATIC, valid_for=YEAR)
    assert cbor2.loads(message_of(code.text)[0])[1] == -8


def test_each_code_has_an_identifier_of_its_own() -> None:
    codes = [issuer().issue(PERSON, kind=QrKind.STATIC, valid_for=YEAR) for _ in range(50)]
    assert len({code.identifier for code in codes}) == 50
    assert all(cbor2.loads(message_of(code.text)[2])[7] == code.identifier for code in codes)


def test_a_presentation_carries_the_nonce_and_lives_for_a_minute_at_most() -> None:
    code = issuer().issue(PERSON, kind=QrKind.PRESENTATION, valid_for=dt.timedelta(seconds=60), nonce=NONCE)
    assert code.kind is QrKind.PRESENTATION
    assert cbor2.loads(message_of(code.text)[2])[10] == NONCE
    assert code.expires_at - code.issued_at == dt.timedelta(seconds=60)


def test_a_photograph_stands_in_62() -> None:
    claim = cbor2.loads(message_of(issue(photo=WEBP))[2])[169]
    assert claim[62] == [{0: WEBP, 1: 0, 2: ImageFormat.WEBP}]
    claim = cbor2.loads(message_of(issue(photo=b"\xff\xd8\xff"))[2])[169]
    assert claim[62][0][2] == ImageFormat.JPEG


def test_the_portrait_of_a_chip_is_made_small_enough() -> None:
    pytest.importorskip("PIL")
    code = issuer().issue(
        PERSON, kind=QrKind.STATIC, valid_for=YEAR, photo=FaceImage.of(portrait(), "ISO 19794-5")
    )
    result = verifier().verify(code.text)
    assert result.person is not None
    assert result.person.photo is not None
    assert result.person.photo.subformat == ImageFormat.WEBP
    assert len(result.person.photo.data) <= 600
    assert len(code.text) <= 1451  # version 25-M


def test_a_person_from_a_chip_can_be_put_into_a_code() -> None:
    chip = Person(number="001099012349", name="Nguyễn Đức Ánh", birth_date=PartialDate(1999, 7, 4), sex="M",
                  nationality="VNM")  # fmt: skip
    code = issuer().issue(chip, kind=QrKind.STATIC, valid_for=YEAR, photo=WEBP)
    result = verifier().verify(code.text)
    assert result.person is not None
    assert dataclasses.replace(result.person, biometrics={}) == PERSON
    assert result.person.photo == Biometric(WEBP, 0, 4)


def test_certificates_take_the_place_of_the_key_identifier() -> None:
    root, _ = authority()
    own = certificate_for(signer().key.public, root)
    text = issuer(chain=(own,)).issue(PERSON, kind=QrKind.STATIC, valid_for=YEAR).text
    assert cbor2.loads(message_of(text)[0]) == {1: -7, 33: own}
    text = issuer(chain=(own, own)).issue(PERSON, kind=QrKind.STATIC, valid_for=YEAR).text
    assert cbor2.loads(message_of(text)[0])[33] == [own, own]


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": QrKind.STATIC, "nonce": NONCE},
        {"kind": QrKind.PRESENTATION, "valid_for": dt.timedelta(seconds=30)},
        {"kind": QrKind.PRESENTATION, "valid_for": dt.timedelta(seconds=61), "nonce": NONCE},
        {"kind": QrKind.PRESENTATION, "valid_for": dt.timedelta(seconds=30), "nonce": b"7octets"},
        {"kind": QrKind.PRESENTATION, "valid_for": dt.timedelta(seconds=30), "nonce": bytes(65)},
        {"kind": "both"},
        {"valid_for": dt.timedelta(0)},
        {"valid_for": -YEAR},
        {"valid_for": dt.timedelta(milliseconds=500)},
        {"valid_for": dt.timedelta.max},
        {"not_before": NOW + 2 * YEAR},
        {"account_level": 3},
        {"account_level": 0},
        {"account_level": True},
        {"authentication_level": 5},
        {"photo": b"GIF89a"},
        {"photo": b""},
        {"photo": WEBP + __import__("secrets").token_bytes(3000)},
    ],
)
def test_what_may_not_be_issued(changes: dict[str, Any]) -> None:
    with pytest.raises(QrNotIssued):
        issue(**changes)


def test_a_field_that_claim_169_does_not_allow_is_refused() -> None:
    with pytest.raises(QrClaimInvalid):
        issuer().issue(QrPerson(phone="0900"), kind=QrKind.STATIC, valid_for=YEAR)


@pytest.mark.parametrize("alg", ["ES384", "ES512", "ML-DSA-44"])
def test_signatures_that_do_not_fit_a_code_are_refused(alg: str) -> None:
    with pytest.raises(QrNotIssued):
        QrIssuer(signer=SoftwareSigner.generate(alg), issuer=ISSUER, clock=Clock())


@pytest.mark.parametrize("name", ["", "Ministry of Health", "https://bộ.example", "www.example"])
def test_an_issuer_is_named_by_a_uri(name: str) -> None:
    with pytest.raises(QrNotIssued):
        issuer(issuer=name)


def test_a_code_can_be_issued_for_later() -> None:
    text = issue(not_before=NOW + dt.timedelta(days=3, microseconds=7))
    assert verifier().verify(text).code == "QR_NOT_YET_VALID"
    assert verifier(clock=Clock(NOW + dt.timedelta(days=4))).verify(text).verdict == "PASSED"


def test_an_issued_code_shows_neither_its_text_nor_the_person() -> None:
    code = issuer().issue(PERSON, kind=QrKind.STATIC, valid_for=YEAR)
    assert code.text not in repr(code)
    assert "Nguy" not in repr(code)
    assert str(issuer()).count("PRIVATE") == 0


@given(
    name=st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=60).filter(str.strip),
    seconds=st.integers(1, 10**9),
    account=st.none() | st.integers(1, 2),
    authentication=st.none() | st.integers(1, 4),
    nonce=st.none() | st.binary(min_size=8, max_size=64),
    photo=st.none() | st.binary(max_size=900).map(lambda data: b"RIFF\0\0\0\0WEBP" + data),
)
def test_what_is_issued_is_verified_as_the_same(
    name: str,
    seconds: int,
    account: int | None,
    authentication: int | None,
    nonce: bytes | None,
    photo: bytes | None,
) -> None:
    kind = QrKind.STATIC if nonce is None else QrKind.PRESENTATION
    valid_for = dt.timedelta(seconds=seconds if nonce is None else seconds % 60 + 1)
    person = dataclasses.replace(PERSON, full_name=name)
    code = issuer().issue(
        person, kind=kind, valid_for=valid_for, nonce=nonce, photo=photo,
        account_level=account, authentication_level=authentication,
    )  # fmt: skip
    assert base45.encode(base45.decode(code.text, limit=5000)) == code.text
    result = verifier().verify(code.text, nonce=nonce)
    assert result.verdict == "PASSED"
    assert result.claims is not None
    assert result.person is not None
    assert dataclasses.replace(result.person, biometrics={}) == person
    assert (result.person.photo.data if result.person.photo else None) == photo
    assert (result.claims.account_level, result.claims.authentication_level) == (account, authentication)
    assert result.claims.expires_at == NOW + valid_for
    assert result.kind is kind
    assert result.holder.outcome == "NOT_CHECKED"
