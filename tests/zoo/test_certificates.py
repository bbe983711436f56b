"""Every certificate of the zoo gets the outcome it deserves; nothing else ever comes out of the library."""

from __future__ import annotations

from collections import Counter

import pytest
from specimens import USABLE, VALID, Specimen, zoo

from eid.crypto.public_keys import UNKNOWN_CURVE
from eid.errors import EidError
from eid.trust.anchors import TrustStore
from eid.trust.certificates import Certificate, verify_issued_by


def refusal(der: bytes) -> str | None:
    try:
        Certificate.from_der(der)
    except EidError as error:
        return error.code
    return None


def key_of(certificate: Certificate) -> str:
    try:
        key = certificate.public_key
    except EidError as error:
        return error.code
    if key.unsupported is None:
        return USABLE
    return UNKNOWN_CURVE if key.unsupported == UNKNOWN_CURVE else "UNSUPPORTED_ALGORITHM"


def signature_of(certificate: Certificate, issuer: Certificate) -> str:
    try:
        verify_issued_by(certificate, issuer)
    except EidError as error:
        return error.code
    return VALID


def outcome(specimen: Specimen) -> dict[str, object]:
    """What the library makes of it."""
    refused = refusal(specimen.der)
    if refused is not None:
        return {"refused": refused}
    certificate = Certificate.from_der(specimen.der)
    issuer = Certificate.from_der(specimen.issuer) if specimen.issuer is not None else certificate
    return {
        "refused": None,
        "key": key_of(certificate),
        "signature": signature_of(certificate, issuer),
        "warnings": set(certificate.warnings),
    }


def expectation(specimen: Specimen) -> dict[str, object]:
    """What it must make of it."""
    if specimen.refused is not None:
        return {"refused": specimen.refused}
    return {
        "refused": None,
        "key": specimen.key,
        "signature": specimen.signature,
        "warnings": set(specimen.warnings),
    }


def test_the_zoo_is_large_and_holds_every_kind() -> None:
    everyone = zoo()
    assert len({specimen.der for specimen in everyone}) >= 600
    outcomes = Counter(specimen.refused or specimen.signature for specimen in everyone)
    assert outcomes["VALID"] >= 250
    assert outcomes["INVALID_SIGNATURE"] >= 80
    assert outcomes["UNKNOWN_CURVE"] >= 30
    assert outcomes["UNSUPPORTED_ALGORITHM"] >= 10
    assert outcomes["CERTIFICATE_FORMAT"] >= 20


@pytest.mark.parametrize("specimen", zoo(), ids=lambda specimen: specimen.name)
def test_certificate_gets_its_expected_outcome(specimen: Specimen) -> None:
    assert outcome(specimen) == expectation(specimen)


def test_one_bad_certificate_never_loses_a_store() -> None:
    loaded = [Certificate.from_der(s.der) for s in zoo() if s.refused is None]
    store = TrustStore.of(loaded)
    # What cannot even be indexed is named; everything else is there, keys unread.
    assert len(store) + len(store.problems) >= len(set(loaded))
    assert len(store) >= len(set(loaded)) - 5


def test_no_forgery_and_no_unusable_key_ever_verifies() -> None:
    forged = [s for s in zoo() if s.signature != VALID and s.refused is None]
    assert len(forged) > 120
    for specimen in forged:
        certificate = Certificate.from_der(specimen.der)
        for candidate in (specimen.issuer, specimen.der):
            if candidate is not None:
                assert signature_of(certificate, Certificate.from_der(candidate)) != VALID, specimen.name
