"""Invented documents, good ones and every kind of bad one, as evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from eid.document.dg1 import encode_dg1
from eid.document.dg15 import encode_dg15
from eid.document.evidence import (
    AccessTranscript,
    ActiveAuthenticationTranscript,
    ChipAuthenticationTranscript,
    Evidence,
    Exchange,
    LiveReading,
)
from eid.document.mrz import check_digit
from eid.document.profile import ICAO
from eid.document.security_infos import (
    chip_authentication_info,
    chip_authentication_public_key_info,
    encode_card_access,
    encode_dg14,
    pace_info,
)
from eid.simulator.issuer import TestIssuer
from eid.trust.anchors import TrustStore
from eid.trust.certificates import Certificate
from eid.trust.crl import Crl
from eid.verification import Policy, Report, verify

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def mrz(expiry: str = "320415", *, right: bool = True) -> str:
    """A TD1 zone of the specimen of Doc 9303-5 with another expiry."""
    one, two = "I<UTOD231458907<<<<<<<<<<<<<<<", f"7408122F{expiry}{check_digit(expiry)}UTO<<<<<<<<<<<"
    composite = check_digit(one[5:30] + two[0:7] + two[8:15] + two[18:29])
    return one + two + str(composite if right else (composite + 1) % 10) + "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"


CHALLENGE = bytes(range(8))

ISSUER = TestIssuer.create("ecdsa-secp256r1-sha256")
STRANGER = TestIssuer.create("ecdsa-secp256r1-sha256")  # the same names, other keys
TRUST = TrustStore.of([Certificate.from_der(ISSUER.csca_der)])
NOBODY = TrustStore.of([])

AA_KEY = ec.generate_private_key(ec.SECP256R1())
CA_KEY = ec.generate_private_key(ec.BrainpoolP256R1())
CLONE_KEY = ec.generate_private_key(ec.SECP256R1())


def spki_of(key: Any) -> bytes:
    octets: bytes = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return octets


CA_SPKI = spki_of(CA_KEY)

PACE_INFO = pace_info("PACE-ECDH-GM-AES-128", 13)
CA_INFOS = [chip_authentication_info("CA-ECDH-AES-128"), chip_authentication_public_key_info(CA_SPKI)]
CARD_ACCESS = encode_card_access([PACE_INFO])
DG1 = encode_dg1(mrz())
DG14 = encode_dg14([PACE_INFO, *CA_INFOS])
DG15 = encode_dg15(spki_of(AA_KEY))
FILES = {"DG1": DG1, "DG14": DG14, "DG15": DG15}
PACE = AccessTranscript("PACE", "PACE-ECDH-GM-AES-128", "brainpoolP256r1", "CAN")


def aa_signature(challenge: bytes = CHALLENGE, key: ec.EllipticCurvePrivateKey = AA_KEY) -> bytes:
    r, s = decode_dss_signature(key.sign(challenge, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def active(exchange: Exchange = Exchange.COMPLETED, **changes: Any) -> ActiveAuthenticationTranscript:
    return replace(ActiveAuthenticationTranscript(exchange, CHALLENGE, aa_signature()), **changes)


def chip(exchange: Exchange = Exchange.COMPLETED, **changes: Any) -> ChipAuthenticationTranscript:
    made = ChipAuthenticationTranscript(exchange, "CA-ECDH-AES-128", "brainpoolP256r1", CA_SPKI)
    return replace(made, **changes)


def folder(
    files: Mapping[str, bytes] = FILES,
    *,
    issuer: TestIssuer = ISSUER,
    read: Mapping[str, bytes] | None = None,
    **sod: Any,
) -> Evidence:
    """Files alone: *files* are signed, *read* is what was read instead (or beside them)."""
    return Evidence({**files, "EF.SOD": issuer.sign_sod(files, **sod), **(read or {})})


def reading(*, live: bool = True, **changes: Any) -> Evidence:
    """A complete reading of a good card with both chip protocols."""
    made = replace(
        folder(read={"EF.CardAccess": CARD_ACCESS}),
        access=PACE,
        active_authentication=active(),
        chip_authentication=chip(),
        live=LiveReading(CHALLENGE) if live else None,
    )
    return replace(made, **changes)


def judge(evidence: Evidence, **changes: Any) -> Report:
    arguments: dict[str, Any] = {"trust": TRUST, "policy": Policy.stored(), "profile": ICAO, "now": NOW}
    return verify(evidence, **{**arguments, **changes})


def crl(
    revoked: Mapping[int, str | None] | None = None,
    *,
    issuer: TestIssuer = ISSUER,
    age: dt.timedelta = dt.timedelta(days=1),
    due: dt.timedelta | None = dt.timedelta(days=30),
    **changes: Any,
) -> Crl:
    """A list made *age* before NOW, whose successor is due that long after NOW (``None``: it does not say)."""
    next_update = None if due is None else NOW + due
    return Crl.from_der(issuer.sign_crl(revoked, this_update=NOW - age, next_update=next_update, **changes))


def trust_with(*crls: Crl, issuer: TestIssuer = ISSUER) -> TrustStore:
    return TrustStore.of([Certificate.from_der(issuer.csca_der)], crls=crls)


SIGNER = Certificate.from_der(ISSUER.ds_der)
AUTHORITY = Certificate.from_der(ISSUER.csca_der)
