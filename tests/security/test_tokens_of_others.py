"""Credentials, timestamps and messages as other programs write them, and expectations that no token can meet."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cbor2
import hostile_sd_jwts
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from hostile_sd_jwts import HEADER, ISSUER, NAME, NONCE, NOW, jwt, payload, presented, verifier

from eid.cli.main import main
from eid.crypto.cose import TAGGED, TYP, parse_sign1, sign1
from eid.crypto.keys import KeySet, SoftwareSigner
from eid.encoding import der
from eid.encoding.tlv import tlv
from eid.errors import EidError, HeaderInvalid, TimestampMalformed
from eid.simulator.timestamps import TestTimestampAuthority, tst_info
from eid.tokens.credentials import CredentialIssuer
from eid.tokens.x5c import PinnedRoots
from eid.trust.anchors import TrustStore
from eid.trust.certificates import Certificate
from eid.trust.timestamps import verify_timestamp

#: What a shell passes on for an octet that is no UTF-8.
HALF = "n-\udcff"
DAY = dt.timedelta(days=1)

# --- text that is no Unicode ---------------------------------------------------------------------


@pytest.mark.parametrize(("audience", "nonce"), [(hostile_sd_jwts.AUDIENCE, HALF), (HALF, NONCE)])
def test_an_expectation_that_is_no_unicode_is_not_met(audience: str, nonce: str) -> None:
    with pytest.raises(EidError):
        replace(verifier(), audience=audience).verify(hostile_sd_jwts.good(), nonce=nonce)


@pytest.mark.parametrize("issuer", ["", "https://issuer.example\n", "x" * 2000])
def test_no_credential_is_issued_by_a_name_that_verifiers_refuse(issuer: str) -> None:
    by = CredentialIssuer(issuer=issuer, signer=hostile_sd_jwts.ISSUING, clock=lambda: NOW)
    with pytest.raises(EidError):
        by.issue("urn:t", {"name": "Vera"}, holder=None, status=None, expires_at=NOW + DAY)


# --- an issuer who is named by certificates alone ------------------------------------------------


def certificate(name: str, key: Any, above: tuple[str, Any], *, uri: str | None) -> bytes:
    """An authority, or the signer of *uri*."""
    subject, by = (x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, n)]) for n in (name, above[0]))
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "crl_sign",
         "encipher_only", "decipher_only"), False,
    )  # fmt: skip
    builder = (
        x509.CertificateBuilder(by, subject, key.public_key(), 7, NOW - DAY, NOW + DAY)
        .add_extension(x509.BasicConstraints(uri is None, None), critical=True)
        .add_extension(
            x509.KeyUsage(digital_signature=uri is not None, key_cert_sign=uri is None, **usage),
            critical=True,
        )
    )
    if uri is not None:
        names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri)])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(above[1], hashes.SHA256()).public_bytes(Encoding.DER)


ROOT_KEY, LEAF_KEY = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
ROOT = certificate("root", ROOT_KEY, ("root", ROOT_KEY), uri=None)
OTHER = "https://other.example"


def by_certificate(uri: str, **changes: Any) -> str:
    """A presentation that brings the certificate of *uri*."""
    leaf = certificate("signer", LEAF_KEY, ("root", ROOT_KEY), uri=uri)
    chain = [base64.b64encode(leaf).decode()]
    return presented(jwt({**HEADER, "x5c": chain}, payload(**changes), SoftwareSigner(LEAF_KEY)), NAME)


def test_iss_may_be_left_out_where_the_certificate_names_the_issuer() -> None:
    """SD-JWT VC, 2.2.2.2: ``iss`` is optional when certificates convey it, as HAIP has it."""
    known = {OTHER: PinnedRoots([ROOT]), ISSUER: PinnedRoots([ROOT]), "https://keys.example": KeySet([])}
    one = replace(verifier(), issuers=known)
    for named in (ISSUER, OTHER):
        assert one.verify(by_certificate(named, iss=hostile_sd_jwts._OUT), nonce=NONCE).issuer == named
    with pytest.raises(EidError) as caught:
        one.verify(by_certificate("https://nobody.example", iss=hostile_sd_jwts._OUT), nonce=NONCE)
    assert caught.value.code == "X5C_REFUSED"
    with pytest.raises(EidError) as caught:  # what the issuer says of itself still has to agree
        one.verify(by_certificate(OTHER), nonce=NONCE)
    assert caught.value.code == "X5C_REFUSED"


def test_without_roots_a_credential_has_to_name_its_issuer() -> None:
    with pytest.raises(EidError) as caught:
        verifier().verify(by_certificate(ISSUER, iss=hostile_sd_jwts._OUT), nonce=NONCE)
    assert caught.value.code == "TOKEN_CLAIM_MISSING"


# --- COSE and timestamps -------------------------------------------------------------------------


def test_a_type_that_nobody_signed_is_refused() -> None:
    """RFC 9596, 2: ``typ`` MUST NOT be present in unprotected headers."""
    octets = sign1(
        cbor2.dumps({}), hostile_sd_jwts.ISSUING, wrapping=TAGGED, unprotected={TYP: "application/x"}
    )
    with pytest.raises(HeaderInvalid):
        parse_sign1(octets, wrappings=frozenset({TAGGED}), limit=1000)


AUTHORITY = TestTimestampAuthority.create(clock=lambda: NOW)
ROOTS = TrustStore.of([Certificate.from_der(AUTHORITY.root_der)])


def stamped(*extensions: bytes) -> bytes:
    """A timestamp with TSTInfo extensions (RFC 3161, 2.4.2)."""
    sha256 = der.sequence(der.oid("2.16.840.1.101.3.4.2.1"), tlv(der.NULL))
    imprint = der.sequence(sha256, tlv(der.OCTET_STRING, hashlib.sha256(b"x").digest()))
    return AUTHORITY.sign(tst_info(imprint, at=NOW, more=tlv(0xA1, b"".join(extensions))))


#: qcStatements with the one that a timestamp is qualified (EN 319 422, 9 and annex B).
QUALIFIED = der.oid("1.3.6.1.5.5.7.1.3"), tlv(
    der.OCTET_STRING, der.sequence(der.sequence(der.oid("0.4.0.19422.1.1")))
)  # fmt: skip


def test_a_qualified_timestamp_is_read() -> None:
    assert verify_timestamp(stamped(der.sequence(*QUALIFIED)), b"x", authorities=ROOTS).at == NOW


@pytest.mark.parametrize(
    "extensions",
    [
        (der.sequence(QUALIFIED[0], der.boolean(True), QUALIFIED[1]),),
        (der.sequence(*QUALIFIED), der.sequence(QUALIFIED[0], der.boolean(True), QUALIFIED[1])),
        (der.integer(1),),
        (der.sequence(QUALIFIED[0]),),
        (),
    ],
)
def test_a_timestamp_with_a_critical_or_damaged_extension_is_refused(extensions: tuple[bytes, ...]) -> None:
    with pytest.raises(TimestampMalformed):
        verify_timestamp(stamped(*extensions), b"x", authorities=ROOTS)


# --- the command line ----------------------------------------------------------------------------


class Desk:
    """Commands in one folder, answers as JSON."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        for who in ("issuer", "holder"):
            self("key", "new", "--out", f"{who}.pem", "--kid", f"{who}-1")
            self("key", "jwks", f"{who}.pem", "--out", f"{who}.jwks")
        (folder / "claims.json").write_text('{"name": "Vera Muster"}', encoding="utf-8")

    def __call__(self, *arguments: str) -> tuple[int, str | None]:
        self._capsys.readouterr()
        code = main([*arguments, "--json"])
        out = self._capsys.readouterr().out
        error = json.loads(out).get("error") if out.startswith("{") else None
        return code, None if error is None else error["code"]

    def issue(
        self, *more: str, type_: str = "urn:t", issuer: str = ISSUER, out: str = "c"
    ) -> tuple[int, str | None]:
        return self(
            "credential", "issue", "--type", type_, "--claims", "claims.json", "--issuer", issuer, "--key",
            "issuer.pem", "--out", out, *(more or ("--holder", "holder.jwks")),
        )  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.chdir(tmp_path)
    return Desk(tmp_path, capsys)


@pytest.mark.parametrize(
    "options", [{"issuer": ""}, {"issuer": HALF}, {"type_": HALF}, {"issuer": "x" * 1025}]
)
def test_a_name_that_cannot_stand_in_a_credential_is_wrong_usage_and_leaves_no_file(
    desk: Desk, options: dict[str, str]
) -> None:
    assert desk.issue(**options) == (2, "USAGE")
    assert not (desk.folder / "c").exists()


@pytest.mark.parametrize(("audience", "nonce"), [("a", HALF), (HALF, "n"), ("a", "n" * 1025)])
def test_an_expectation_that_cannot_be_written_is_wrong_usage(desk: Desk, audience: str, nonce: str) -> None:
    assert desk.issue() == (0, None)
    asked = ("--audience", audience, "--nonce", nonce)
    shown = desk("credential", "present", "c", "--disclose", "name", "--holder-key", "holder.pem", *asked)
    assert shown == (2, "USAGE")
    trusted = ("--type", "urn:t", "--issuer", ISSUER, "--keys", "issuer.jwks")
    (desk.folder / "p").write_text(hostile_sd_jwts.good(), encoding="ascii")
    assert desk("credential", "verify", "p", *trusted, *asked) == (2, "USAGE")


def test_a_credential_of_impossible_content_does_not_hold_and_is_no_wrong_usage(desk: Desk) -> None:
    (desk.folder / "claims.json").write_text('{"name": 5}', encoding="utf-8")
    assert desk.issue("--without-holder", type_="urn:eid:vn:person:1") == (0, None)
    found = desk(
        "credential", "verify", "c", "--type", "vietnam/person", "--issuer", ISSUER, "--keys", "issuer.jwks",
        "--without-key-binding",
    )  # fmt: skip
    assert found == (1, "TOKEN_CLAIM_INVALID")
