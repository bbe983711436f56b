"""Health certificates (HC1:) read, and judged by who signed, for what and until when."""

from __future__ import annotations

import datetime as dt
import hashlib
import pickle
from typing import Any

import pytest
from qr_samples import (
    DAY,
    HOUR,
    NOW,
    YEAR,
    Clock,
    authority,
    certificate_for,
    message_of,
    rsa_key,
    signed_text,
    signer,
    text_of,
)

from eid.crypto.keys import SoftwareSigner
from eid.document.checks import Outcome
from eid.document.dates import PartialDate
from eid.errors import QrClaimInvalid, QrClaimMissing, QrTextInvalid
from eid.qr.hcert import LaboratoryTest, Recovery, Vaccination, read_health_certificate
from eid.qr.hcert_verifying import HcertVerifier, HealthSigners
from eid.trust.certificates import Certificate
from eid.verification.status import HolderMatch

VACCINATION = {
    "tg": "840539006", "vp": "1119349007", "mp": "EU/1/20/1528", "ma": "ORG-100030215", "dn": 2, "sd": 2,
    "dt": "2026-02-18", "co": "VN", "is": "Ministry of Health", "ci": "URN:UVCI:01:VN:0001",
}  # fmt: skip
TEST = {
    "tg": "840539006", "tt": "LP6464-4", "nm": "PCR", "sc": "2026-11-20T12:34:56Z", "tr": "260415000",
    "tc": "Centre 1", "co": "VN", "is": "Ministry of Health", "ci": "URN:UVCI:01:VN:0002",
}  # fmt: skip
RECOVERY = {
    "tg": "840539006", "fr": "2026-09-01", "df": "2026-09-12", "du": "2027-02-28",
    "co": "VN", "is": "Ministry of Health", "ci": "URN:UVCI:01:VN:0003",
}  # fmt: skip
NAME = {"fn": "Nguyễn", "gn": "Đức Ánh", "fnt": "NGUYEN", "gnt": "DUC<ANH"}
USAGE = "1.3.6.1.4.1.1847.2021.1."


def content(**changes: Any) -> dict[str, Any]:
    found = {"ver": "1.3.0", "nam": NAME, "dob": "1999-07-04", "v": [VACCINATION], **changes}
    return {key: value for key, value in found.items() if value is not None}


def claims(certificate: object = None, **changes: Any) -> dict[int, Any]:
    found: dict[int, Any] = {
        1: "VN",
        4: int((NOW + YEAR).timestamp()),
        6: int(NOW.timestamp()),
        -260: {1: content() if certificate is None else certificate},
    }
    found.update({int(name.removeprefix("claim_")): value for name, value in changes.items()})
    return {key: value for key, value in found.items() if value is not None}


def signer_certificate(key: SoftwareSigner | None = None, **more: Any) -> bytes:
    return certificate_for((key or signer()).key.public, authority()[0], **more)


OWN = signer_certificate()


def kid(certificate: bytes) -> bytes:
    return hashlib.sha256(certificate).digest()[:8]


def code(payload: object = None, *, certificate: bytes = OWN, **more: Any) -> str:
    options: dict[str, Any] = {"prefix": "HC1:", "protected": {4: kid(certificate)}, **more}
    return signed_text(claims() if payload is None else payload, **options)


def verify(text: str, *certificates: bytes, at: dt.datetime = NOW, **more: Any) -> Any:
    signers = HealthSigners(Certificate.from_der(der) for der in certificates or (OWN,))
    return HcertVerifier(signers=signers, clock=Clock(at), **more).verify(text)


def judged(text: str, *certificates: bytes, **more: Any) -> tuple[Outcome, str | None]:
    result = verify(text, *certificates, **more)
    return result.verdict, result.code


# --- content -------------------------------------------------------------------------------------


def test_a_vaccination_is_read() -> None:
    result = verify(code())
    assert result.verdict is Outcome.PASSED
    assert result.country == "VN"
    assert (result.issued_at, result.expires_at) == (NOW, NOW + YEAR)
    certificate = result.certificate
    assert certificate.name == "Đức Ánh Nguyễn"
    assert certificate.standard_surname == "NGUYEN"
    assert certificate.birth_date == PartialDate(1999, 7, 4)
    assert certificate.version == "1.3.0"
    assert certificate.entry == Vaccination(
        "840539006", "1119349007", "EU/1/20/1528", "ORG-100030215", 2, 2, dt.date(2026, 2, 18), "VN",
        "Ministry of Health", "URN:UVCI:01:VN:0001",
    )  # fmt: skip
    assert certificate.entry.complete
    assert result.holder.outcome is Outcome.NOT_CHECKED


def test_a_test_is_read() -> None:
    certificate = verify(code(claims(content(v=None, t=[TEST])))).certificate
    assert isinstance(certificate.entry, LaboratoryTest)
    assert certificate.entry.sampled_at == dt.datetime(2026, 11, 20, 12, 34, 56, tzinfo=dt.UTC)
    assert certificate.entry.negative is True
    results = {"260373001": False, "419984006": None}
    for result, negative in results.items():
        entry = read_health_certificate({1: content(v=None, t=[{**TEST, "tr": result}])}).entry
        assert isinstance(entry, LaboratoryTest)
        assert entry.negative is negative


def test_a_recovery_counts_in_its_own_period() -> None:
    text = code(claims(content(v=None, r=[RECOVERY])))
    assert isinstance(verify(text).certificate.entry, Recovery)
    assert judged(text) == (Outcome.PASSED, None)
    for day in (dt.datetime(2027, 3, 1, tzinfo=dt.UTC),):
        assert judged(text, at=day) == (Outcome.FAILED, "QR_OUTSIDE_RECOVERY_PERIOD")
    early = code(claims(content(v=None, r=[{**RECOVERY, "df": "2026-11-23"}])))
    assert judged(early) == (Outcome.FAILED, "QR_OUTSIDE_RECOVERY_PERIOD")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1999-07-04", PartialDate(1999, 7, 4)),
        ("1999-07", PartialDate(1999, 7)),
        ("1999", PartialDate(1999)),
        ("", None),
        ("1999-07-04T00:00:00", PartialDate(1999, 7, 4)),
    ],
)
def test_dates_of_birth_may_be_partial(text: str, expected: PartialDate | None) -> None:
    assert read_health_certificate({1: content(dob=text)}).birth_date == expected


def test_what_issuers_wrote_a_little_differently_is_read() -> None:
    entry = {**VACCINATION, "dn": 1.0, "dt": "2026-02-18T00:00:00.000Z", "mp": "EU/1/20/1528 "}
    read = read_health_certificate({1: content(v=[entry], nam={"fnt": "ONLY"})})
    assert isinstance(read.entry, Vaccination)
    assert (read.entry.dose, read.entry.product, read.name) == (1, "EU/1/20/1528", "ONLY")
    assert not read.entry.complete
    local = read_health_certificate({1: content(v=None, t=[{**TEST, "sc": "2026-11-20T12:34:56"}])}).entry
    assert isinstance(local, LaboratoryTest)
    assert local.sampled_at.tzinfo is dt.UTC


@pytest.mark.parametrize(
    "certificate",
    [
        content(v=None),
        content(v=[]),
        content(v={}),
        content(v=["text"]),
        content(v=[VACCINATION, VACCINATION]),
        content(t=[TEST]),
        content(v=[{**VACCINATION, "dn": "2"}]),
        content(v=[{**VACCINATION, "dn": True}]),
        content(v=[{**VACCINATION, "dn": 1.5}]),
        content(v=[{**VACCINATION, "dt": "18.02.2026"}]),
        content(v=[{**VACCINATION, "dt": "2026-02-30"}]),
        content(v=[{**VACCINATION, "tg": 840539006}]),
        content(v=None, t=[{**TEST, "sc": "yesterday"}]),
        content(dob=19990704),
        content(dob="04.07.1999"),
        content(dob="1999-13"),
        content(dob="1" * 5000),
    ],
)
def test_content_of_another_form_raises(certificate: object) -> None:
    with pytest.raises(QrClaimInvalid):
        verify(code(claims(certificate)))


@pytest.mark.parametrize(
    "certificate",
    [
        [],
        {},
        content(nam=None),
        content(nam="Nguyễn"),
        content(nam={"fn": "Nguyễn"}),
        content(dob=None),
        content(ver=None),
        content(v=[{key: value for key, value in VACCINATION.items() if key != "ci"}]),
    ],
)
def test_content_that_is_incomplete_raises(certificate: object) -> None:
    with pytest.raises(QrClaimMissing):
        verify(code(claims(certificate)))


def test_a_code_without_a_certificate_raises() -> None:
    for payload in ({1: "VN"}, {1: "VN", -260: {}}, {1: "VN", -260: {2: content()}}, {1: "VN", -260: 5}):
        with pytest.raises(QrClaimMissing):
            verify(code(payload))


@pytest.mark.parametrize("prefix", ["", "HC2:", "hc1:", " HC1:", "HL1:"])
def test_another_prefix_is_another_kind_of_code(prefix: str) -> None:
    with pytest.raises(QrTextInvalid):
        verify(code(prefix=prefix))


# --- who signed ----------------------------------------------------------------------------------


def test_altered_is_forged_and_unknown_is_not() -> None:
    parts = message_of(code(prefix=""))
    parts[2] = parts[2].replace(b"1119349007", b"1119349008")
    assert judged("HC1:" + text_of(parts)) == (Outcome.FAILED, "QR_SIGNATURE_INVALID")
    stranger = SoftwareSigner.generate()
    assert judged(code(by=stranger)) == (Outcome.FAILED, "QR_SIGNATURE_INVALID")
    assert judged(code(protected={4: b"\0" * 8})) == (Outcome.UNDECIDED, "UNKNOWN_KEY")
    result = verify(code(protected={4: b"\0" * 8}))
    assert result.certificate is None
    assert result.unproven.name == "Đức Ánh Nguyễn"


def test_the_signature_of_a_short_or_missing_kind() -> None:
    parts = message_of(code(prefix=""))
    for signature, expected in ((b"", "QR_UNSIGNED"), (b"abc", "QR_SIGNATURE_INVALID")):
        text = "HC1:" + text_of([*parts[:3], signature])
        assert judged(text) == (Outcome.FAILED, expected)


def test_key_identifier_and_algorithm_may_stand_in_either_header() -> None:
    """Issuers did both; the key decides about the algorithm."""
    import cbor2

    from eid.qr.envelope import pack_text

    payload = cbor2.dumps(claims())
    for protected, unprotected in (
        ({4: kid(OWN)}, {1: -7}),
        ({}, {1: -7, 4: kid(OWN)}),
        ({1: -7}, {4: kid(OWN)}),
    ):
        header = cbor2.dumps(protected) if protected else b""
        signature = signer().sign(cbor2.dumps(["Signature1", header, b"", payload]))
        message = cbor2.CBORTag(18, [header, unprotected, payload, signature])
        assert judged(pack_text(cbor2.dumps(message), prefix="HC1:")) == (Outcome.PASSED, None)


def test_the_protected_identifier_counts() -> None:
    assert judged(code(protected={4: b"\0" * 8}, unprotected={4: kid(OWN)})) == (
        Outcome.UNDECIDED,
        "UNKNOWN_KEY",
    )


def test_a_code_that_names_no_key_is_tried() -> None:
    others = [signer_certificate(SoftwareSigner.generate()) for _ in range(3)]
    assert judged(code(protected={}), *others, OWN) == (Outcome.PASSED, None)
    assert judged(code(protected={}), *others) == (Outcome.UNDECIDED, "QR_KEY_NOT_NAMED")


def test_only_signers_of_the_code_s_country_are_tried() -> None:
    foreign = signer_certificate(subject="LA/Signer")
    assert judged(code(protected={}), foreign) == (Outcome.UNDECIDED, "QR_KEY_NOT_NAMED")


def test_two_certificates_with_one_identifier_are_both_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    other = signer_certificate(SoftwareSigner.generate())
    signers = HealthSigners([Certificate.from_der(other), Certificate.from_der(OWN)])
    signers._by_kid = {kid(OWN): list(signers)}
    result = HcertVerifier(signers=signers, clock=Clock()).verify(code())
    assert result.verdict is Outcome.PASSED


def test_rsa_signers_use_pss() -> None:
    key = SoftwareSigner(rsa_key(), alg="PS256")
    own = signer_certificate(key)
    assert judged(code(certificate=own, by=key), own) == (Outcome.PASSED, None)
    other = SoftwareSigner(rsa_key(), alg="RS256")
    assert judged(code(certificate=own, by=other), own) == (Outcome.FAILED, "QR_ALGORITHM_MISMATCH")


def test_an_unknown_algorithm_is_undecided() -> None:
    import cbor2

    parts = message_of(code(prefix=""))
    parts[0] = cbor2.dumps({1: -46, 4: kid(OWN)})
    assert judged("HC1:" + text_of(parts)) == (Outcome.UNDECIDED, "UNSUPPORTED_ALGORITHM")


def test_a_signer_of_one_country_does_not_vouch_for_another() -> None:
    foreign = signer_certificate(subject="LA/Signer")
    assert judged(code(certificate=foreign), foreign) == (Outcome.FAILED, "QR_COUNTRY_MISMATCH")
    silent = signer_certificate(subject="/Signer")
    assert judged(code(certificate=silent), silent) == (Outcome.PASSED, None)
    assert judged(code(claims(claim_1=None))) == (Outcome.PASSED, None)


@pytest.mark.parametrize("arc", ["1.3.6.1.4.1.0.1847.2021.1.", "1.3.6.1.4.1.1847.2021.1."])
def test_a_signer_signs_what_its_certificate_is_for(arc: str) -> None:
    payloads = {"1": content(v=None, t=[TEST]), "2": content(), "3": content(v=None, r=[RECOVERY])}
    for allowed in payloads:
        own = signer_certificate(usages=(arc + allowed,))
        for kind, payload in payloads.items():
            expected = (
                (Outcome.PASSED, None) if kind == allowed else (Outcome.FAILED, "QR_SIGNER_NOT_ENTITLED")
            )
            assert judged(code(claims(payload), certificate=own), own) == expected
    both = signer_certificate(usages=(arc + "1", arc + "2", "1.3.6.1.5.5.7.3.3"))
    assert judged(code(certificate=both), both) == (Outcome.PASSED, None)
    other = signer_certificate(usages=("1.3.6.1.5.5.7.3.3",))
    assert judged(code(certificate=other), other) == (Outcome.PASSED, None)


# --- dates ---------------------------------------------------------------------------------------


def test_times_of_the_code_and_of_its_signer() -> None:
    text = code()
    late, later = NOW + YEAR + HOUR, NOW + 2 * YEAR
    assert judged(text, at=late) == (Outcome.FAILED, "QR_EXPIRED")
    assert judged(text, at=NOW - HOUR) == (Outcome.FAILED, "QR_NOT_YET_VALID")
    long = code(claims(claim_4=int((NOW + 3 * YEAR).timestamp())))
    assert judged(long, at=later) == (Outcome.FAILED, "QR_SIGNER_EXPIRED")
    old = code(claims(claim_6=int((NOW - 9 * DAY).timestamp())))
    assert judged(old, at=NOW - 2 * DAY) == (Outcome.FAILED, "QR_SIGNER_NOT_YET_VALID")
    assert judged(code(claims(claim_4=None))) == (Outcome.UNDECIDED, "QR_NO_EXPIRY")
    assert judged(code(claims(claim_5=int((NOW + HOUR).timestamp())))) == (Outcome.FAILED, "QR_NOT_YET_VALID")
    assert judged(code(claims(claim_4=NOW.timestamp() + 60.5))) == (Outcome.PASSED, None)


def test_an_old_trust_list_decides_nothing() -> None:
    for since, expected in (
        (NOW - 9 * DAY, "KEYS_TOO_OLD"),
        (NOW + HOUR, "QR_CLOCK_BEHIND"),
        (NOW - DAY, None),
    ):
        result = verify(code(), trusted_since=since, max_trust_age=7 * DAY)
        assert result.code == expected
    assert result.trust_age == DAY


# --- trust lists and results ---------------------------------------------------------------------


def test_a_certificate_that_cannot_be_used_does_not_spoil_the_list() -> None:
    from cryptography.hazmat.primitives.asymmetric import ec

    odd = certificate_for(ec.generate_private_key(ec.SECP224R1()).public_key(), authority()[0])
    signers = HealthSigners([Certificate.from_der(odd), Certificate.from_der(OWN), Certificate.from_der(OWN)])
    assert len(signers) == 1
    assert signers.problems == ((hashlib.sha256(odd).hexdigest(), "KEY_FORMAT"),)


def test_a_comparison_with_an_identity_document_is_the_caller_s() -> None:
    match = HolderMatch(True, "officer", "officer", NOW)
    signers = HealthSigners([Certificate.from_der(OWN)])
    result = HcertVerifier(signers=signers, clock=Clock()).verify(code(), holder=match)
    assert result.holder.outcome is Outcome.PASSED


def test_results_show_nothing_personal() -> None:
    for text in (code(), code(protected={4: b"\0" * 8})):
        result = verify(text)
        for personal in ("Nguy", "NGUYEN", "1999", "UVCI"):
            assert personal not in repr(result)
        assert pickle.loads(pickle.dumps(result)) == result
