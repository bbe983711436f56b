"""Signed codes beside the claim169 project: its vectors with us, our codes with its package, theirs with us."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from eid.crypto.keys import Key, KeySet, SoftwareSigner
from eid.document.checks import Outcome
from eid.document.dates import PartialDate
from eid.errors import EidError, QrError
from eid.qr.claim169 import Biometric, BodyPart, Gender, MaritalStatus, QrPerson
from eid.qr.claims import QrClaims, QrKind, read_claims
from eid.qr.envelope import parse_claims, parse_message, unpack_text
from eid.qr.issuing import QrIssuer
from eid.qr.verifying import QrVerifier, VerifiedQr
from eid.tokens.status.reference import StatusReference

ISSUER = "https://id.example"
NOW = dt.datetime(2026, 11, 22, 8, 0, tzinfo=dt.UTC)
#: The vectors' own issuers; one of them is no URI.
ISSUERS = ("https://mosip.example.org", "www.mosip.io")

REFUSED = {
    "bad-base45": "QR_TEXT",
    "bad-zlib": "QR_COMPRESSION",
    "not-cose": "QR_STRUCTURE",
    "missing-169": "QR_CLAIM_MISSING",
    "encrypted-aes256": "QR_ENCRYPTED",
    "encrypted-signed": "QR_ENCRYPTED",
}


@pytest.fixture(scope="module")
def vectors(corpora: Path) -> list[dict[str, Any]]:
    folder = corpora / "claim169"
    if not folder.is_dir():
        pytest.skip("the claim169 corpus is not here")
    found = []
    for expected in json.loads((folder / "expected.json").read_text(encoding="utf-8")):
        vector = json.loads((folder / expected["file"]).read_text(encoding="utf-8"))
        found.append({**vector, "expected": expected})
    return found


def key_of(vector: dict[str, Any]) -> Key:
    """The vector's key; for those without one, some other, so that an issuer is trusted."""
    given = vector.get("signing_key")
    if given is None:
        return SoftwareSigner.generate("Ed25519").key
    octets = bytes.fromhex(given["public_key_hex"])
    if given["algorithm"] == "ES256":
        return Key.from_public(ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), octets))
    return Key.from_public(ed25519.Ed25519PublicKey.from_public_bytes(octets))


def verify(vector: dict[str, Any], now: dt.datetime = NOW) -> VerifiedQr:
    keys = {issuer: KeySet([key_of(vector)]) for issuer in ISSUERS}
    return QrVerifier(issuers=ISSUERS, keys=keys, clock=lambda: now).verify(vector["qr_data"])


def claims_of(text: str) -> QrClaims:
    """What a code says, whoever signed it."""
    return read_claims(parse_claims(parse_message(unpack_text(text)).payload or b""))[0]


def test_the_corpus_is_complete(vectors: list[dict[str, Any]]) -> None:
    assert len(vectors) == 17


def test_signed_vectors_verify(vectors: list[dict[str, Any]]) -> None:
    signed = [v for v in vectors if v["expected"].get("signature", "").startswith("verifies")]
    assert {v["name"] for v in signed} == {"ecdsa-p256-signed", "ed25519-signed"}
    for vector in signed:
        result = verify(vector)
        assert result.verdict is Outcome.PASSED, vector["name"]
        assert result.person is not None
        assert result.person.id == vector["expected_claim169"]["id"]
        wrong = verify({**vector, "signing_key": None})
        assert wrong.verdict is not Outcome.PASSED


def test_vectors_without_signature_are_never_authentic(vectors: list[dict[str, Any]]) -> None:
    unsigned = [v for v in vectors if "unsigned" in v["expected"].get("signature", "")]
    assert len(unsigned) == 10
    for vector in unsigned:
        if vector["name"] in REFUSED:
            continue
        result = verify(vector)
        assert (result.verdict, result.code) == (Outcome.FAILED, "QR_UNSIGNED"), vector["name"]
        assert result.person is None


def test_other_vectors_get_their_own_code(vectors: list[dict[str, Any]]) -> None:
    named = {v["name"]: v for v in vectors}
    for name, code in REFUSED.items():
        with pytest.raises(EidError) as caught:
            verify(named[name])
        assert caught.value.code == code, name


def test_the_clock_decides_about_the_edge_vectors(vectors: list[dict[str, Any]]) -> None:
    named = {v["name"]: v for v in vectors}
    for name, code in (
        ("expired", "QR_EXPIRED"),
        ("not-yet-valid", "QR_NOT_YET_VALID"),
        ("unknown-fields", None),
    ):
        times = verify(named[name]).still_valid.check("times")
        assert times is not None
        assert times.code == code
    assert claims_of(named["unknown-fields"]["qr_data"]).person.other == {
        30: "reserved field 30", 45: 12345, 70: b"\x01\x02\x03", 99: True,
    }  # fmt: skip


def _snake(name: str) -> str:
    return re.sub(r"([A-Z])", lambda match: "_" + match[1].lower(), name)


def test_every_field_of_every_vector_is_read(vectors: list[dict[str, Any]]) -> None:
    compared = 0
    for vector in vectors:
        if vector["name"] in REFUSED:
            continue
        claims = claims_of(vector["qr_data"])
        person = claims.person
        for name, value in vector["expected_claim169"].items():
            found: Any
            if name == "dateOfBirth":
                found, value = person.birth_date, PartialDate.from_compact(value)
            elif name == "photoFormat":
                found = person.other[17]
            elif name == "bestQualityFingers":
                found, value = person.best_quality_fingers, tuple(value)
            elif isinstance(value, list):
                found = [
                    {"format": s.format, "subFormat": s.subformat, "data": base64.b64encode(s.data).decode()}
                    for s in person.biometrics[BodyPart[_snake(name).upper()]]
                ]
                if vector["name"] == "with-face":
                    # Its text speaks of FFFD FEE0, but the code holds the FFD8 FFE0 of a JPEG, as the
                    # project's own package reads it.
                    assert found[0]["data"] == base64.b64encode(b"\xff\xd8\xff\xe0\x00\x10").decode()
                    value = [{**value[0], "data": found[0]["data"]}]
                value = [{"data": f["data"], **sample} for sample, f in zip(value, found, strict=True)]
            else:
                found = getattr(person, _snake(name))
            assert found == value, f"{vector['name']}: {name}"
            compared += 1
        meta = vector["expected_cwt_meta"]
        assert claims.issuer == meta["issuer"]
        for name, moment in (
            ("expiresAt", claims.expires_at),
            ("notBefore", claims.not_before),
            ("issuedAt", claims.issued_at),
        ):
            assert (moment and int(moment.timestamp())) == meta.get(name), f"{vector['name']}: {name}"
    assert compared == 60


def test_all_biometrics_are_there(vectors: list[dict[str, Any]]) -> None:
    text = next(v["qr_data"] for v in vectors if v["name"] == "with-all-biometrics")
    person = claims_of(text).person
    assert sorted(person.biometrics) == list(range(50, 63))
    assert person.photo is not None
    assert person.photo.data.startswith(b"\xff\xd8")


# --- the package ---------------------------------------------------------------------------------

PERSON = QrPerson(
    id="001099012349",
    version="1.0",
    language="vie",
    full_name="Nguyễn Đức Ánh",
    first_name="Ánh",
    middle_name="Đức",
    last_name="Nguyễn",
    birth_date=PartialDate(1999, 7, 4),
    gender=Gender.FEMALE,
    address="Số 1, Thôn Thử Nghiệm\nTỉnh Mẫu",
    email="anh@example.com",
    phone="+84 900 000 000",
    nationality="VNM",
    marital_status=MaritalStatus.DIVORCED,
    guardian="Trần Thị Mẫu",
    best_quality_fingers=(1, 6),
    secondary_full_name="NGUYEN DUC ANH",
    secondary_language="eng",
    location_code="849VCWC8+R9",
    legal_status="citizen",
    country_of_issuance="VN",
    biometrics={
        BodyPart.FACE: (Biometric(b"RIFF\0\0\0\0WEBPpicture", 0, 4),),
        BodyPart.LEFT_IRIS: (Biometric(b"iris", 1, 100, "a maker"),),
    },
)
_SAME = (
    "id", "version", "language", "full_name", "first_name", "middle_name", "last_name", "gender", "address", "email",
    "phone", "nationality", "marital_status", "guardian", "secondary_full_name", "secondary_language", "location_code",
    "legal_status", "country_of_issuance",
)  # fmt: skip


@pytest.mark.parametrize("alg", ["ES256", "Ed25519"])
def test_the_package_reads_our_codes(alg: str) -> None:
    claim169 = pytest.importorskip("claim169")
    signer = SoftwareSigner.generate(alg, kid="k")
    now = dt.datetime.now(dt.UTC)
    code = QrIssuer(signer=signer, issuer=ISSUER, clock=lambda: now).issue(
        PERSON, kind=QrKind.STATIC, valid_for=dt.timedelta(days=1), account_level=2, authentication_level=3,
        status=StatusReference("https://id.example/s/1", 5), subject="S-1",
    )  # fmt: skip
    if alg == "ES256":
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        point = signer.key.public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        read = claim169.decode_with_ecdsa_p256(code.text, point)
    else:
        read = claim169.decode_with_ed25519(code.text, signer.key.public.public_bytes_raw())
    assert read.is_verified()
    theirs = read.claim169
    for name in _SAME:
        assert getattr(theirs, name) == getattr(PERSON, name), name
    assert theirs.date_of_birth == "19990704"
    assert list(theirs.best_quality_fingers) == [1, 6]
    assert [(s.data, s.format, s.sub_format) for s in theirs.face] == [(b"RIFF\0\0\0\0WEBPpicture", 0, 4)]
    assert [(s.data, s.format, s.sub_format, s.issuer) for s in theirs.left_iris] == [
        (b"iris", 1, 100, "a maker")
    ]
    meta = read.cwt_meta
    assert (meta.issuer, meta.subject) == (ISSUER, "S-1")
    assert (meta.issued_at, meta.expires_at) == (int(now.timestamp()), int(code.expires_at.timestamp()))


@pytest.mark.parametrize("alg", ["ES256", "Ed25519"])
def test_we_read_the_codes_of_the_package(alg: str) -> None:
    claim169 = pytest.importorskip("claim169")
    if alg == "ES256":
        private: Any = ec.generate_private_key(ec.SECP256R1())
        octets = private.private_numbers().private_value.to_bytes(32, "big")
        encode = claim169.encode_with_ecdsa_p256
    else:
        private = ed25519.Ed25519PrivateKey.generate()
        octets = private.private_bytes_raw()
        encode = claim169.encode_with_ed25519
    given = claim169.Claim169Input(
        **{name: getattr(PERSON, name) for name in _SAME}, date_of_birth="1999-07-04"
    )
    given.face = [claim169.Biometric(b"picture", 0, 1)]
    meta = claim169.CwtMetaInput(issuer=ISSUER, expires_at=int(NOW.timestamp()) + 60)
    text = encode(given, meta, octets)
    keys = KeySet([Key.from_public(private.public_key())])
    result = QrVerifier(issuers=ISSUER, keys=keys, clock=lambda: NOW).verify(text)
    assert result.verdict is Outcome.PASSED
    expected = dataclasses.replace(
        PERSON, best_quality_fingers=(), biometrics={int(BodyPart.FACE): (Biometric(b"picture", 0, 1),)}
    )
    assert result.person == expected


def test_the_package_refuses_what_we_refuse() -> None:
    """A differential look: one changed character anywhere, and neither takes the code for signed."""
    claim169 = pytest.importorskip("claim169")
    signer = SoftwareSigner.generate("Ed25519", kid="k")
    now = dt.datetime.now(dt.UTC)
    text = QrIssuer(signer=signer, issuer=ISSUER, clock=lambda: now).issue(
        PERSON, kind=QrKind.STATIC, valid_for=dt.timedelta(days=1)
    ).text  # fmt: skip
    verifier = QrVerifier(issuers=ISSUER, keys=KeySet([signer.key]), clock=lambda: now)
    public = signer.key.public.public_bytes_raw()
    for at in range(0, len(text), 11):
        altered = text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]
        with pytest.raises(claim169.Claim169Exception):
            claim169.decode_with_ed25519(altered, public)
        with contextlib.suppress(QrError):
            assert verifier.verify(altered).verdict is not Outcome.PASSED
